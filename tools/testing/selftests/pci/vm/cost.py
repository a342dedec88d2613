#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
What does it cost to read the status files of all BARs?

  cost.py [NUMBER...]     of small BARs in the machine: 30 120 480 2000

Prints the instructions that one pread() takes, from system call to return. The
environment is that of vmtest.py; "vmtest.py build cost.conf" builds what it
needs.
"""

import dataclasses
import re
import sys

from harness import boot, layout, runner, scenario
from harness.settings import VM, settings
from harness.verdict import Stop

NS_PER_INSTRUCTION = 1 << 5     # boot.CLOCKS
COST = re.compile(r" *# cost: (\d+) files, (\d+) ns")
SMALL = "sdhci-pci,multifunction=on"    # a BAR of 256 bytes, not more
FUNCTIONS, SLOTS = 8, 31


def devices(number):
    """So many functions, on as few buses as can be."""
    found = {}
    for i in range(number):
        bus, rest = divmod(i, FUNCTIONS * SLOTS)
        slot, function = divmod(rest, FUNCTIONS)
        if not rest:
            found[f"bridge{bus}"] = \
                f"pci-bridge,addr={bus + 2:x},chassis_nr={bus + 1},shpc=off"
        found[f"d{i}"] = f"{SMALL},bus=bridge{bus},addr={slot + 1:x}.{function}"
    return found


def machine(number):
    base = scenario.load(VM / "cost.conf")
    return dataclasses.replace(base, path=VM / f"cost-{number}.conf",
                               devices=devices(number))


def measure(where, number):
    one = machine(number)
    for each in runner.boots(where, one):
        boot.run(where, one, each)
        for line in layout.lines(each.dir / boot.RESULT):
            match = COST.fullmatch(line)
            if match:
                files, ns = int(match[1]), int(match[2])
                yield (each.name, files, ns // NS_PER_INSTRUCTION // files)


def main():
    numbers = [int(word) for word in sys.argv[1:]] or [30, 120, 480, 2000]
    print(f"{'BARs':>6}  {'boot':4}  {'instructions each':>18}")
    for number in numbers:
        for name, files, each in measure(settings(), number):
            print(f"{files:6}  {name:4}  {each:18}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (Stop, OSError, ValueError) as problem:
        sys.exit(f"cost.py: {problem}")
