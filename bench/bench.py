#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Measure what passthrough_align costs and what it gives.

  bench.py build short|all [NAME...]  the kernels and programs that it takes
  bench.py run short|all [NAME...]    measure, and write results/NAME.json
  bench.py again short|all [NAME...]  measure again, and compare
  bench.py report                     README.md, its plots, and the cover
                                      letter's numbers, from results/

The environment is that of vmtest.py.
"""

import argparse
import subprocess
import sys

import measure      # first: it knows where the harness is
from harness import kernel, runner
from harness.progress import Progress
from harness.settings import settings
from harness.verdict import Stop

from measure import (compare, counting, disturbance, enumeration, gain,
                     lsbar, record, report)

# name -> (rows, scenarios whose kernels and programs they need)
ALL = {
    "enumeration": (enumeration.measure, enumeration.scenarios),
    "sizes": (enumeration.measure_sizes, enumeration.scenarios),
    "disturbance": (disturbance.measure, disturbance.scenarios),
    "full": (disturbance.measure_full, disturbance.scenarios_full),
    "gain": (gain.measure, gain.scenarios),
    "inner": (gain.measure_inner, gain.scenarios_inner),
    "lsbar": (lsbar.measure, lsbar.scenarios),
}


def chosen(names):
    for name in names:
        if name not in ALL:
            raise ValueError(f"{name}: unknown; choose from {' '.join(ALL)}")
    return names or list(ALL)


def build(where, how, names):
    counting.build_plugin(where)
    wanted = {}
    for name in names:
        for scenario in ALL[name][1](how):
            counting.build(where, scenario)
            for needed in runner.kernels(where, scenario).values():
                wanted[needed.build_dir] = needed
    for needed in wanted.values():
        kernel.build(needed)
    if {"disturbance", "full"} & set(names):
        disturbance.build(where)


def rows_of(where, how, name, keep=lambda rows: None):
    progress = Progress(f"measuring {name}")
    rows = []
    for row in ALL[name][0](where, how):
        rows.append(row)
        keep(rows)
        progress.step()
    progress.done()
    return rows


def run(where, how, names):
    """Keeps what is there so far, should it be stopped."""
    made_with = record.provenance(where)
    for name in names:
        rows = rows_of(where, how, name, lambda so_far, name=name: record.write(
            name, how, so_far, made_with, complete=False))
        record.write(name, how, rows, made_with)


def again(where, how, names):
    """Except lsbar's times, which depend on the system."""
    bad = sum(compare.differs(name, record.read(name), rows_of(where, how, name))
              for name in names if name != "lsbar")
    return int(bad > 0)


def arguments():
    top = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = top.add_subparsers(dest="verb", required=True)
    for name in ("build", "run", "again"):
        sub = verbs.add_parser(name)
        sub.add_argument("how", choices=("short", "all"))
        sub.add_argument("name", nargs="*")
    verbs.add_parser("report")
    return top.parse_args()


def main():
    args = arguments()
    if args.verb == "report":
        report.write()
        return 0
    verb = {"build": build, "run": run, "again": again}[args.verb]
    return verb(settings(), args.how, chosen(args.name)) or 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Stop, OSError, ValueError, subprocess.CalledProcessError) as stop:
        sys.exit(f"bench.py: {stop}")
