# SPDX-License-Identifier: GPL-2.0
"""For a person: where the BARs are without the parameter, and where with it."""

import os
import string
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Callable

from . import boot, checks, layout, runner, xen
from .progress import Progress
from .tap import MANY

OFF_CELLS, ON_CELLS = 64, 16    # of a page's picture
LETTERS = string.ascii_letters + string.digits
BOOTS = ("off", "on")
RED, GREEN, BOLD = "31", "32", "1"


@dataclass(frozen=True)
class Side:
    """One boot, and what shares with what in it."""

    view: layout.View
    shared: dict

    def bar(self, key):
        return self.view.bars.get(key)

    def label(self, bar):
        return f"{self.view.devices[bar.bdf].label} {bar.name}"


def side_of(view):
    return Side(view, layout.sharing(view))


# words

def paint(text, colour):
    return f"\033[{colour}m{text}\033[0m" if sys.stdout.isatty() else text


def size_of(bar):
    for unit, shift in (("G", 30), ("M", 20), ("K", 10)):
        if bar.size >= 1 << shift:
            return f"{bar.size >> shift}{unit}"
    return str(bar.size)


def short(bdf):
    return bdf[5:] if bdf.startswith("0000:") else bdf


def address(side, key):
    bar = side.bar(key)
    if bar is None or not bar.assigned:
        return "none"
    return f"{bar.at.start:#x}"


def partners(side, key):
    """The next of them by name, the others by number."""
    names = [side.label(bar) for other, bar in side.view.bars.items()
             if other != key and bar.assigned and any(
                 at == bar.at for at, _ in side.shared.get(key, []))]
    names += [name for at, name in side.shared.get(key, [])
              if all(at != bar.at for bar in side.view.bars.values())]
    if not names:
        return "-"
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return names[0] + more


def mappable(side, key):
    says = side.view.vfio.get(key)
    return "-" if says is None else "yes" if says else "no"


def flip(off, on, key):
    before, after = mappable(off, key), mappable(on, key)
    return before if before == after else f"{before} -> {after}"


# table

@dataclass(frozen=True)
class Column:
    title: str
    cell: Callable      # (off, on, key) -> text
    right: bool = False


COLUMNS = (
    Column("BDF", lambda off, on, key: short(key[0])),
    Column("device", lambda off, on, key: off.view.devices[key[0]].label),
    Column("BAR", lambda off, on, key: off.bar(key).name),
    Column("size", lambda off, on, key: size_of(off.bar(key)), right=True),
    Column("off: at", lambda off, on, key: address(off, key), right=True),
    Column("off: shares with", lambda off, on, key: partners(off, key)),
    Column("on: at", lambda off, on, key: address(on, key), right=True),
    Column("on: shares with", lambda off, on, key: partners(on, key)),
)
VFIO = Column("VFIO can map", flip)


def padded(columns, rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    for row in rows:
        yield "  ".join(
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns)).rstrip()


def table(off, on):
    keys = sorted(off.view.bars)
    columns = COLUMNS + ((VFIO,) if on.view.vfio else ())
    rows = [[column.title for column in columns]]
    rows += [[column.cell(off, on, key) for column in columns]
             for key in keys]
    title, *body = padded(columns, rows)
    print(paint(title, BOLD))
    for key, line in zip(keys, body):
        shares = key in off.shared or key in on.shared
        print(paint(line, RED if key in on.shared else GREEN)
              if shares else line)


# Xen guests

XEN = tuple(Column(title, None) for title in (
    "given", "in dom0", "off: the guest reads", "on: the guest reads"))


def guests(run):
    rows = [[column.title for column in XEN], *xen.rows(run, BOOTS)]
    print("\nWhose registers these are, by what is in them (a network card's MAC):\n")
    for line in padded(XEN, rows):
        print(line)


# pages

def shared_pages(side):
    """page -> the BARs in it, for each page that more than one is in"""
    pages = {}
    for key in side.shared:
        bar = side.bar(key)
        span = bar.at.pages(side.view.page)
        for page in {span.start, span.end + 1 - side.view.page}:
            pages.setdefault(page, []).append(bar)
    return {page: sorted(bars, key=lambda bar: bar.at.start)
            for page, bars in sorted(pages.items())}


def cells(number, page, size, lettered):
    """Which bytes are whose; * where a cell holds several BARs."""
    width = size // number
    picture = ["."] * number
    for letter, bar in lettered:
        first, last = inside(bar, page, size)
        for i in range(first // width, last // width + 1):
            picture[i] = letter if picture[i] in (".", letter) else "*"
    return "|" + "".join(picture) + "|"


def inside(bar, page, size):
    return max(bar.at.start - page, 0), min(bar.at.end - page, size - 1)


def home(side, bar, letter):
    """The page that a BAR is in now; # is what shares it, if anything."""
    if bar is None or not bar.assigned:
        return "without address"
    page, size = bar.at.start & -side.view.page, side.view.page
    others = [("#", other) for other in side.view.bars.values()
              if other.assigned and other.key != bar.key and
              other.at.meets(bar.at.pages(size))]
    return f"{page:#11x} " + cells(ON_CELLS, page, size,
                                   [(letter, bar), *others])


def draw_page(off, on, page, bars):
    size = off.view.page
    lettered = list(zip(LETTERS, bars))
    print(f"{page:#11x} {cells(OFF_CELLS, page, size, lettered)}")
    for letter, bar in lettered:
        first, last = inside(bar, page, size)
        print(f"{letter:>11} {f'{first:03x}-{last:03x}':9} {short(bar.bdf)} "
              f"{off.label(bar):18} on: {home(on, on.bar(bar.key), letter)}")


def pictures(off, on):
    size = off.view.page
    print(f"\nThe pages of {size} bytes that BARs share off, in cells of "
          f"{size // OFF_CELLS} bytes (* is several BARs),\nand below each, "
          f"where its BARs are on, in cells of {size // ON_CELLS} bytes "
          f"(# is another BAR):\n")
    for page, bars in shared_pages(off).items():
        draw_page(off, on, page, bars)


# summary

def count(bars, what, *tests):
    number = sum(all(test(bar) for test in tests) for bar in bars)
    return f"{number} {what}"


def summary(off, on):
    page = off.view.page
    bars = [bar for bar in off.view.bars.values() if bar.assigned]

    def moved(bar):
        return on.bar(bar.key) is None or on.bar(bar.key).at != bar.at

    def small(bar):
        return bar.small(page)

    def on_page(bar):
        return bar.at.start % page == 0

    def negate(test):
        return lambda bar: not test(bar)

    windows = {bdf: d.windows for bdf, d in off.view.devices.items()
               if d.windows}
    moved_windows = sum(on.view.devices[bdf].windows != w
                        for bdf, w in windows.items())
    print(f"\n{len(bars)} memory BARs, {count(bars, 'small', small)}. Sharing "
          f"a page: {len(off.shared)} off, {len(on.shared)} on.")
    print("Moved: " + ", ".join((
        count(bars, "small that did not start on a page", moved, small,
              negate(on_page)),
        count(bars, "small that did", moved, small, on_page),
        count(bars, "large", moved, negate(small)),
        f"windows of {moved_windows} bridges")) + ".")
    print("Stayed: " + ", ".join((
        count(bars, "small", negate(moved), small),
        count(bars, "large", negate(moved), negate(small)),
        f"windows of {len(windows) - moved_windows} bridges")) + ".")


def show(run):
    off, on = (side_of(run.views[name]) for name in BOOTS)
    print(paint(f"\n== {run.scenario.name}: {run.scenario['about']} ==\n",
                BOLD))
    table(off, on)
    pictures(off, on)
    summary(off, on)
    if xen.given(run.scenario):
        guests(run)


def outcomes(run):
    """What is wrong with a boot, and all that has to hold between them."""
    yield from (outcome for outcome in checks.each_boot(run)
                if outcome.problems)
    yield from checks.all_boots(run, report=True)


def judge(run):
    verdicts = set()
    for outcome in outcomes(run):
        good = not outcome.problems
        print(paint(f"{'yes' if good else ' no'}  {outcome.name}",
                    GREEN if good else RED))
        for problem in outcome.problems[:MANY]:
            print(f"     {problem}")
        if not good:
            verdicts.add(outcome.verdict)
    return runner.worst(verdicts)


# booting, as many at once as there are CPUs

def boot_all(where, scenarios):
    todo = [(scenario, each) for scenario in scenarios
            for each in runner.boots(where, scenario, BOOTS)]
    views = {}
    progress = Progress("booting", len(todo))
    jobs = int(os.environ.get("JOBS") or os.cpu_count())
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(runner.boot_once, where, scenario, each):
                   (scenario.name, each.name) for scenario, each in todo}
        try:
            for done in as_completed(waiting):
                views[waiting[done]] = done.result()
                progress.step()
        except BaseException:
            boot.kill_all()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    progress.done()
    return [checks.Run(scenario, {name: views[scenario.name, name] for name in BOOTS})
            for scenario in scenarios]


def report(where, scenarios):
    verdicts = []
    for run in boot_all(where, scenarios):
        show(run)
        verdicts.append(judge(run))
    return runner.worst(verdicts)
