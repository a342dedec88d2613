# SPDX-License-Identifier: GPL-2.0
"""The section of the cover letter that has numbers, from results/*.json."""

import re

from . import TOP, record, tables

LETTER = TOP / "patches/letters/parameter.txt"
TITLE = "What it costs, and what it gives"
PLACED = {"qboot": "Linux", "packed": "firmware"}
WAYS = {"ours": "pci=passthrough_align", "list": "pci=resource_alignment=",
        "2024": "series of 2024 [*]", "default": "powernv's default [*]"}


def columns(rows):
    """The first one left, the others right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "".join("  " + "  ".join(
        cell.rjust(width) if i else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(row, widths))) + "\n"
        for row in rows)


def cost(rows):
    yield "small BARs, placed by", "moved", "stock", "without", "with it", "config accesses"
    for (bars, firmware), by in tables.machines(rows).items():
        stock, off, on = (tables.work(by[name]) for name in ("stock", "off", "on"))
        yield (f"{bars}, {PLACED[firmware]}", str(by["on"]["moved"]), tables.count(stock),
               f"{off / stock:.3f}", f"{on / stock:.3f}", f"+{tables.more_accesses(by):,}")


DISTURBED = {"isolated": "isolated", "sharing": "sharing", "lost": "lost",
             "large_moved": "large moved", "faked_sizes": "faked",
             "decode_off": "no decode"}
CROWDED = ("isolated", "sharing", "lost")


def ways(rows, keys):
    yield ("", *(DISTURBED[key] for key in keys))
    for row in rows:
        if row["way"] in WAYS:
            yield (WAYS[row["way"]], *(str(row[key]) for key in keys))


def gain(rows):
    on = [row for row in rows
          if (row["boot"], row["clock"]) == ("on", "instructions")]
    return tuple(round(sum(row[what] for row in on) / len(on))
                 for what in ("trapped", "mapped"))


def section():
    results = {name: record.read(name)["rows"] for name in (
        "enumeration", "disturbance", "full", "gain", "inner")}
    packed = [row for row in results["disturbance"]
              if row["firmware"] == "packed"]
    crowded = [row for row in results["full"]
               if (row["page"], row["bars"]) == (4096, row["pages"] + 1)]
    trapped, mapped = gain(results["gain"])
    by = {row["boot"]: row["inner"] for row in results["inner"]}
    return f"""\
{TITLE}
{"=" * len(TITLE)}

Instructions on x86 from the first config access to the last address, with up
to 248 BARs on a bus:

{columns(list(cost(results["enumeration"])))}
BARs that Linux places do not move, and cost no config access. Of the BARs that
firmware packed, three of four move here: a move costs about as much as
assigning a BAR, and nearly half of that is its log line. Without the parameter,
config accesses, addresses and log are those of stock; the cost ("without") is
that of the status files, on machines that have nothing but small BARs.

The alternatives, on a machine with {packed[0]["small"]} small BARs, packed by firmware (large:
BARs of a page or more; faked: BARs that look larger than they are; no decode:
devices that had decode on before):

{columns(list(ways(packed, DISTURBED)))}
And with {crowded[0]["bars"]} small BARs behind a bridge with room for {crowded[0]["pages"]} pages:

{columns(list(ways(crowded, CROWDED)))}
[*] Not the original code, but a patch for x86 on this base that does what it
describes.

A register read through VFIO takes {trapped} instructions if it is trapped, and
{mapped} if it is mapped; in a KVM guest that has the device, it takes {by["off"]:,.0f} and {by["on"]:,.0f}.

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
