# SPDX-License-Identifier: GPL-2.0
"""What the kernel tells of addresses, in files and in its log."""

import re

from .checks import firmware_assigns, outcome, pairs, pci_log
from .layout import is_memory, lines, resources, sharing

# Nothing of PCI is below VGA's memory, on no machine here; what looks as if it
# were is no address, but an alignment.
LOWEST = 0xa0000
RANGE = re.compile(r"\[mem 0x([0-9a-f]+)-0x([0-9a-f]+)")
PROC_FLAGS = 0xf        # in /proc/bus/pci/devices, of a memory BAR
SUMMARY = re.compile(r"passthrough_align: (\d+) BARs moved, (\d+) small BARs "
                     r"isolated, (\d+) share a page")


# no false address

def false_resources(view):
    for bdf in view.devices:
        path = view.dir / "guest/devices" / bdf / "resource"
        for number, (at, flags) in enumerate(resources(path)):
            if is_memory(flags) and 0 < at.start < LOWEST:
                yield f"{bdf} resource, line {number}: {at}"


def false_in_proc(view):
    """A line there: bus and devfn, IDs, IRQ, seven addresses, seven sizes."""
    for line in lines(view.dir / "guest/pci-devices"):
        fields = line.split()
        bus, devfn = divmod(int(fields[0], 16), 0x100)
        bdf = f"0000:{bus:02x}:{devfn >> 3:02x}.{devfn & 7}"
        for index in view.devices[bdf].bars:
            if 0 < int(fields[3 + index], 16) & ~PROC_FLAGS < LOWEST:
                yield f"/proc/bus/pci/devices: {line}"


def false_in_log(view):
    for line in pci_log(view):
        for start, _ in RANGE.findall(line):
            if 0 < int(start, 16) < LOWEST:
                yield f"log: {line}"


def no_false_address(run):
    """on: no alignment is shown as an address"""
    view = run.views["on"]
    yield from false_resources(view)
    yield from false_in_proc(view)
    yield from false_in_log(view)


# it says what it did

def moved(run):
    return {after.key for before, after in pairs(run)
            if before.assigned and before.at != after.at}


def said_moved(run):
    """BARs in lines that "off" does not have."""
    before = set(pci_log(run.views["off"]))
    found = re.findall(r"^pci (\S+): (BAR \d|ROM) \[", "\n".join(
        line for line in pci_log(run.views["on"]) if line not in before), re.M)
    return set(found)


def says_each_move(run):
    """on: each BAR that moves is in the log, and no other is"""
    bars = run.views["on"].bars
    did = {(bar.bdf, bar.name) for bar in map(bars.get, moved(run))}
    said = said_moved(run)
    for bdf, name in sorted(did - said):
        yield f"{bdf} {name}: moved, and the log has no line"
    for bdf, name in sorted(said - did):
        yield f"{bdf} {name}: has not moved, but is in the log"


def sums_up(run):
    """on: the summary in the log, a line for each host bridge, is true"""
    view = run.views["on"]
    log = "\n".join(lines(view.dir / "guest/dmesg"))
    said = [tuple(map(int, found)) for found in SUMMARY.findall(log)]
    bridges = log.count("PCI host bridge to bus ")
    shared = sharing(view)
    small = [bar.key for bar in view.bars.values()
             if bar.assigned and bar.small(view.page)]
    alone = sum(key not in shared for key in small)
    want = (len(moved(run)), alone, len(small) - alone)
    if len(said) != bridges:
        yield f"{len(said)} summaries for {bridges} host bridges"
    if tuple(map(sum, zip(*said))) != want:
        yield f"moved, isolated, share: it says {said}, and it is {want}"


def stays_as_it_was(scenario):
    """... after the kernel has summed up."""
    return firmware_assigns(scenario) and not scenario.events and \
        scenario["expect.windows"] == "stay" and \
        scenario["expect.ignored"] == "no" and \
        scenario["kexec"] == "no" and \
        "rescan_test" not in scenario["tests.run"]


def outcomes(run):
    checks = []
    if "on" in run.views:
        checks.append(no_false_address)
    if {"off", "on"} <= run.views.keys() and stays_as_it_was(run.scenario):
        if not run.scenario.asks and \
                "passthrough_align" in run.scenario["cmdline.on"]:
            checks.append(sums_up)
        if not run.scenario["expect.may_share"]:    # the log is about them too
            checks.append(says_each_move)
    for check in checks:
        yield outcome("", check, run)
