#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report the results of the KUnit tests: kunit_report.py [--tap] NAME.json...

Reads what kunit.py --json wrote for each kind of kernel. Fails unless every
case of every suite of the series was there and passed: a kernel that crashed
or was built without a suite says nothing of what it did not run. What a debug
kernel finds, and the seed of the random topology that it panicked on, are only in
the log, NAME/test.log."""

import json
import os
import re
import sys
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

from series import LINUX, PORT, TOP, Error, run_verb

SOURCES = ["drivers/pci/tests/*_kunit.c", "kernel/*_kunit.c"]

# What can't be shown: addresses have only 32 bits; x86 has a function of its own;
# or1k has no I/O ports; KASAN keeps what is freed, and each CPU of SMP counts it
ABOVE_4G = {"pci_room.half_written_bar", "pci_room.each_window",
            "pci_room.same_high_window", "pci_window.siblings_with_large_excess",
            *(f"pci_core.{name}" for name in (
                "wide_window", "narrow_window", "no_prefetchable_window", "bug_220775",
                "bug_221205", "bug_221493", "two_siblings", "three_siblings",
                "siblings_without_gap", "no_gap_behind_the_last"))}
MAY_SKIP = {
    "i386": {"pci_handsoff.early_console", *ABOVE_4G},
    "x86_64": {"pci_handsoff.early_console"},
    "or1k": {"pci_window.released_window", "pci_window.io_for_port", *ABOVE_4G},
    **dict.fromkeys(("debug", "arm64-16k", "arm64-64k"), {"pci_room.nothing_leaks"}),
}
ONLY_IN = {"pci_nomem": "debug"}  # needs fault injection

SPLAT = re.compile(r"^.*(?:\bBUG: |\bWARNING: |\bUBSAN: |cut here \]|Kernel panic - ).*$", re.M)
SEED = re.compile(r"pci_random: seed \d+, pages of \d+K")  # what a panic says of it


def expected():
    """The cases that there have to be, as "suite.case"."""
    cases = set()
    for pattern in SOURCES:
        for path in TOP.glob(pattern):
            if PORT and not (LINUX / path.relative_to(TOP)).exists():
                continue
            text = path.read_text()
            suite = re.search(r'\.name = "(\w+)",\n(?:\t\.\w+ = \w+,\n)*?\t\.test_cases', text)
            names = re.findall(r"\tKUNIT_CASE\w*\((\w+)[,)]", text)
            if not suite or not names:
                raise Error(f"{path}: no suite, or no cases\nIt has to have one of each.")
            cases |= {f"{suite[1]}.{name}" for name in names}
    if not cases:
        raise Error(f"no KUnit tests in {' '.join(SOURCES)}")
    return cases


def is_asked_for(name):
    """KUNIT_ARGS=kunit.filter_glob=SUITE[.CASE] leaves out the rest."""
    glob = re.search(r"\bkunit\.filter_glob=(\S+)", os.environ.get("KUNIT_ARGS", ""))
    suite, _, case = (glob[1] if glob else "*").partition(".")
    return fnmatchcase(name, f"{suite}.{case or '*'}")


def flatten(group, prefix=""):
    """(name, status) of each case; the cases of one with parameters count."""
    for case in group["test_cases"]:
        yield prefix + case["name"], case["status"]
    for sub in group["sub_groups"]:
        yield from flatten(sub, prefix + sub["name"] + ".")


def load(path):
    """Name and status of each case of a run, and of each that was not there."""
    try:
        ran = dict(flatten(json.loads(path.read_text())))
    except FileNotFoundError:
        ran = {}
    except (ValueError, KeyError) as error:
        raise Error(f"{path}: not what kunit.py writes ({error})") from error
    log = path.with_suffix("") / "test.log"
    text = log.read_text(errors="replace") if log.exists() else ""
    for match in filter(None, (SPLAT.search(text), SEED.search(text))):
        ran[f"{log}: {match[0].strip()}"] = "FAIL"
    for name in sorted(expected()):
        if ONLY_IN.get(name.partition(".")[0], path.stem) != path.stem or not is_asked_for(name):
            continue
        if not any(done == name or done.startswith(name + ".") for done in ran):
            ran[name] = "MISSING"
    return ran


def verdicts(kind, ran):
    """(name, status, whether that is all right) of each case."""
    for name, status in ran.items():
        may_skip = status == "SKIP" and name in MAY_SKIP.get(kind, ())
        yield name, status, status == "PASS" or may_skip


def show_tap(runs):
    number = 0
    for kind, ran in runs.items():
        for name, status, good in verdicts(kind, ran):
            number += 1
            why = "" if status == "PASS" else " # SKIP" if good else f" # {status}"
            print(f"{'ok' if good else 'not ok'} {number} - {kind}: {name}{why}")
            if not good:
                print(f"# again: scripts/kunit {kind} with KUNIT_ARGS=kunit.filter_glob={name}; "
                      f"what it said: build/kunit/{kind}/test.log")
    print(f"1..{number}")


def show_counts(runs):
    for kind, ran in runs.items():
        for name, status, good in verdicts(kind, ran):
            if not good:
                print(f"{kind}: {name}: {status}")
    for kind, ran in runs.items():
        counts = Counter(ran.values())
        print(f"{kind:10} {len(ran)} tests:", ", ".join(
            f"{n} {status.lower()}" for status, n in sorted(counts.items())))


def main():
    tap = sys.argv[1:2] == ["--tap"]
    paths = [Path(arg) for arg in sys.argv[1 + tap:]]
    if not paths:
        raise Error("usage: kunit_report.py [--tap] NAME.json...")
    runs = {path.stem: load(path) for path in paths}
    (show_tap if tap else show_counts)(runs)
    if not all(good for kind, ran in runs.items() for *_, good in verdicts(kind, ran)):
        sys.exit(1)


run_verb(main)
