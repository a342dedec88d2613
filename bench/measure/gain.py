# SPDX-License-Identifier: GPL-2.0
"""
What it takes to read a register through VFIO, trapped and mapped.

By a clock that counts instructions, and by the host's.  Also in a KVM guest in the
guest, which was given the device.
"""

import re

from harness import boot, layout, runner, scenario as scenarios_of
from harness.settings import VM
from harness.verdict import Stop, Verdict

from . import machines

LINE = re.compile(r" *# gain: (\S+) (\w{4}:\w{4}) (\d) (\d+) (\d+) (\d+)")
DEVICES = {"10ec:8139": "rtl8139", "8086:25ab": "i6300esb",
           "1b36:0005": "pci-testdev"}
INNER = re.compile(r" *# inner: (\d+) reads take (\d+) ticks")
READS, TICKS = 1000, 2      # a tick is a ns; see machines/kvm.conf
CLOCKS = {"instructions": ("-icount", "shift=0"), "host": ()}


def scenario(clock):
    return machines.changed(machines.load("gain"), f"gain-{clock}",
                            more=CLOCKS[clock], qemu_clock=clock)


def rows(one, clock):
    seen = set()
    for line in layout.lines(one.dir / boot.RESULT):
        match = LINE.fullmatch(line)
        if not match or (match[2], match[3]) in seen:
            continue        # of two alike the first is enough
        seen.add((match[2], match[3]))
        reads, trapped, mapped = map(int, match.groups()[3:])
        yield {"device": DEVICES[match[2]], "width": int(match[3]),
               "boot": one.name, "clock": clock,
               "trapped_ns" if clock == "host" else "trapped": trapped / reads,
               "mapped_ns" if clock == "host" else "mapped": mapped / reads}


def check(found, one):
    mapped = [row for row in found
              if row.get("mapped", 0) or row.get("mapped_ns", 0)]
    if one.name == "on" and len(mapped) != len(found):
        raise Stop(Verdict.FAIL, f"{one.dir}: VFIO can't map some BARs")
    if one.name == "off" and mapped == found:
        raise Stop(Verdict.INVALID, f"{one.dir}: VFIO can map all BARs "
                   f"without the parameter")


def guest_in_guest():
    base = scenarios_of.load(VM / "scenarios/kvm-passthrough.conf")
    return machines.changed(
        base, "gain-inner",
        cmdline_all=f"{base['cmdline.all']} quiet vm.reads={READS}")


def measure_inner(settings, _how):
    base = guest_in_guest()
    for one in runner.boots(settings, base):
        boot.run_well(settings, base, one)
        found = [match for line in layout.lines(one.dir / boot.RESULT)
                 if (match := INNER.fullmatch(line))]
        if not found:
            raise Stop(Verdict.FAIL, f"{one.dir / boot.RESULT}: the inner "
                       f"guest did not read")
        reads, ticks = map(int, found[0].groups())
        yield {"device": "rtl8139", "boot": one.name,
               "inner": ticks / TICKS / reads}


def measure(settings, _how):
    for clock in CLOCKS:
        base = scenario(clock)
        for one in runner.boots(settings, base):
            boot.run_well(settings, base, one)
            found = list(rows(one, clock))
            check(found, one)
            yield from found


def scenarios(_how):
    return [machines.load("gain")]


def scenarios_inner(_how):
    return [guest_in_guest()]
