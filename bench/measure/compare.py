# SPDX-License-Identifier: GPL-2.0
"""Compare a second run with the first.  Counts may differ by a thousandth."""

LIMIT = 0.001
COUNTED = ("boot_instructions", "enumeration", "survey", "assignment", "printing",
           "status_ns", "trapped", "mapped", "inner")
IDENTICAL = ("config_accesses", "config_as_stock", "log_lines", "moved", "isolated", "left",
             "sharing", "status_files", "text", "data", "bss", "image", "lost",
             "small_moved", "large_moved", "windows_changed", "toggles",
             "faked_sizes", "decode_off", "window_bytes")
KEY = ("bars", "firmware", "console", "boot", "kernel", "device", "width",
       "way", "machine", "page", "program", "clock")


def key(row):
    return tuple(row.get(name) for name in KEY)


def off_by(old, new):
    return abs(new - old) / old if old else float(bool(new))


def compared(old, new):
    """(name of the value, how much it is off by, too much?)"""
    for name in COUNTED + IDENTICAL:
        if name in old and name in new:
            off = off_by(old[name], new[name])
            yield name, off, off > (LIMIT if name in COUNTED else 0)


def differs(what, recorded, rows):
    """Say so for each value, and how many differ."""
    old = {key(row): row for row in recorded["rows"]}
    most, values, bad = 0.0, 0, 0
    for row in rows:
        if key(row) not in old:
            print(f"{what}: {key(row)}: was not recorded")
            bad += 1
            continue
        for name, off, wrong in compared(old[key(row)], row):
            values, most, bad = values + 1, max(most, off), bad + wrong
            if wrong:
                print(f"{what}: {key(row)}: {name} is off by {off:.4%}")
    print(f"{what}: {values} values compared, the largest difference is "
          f"{most:.4%}")
    return bad or int(not values)
