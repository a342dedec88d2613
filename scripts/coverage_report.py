#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Lines and branches that were run: coverage_report.py JSON FILE...

Reads what gcovr --json wrote and prints a table. In a file that the base kernel
has, too, only the functions that the series adds count. Fails if nothing was
counted in one of the files."""

import json
import re
import sys
from pathlib import Path

from series import LINUX, TOP, Error, run_verb


def ours(name):
    """The numbers of the lines that count, or None for all."""
    if (TOP / name).exists():
        return None
    patches = "".join(path.read_text() for path in (TOP / "patches").glob("*.patch"))
    lines = (LINUX / name).read_text().split("\n")
    added = set()
    for diff in re.findall(rf"^\+\+\+ b/{re.escape(name)}\n(.*?)(?=^diff |^-- $|\Z)", patches, re.M | re.S):
        added |= {line[1:] for line in diff.split("\n") if line.startswith("+")}
    numbers, body = set(), False
    for number, line in enumerate(lines, 1):
        if re.match(r"[a-z]", line) and "(" in line:
            body = line in added
        if body:
            numbers.add(number)
        body = body and line != "}"
    return numbers


def ranges(numbers):
    """As 1-3, 7"""
    spans = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans) or "-"


def row(name, lines):
    """(name, lines run, lines, branches taken, branches, which were not)"""
    wanted = ours(name)
    lines = [line for line in lines if not line["gcovr/noncode"] and
             (wanted is None or line["line_number"] in wanted)]
    if not lines:
        raise Error(f"{name}: nothing was counted")
    branches = [(line["line_number"], branch["count"]) for line in lines if line["count"]
                for branch in line["branches"]]
    missed = {line["line_number"] for line in lines if not line["count"]}
    return (name, sum(1 for line in lines if line["count"]), len(lines),
            sum(1 for _, count in branches if count), len(branches),
            ranges(missed), ranges({number for number, count in branches if not count}))


def main():
    if len(sys.argv) < 3:
        raise Error("usage: coverage_report.py JSON FILE...")
    files = {file["file"]: file["lines"] for file in json.loads(Path(sys.argv[1]).read_text())["files"]}
    print(f"{'FILE':32} {'LINES':>9} {'BRANCHES':>9}  NOT RUN; BRANCHES NOT TAKEN IN")
    for name in sys.argv[2:]:
        name, run, lines, taken, branches, missed, half = row(name, files.get(name, []))
        print(f"{name:32} {run:4}/{lines:4} {taken:4}/{branches:4}  {missed}; {half}")


run_verb(main)
