# SPDX-License-Identifier: GPL-2.0
"""The section of the cover letter that has numbers, from results/*.json."""

import re

from . import TOP, record, tables

LETTER = TOP / "patches/cover-letter.txt"
TITLE = "What it costs, and what it gives"
PLACED = {"qboot": "Linux", "packed": "firmware"}
WAYS = {"ours": "passthrough_align", "list": "resource_alignment=, all listed",
        "2024": "the series of 2024",
        "default": "powernv's default alignment"}


def columns(rows):
    """The first one left, the others right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "".join("  " + "  ".join(
        cell.rjust(width) if i else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(row, widths))) + "\n"
        for row in rows)


def cost(rows):
    yield "small BARs, placed by", "moved", "stock", "with it", "each move"
    for (bars, firmware), by in tables.machines(rows).items():
        stock, on = tables.work(by["stock"]), tables.work(by["on"])
        yield (f"{bars}, {PLACED[firmware]}", str(by["on"]["moved"]),
               tables.count(stock), f"{on / stock:.3f}",
               tables.count((on - stock) / by["on"]["moved"]))


def disturbance(rows):
    yield ("", "isolated", "lost", "large moved", "sizes faked",
           "decode left off")
    for row in rows:
        if row["firmware"] == "packed" and row["way"] in WAYS:
            yield (WAYS[row["way"]], *(str(row[key]) for key in (
                "isolated", "lost", "large_moved", "faked_sizes",
                "decode_off")))


def small_bars(rows):
    return next(row["small"] for row in rows if row["firmware"] == "packed")


def gain(rows):
    on = [row for row in rows
          if (row["boot"], row["clock"]) == ("on", "instructions")]
    return tuple(f"{min(found):.0f} to {max(found):.0f}" for found in (
        [row["trapped"] for row in on], [row["mapped"] for row in on]))


def section():
    found = {name: record.read(name)["rows"]
             for name in ("enumeration", "disturbance", "gain", "inner")}
    trapped, mapped = gain(found["gain"])
    by = {row["boot"]: row["inner"] for row in found["inner"]}
    return f"""\
{TITLE}
{"=" * len(TITLE)}

Instructions on x86 from the first config access to the last address, with up to
248 BARs on a bus:

{columns(list(cost(found["enumeration"])))}
A move takes about what it takes to assign a BAR; nearly half of that is its line
in the log. Without the parameter config accesses, addresses and log are those of
stock, and a status file takes 2,000 instructions to be made.

The same machine with {small_bars(found["disturbance"])} small BARs, packed by firmware, after what else one
can do. BARs are large that have a page or more:

{columns(list(disturbance(found["disturbance"])))}
A register read through VFIO takes {trapped} instructions if it is trapped, and
{mapped} if it is mapped; in a KVM guest that got the device, {by["off"]:,.0f}
and {by["on"]:,.0f}.

"""


def write():
    """Where that section is, up to the next one."""
    text = LETTER.read_text()
    pattern = rf"{TITLE}\n=+\n.*?(?=^[^\n]+\n=+$)"
    new, count = re.subn(pattern, lambda _: section(), text,
                         flags=re.S | re.M)
    if count != 1:
        raise ValueError(f"{LETTER}: {count} sections \"{TITLE}\", not one")
    LETTER.write_text(new)
