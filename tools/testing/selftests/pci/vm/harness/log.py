# SPDX-License-Identifier: GPL-2.0
"""What the kernel says about addresses, in its log and in files."""

import re

from .disturbance import moved
from .layout import is_memory, lines, resources, sharing

# No machine here has anything of PCI below VGA's memory; what looks as if it were
# there is not an address, but an alignment.
LOWEST = 0xa0000
RANGE = re.compile(r"\[mem 0x([0-9a-f]+)-0x([0-9a-f]+)")
PROC_FLAGS = 0xf        # in /proc/bus/pci/devices, of a memory BAR
SUMMARY = re.compile(r"passthrough_align: (\d+) BARs moved, (\d+) small BARs "
                     r"isolated, (\d+) share a page")


def kernel_log(view):
    return lines(view.dir / "guest/dmesg")


def pci_log(view):
    """Without lines that say how long something took."""
    return [line for line in kernel_log(view)
            if re.match(r"(pci|pci_bus|pci_root|pcieport|acpi \w+:\w+|PCI|"
                        r"ACPI: PCI)\b", line) and not line.endswith(" usecs")]


def refused(view):
    """pci 0000:00:03.0: BAR 1 [mem ...]: can't claim; ... -> what, why"""
    return set(re.findall(
        r"^pci (\S+: [^\[\n]+?) \[.*?\]: ((?:can't|failed) \w+)",
        "\n".join(kernel_log(view)), re.M))


def nothing_refused(run):
    """on: no resource is refused that is not refused off"""
    off, on = refused(run.views["off"]), refused(run.views["on"])
    for what, why in sorted(on - off):
        yield f"{what}: {why}"


def says_so(run):
    """on: the log says what it has to"""
    for text in run.scenario["expect.log"]:
        if not any(text in line for line in kernel_log(run.views["on"])):
            yield f"no line has: {text}"


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
        path = view.dir / "guest/devices" / bdf / "resource"
        for field, (at, flags) in zip(fields[3:10], resources(path)):
            if is_memory(flags) and int(field, 16) & ~PROC_FLAGS != at.start:
                yield f"/proc/bus/pci/devices: {bdf} at {field}, resource: {at}"


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

def moved_assigned(run):
    return {(after.bdf, after.name) for before, after in moved(run)
            if before.assigned}


def assigned_last(view):
    """BARs of which the last line says that Linux placed them."""
    last = {(bdf, name): what for bdf, name, what in re.findall(
        r"^pci (\S+): (BAR \d|ROM) \[.*?\]: (\w+)",
        "\n".join(pci_log(view)), re.M)}
    return {bar for bar, what in last.items() if what == "assigned"}


def said_moved(run):
    """BARs in lines that "off" does not have."""
    before = set(pci_log(run.views["off"]))
    return set(re.findall(r"^pci (\S+): (BAR \d|ROM) \[", "\n".join(
        line for line in pci_log(run.views["on"]) if line not in before), re.M))


def says_each_move(run):
    """on: each BAR that moves is in the log, and no other is"""
    did, said = moved_assigned(run), said_moved(run)
    for bdf, name in sorted(did - said):
        yield f"{bdf} {name}: moved, and the log has no line"
    for bdf, name in sorted(said - did):
        yield f"{bdf} {name}: has not moved, but is in the log"


def sums_up(run):
    """on: the summary in the log, a line for each host bridge, is true"""
    view = run.views["on"]
    log = "\n".join(kernel_log(view))
    said = [tuple(map(int, summary)) for summary in SUMMARY.findall(log)]
    bridges = log.count("PCI host bridge to bus ")
    shared = sharing(view)
    small = [bar.key for bar in view.bars.values()
             if bar.assigned and bar.small(view.page)]
    alone = sum(key not in shared for key in small)
    # What Linux places has its page at once, and does not move
    moves = moved_assigned(run) - assigned_last(view)
    want = (len(moves), alone, len(small) - alone)
    if len(said) != bridges:
        yield f"{len(said)} summaries for {bridges} host bridges"
    if tuple(map(sum, zip(*said))) != want:
        yield f"moved, isolated, share: it says {said}, not {want}"
