#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Boot kernels in QEMU with devices whose BARs are smaller than a page, and check
where the kernel puts them.

  vmtest.py list              the scenarios, their kernels, whether they are in
                              the core, how long they take; or their paths
  vmtest.py packages FILE...  what else they need from Debian: groups
                              of scripts/packages.txt
  vmtest.py coverage          what they cover, and why not more, in a table
  vmtest.py build [FILE...]   what they need: kernels and programs of the guest
  vmtest.py run FILE          one scenario, in TAP
  vmtest.py chaos FILE        one with [chaos], with as many seeds as you like;
                              a sequence of events that fails is shortened, and
                              becomes a scenario
  vmtest.py results           how the runs ended, in a table; and in JUnit
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
                     runner, shards)
from harness.chaos import seeds as read_seeds
from harness.scenario import all_paths, load
from harness.settings import HELP, out_dir, settings
from harness.verdict import Stop, Verdict, infra


def load_all(paths=(), variant=""):
    return [load(path, variant) for path in paths or all_paths()]


def build_all(where, scenarios, boots=None):
    wanted = {}
    for scenario in scenarios:
        guest.build(where, scenario)
        for needed in (*runner.kernels(where, scenario, boots).values(),
                       runner.inner_kernel(where, scenario)):
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
    return runner.run(where, load(args.scenario, where.variant))


def chaos(args):
    where = settings()
    scenario = load(args.scenario, where.variant, draw=False)
    build_all(where, [scenario])
    return hunt.hunt(where, scenario, args.seeds)


def on_kernels(scenarios, names):
    """Those that test these kernels, and not the harness."""
    known = {scenario["kernel"] for scenario in scenarios}
    if not known.issuperset(names):
        raise infra(f"--kernel {', '.join(set(names) - known)}: choose from "
                    f"{', '.join(sorted(known))}")
    return [scenario for scenario in scenarios if scenario["kernel"] in names
            and scenario.expected == Verdict.PASS]


def list_all(args):
    seconds = shards.recorded()
    wanted = load_all()
    if args.kernels:
        wanted = on_kernels(wanted, args.kernels)
    if args.core:
        wanted = [scenario for scenario in wanted if scenario["core"] == "yes"]
    for scenario in shards.take(wanted, args.shard):
        core = "core" if scenario["core"] == "yes" else "all"
        print(os.path.relpath(scenario.path) if args.paths else
              f"{scenario.name:24} {scenario['kernel']:15} {core:4} "
              f"{shards.seconds(scenario, seconds):4} s  {scenario['about']}")
    return Verdict.PASS


def packages(args):
    print(*sorted({group for path in args.scenario for group in
                   guest.package_groups(load(path))}), sep="\n")
    return Verdict.PASS


def show_coverage(_args):
    return coverage.show(load_all())


def report(args):
    where = settings()
    where = dataclasses.replace(where, out=where.out / "report")
    scenarios = [scenario for scenario in load_all(args.scenario)
                 if args.scenario or scenario["report"] == "yes"]
    build_all(where, scenarios, reports.BOOTS)
    return reports.report(where, scenarios)


def show_results(_args):
    return results.summary(out_dir())


def seeds(text):
    try:
        return read_seeds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: has to be {error}") from None


class Parser(argparse.ArgumentParser):
    """Bad usage is not a verdict on a kernel."""

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
                             ("packages", packages, "*"),
                             ("coverage", show_coverage, None),
                             ("build", build, "*"), ("run", run, 1),
                             ("chaos", chaos, 1),
                             ("results", show_results, None),
                             ("report", report, "*")):
        sub = verbs.add_parser(name)
        sub.set_defaults(verb=verb)
        for variable, what in HELP.items() if name != "list" else ():
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
            sub.add_argument("--kernel", metavar="NAME", dest="kernels",
                             action="append",
                             help="only those that test this one, or these")
            sub.add_argument("--paths", action="store_true",
                             help="the paths of their files, for scripts")
        if many == 1:
            sub.add_argument("scenario", metavar="FILE")
        elif many:
            sub.add_argument("scenario", metavar="FILE", nargs=many)
    return top


def take_options(args):
    """An option overrides the environment variable of the same name."""
    for variable in HELP:
        value = getattr(args, variable[3:].lower(), None)
        if value:
            os.environ[variable] = value


def why(stop):
    """A write error does not say what was written to."""
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
