# SPDX-License-Identifier: GPL-2.0
"""
The views of one boot: where the guest has BARs, what the kernel's status files
say, what QEMU decodes where.  They have to agree.
"""

from . import mtree
from .layout import ENXIO, ROM, sharing

FIRST_BAR, IS_64BIT = 0x10, 4       # in config space
NO_VENDOR, NOWHERE = 0xffff, -1     # in query-pci
SMALLEST = 16       # a BAR can be; QEMU's pvpanic-pci has 2
SOME = 3            # neighbours to name


def programmed(view, bar):
    """The address in the BAR's own register."""
    at = FIRST_BAR + 4 * bar.index
    register = view.config[bar.bdf][at:at + 8]
    low = int.from_bytes(register[:4], "little")
    high = int.from_bytes(register[4:], "little") if low & IS_64BIT else 0
    return high << 32 | low & ~0xf


def qemu_regions(device):
    return {region["bar"]: region for region in device["regions"]
            if region["type"] == "memory"}


def is_virtual(view, bdf):
    """A virtual function has neither IDs nor BARs in its config space."""
    return view.config[bdf][:4] == b"\xff" * 4


def size_differs(run, view, bar, region):
    size = max(region["size"], SMALLEST)
    if view.devices[bar.bdf].id in run.scenario["expect.resized"]:
        return size > bar.size
    return size != bar.size


def compare_bar(run, view, bar, region):
    if region is None:
        yield f"{bar}: QEMU has none"
    elif size_differs(run, view, bar, region):
        yield f"{bar}: {bar.size:#x} bytes, QEMU says {region['size']:#x}"
    elif bar.index == ROM or not bar.assigned:
        return      # of a ROM, Linux writes no address until it is enabled
    elif not is_virtual(view, bar.bdf) and \
            programmed(view, bar) != view.on_bus(bar.at):
        yield (f"{bar}: at {view.on_bus(bar.at):#x}, but its register has "
               f"{programmed(view, bar):#x}")
    elif view.decodes(bar.bdf) and region["address"] != view.on_bus(bar.at):
        yield (f"{bar}: at {view.on_bus(bar.at):#x}, but QEMU decodes it at "
               f"{region['address'] & (1 << 64) - 1:#x}")


def kept_ready(seen):
    """Newer QEMUs create virtual functions before anybody has asked for them."""
    return seen["id"]["vendor"] == NO_VENDOR and all(
        region["address"] == NOWHERE for region in seen["regions"])


def qemu_agrees(run, view):
    """QEMU decodes each BAR where the guest has it"""
    for bdf, seen in view.qemu.items():
        device, regions = view.devices.get(bdf), qemu_regions(seen)
        if device is None and kept_ready(seen):
            continue
        if device is None:
            yield f"{bdf} ({seen['qdev_id']}): not in the guest"
            continue
        for index in regions.keys() - device.bars.keys():
            if index == ROM and regions[index]["address"] == NOWHERE:
                continue    # the core forgets a ROM that it finds no place for
            yield f"{bdf} BAR {index}: QEMU has one, the guest has not"
        for bar in device.bars.values():
            yield from compare_bar(run, view, bar,
                                   regions.get(bar.index))


def describe(others):
    if not others:
        return "it shares with none"
    more = f" and {len(others) - SOME} more" if len(others) > SOME else ""
    return "it shares with " + ", ".join(
        f"{name} at {at}" for at, name in others[:SOME]) + more


def expected_status(bar, shared):
    if not bar.assigned:
        return ENXIO
    return "1" if bar.key in shared else "0"


def status_agrees(run, view):
    """the kernel's status files agree with the addresses"""
    shared = sharing(view)
    for device in view.devices.values():
        files = {bar.status_file for bar in device.bars.values()}
        for name in sorted(device.status.keys() - files):
            if device.status[name] == ENXIO:
                continue    # likewise; its file is there since the device was added
            yield f"{device.bdf} {name}: there is no such memory BAR"
        for bar in device.bars.values():
            want, got = expected_status(bar, shared), device.status.get(
                bar.status_file)
            if got is None:
                yield f"{bar}: there is no {bar.status_file}"
            elif got != want:
                yield (f"{bar} at {bar.at}: {bar.status_file} says {got}, not "
                       f"{want}; {describe(shared.get(bar.key, []))}")


def map_agrees(run, view):
    """
    in the pages of each BAR, QEMU decodes what the guest and the status say

    For every assigned BAR: a status of 0 is wrong if QEMU decodes anything but
    the BAR in a page that it touches, be it of a PCI device or of the board.
    All that QEMU decodes there must be a neighbour by the guest's addresses
    too.  The other way round, a status of 1 needs a neighbour in the guest, and
    each BAR that decodes, neighbours among them, must be in QEMU's map.  What
    is left to Linux alone is a neighbour that does not decode (its memory
    decode is off, or it is a ROM), and one that only firmware reports.
    """
    yield from mtree.differences(view, sharing(view))
