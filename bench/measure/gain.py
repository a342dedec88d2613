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


def rows(this_boot, clock):
    seen = set()
    for line in layout.lines(this_boot.dir / boot.RESULT):
        match = LINE.fullmatch(line)
        if not match or (match[2], match[3]) in seen:
            continue        # of two alike the first is enough
        seen.add((match[2], match[3]))
        reads, trapped, mapped = map(int, match.groups()[3:])
        yield {"device": DEVICES[match[2]], "width": int(match[3]),
               "boot": this_boot.name, "clock": clock,
               "trapped_ns" if clock == "host" else "trapped": trapped / reads,
               "mapped_ns" if clock == "host" else "mapped": mapped / reads}


def check(measured, this_boot):
    mapped = [row for row in measured
              if row.get("mapped", 0) or row.get("mapped_ns", 0)]
    if this_boot.name == "on" and len(mapped) != len(measured):
        raise Stop(Verdict.FAIL, f"{this_boot.dir}: VFIO can't map some BARs")
    if this_boot.name == "off" and mapped == measured:
        raise Stop(Verdict.INVALID, f"{this_boot.dir}: VFIO can map all BARs "
                   f"without the parameter")


def guest_in_guest():
    base = scenarios_of.load(VM / "scenarios/kvm-passthrough.conf")
    return machines.changed(
        base, "gain-inner",
        cmdline_all=f"{base['cmdline.all']} quiet vm.reads={READS}")


def measure_inner(settings, _how):
    base = guest_in_guest()
    for this_boot in runner.boots(settings, base):
        boot.run_well(settings, base, this_boot)
        matches = [match for line in layout.lines(this_boot.dir / boot.RESULT)
                   if (match := INNER.fullmatch(line))]
        if not matches:
            raise Stop(Verdict.FAIL, f"{this_boot.dir / boot.RESULT}: the inner "
                       f"guest did not read")
        reads, ticks = map(int, matches[0].groups())
        yield {"device": "rtl8139", "boot": this_boot.name,
               "inner": ticks / TICKS / reads}


def measure(settings, _how):
    for clock in CLOCKS:
        base = scenario(clock)
        for this_boot in runner.boots(settings, base):
            boot.run_well(settings, base, this_boot)
            measured = list(rows(this_boot, clock))
            check(measured, this_boot)
            yield from measured


def scenarios(_how):
    return [machines.load("gain")]


def scenarios_inner(_how):
    return [guest_in_guest()]
