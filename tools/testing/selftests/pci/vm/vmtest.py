#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Boot kernels in QEMU with devices whose BARs are smaller than a page, and check
where the kernel puts them.

  vmtest.py list              the scenarios, their kernels, whether they are in
                              the core, how long they take
  vmtest.py coverage          what they cover, and why not more, in a table
  vmtest.py build [FILE...]   what they need: kernels and programs of the guest
  vmtest.py run FILE          one scenario, in TAP
  vmtest.py chaos FILE        one with [chaos], with as many seeds as you like;
                              a sequence of events that fails is shortened, and
                              becomes a scenario
  vmtest.py results           what became of the runs, in a table; and in JUnit
  vmtest.py watch             how far they are, while they run elsewhere
  vmtest.py report            what the parameter does, for a person to read

A scenario is a FILE in scenarios/, on top of one in machines/; which keys it
may have is in harness/scenario.py.  The exit code of "run" is 0 for PASS,
1 FAIL, 2 INVALID (a control that did not share), 3 TIMEOUT, 4 INFRA.
"""

import argparse
import dataclasses
import errno
import os
import signal
import sys

from harness import (coverage, guest, hunt, kernel, report as reports, results,
                     runner, scenario, shards, watch)
from harness.settings import HELP, out_dir, settings
from harness.verdict import Stop, Verdict


def load_all(paths, variant=""):
    return [scenario.load(path, variant)
            for path in paths or scenario.all_paths()]


def build_all(where, scenarios, boots=None):
    wanted = {}
    for one in scenarios:
        guest.build(where, one)
        for needed in (*runner.kernels(where, one, boots).values(),
                       runner.inner_kernel(where, one)):
            if needed:
                wanted[needed.build_dir] = needed
    for needed in wanted.values():
        kernel.build(needed)


def build(args):
    where = settings()
    build_all(where, load_all(args.scenario, where.variant))
    return Verdict.PASS


def run(args):
    where = settings()
    return runner.run(where, scenario.load(args.scenario, where.variant))


def chaos(args):
    where = settings()
    one = scenario.load(args.scenario, where.variant, draw=False)
    build_all(where, [one])
    return hunt.hunt(where, one, args.seeds)


def list_all(args):
    known = shards.recorded()
    wanted = [one for one in load_all([])
              if one["core"] == "yes" or not args.core]
    for one in shards.take(wanted, args.shard):
        core = "core" if one["core"] == "yes" else "all"
        print(f"{one.name:24} {one['kernel']:10} {core:4} "
              f"{shards.seconds(one, known):4} s  {one['about']}")
    return Verdict.PASS


def show_coverage(_args):
    return coverage.show(load_all([]))


def report(args):
    where = settings()
    where = dataclasses.replace(where, out=where.out / "report")
    scenarios = [one for one in load_all(args.scenario)
                 if args.scenario or one["report"] == "yes"]
    build_all(where, scenarios, reports.BOOTS)
    return reports.report(where, scenarios)


def show_results(_args):
    return results.summary(out_dir())


def show_progress(_args):
    return watch.show(out_dir(), {one.name: one["kernel"]
                                  for one in load_all([])})


def seeds(text):
    try:
        return scenario.chaos.seeds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: has to be {error}") from None


class Parser(argparse.ArgumentParser):
    """Bad usage is no verdict on a kernel."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(Verdict.INFRA.value, f"{self.prog}: {message}\n")


def parser():
    top = Parser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter,
        epilog="environment:\n" + "\n".join(
            f"  {name:10} {what}" for name, what in HELP.items()))
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb, many in (("list", list_all, None),
                             ("coverage", show_coverage, None),
                             ("build", build, "*"), ("run", run, 1),
                             ("chaos", chaos, 1),
                             ("results", show_results, None),
                             ("watch", show_progress, None),
                             ("report", report, "*")):
        sub = verbs.add_parser(name)
        sub.set_defaults(verb=verb)
        for variable, what in HELP.items():
            sub.add_argument("--" + variable[3:].lower(), metavar="DIR",
                             help=what)
        if name == "chaos":
            sub.add_argument("--seeds", metavar="1-100", type=seeds,
                             help="instead of the scenario's own; as many of them "
                             "at a time as it has")
        if name == "list":
            sub.add_argument("--shard", metavar="K/N", default="1/1",
                             help="only the Kth of N fair shares")
            sub.add_argument("--core", action="store_true",
                             help="without those that say core = no")
        if many == 1:
            sub.add_argument("scenario", metavar="FILE")
        elif many:
            sub.add_argument("scenario", metavar="FILE", nargs=many)
    return top


def take_options(args):
    """An option is the environment variable of that name, once more."""
    for variable in HELP:
        value = getattr(args, variable[3:].lower())
        if value:
            os.environ[variable] = value


def why(stop):
    """An error of a write does not tell what was written to."""
    full = getattr(stop, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    return f"{stop}" + full * (f"; runs are left in {out_dir()}: make room "
                               f"there, or set VM_OUT")


def main():
    args = parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    take_options(args)
    try:
        return args.verb(args).value
    except (Stop, OSError) as stop:
        print(f"vmtest.py: {why(stop)}", file=sys.stderr)
        return getattr(stop, "verdict", Verdict.INFRA).value
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
