# SPDX-License-Identifier: GPL-2.0
"""
Accesses to config space, as QEMU traces them: what a kernel asked of each device
from its start until user space ran, and what events made it write after that.
"""

import re
from dataclasses import dataclass
from itertools import dropwhile

from .boot import TRACE
from .checks import outcome, pairs
from .layout import IS_64BIT, ROM, lines
from .machine import COMMAND, DECODES_MEMORY

LINE = re.compile(r"pci_cfg_(read|write) \S+ (\w\w:\w\w\.\w) @0x(\w+) "
                  r"(?:->|<-) 0x(\w+)")
# See guest_mark() in ../guest.h
MARKED, KERNEL, USER = ("0000:00:00.0", 0), ord("K"), ord("U")
BARS = range(0x10, 0x28)
FLAGS, ALL_ONES = 0xf, 0xffffffff       # what is no address in a BAR


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
    found = map(LINE.fullmatch, lines(view.dir / TRACE))
    return [Access(m[1] == "write", f"0000:{m[2]}", int(m[3], 16),
                   int(m[4], 16)) for m in found if m]


def split(view):
    """(before the kernel under test started, from then until user space)"""
    accesses = read(view)
    ends = [i for i, one in enumerate(accesses) if one.marks(USER)]
    starts = [i for i, one in enumerate(accesses) if one.marks(KERNEL)]
    start = starts[0] + 1 if starts else 0
    return accesses[:start], accesses[start:ends[0]] if ends else []


# what has to hold

def same_accesses(run):
    """off: asks the same of config space as stock, in the same order"""
    stock, off = (split(run.views[name])[1] for name in ("stock", "off"))
    if not stock or len(stock) != len(off):
        yield f"{len(stock)} accesses in stock, {len(off)} in off"
    for number, (one, other) in enumerate(zip(stock, off)):
        if one != other:
            yield f"access {number}: {one} in stock, {other} in off"
            return


def commands(accesses, bdf):
    """What is written to a device's command register."""
    return [one.value for one in accesses
            if one.write and (one.bdf, one.offset) == (bdf, COMMAND)]


def decode(values):
    """Memory decode, on or off, after each write."""
    return [bool(value & DECODES_MEMORY) for value in values]


def flips(states):
    return sum(a != b for a, b in zip(states, states[1:]))


def decoded_first(before, bdf):
    return (decode(commands(before, bdf)) or [False])[-1]


def moved(run):
    """BDF -> its BARs that are elsewhere in "on" """
    found = {}
    for old, new in pairs(run):
        if old.at != new.at and old.index != ROM:
            found.setdefault(old.bdf, []).append(old)
    return found


def toggles_once(run):
    """on: memory decode goes off and on again once if a BAR moves, else never"""
    (before, off), (_, on) = (split(run.views[name]) for name in ("off", "on"))
    where = moved(run)
    for bdf in run.views["off"].devices:
        first = decoded_first(before, bdf)
        times = [flips([first, *decode(commands(part, bdf))])
                 for part in (off, on)]
        want = 2 if first and bdf in where else 0
        if times[1] - times[0] != want:
            yield (f"{bdf}: decode changes {times[0]} times off, {times[1]} on;"
                   f" {len(where.get(bdf, []))} BARs moved")


def writes_little(run):
    """
    on: two writes to the command register of a device with a BAR that moves

    Where decode is off there are none to take it off and on, but two for each
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
            yield f"{bdf}: {more} writes more than off, not {want}"


def asks_nobody_else(run):
    """on: a write to resourceN_shares_page writes to that device alone"""
    view, where = run.views["on"], moved(run)
    later = [one for one in dropwhile(lambda one: not one.marks(USER), read(view))
             if one.write and not one.marks(USER)]
    for one in later:
        if one.bdf not in where:
            yield f"{one}: no BAR of it has moved"
    for bdf, bars in where.items():
        writes = len(commands(later, bdf))
        if writes != 2 * len(bars):
            yield f"{bdf}: {writes} writes to its command register, {len(bars)} BARs moved"
    if not where:
        yield "no BAR has moved"


def restored(accesses):
    """
    Devices with a BAR that read as cleared, and was written: what
    pci_restore_config_space() does.  Sizing a BAR writes back what it read.
    """
    seen = {}
    for one in accesses:
        bar = one.bdf, one.offset
        if one.write and one.offset in BARS and \
                seen.get(bar, ALL_ONES) <= FLAGS < one.value < ALL_ONES:
            yield one.bdf
        seen[bar] = one.value


def put_back(run, view):
    """each device that is reset lost its BARs, and got them back"""
    written = set(restored(dropwhile(lambda one: not one.marks(USER),
                                     read(view))))
    for name in run.scenario["expect.resets"]:
        device = view.by_id(name)
        if not device or device.bdf not in written:
            yield f"{name}: no BAR was cleared and put back"


def outcomes(run):
    if run.scenario["expect.resets"]:
        for name, view in run.views.items():
            yield outcome(f"{name}: ", put_back, run, view)
    if run.scenario["trace"] == "no":
        return
    if run.scenario.asks:
        yield outcome("", asks_nobody_else, run)
        return
    for check, needs in ((same_accesses, {"stock", "off"}),
                         (toggles_once, {"off", "on"}),
                         (writes_little, {"off", "on"})):
        if needs <= run.views.keys():
            yield outcome("", check, run)
