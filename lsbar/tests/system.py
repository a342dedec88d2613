# SPDX-License-Identifier: GPL-2.0
"""
A system as lsbar --sysroot has it: its BARs, and the tree of /proc/iomem. Each file
of the other kinds is read once.
"""

from functools import cache
from pathlib import Path

MEM, UNSET, SHADOW = 0x200, 0x20000000, 2
ROM, VF_BAR, WINDOW = 6, 7, 13
PADDING = "vfio sub-page reserved"


class Node:
    def __init__(self, start, end, name, parent):
        self.start, self.end, self.name = start, end, name
        self.parent, self.children = parent, []
        self.depth = parent.depth + 1 if parent else 0
        if parent:
            parent.children.append(self)


class Bar:
    def __init__(self, bdf, nr, start, end, flags):
        self.bdf, self.nr, self.flags = bdf, nr, flags
        self.start, self.end = start, end

    @property
    def assigned(self):
        return bool(self.start and self.end >= self.start and
                    not self.flags & UNSET and
                    not (self.nr == ROM and self.flags & SHADOW))

    @property
    def key(self):
        return self.bdf, "ROM" if self.nr == ROM else str(self.nr)

    @property
    def status_file(self):
        return "rom_shares_page" if self.nr == ROM else \
            f"resource{self.nr}_shares_page"


# reading

def read_iomem(path):
    """The root of the tree, by indentation; None if there are no addresses."""
    root = Node(0, (1 << 64) - 1, "root", None)
    stack, seen = [root], False
    for line in path.read_text().splitlines() if path.exists() else []:
        depth = (len(line) - len(line.lstrip(" "))) // 2
        span, _, name = line.strip(" ").partition(" : ")
        start, end = (int(word, 16) for word in span.split("-"))
        seen |= end != 0
        del stack[depth + 1:]
        stack.append(Node(start, end, name, stack[depth]))
    return root if seen else None


def read_words(path):
    """The words of pci= on the command line"""
    text = path.read_text() if path.exists() else ""
    return [word for arg in text.split() if arg.startswith("pci=")
            for word in arg[4:].split(",")]


def read_bars(directory):
    rows = [[int(word, 16) for word in line.split()]
            for line in (directory / "resource").read_text().splitlines()]
    for i, (start, end, flags) in enumerate(rows):
        nr = i + WINDOW - VF_BAR if len(rows) == 11 and i > ROM else i
        if flags & MEM:
            yield Bar(directory.name, nr, start, end, flags)


class System:
    def __init__(self, top):
        top = Path(top)
        self.devices = top / "sys/bus/pci/devices"
        self.iomem = read_iomem(top / "proc/iomem")
        self.page = int((top / "page_size").read_text())
        self.words = read_words(top / "proc/cmdline")
        self.bdfs = sorted(path.name for path in self.devices.iterdir())
        self.bars = [bar for directory in map(self.devices.joinpath, self.bdfs)
                     if (directory / "resource").exists()
                     for bar in read_bars(directory)]

    @cache
    def pf(self, bdf):
        link = self.devices / bdf / "physfn"
        return link.readlink().name if link.is_symlink() else None

    def read(self, bdf, file):
        path = self.devices / bdf / file
        return path.read_bytes() if path.exists() else None

    @cache
    def class_of(self, bdf):
        text = (self.read(bdf, "class") or b"").decode("ascii", "replace")
        return text[:6] if text.startswith("0x") else None

    @cache
    def command(self, bdf):
        config = self.read(bdf, "config") or b""
        return config[4] if len(config) > 5 else None

    @cache
    def group(self, bdf):
        link = self.devices / bdf / "iommu_group"
        return link.readlink().name if link.is_symlink() else None

    @cache
    def driver(self, bdf):
        return (self.devices / bdf / "driver").is_symlink()

    @cache
    def option(self, start):
        return next((word[len(start):] for word in reversed(self.words)
                     if word.startswith(start)), None)

    def has_word(self, word):
        return word in self.words

    @cache
    def has_status(self):
        return any(self.devices.glob("*/*_shares_page"))

    @cache
    def writable(self, bdf):
        return any(path.stat().st_mode & 0o200 for path in
                   (self.devices / bdf).glob("*_shares_page"))

    @cache
    def can_isolate(self):
        return any(map(self.writable, self.bdfs))

    @cache
    def status(self, bar):
        path = self.devices / bar.bdf / bar.status_file
        return path.read_text() if path.exists() else None


# what the kernel says

def meets(a, start, end):
    return a.start <= end and start <= a.end


def walk(node):
    for child in node.children:
        yield child
        yield from walk(child)


def claim(system, bar):
    for node in walk(system.iomem):
        if (node.start, node.end, node.name) == (bar.start, bar.end, bar.bdf):
            return node
    return None


def kernel_says_shares(node, page):
    """The walk of the kernel: siblings, and up while the page reaches out."""
    start, end = node.start // page * page, node.end // page * page + page - 1
    while node.parent:
        for sibling in node.parent.children:
            if sibling is not node and meets(sibling, start, end) and \
                    sibling.name != PADDING:
                return True
        node = node.parent
        if node.start <= start and end <= node.end:
            return False
    return False
