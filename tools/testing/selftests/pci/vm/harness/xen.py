# SPDX-License-Identifier: GPL-2.0
"""
The kernel under test as dom0 on Xen: what it needs of Debian's packages, and
what an HVM guest reads in the small memory BAR of the device that it is given.
"""

import gzip
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional

from .layout import RESULT, lines
from .verdict import infra

HYPERVISOR = "boot/xen-*-amd64.gz"
PROGRAMS = {    # where xen.c and libxl look for them -> where they are here
    "/xen/xl": "usr/lib/xen-*/bin/xl",
    "/xen/xenstored": "usr/lib/xen-*/bin/xenstored",
    "/xen/xenconsoled": "usr/lib/xen-*/bin/xenconsoled",
    "/xen/xen-init-dom0": "usr/lib/xen-*/bin/xen-init-dom0",
    "": "usr/libexec/xen-qemu-system-i386",
}
DATA = ("usr/lib/xen-*/boot/hvmloader", "usr/share/seabios/bios-256k.bin",
        "usr/share/qemu/linuxboot.bin", "usr/share/qemu/keymaps/en-us")
LIBRARIES = "usr/lib/x86_64-linux-gnu"


def wanted(scenario):
    return bool(scenario["xen.cmdline"])


# what to take along

def roots(settings):
    """Packages are installed, or were unpacked where none of them runs."""
    unpacked = settings.cache / "unpacked"
    return [Path("/"), *sorted(unpacked.glob("*"))]


def find(settings, pattern):
    """(file, the root that it is in)"""
    for root in roots(settings):
        paths = sorted(root.glob(pattern))
        if paths:
            return paths[-1], root
    raise infra(f"/{pattern}: not found, nor in {settings.cache}/unpacked/*; "
                f"on Debian 12 it is in one of xen-hypervisor-4.17-amd64, "
                f"xen-utils-4.17, qemu-system-xen, qemu-system-data, seabios")


def environment(settings):
    """For ldd"""
    return dict(os.environ, LD_LIBRARY_PATH=":".join(
        str(root / LIBRARIES) for root in roots(settings)[1:]))


def at_home(settings, path):
    """Where a file would be if its package were installed."""
    for root in roots(settings)[1:]:
        if root in path.parents:
            return "/" + str(path.relative_to(root))
    return str(path)


def programs(settings):
    """path in the initramfs -> (path here, mode)"""
    files = {}
    for name, pattern in PROGRAMS.items():
        path, root = find(settings, pattern)
        files[name or f"/{path.relative_to(root)}"] = (path, "0755")
    return files


def data(settings):
    files = [find(settings, pattern) for pattern in DATA]
    return {f"/{path.relative_to(root)}": (path, "0644")
            for path, root in files}


def hypervisor(settings, target):
    """As qboot and multiboot.c want it"""
    path, _ = find(settings, HYPERVISOR)
    target.write_bytes(gzip.decompress(path.read_bytes()))
    return target


def parameters(scenario, boot):
    """What xen.c has to know; hvmloader does not align small BARs."""
    if not scenario["xen.give"]:
        return []
    words = ["vm.xen=" + ",".join(scenario["xen.give"]),
             f"vm.xen_cycles={scenario['xen.cycles']}"]
    if boot in scenario["xen.aligns"]:
        words.append("vm.xen_guest=pci=passthrough_align")
    return words


def devices(scenario):
    """All devices given: BDF+BDF go to one guest."""
    return [bdf for guest in scenario["xen.give"] for bdf in guest.split("+")]


# what came of it: see xen.c and inner.c

READS = re.compile(r"# dom0: (\S+) BAR (\d) reads (\S+)")
GIVEN = re.compile(r"# given: (\S+) has (\S+) as (\S+)")
DRIVER = re.compile(r"# inner: \S+ of (\S+) has (\S+), ")
OWN = re.compile(r"# inner: (\S+) BAR \d at (\S+) of its page reads (\S+)")
PAGE = re.compile(r"# inner: page (\S+): (\S+)")
LISTED = re.compile(r"# (\S+) +(\d+) +\d+ +\d+ +\S+ +[\d.]+")
MAPPED = re.compile(r"# .*memory_map:add: d(?:om)?(\d+) gfn=\S+ mfn=(\S+) "
                    r"nr=(\S+)")
RANGES = re.compile(r"# .*Rangesets belonging to domain (\d+):")
GRANTED = re.compile(r"# .*I/O Memory *{(.*)}")
BLOCK = 256     # bytes of the page in each line of the guest's


@dataclass
class Guest:
    """... and a device that it has"""

    name: str
    bdf: str                    # in dom0
    slot: str                   # in the guest
    mac: Optional[str] = None   # that its driver read
    offset: int = 0             # of the BAR in its page, as the guest has it
    reads: Optional[str] = None
    page: Dict[int, str] = field(default_factory=dict)  # what is not empty
    granted: str = ""           # frames, as Xen writes them
    mapped: List[int] = field(default_factory=list)


@dataclass
class Seen:
    own: Dict[str, str]         # BDF -> what dom0 reads in its BAR
    index: Dict[str, int]       # ... and which BAR that is
    guests: List[Guest]

    def owners(self, text):
        """Whose registers these are"""
        return [bdf for bdf, own in self.own.items() if own == text]


def read_guests(text):
    """For each guest, first which devices it has, then what it says of them."""
    guests = []
    for line in text:
        if match := GIVEN.fullmatch(line):
            guests.append(Guest(*match.groups()))
        elif match := DRIVER.match(line):
            in_slot(guests, match[1]).mac = match[2]
        elif match := OWN.fullmatch(line):
            guest = in_slot(guests, match[1])
            guest.offset, guest.reads = int(match[2], 0), match[3]
        elif match := PAGE.fullmatch(line):
            guest.page[int(match[1], 0)] = match[2]
    return guests


def in_slot(guests, slot):
    """... of the guest that is reporting"""
    return next(guest for guest in reversed(guests) if guest.slot == slot)


def read_log(text, guests):
    """Domains by number; a guest's is the last of its name."""
    names = {match[2]: match[1] for match in map(LISTED.fullmatch, text)
             if match}
    known = {number: [guest for guest in guests if guest.name == name]
             for number, name in names.items()}
    domain = None
    for line in text:
        if match := MAPPED.fullmatch(line):
            first = int(match[2], 16)
            for guest in known.get(match[1], []):
                guest.mapped += range(first, first + int(match[3], 16))
        elif match := RANGES.fullmatch(line):
            domain = match[1]
        elif match := GRANTED.fullmatch(line):
            for guest in known.get(domain, []):
                guest.granted = match[1].strip()


def seen(view):
    text = [line.strip() for line in lines(view.dir / RESULT)]
    reads = [match.groups() for match in map(READS.fullmatch, text) if match]
    guests = read_guests(text)
    read_log(text, guests)
    return Seen({bdf: own for bdf, _, own in reads},
                {bdf: int(index) for bdf, index, _ in reads}, guests)


# for a person

def reads(view, bdf):
    """And whose registers it reads besides"""
    said = seen(view)
    for guest in said.guests:
        if guest.bdf == bdf and guest.reads:
            own = guest.reads == said.own.get(bdf)
            more = ", ".join(view.devices[other].label
                             for other in neighbours(view, said, guest))
            return (guest.reads if own else f"{guest.reads} (wrong)") + \
                (f", and {more}" if more else "")
    return "-"


def rows(run, boots):
    own = seen(run.views[boots[0]]).own
    for bdf in devices(run.scenario):
        yield [label(run.views[boots[0]], bdf), own.get(bdf, "-"),
               *(reads(run.views[boot], bdf) for boot in boots)]


# checks

def given(scenario):
    return bool(scenario["xen.give"])


def together(scenario):
    """Is there a guest that has several?"""
    return any("+" in guest for guest in scenario["xen.give"])


def apart(scenario):
    return given(scenario) and not together(scenario)


def label(view, bdf):
    return f"{bdf} ({view.devices[bdf].label})"


def frame(view, said, bdf):
    """The frame of memory that the BAR is in"""
    bar = view.bars[bdf, said.index[bdf]]
    return bar.at.start // view.page


def whose(view, said, text):
    owners = [label(view, bdf) for bdf in said.owners(text)]
    return f"those of {', '.join(owners)}" if owners else "nobody's"


def missing(run, said):
    """Each device that should be given has to be seen by its guest."""
    told = {guest.bdf for guest in said.guests if guest.reads}
    for bdf in devices(run.scenario):
        if bdf not in told or bdf not in said.index:
            yield f"{bdf}: no guest reports it"


def of_guests(run, name, check):
    view = run.views[name]
    said = seen(view)
    problems = list(missing(run, said))
    yield from problems
    for guest in () if problems else said.guests:
        yield from check(view, said, guest)


def has_more(view, said, guest):
    end = guest.offset + view.bars[guest.bdf, said.index[guest.bdf]].size
    for at, text in guest.page.items():
        if at + BLOCK <= guest.offset or at >= end:
            yield (f"{guest.name} reads {text} at {at:#x} of the page, "
                   f"{whose(view, said, text)}")


def is_exposed(view, said, guest):
    """
    Of the BARs in a page, the guest can have the one at its start, and gets the
    others with it.  If the BAR is not at the start, QEMU asks for the next page,
    which Xen 4.17 does not let it have: then there is nothing to read.
    """
    if guest.reads == said.own[guest.bdf] and \
            not list(has_more(view, said, guest)):
        yield (f"{guest.name} was given {label(view, guest.bdf)} and reads "
               f"{guest.reads}, as it should, and nothing else in the page")


def is_wrong(run):
    """off: each HVM guest reads too little or too much"""
    yield from of_guests(run, "off", is_exposed)


def lacks_own(run):
    """off: an HVM guest with several devices reads the wrong registers"""
    said = seen(run.views["off"])
    if all(guest.reads == said.own.get(guest.bdf) for guest in said.guests):
        yield "; ".join(f"{guest.name} reads {guest.reads} of {guest.bdf}"
                        for guest in said.guests) or "there is no guest"


def neighbours(view, said, guest):
    """Whose registers, other than its device's, it can reach"""
    return [bdf for text in guest.page.values() for bdf in said.owners(text)
            if bdf != guest.bdf]


def gets_neighbours(run):
    """off: an HVM guest reads the registers of devices that it was not given"""
    view = run.views["off"]
    said = seen(view)
    if not any(neighbours(view, said, guest) for guest in said.guests):
        yield "; ".join(f"{guest.name} has {', '.join(guest.page.values())}"
                        for guest in said.guests) or "there is no guest"


def reads_right(view, said, guest):
    own = said.own[guest.bdf]
    if guest.reads != own or guest.mac not in (None, own):
        yield (f"{guest.name} was given {label(view, guest.bdf)}, {own}, and "
               f"reads {guest.reads}, {whose(view, said, guest.reads)}; its "
               f"driver has {guest.mac}")


def gets_own(run):
    """on: each HVM guest reads the registers of its device"""
    yield from of_guests(run, "on", reads_right)


def gets_no_more(run):
    """on: the rest of the page that an HVM guest gets is empty"""
    yield from of_guests(run, "on", has_more)


def grants(frames, number):
    """Xen writes { f3000-f3001, f3050 }"""
    for part in frames.split(", "):
        first, _, last = part.partition("-")
        if first and int(first, 16) <= number <= int(last or first, 16):
            return True
    return False


def frame_is_own(view, said, guest):
    wanted_frame = frame(view, said, guest.bdf)
    if not grants(guest.granted, wanted_frame):
        yield (f"{label(view, guest.bdf)}: Xen lets {guest.name} have "
               f"{guest.granted}, not {wanted_frame:x}")
    if wanted_frame not in guest.mapped:
        yield (f"{label(view, guest.bdf)}: {guest.name} has "
               f"{', '.join(f'{n:x}' for n in guest.mapped)}, not "
               f"{wanted_frame:x}")


def frames_on(run):
    """on: the frame that Xen maps for the guest is that of the BAR"""
    yield from of_guests(run, "on", frame_is_own)


def frame_explains(view, said, guest):
    """By Linux's addresses, which are checked against QEMU's map, too."""
    for bdf in neighbours(view, said, guest):
        if frame(view, said, bdf) not in guest.mapped:
            has = ", ".join(f"{n:x}" for n in guest.mapped) or "none"
            yield (f"{guest.name} has {has}, but {label(view, bdf)}, which it "
                   f"reads, is in {frame(view, said, bdf):x}")


def frames_off(run):
    """off: what the guest reads is in the frame that Xen mapped"""
    yield from of_guests(run, "off", frame_explains)
