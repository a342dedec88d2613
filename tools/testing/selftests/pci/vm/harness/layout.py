# SPDX-License-Identifier: GPL-2.0
"""
What a guest showed of its PCI devices, and which of their BARs share a page.
This is worked out here from addresses alone, so that the kernel's own status
files can be held against it.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from .qmp import flatten
from .verdict import infra

# include/linux/ioport.h
MEM, IS_64BIT, UNSET = 0x200, 0x100000, 0x20000000
ROM = 6
COMMAND, DECODES_MEMORY = 4, 2      # in config space
WINDOWS = 4             # the last lines of a bridge's resource file
KEEPS_PAGE = "vfio sub-page reserved"   # only there to keep others out
ENXIO = "error 6"
RESULT = "result.ktap"     # of a boot, with those of its tests


@dataclass(frozen=True)
class Span:
    start: int
    end: int

    def meets(self, other):
        return self.start <= other.end and other.start <= self.end

    def contains(self, other):
        return self.start <= other.start and other.end <= self.end

    def pages(self, page):
        return Span(self.start & -page, self.end | (page - 1))

    def __str__(self):
        return f"{self.start:#x}-{self.end:#x}"


@dataclass(frozen=True)
class Bar:
    bdf: str
    index: int
    at: Span
    flags: int

    @property
    def key(self):
        return self.bdf, self.index

    @property
    def name(self):
        return "ROM" if self.index == ROM else f"BAR {self.index}"

    @property
    def status_file(self):
        return ("rom" if self.index == ROM else f"resource{self.index}") + \
            "_shares_page"

    @property
    def size(self):
        return self.at.end - self.at.start + 1

    @property
    def assigned(self):
        return self.at.start != 0 and not self.flags & UNSET

    def small(self, page):
        return self.size < max(page, 4096)

    def __str__(self):
        return f"{self.bdf} {self.name}"


@dataclass
class Device:
    bdf: str
    id: str             # the name that the scenario gave it, if any
    ids: Tuple[int, int]
    cls: int
    driver: Optional[str]
    bars: Dict[int, Bar]
    windows: List[Span]
    status: Dict[str, str]

    @property
    def label(self):
        return self.id or f"{self.ids[0]:04x}:{self.ids[1]:04x}"


@dataclass(frozen=True)
class Mapped:
    """A line of /proc/iomem."""

    at: Span
    name: str


@dataclass
class View:
    """All that one boot showed."""

    dir: Path
    page: int
    devices: Dict[str, Device]
    iomem: List[Mapped]
    qemu: Dict[str, dict] = field(default_factory=dict)     # BDF -> query-pci
    config: Dict[str, bytes] = field(default_factory=dict)  # config space
    offsets: List[Tuple[Span, int]] = field(default_factory=list)
    # what vfio_bar_test saw: can VFIO map the BAR?
    vfio: Dict[Tuple[str, int], bool] = field(default_factory=dict)

    def said(self, pattern):
        """Matches of a pattern in lines of the guest's results"""
        return [match for match in map(pattern.fullmatch,
                                       lines(self.dir / RESULT)) if match]

    def on_bus(self, at):
        """What the BAR has: the CPU may see the bus at another address."""
        return at.start - next((offset for window, offset in self.offsets
                                if window.contains(at)), 0)

    @property
    def bars(self):
        return {bar.key: bar for device in self.devices.values()
                for bar in device.bars.values()}

    def decodes(self, bdf):
        return bool(self.config[bdf][COMMAND] & DECODES_MEMORY)

    def by_id(self, name):
        for device in self.devices.values():
            if device.id == name:
                return device
        return None


# reading

def lines(path):
    return path.read_text().splitlines() if path.is_file() else []


def first_line(path):
    return next(iter(lines(path)), None)


def resources(path):
    for line in lines(path):
        start, end, flags = (int(word, 16) for word in line.split())
        yield Span(start, end), flags


def is_memory(flags):
    return bool(flags & MEM)


def number(path):
    text = first_line(path)
    if text is None:
        raise infra(f"{path}: not there, so the guest's result is incomplete")
    return int(text, 16)


def is_bridge(cls):
    return cls >> 8 == 0x0604


def read_device(directory, name):
    spans = list(resources(directory / "resource"))
    vendor, device, cls = (number(directory / file)
                           for file in ("vendor", "device", "class"))
    bars = {i: Bar(directory.name, i, at, flags)
            for i, (at, flags) in enumerate(spans[:ROM + 1])
            if is_memory(flags)}
    windows = [at for at, flags in spans[-WINDOWS:]
               if is_memory(flags) and at.start] if is_bridge(cls) else []
    return Device(
        directory.name, name, (vendor, device), cls,
        first_line(directory / "driver"), bars, windows,
        {p.name: first_line(p) for p in directory.glob("*_shares_page")})


def read_iomem(path):
    mapped = []
    for line in lines(path):
        match = re.fullmatch(r" *([0-9a-f]+)-([0-9a-f]+) : (.*)", line)
        if match:
            mapped.append(Mapped(Span(int(match[1], 16), int(match[2], 16)),
                                match[3]))
    return mapped


def read_config(path):
    """A device's address, lines "00: 86 80 .. ..", an empty line."""
    config, bdf = {}, None
    for line in lines(path):
        offset, colon, data = line.partition(": ")
        if colon:
            config[bdf] += bytes.fromhex(data)
        elif offset:
            bdf = offset
            config[bdf] = b""
    return config


def read_offsets(path):
    """Windows of host bridges, and what their addresses are off by."""
    for line in lines(path):
        match = re.search(r"root bus resource \[mem 0x(\w+)-0x(\w+).*?\] "
                          r"\(bus address \[0x(\w+)-", line)
        if match:
            start, end, bus = (int(word, 16) for word in match.groups())
            yield Span(start, end), start - bus


def read_vfio(path):
    """vfio_bar_test says it in comments."""
    bars = re.findall(r"^ *# vfio: (\S+) BAR (\d) maps: (yes|no)$",
                       "\n".join(lines(path)), re.M)
    return {(bdf, int(index)): says == "yes" for bdf, index, says in bars}


def qemu_view(path):
    return {f"0000:{d['bus']:02x}:{d['slot']:02x}.{d['function']:x}": d
            for d in flatten(json.loads(path.read_text()))}


def read(directory):
    guest = directory / "guest"
    qemu = qemu_view(directory / "query-pci.json")
    devices = {}
    for path in sorted((guest / "devices").glob("*")):
        name = qemu.get(path.name, {}).get("qdev_id", "")
        devices[path.name] = read_device(path, name)
    return View(directory, int(first_line(guest / "page-size") or 4096),
                devices, read_iomem(guest / "iomem"), qemu,
                read_config(guest / "config"),
                list(read_offsets(guest / "dmesg")),
                read_vfio(directory / RESULT))


# sharing

def is_other(mapped, bar):
    """Neither a window around the BAR nor a part of it."""
    return not (mapped.at.contains(bar.at) or bar.at.contains(mapped.at) or
                mapped.name == KEEPS_PAGE)


def neighbours(view, bar):
    """What else is in the pages that a BAR touches: (span, name)."""
    pages = bar.at.pages(view.page)
    others = [other for other in view.bars.values()
              if other.assigned and other.key != bar.key and
              other.at.meets(pages)]
    spans = [(other.at, str(other)) for other in others]
    for mapped in view.iomem:
        if mapped.at.meets(pages) and is_other(mapped, bar) and \
           not any(other.at.contains(mapped.at) for other in others):
            spans.append((mapped.at, mapped.name))
    return sorted(spans, key=lambda item: item[0].start)


def sharing(view):
    """(BDF, index) -> neighbours, for each BAR that shares a page."""
    shared = {key: neighbours(view, bar) for key, bar in view.bars.items()
             if bar.assigned}
    return {key: others for key, others in shared.items() if others}


# for other programs

def to_json(view):
    shared = sharing(view)
    return json.dumps([{
        "bdf": d.bdf, "id": d.id, "driver": d.driver,
        "vendor": d.ids[0], "device": d.ids[1], "class": d.cls,
        "windows": [[w.start, w.end] for w in d.windows],
        "bars": [{
            "index": b.index, "start": b.at.start, "size": b.size,
            "flags": b.flags, "assigned": b.assigned,
            "shares_with": [name for _, name in shared.get(b.key, [])],
            "status": d.status.get(b.status_file),
        } for b in d.bars.values()],
    } for d in view.devices.values()], indent=1)
