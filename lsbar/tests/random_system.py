# SPDX-License-Identifier: GPL-2.0
"""Draw random systems, and write them down for lsbar --sysroot"""

import random

from system import Bar, System, Node, PADDING, claim, kernel_says_shares


def resource_line(bar):
    return f"0x{bar.start:016x} 0x{bar.end:016x} 0x{bar.flags:016x}\n"


class Maker:
    """Fills a window, front to back, with BARs and with other things."""

    def __init__(self, rng):
        self.rng, self.devices, self.count = rng, {}, 0

    def new_device(self):
        self.count += 1
        bdf = f"0000:{self.count // 32:02x}:{self.count % 32:02x}.0"
        self.devices[bdf] = {}
        return bdf

    def place_other(self, at, end):
        """What is not a BAR may begin and end anywhere."""
        start = at + self.rng.randrange(0, 6000)
        near = -(-start // 4096) * 4096     # ... and often on a page's first byte
        stop = self.rng.choice([start + self.rng.randrange(0, 5000), near])
        return (start, stop) if stop <= end else None

    def place(self, at, end):
        """(start, end) behind at, or None"""
        size = 1 << self.rng.randrange(4, 14)
        if self.rng.random() < 0.1:         # Enhanced Allocation
            size, align = self.rng.randrange(4, 9000, 4), 4
        else:
            align = size
        if self.rng.random() < 0.3:
            at += self.rng.randrange(0, 9000)
        start = -(-at // align) * align
        return (start, start + size - 1) if start + size - 1 <= end else None

    def add_bar(self, parent, start, end):
        old = self.rng.choice(list(self.devices)) if self.devices else None
        bdf = old if old and self.rng.random() < 0.4 else self.new_device()
        free = [nr for nr in range(7) if nr not in self.devices[bdf]]
        if not free:
            bdf, free = self.new_device(), list(range(7))
        nr = self.rng.choice(free)
        self.devices[bdf][nr] = Bar(bdf, nr, start, end, 0x40200)
        if self.rng.random() < 0.03:        # nobody claimed it
            return
        node = Node(start, end, bdf, parent)
        if self.rng.random() < 0.4:
            Node(start, self.rng.randrange(start, end + 1), "driver", node)

    def add_other(self, parent, start, end):
        name = self.rng.choice(["Reserved", "IOAPIC 0", PADDING, "0000:ff:1f.7"])
        node = Node(start, end, name, parent)
        if name != PADDING and self.rng.random() < 0.2:
            self.fill(node, 2)

    def fill(self, window, depth):
        at = window.start
        while True:
            place = self.place(at, window.end)
            if not place or self.rng.random() < 0.03:
                return
            kind = self.rng.random()
            if kind < 0.75:
                self.add_bar(window, *place)
            elif kind < 0.85:
                place = self.place_other(at, window.end) or place
                self.add_other(window, *place)
            elif depth < 2:
                inner = Node(*place, f"PCI Bus 0000:{depth:02x}", window)
                self.fill(inner, depth + 1)
            at = place[1] + 1

    def overlap_some(self):
        """BARs that the kernel could not claim, on top of others"""
        bars = [bar for device in self.devices.values()
                for bar in device.values()]
        for bar in self.rng.sample(bars, min(len(bars), 2)):
            bdf = self.new_device()
            start = max(16, bar.start + self.rng.randrange(-64, 64) * 16)
            self.devices[bdf][0] = Bar(bdf, 0, start, start + 255, 0x40200)


CLASSES = ["0x020000"] * 12 + ["0x0c0320", "0x060400", "0x060000", "0x080020",
                               "0x000000", None]
CMDLINES = ["", "", "pci=realloc", "pci=passthrough_align",
            "pci=nomsi,passthrough_align,realloc",
            "pci=resource_alignment=8@0000:00:02.0;20@0000:00:05.0"]


def write_kinds(top, rng):
    """What each device is, and what was given to the kernel"""
    groups = rng.choice([0, 0, 5, 20])
    (top / "proc/cmdline").write_text(rng.choice(CMDLINES) + "\n")
    for path in sorted((top / "sys/bus/pci/devices").iterdir()):
        kind = rng.choice(CLASSES)
        if kind:
            (path / "class").write_text(kind + "\n")
        if groups:
            group = rng.randrange(groups)
            (path / "iommu_group").symlink_to(
                f"../../../../kernel/iommu_groups/{group}")
        if rng.random() < 0.5:
            (path / "config").write_bytes(
                bytes(4) + bytes([rng.choice([0, 2])]) + bytes(59))


def print_tree(node, depth=0):
    for child in sorted(node.children, key=lambda child: child.start):
        yield f"{'  ' * depth}{child.start:08x}-{child.end:08x} : {child.name}\n"
        yield from print_tree(child, depth + 1)


def write_system(maker, root, page, top):
    text = "".join(print_tree(root))
    if maker.rng.random() < 0.2:            # not root
        text = "".join("00000000-00000000 : x\n" for _ in text.splitlines())
    (top / "proc").mkdir(parents=True)
    (top / "proc/iomem").write_text(text)
    (top / "page_size").write_text(f"{page}\n")
    for bdf, bars in maker.devices.items():
        path = top / "sys/bus/pci/devices" / bdf
        path.mkdir(parents=True)
        none = Bar(bdf, 0, 0, 0, 0)
        (path / "resource").write_text("".join(
            resource_line(bars.get(nr, none)) for nr in range(7)))


def write_status(top, rng):
    """What a kernel would say, for half of the systems"""
    system = System(top)
    mode = rng.choice([0o444, 0o644])
    if system.iomem is None or rng.random() < 0.5:
        return
    for bar in system.bars:
        node = claim(system, bar)
        says = f"{int(kernel_says_shares(node, system.page))}\n" if node \
            else ""
        path = system.devices / bar.bdf / bar.status_file
        path.write_text(says)
        path.chmod(mode)


def random_system(seed, top):
    rng = random.Random(seed)
    maker = Maker(rng)
    root = Node(0, (1 << 64) - 1, "root", None)
    base = rng.choice([0x80000000, 0x3fff8000, 0x700000000, 0xffffffffff000000])
    for i in range(rng.randrange(1, 3)):
        start = base + i * 0x40000 + rng.choice([0, 0, 0x800, 0x8000])
        size = rng.choice([0x1000, 0x8000, 0x28000, 0x20800])
        maker.fill(Node(start, start + size - 1, f"PCI Bus 000{i}:00", root), 0)
    if rng.random() < 0.3:
        maker.overlap_some()
    write_system(maker, root, rng.choice([4096, 4096, 16384, 65536]), top)
    write_status(top, rng)
    write_kinds(top, rng)
