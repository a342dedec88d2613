# SPDX-License-Identifier: GPL-2.0
"""
Accesses to config space, as QEMU traces them: what a kernel asked of each device
from its start until user space ran, and what events made it write after that.
"""

import re
from dataclasses import dataclass
from itertools import dropwhile

from . import disturbance
from .boot import TRACE
from .layout import COMMAND, DECODES_MEMORY, IS_64BIT, ROM, lines

LINE = re.compile(r"pci_cfg_(read|write) \S+ (\w\w:\w\w\.\w) @0x(\w+) "
                  r"(?:->|<-) 0x(\w+)")
# See guest_mark() in ../guest.h
MARKED, KERNEL, USER = ("0000:00:00.0", 0), ord("K"), ord("U")
BARS = range(0x10, 0x28)
FLAGS, ALL_ONES = 0xf, 0xffffffff       # bits of a BAR that are not the address


@dataclass(frozen=True)
class Access:
    write: bool
    bdf: str
    offset: int
    value: int

    def __str__(self):
        return (f"{self.bdf} {self.offset:#x} "
                f"{'<-' if self.write else '->'} {self.value:#x}")

    def marks(self, what):
        return self.write and (self.bdf, self.offset) == MARKED and \
            self.value == what


def read(view):
    matches = map(LINE.fullmatch, lines(view.dir / TRACE))
    return [Access(m[1] == "write", f"0000:{m[2]}", int(m[3], 16),
                   int(m[4], 16)) for m in matches if m]


def split(view):
    """(before the kernel under test started, from then until user space)"""
    accesses = read(view)
    ends = [i for i, access in enumerate(accesses) if access.marks(USER)]
    starts = [i for i, access in enumerate(accesses) if access.marks(KERNEL)]
    start = starts[0] + 1 if starts else 0
    return accesses[:start], accesses[start:ends[0]] if ends else []


def after_boot(view):
    """... and once user space runs"""
    return [access for access in dropwhile(
        lambda access: not access.marks(USER), read(view))
            if not access.marks(USER)]


def commands(accesses, bdf):
    """What is written to a device's command register."""
    return [access.value for access in accesses
            if access.write and (access.bdf, access.offset) == (bdf, COMMAND)]


def decodes(accesses, bdf):
    """Memory decode, on or off, after each write."""
    return [bool(value & DECODES_MEMORY) for value in commands(accesses, bdf)]


def decoded_first(before, bdf):
    return (decodes(before, bdf) or [False])[-1]


def toggles(before, accesses, bdf):
    """How often a device's memory decode changes."""
    states = [decoded_first(before, bdf), *decodes(accesses, bdf)]
    return sum(a != b for a, b in zip(states, states[1:]))


# what has to hold

def same_accesses(run):
    """off: accesses config space as stock does, in the same order"""
    stock, off = (split(run.views[name])[1] for name in ("stock", "off"))
    if not stock or len(stock) != len(off):
        yield f"{len(stock)} accesses in stock, {len(off)} in off"
    for number, (before, after) in enumerate(zip(stock, off)):
        if before != after:
            yield f"access {number}: {before} in stock, {after} in off"
            return


def moved(run):
    """BDF -> its BARs that are elsewhere in "on" """
    bars = {}
    for before, _ in disturbance.moved(run):
        if before.index != ROM:
            bars.setdefault(before.bdf, []).append(before)
    return bars


def toggles_once(run):
    """on: memory decode goes off and on once if a BAR moves, otherwise never"""
    (before, off), (_, on) = (split(run.views[name]) for name in ("off", "on"))
    where = moved(run)
    for bdf in run.views["off"].devices:
        times = [toggles(before, part, bdf) for part in (off, on)]
        want = 2 if decoded_first(before, bdf) and bdf in where else 0
        if times[1] - times[0] != want:
            yield (f"{bdf}: decode changes {times[0]} times off, {times[1]} on;"
                   f" {len(where.get(bdf, []))} BARs moved")


def writes_little(run):
    """
    on: two writes to the command register of a device with a BAR that moves

    Where decode is off, no writes turn it off and on, but two are made for each
    64-bit BAR, around its two halves, as in stock.
    """
    (before, off), (_, on) = (split(run.views[name]) for name in ("off", "on"))
    where = moved(run)
    for bdf in run.views["off"].devices:
        bars = where.get(bdf, [])
        want = 2 * bool(bars) if decoded_first(before, bdf) else \
            2 * sum(bool(bar.flags & IS_64BIT) for bar in bars)
        more = len(commands(on, bdf)) - len(commands(off, bdf))
        if more != want:
            yield f"{bdf}: {more} more writes than off, not {want}"


def asks_nobody_else(run):
    """on: a write to resourceN_shares_page writes to that device alone"""
    view, where = run.views["on"], moved(run)
    later = [access for access in after_boot(view) if access.write]
    for access in later:
        if access.bdf not in where:
            yield f"{access}: no BAR of it has moved"
    for bdf, bars in where.items():
        writes = len(commands(later, bdf))
        if writes != 2 * len(bars):
            yield (f"{bdf}: {writes} writes to its command register, "
                   f"{len(bars)} BARs moved")
    if not where:
        yield "no BAR has moved"


def restored(accesses):
    """
    Devices with a BAR that read as cleared, and was written: what
    pci_restore_config_space() does.  Sizing a BAR writes back what it read.
    """
    seen = {}
    for access in accesses:
        bar = access.bdf, access.offset
        if access.write and access.offset in BARS and \
                seen.get(bar, ALL_ONES) <= FLAGS < access.value < ALL_ONES:
            yield access.bdf
        seen[bar] = access.value


def put_back(run, view):
    """each device that is reset loses its BARs, and gets them back"""
    written = set(restored(after_boot(view)))
    for name in run.scenario["expect.resets"]:
        device = view.by_id(name)
        if not device or device.bdf not in written:
            yield f"{name}: no BAR was cleared and put back"
