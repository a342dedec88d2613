# SPDX-License-Identifier: GPL-2.0
"""
QEMU's own map of addresses, as its "info mtree -f -o" shows it: what answers the
CPU, and where.  This view owes nothing to Linux.
"""

import re
from dataclasses import dataclass

from .layout import ROM, Span, lines

REGION = re.compile(r" +([0-9a-f]+)-([0-9a-f]+) \(prio -?\d+, [^)]+\): (.*)")
OWNER = re.compile(r" (?:owner|parent):\{(?:dev|obj)(?: (?:id|path)=([^}]*))?\}")
CPU = ' AS "memory", '      # the address space that the CPUs see
# What answers on a host bridge where no device does: all ones, to any read
NOBODY = ("gpex_mmio_window",)
SECONDARY_BUS = 0x19
# pci-testdev's membar= is an empty container; virtio-serial's BAR is in a window
# that powernv's firmware has dropped when QEMU stands still, to reboot
EMPTY = {(0x1b36, 0x0005, 2), (0x1af4, 0x1043, 4)}


@dataclass(frozen=True)
class Region:
    at: Span
    name: str
    owner: str      # a scenario's name for the device, or a path of QEMU's

    def __str__(self):
        return f"{self.name} of {self.owner or 'nobody'} at {self.at}"


def region(match):
    owner = OWNER.search(match[3])
    return Region(Span(int(match[1], 16), int(match[2], 16)),
                  OWNER.sub("", match[3]), owner[1] or "" if owner else "")


def read(path):
    """The regions of one flat view; others are what devices see, or I/O."""
    views = "\n".join(lines(path)).split("FlatView #")
    cpu = [view for view in views if CPU in view]
    regions = [region(match) for view in cpu[:1]
             for match in map(REGION.fullmatch, view.splitlines()) if match]
    return [r for r in regions if r.name.split(" ")[0] not in NOBODY]


# which BARs answer

def above(view, bdf):
    """The bridge to the bus that a device is on, or None."""
    bus = int(bdf.split(":")[1], 16)
    for bridge, device in view.devices.items():
        if device.cls >> 8 == 0x0604 and \
           view.config[bridge][SECONDARY_BUS] == bus:
            return bridge
    return None


def decodes(view, bdf):
    """The device does, and so do all bridges to it."""
    while bdf:
        if not view.decodes(bdf):
            return False
        bdf = above(view, bdf)
    return True


def answers(view, bar):
    """An expansion ROM has a bit of its own, off but for a moment."""
    return bar.assigned and bar.index != ROM and decodes(view, bar.bdf)


# against the guest

def in_pages(regions, view, bar):
    """What else QEMU decodes in the pages that a BAR touches."""
    pages = bar.at.pages(view.page)
    return [r for r in regions
            if r.at.meets(pages) and not bar.at.contains(r.at)]


def stranger(view, bar, regions):
    """Another device answers at the BAR's own address."""
    known = {device.id for device in view.devices.values() if device.id}
    mine = view.devices[bar.bdf].id
    for r in regions:
        if bar.at.contains(r.at) and r.owner in known and r.owner != mine:
            yield f"{bar} at {bar.at}: {r} answers there"


def silent(view, bar, regions):
    """A neighbour, as the guest has it, that QEMU knows nothing of."""
    return answers(view, bar) and \
        (*view.devices[bar.bdf].ids, bar.index) not in EMPTY and \
        not any(bar.at.meets(r.at) for r in regions)


def compare(view, bar, regions, known):
    """
    known: what is in the BAR's pages by the guest's own addresses,
    as (span, name).
    """
    yield from stranger(view, bar, regions)
    says = view.devices[bar.bdf].status.get(bar.status_file)
    others = in_pages(regions, view, bar)
    where = f"{bar} at {bar.at}: "
    for r in others:
        if says == "0":
            yield f"{where}its status is 0, but QEMU has {r} in the page"
        if not any(at.meets(r.at) for at, _ in known):
            yield f"{where}QEMU has {r} in the page, but not the guest"
    if says == "1" and not known and not others:
        yield f"{where}its status is 1, but nothing else is in the page"


def differences(view, sharing):
    """sharing: (BDF, index) -> what the guest has in the pages of that BAR"""
    regions = read(view.dir / "mtree.txt")
    if not regions:
        yield f"{view.dir / 'mtree.txt'}: no map of what the CPU sees"
        return
    for bar in view.bars.values():
        if not bar.assigned:
            continue
        if silent(view, bar, regions):
            yield f"{bar} at {bar.at}: decodes, but QEMU has nothing there"
        yield from compare(view, bar, regions, sharing.get(bar.key, []))
