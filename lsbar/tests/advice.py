# SPDX-License-Identifier: GPL-2.0
"""
Another opinion on what to do about a BAR: from sets of whole pages, and from what
the kernel's parameters do, as their documentation has it.
"""

import re
from functools import cache
from math import inf

from system import PADDING, ROM, WINDOW, claim, meets, walk

FIXED, EA = 0x10, 0x20
NOTHING = {"0x0000": "class", "0x0600": "host"}
PIC, BRIDGES = "0x0800", ("0x0604", "0x0607")


def pages(span, page):
    return span.start // page, span.end // page


def inside(a, b):
    return b.start <= a.start and a.end <= b.end


class Advisor:
    """What helps the BARs for which some are asked, given their fitness"""

    def __init__(self, system, fitness, verdict):
        self.system, self.page, self.fitness = system, system.page, fitness
        self.verdict = verdict      # a function, as any BAR may be next to one
        self.bars = [bar for bar in system.bars if bar.assigned]
        self.claims = {}            # of each BAR that has one
        for bar in self.bars:
            node = claim(system, bar) if system.iomem else None
            if node:
                self.claims[bar] = node
        nodes = list(walk(system.iomem)) if system.iomem else []
        claimed = set(map(id, self.claims.values()))
        self.others = [node for node in nodes if id(node) not in claimed]
        self.find_movers()

    # what is small, and what may move

    def small(self, bar):
        return bar.nr <= ROM and bar.assigned and \
            bar.end - bar.start + 1 < self.page

    def touches(self, bar):
        return bar.bdf, self.system.class_of(bar.bdf)

    def hands_off(self, bar):
        """True, False, or None for "can't tell" """
        bdf, kind = self.touches(bar)
        if bar.flags & (FIXED | EA) or self.system.pf(bdf):
            return True
        if kind is None:
            return None
        if kind in NOTHING:
            return True
        if kind == PIC:
            command = self.system.command(bdf)
            if command is None:
                return None
            if command & 3:
                return None if self.system.driver(bdf) else True
        return False

    def named(self, bar):
        return bar.bdf in re.findall(
            r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]",
            self.system.option("resource_alignment=") or "")

    def part(self, bar, resource):
        if getattr(resource, "bdf", None) is None:
            return resource.name == PADDING or inside(bar, resource) or \
                inside(resource, bar)
        if resource is bar:
            return True
        if resource.nr >= WINDOW:
            return inside(bar, resource)
        return resource.nr > ROM and inside(bar, resource) and \
            self.system.pf(bar.bdf) == resource.bdf

    def resources(self):
        for bar in self.bars:
            if bar.nr < WINDOW or not self.system.iomem:
                yield bar
        yield from self.others

    def beside(self, bar, without=()):
        """What else is in its pages, but for what goes along with those"""
        first, last = pages(bar, self.page)
        taken = [self.claims[b] for b in without if b in self.claims]
        for resource in self.resources():
            if not meets(resource, first * self.page,
                         (last + 1) * self.page - 1) or \
                    self.part(bar, resource) or resource in without:
                continue
            if not hasattr(resource, "bdf") and \
                    any(inside(resource, node) for node in taken):
                continue
            yield resource

    def find_movers(self):
        self.movers, self.maybe = [], []
        for bar in filter(self.small, self.bars):
            if bar.start % self.page:
                self.add_mover(bar)
        for bar in filter(self.small, self.bars):
            if not bar.start % self.page and \
                    any(True for _ in self.beside(bar, self.movers)):
                self.add_mover(bar)
        self.homeless = sum(
            1 for bar in self.system.bars if bar.nr <= ROM and
            not bar.assigned and bar.end - bar.start + 1 < self.page and
            self.hands_off(bar) is not True and
            not (self.hands_off(bar) is False and self.named(bar)))

    def add_mover(self, bar):
        hands_off = self.hands_off(bar)
        if hands_off is True or self.named(bar):
            return
        (self.maybe if hands_off is None else self.movers).append(bar)

    # windows

    @cache
    def window(self, bar):
        innermost = None
        if not self.system.iomem:
            for window in self.system.bars:
                if window.nr >= WINDOW and window.assigned and \
                        inside(bar, window) and \
                        (innermost is None or inside(window, innermost)):
                    innermost = window
            return innermost
        around = [node for node in self.others if inside(bar, node) and
                  (node.name.startswith("PCI Bus ") or not inside(node, bar))]
        buses = [node for node in around if node.name.startswith("PCI Bus ")]
        return min(buses or around, default=None,
                   key=lambda node: (node.end - node.start, -node.depth))

    @cache
    def of_host(self, window):
        return not hasattr(window, "bdf") and not any(
            node is not window and inside(window, node) and
            node.name.startswith("PCI Bus ") and node.depth < window.depth
            for node in self.others)

    @cache
    def free(self, window, without=()):
        taken = [self.claims[b] for b in without if b in self.claims]
        first = -(-window.start // self.page)
        behind = (window.end + 1) // self.page
        used = sorted(
            pages(resource, self.page) for resource in self.resources()
            if resource not in without and not inside(window, resource) and
            meets(resource, window.start, window.end) and
            (hasattr(resource, "bdf") or
             not any(inside(resource, node) for node in taken)))
        count, at = 0, first
        for low, high in used + [(behind, inf)]:
            count += max(0, min(low, behind) - at)
            at = max(at, high + 1)
        return count

    def own_page(self, bar):
        """Alone in one page, all of which is in whatever the BAR is in"""
        first, last = pages(bar, self.page)
        if first != last or bar.start % self.page == 0 or \
                self.verdict(bar) not in \
                ("isolated", "isolated" if self.system.iomem else None):
            return False
        start, end = first * self.page, (first + 1) * self.page - 1
        return all(resource.start <= start and resource.end >= end
                   for resource in self.resources()
                   if inside(bar, resource) and not inside(resource, bar))

    # the cures

    def fits(self, bar, movers, in_turn):
        """True, False or None"""
        window = self.window(bar)
        if window is None:
            return None
        needs = sum(1 for other in movers if self.window(other) is window)
        now, later = self.free(window), self.free(window, tuple(movers))
        if not in_turn:
            return False if needs > later else self.sees_all()
        # In a page that is emptied the last one stays, so that needs none
        missing = needs - (later - now) - now
        own = self.own_page(bar)
        if not own and (missing > 0 or not now):
            return False
        if missing + self.unsure() <= 0 or (own and not self.unsure()):
            return self.sees_all()
        return None

    def sees_all(self):
        return bool(self.system.iomem) or None

    def unsure(self):
        """How many may want a page that can be any"""
        return len(self.maybe) + self.homeless

    def full(self, bar):
        window = self.window(bar)
        return window is not None and not self.free(window) and \
            not self.own_page(bar)

    def may_move(self, bar):
        return self.small(bar) and self.hands_off(bar) is False

    def bridge(self, bdf):
        return self.system.class_of(bdf) in BRIDGES or any(
            bar.bdf == bdf and bar.nr >= WINDOW for bar in self.system.bars)

    def writable(self, bar):
        return self.may_move(bar) and self.system.writable(bar.bdf) and \
            not self.full(bar)

    def fakeable(self, bar):
        return self.may_move(bar) and not self.bridge(bar.bdf)

    def all_beside(self, bar, able):
        beside = list(self.beside(bar))
        beside = [resource for resource in beside if hasattr(resource, "bdf") or
                  not any(hasattr(other, "bdf") and inside(resource, other)
                          for other in beside)]
        return bool(beside) and all(
            hasattr(resource, "bdf") and able(resource) for resource in beside) and \
            (not bar.start % self.page or self.fitness[bar.key] == "foreign")

    def ill(self, bar):
        return self.fitness.get(bar.key) in ("misaligned", "own", "foreign")

    def faked(self):
        bdfs = set()
        for bar in filter(self.ill, self.bars):
            if self.fakeable(bar):
                bdfs.add(bar.bdf)
            elif self.all_beside(bar, self.fakeable):
                bdfs |= {resource.bdf for resource in self.beside(bar)
                         if hasattr(resource, "bdf")}
        return bdfs

    def realloc_or_slot(self, bar):
        window = self.window(bar)
        return "realloc" if window is not None and \
            not self.system.has_word("realloc") and \
            not self.of_host(window) else "slot"

    def after(self, bar):
        """Is it isolated then? True, False or None"""
        if bar in self.movers:
            return self.fits(bar, self.movers, True) or None
        beside = list(self.beside(bar, self.movers))
        leavers = [b for b in self.movers if b in list(self.beside(bar))]
        if beside:
            alone = False
        elif all(self.fits(b, self.movers, True) for b in leavers):
            # Only the kernel sees something, or nobody knows the BAR
            alone = bool(self.system.iomem) if leavers else \
                (self.verdict(bar) == "isolated" or None)
        else:
            alone = None
        if bar in self.maybe and not (
                alone and self.fits(bar, self.movers, True)):
            return None
        return alone

    def by_parameter(self, bar):
        moves = bar in self.movers or bar in self.maybe
        if self.fitness[bar.key] == "misaligned" and not moves:
            return "slot"
        if self.system.has_word("passthrough_align"):
            return self.realloc_or_slot(bar)
        after = self.after(bar)
        if after is not None:
            return "parameter" if after else "slot"
        window = self.window(bar)
        if window is None:
            return "parameter"
        needs = sum(1 for b in self.movers if self.window(b) is window)
        full = self.full(bar) or (
            needs > self.free(window, tuple(self.movers)) and
            not self.own_page(bar))
        return self.realloc_or_slot(bar) if full else "parameter"

    def by_name(self, bar):
        faked = self.faked()
        movers = [b for b in self.bars if b.bdf in faked and self.small(b)]

        def safe(other):
            return self.fakeable(other) and other.bdf in faked and not any(
                self.fits(b, movers, False) is False
                for b in movers if b.bdf == other.bdf)

        if safe(bar):
            return "fake-size"
        return "fake-size-others" if not self.fakeable(bar) and \
            self.all_beside(bar, safe) else "slot"

    def cure(self, bar):
        if not self.ill(bar):
            return None
        if self.system.can_isolate():
            if self.writable(bar):
                return "write"
            if self.all_beside(bar, self.writable):
                return "write-others"
        return self.by_parameter(bar) if self.system.has_status() else \
            self.by_name(bar)
