# SPDX-License-Identifier: GPL-2.0
"""The report's sections: tables, and whether the targets are met."""

from .enumeration import LOUD_SIZE
from .ways import WAYS

# Of stock, at most: with all log lines, and without
ON_LIMITS = {"qboot": (1.02, 1.02), "packed": (1.05, 1.025)}
OFF_LIMIT, GAIN = 0.001, 10
MOVE_ACCESSES = 8   # at most, of config space, for each BAR that moves
PARTS = ("enumeration", "survey", "assignment")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|" + "|".join([" --- "] + [" ---: "] * (len(head) - 1)) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


# Why a target is missed
WHY_COST = ("Where Linux places a BAR, the search for a page passes the BARs that are "
            "there, as any search for room does. Where firmware has, a BAR that moves "
            "is assigned once more, and nearly half of that is the line in the log.")
WHY_OFF = ("That is the cost of making each `resource<N>_shares_page`, when its "
           "device is found.")


def target(what, misses, why=""):
    """misses: what does not meet it"""
    if misses:
        return f"**Missed**: {what}. Exceptions: {'; '.join(misses)}. {why}".rstrip() + "\n"
    return f"**Met**: {what}.\n"


def count(number):
    return f"{number:,.0f}"


def work(row):
    """Of the PCI core, from the first config access to the last address."""
    return sum(row[part] for part in PARTS)


def machines(rows, console="quiet"):
    """Rows of one machine by name of the boot."""
    by_machine = {}
    for row in rows:
        if row["console"] == console:
            by_machine.setdefault((row["bars"], row["firmware"]), {})[
                row["boot"]] = row
    return {machine: by for machine, by in by_machine.items() if len(by) == 3}


def named(machine):
    return f"{machine[0]} BARs, {machine[1]}"


# cost

def silent(by):
    """On, without what it takes to print its lines."""
    return work(by["on"]) - (by["on"]["printing"] - by["stock"]["printing"])


def more_accesses(by):
    return by["on"]["config_accesses"] - by["stock"]["config_accesses"]


def cost_rows(by_machine):
    for machine, by in by_machine.items():
        stock, off, on = (work(by[name]) for name in ("stock", "off", "on"))
        yield (named(machine), count(stock), f"{off / stock:.4f}",
               f"{on / stock:.4f}", f"{silent(by) / stock:.4f}",
               count(stock / machine[0]), count((on - stock) / machine[0]),
               by["on"]["moved"], count(more_accesses(by)))


def cost_misses(by_machine):
    for machine, by in by_machine.items():
        stock, limits = work(by["stock"]), ON_LIMITS[machine[1]]
        for what, value, limit in (("", work(by["on"]), limits[0]),
                                   (" without log lines", silent(by), limits[1])):
            if value > limit * stock:
                yield f"{named(machine)}{what}: {value / stock:.4f}"
        if more_accesses(by) > MOVE_ACCESSES * by["on"]["moved"]:
            yield f"{named(machine)}: {more_accesses(by)} config accesses more"


def cost_table(by_machine):
    return table(("machine", "stock", "off / stock", "on / stock",
                  "without its log lines", "stock, each BAR", "on, more for each BAR", "BARs moved",
                  "config accesses, on more"),
                 cost_rows(by_machine))


def part_table(by_machine):
    return table(
        ("machine", *(f"{part}, {boot}" for part in PARTS
                      for boot in ("stock", "on"))),
        [(named(machine), *(count(by[boot][part]) for part in PARTS
                            for boot in ("stock", "on")))
         for machine, by in by_machine.items()])


def function_table(row):
    return table(("function", "calls", "instructions of its own", "of the series"),
                 [(f"`{f['name']}`", count(f["calls"]),
                   count(f["instructions"]), "yes" if f["ours"] else "")
                  for f in row["functions"]])


def cost(data):
    quiet, loud = machines(data["rows"]), machines(data["rows"], "loud")
    yield ("Instructions from the scan of the host bridge to the last address: "
           "what pci_acpi_scan_root() does until devices are handed to drivers, "
           "pci_subsys_init() and pcibios_assign_resources(). The kernel's log "
           "goes to memory, as with `quiet`. Up to 248 BARs are on a bus.\n\n"
           "*qboot* leaves all BARs to Linux; *packed* firmware has put four "
           "into each page, and left decode on.\n")
    yield cost_table(quiet)
    yield target("on at most 1.02 times stock where Linux places BARs, 1.05 where "
                 "firmware packed them all (1.025 without its log lines), at every size; "
                 f"at most {MOVE_ACCESSES} config accesses more for each BAR that moves",
                 list(cost_misses(quiet)), WHY_COST)
    yield "![instructions for each BAR](cost.svg)\n"
    yield "Its parts:\n"
    yield part_table(quiet)
    largest = max(quiet)
    yield (f"Where they go, {named(largest)}, on: the most expensive functions, "
           f"and those of the series.\n")
    yield function_table(quiet[largest]["on"])
    if loud:
        yield from loud_console(loud)


def loud_console(loud):
    yield (f"With a console that shows every line (`loglevel=8`, a serial port "
           f"of QEMU's), {LOUD_SIZE} BARs:\n")
    yield cost_table(loud)


# off

def off_rows(by_machine):
    for machine, by in by_machine.items():
        stock, off = by["stock"], by["off"]
        yield (named(machine),
               count(stock["config_accesses"]), count(off["config_accesses"]),
               "yes" if off["config_as_stock"] else "no",
               f"{off['boot_instructions'] / stock['boot_instructions'] - 1:+.4%}",
               f"{work(off) / work(stock) - 1:+.4%}",
               count((work(off) - work(stock)) / off["status_files"]),
               stock["log_lines"], off["log_lines"])


def off_misses(by_machine):
    for machine, by in by_machine.items():
        stock, off = by["stock"], by["off"]
        if not off["config_as_stock"]:
            yield f"{named(machine)}: config accesses"
        if stock["log_lines"] != off["log_lines"]:
            yield f"{named(machine)}: log lines"
        for what, value in (("boot", "boot_instructions"),
                            ("enumeration and assignment", None)):
            one, other = ((row[value] if value else work(row))
                          for row in (stock, off))
            if abs(other / one - 1) > OFF_LIMIT:
                yield f"{named(machine)}, {what}: {other / one - 1:+.3%}"


def off(data, sizes):
    by_machine = machines(data["rows"])
    yield table(("machine", "config accesses, stock", "off", "the same ones",
                 "instructions of the boot", "of enumeration and assignment",
                 "that is, for each status file", "log lines, stock", "off"), off_rows(by_machine))
    yield target("off asks the same of config space, says the same, and takes "
                 f"as many instructions, to {OFF_LIMIT:.1%}",
                 list(off_misses(by_machine)), WHY_OFF)
    by = {row["kernel"]: row for row in sizes["rows"]}
    yield "Size of the kernel, in bytes (built for size, few drivers):\n"
    yield table(("", "text", "data", "bss", "compressed image"), [
        (name, *(count(by[name][key])
                 for key in ("text", "data", "bss", "image")))
        for name in ("stock", "off")] + [
        ("more", *(count(by["off"][key] - by["stock"][key])
                   for key in ("text", "data", "bss", "image")))])


# disturbance

WAY_COLUMNS = {
    "isolated": "small BARs isolated", "sharing": "sharing",
    "lost": "BARs lost", "small_moved": "small BARs moved",
    "large_moved": "large BARs moved", "windows_changed": "windows changed",
    "toggles": "decode changes, more than stock", "faked_sizes": "sizes faked",
    "decode_off": "decode left off"}
FIRMWARE = {"packed": "Firmware packed the BARs, four to a page",
            "seabios": "SeaBIOS isolated each BAR already"}


def ways_table(rows, columns):
    return table(("way", *columns.values()), [
        (row["way"], *(row[column] for column in columns)) for row in rows])


def disturbance(data):
    yield "The ways:\n"
    yield "\n".join(f"- *{way.name}*: {way.about}" for way in WAYS) + "\n"
    yield ("Large BARs are those of a page and more. A decode change is a write "
           "to a command register that turns memory decode off or on, until "
           "user space runs; drivers do so, too.\n")
    for firmware, about in FIRMWARE.items():
        rows = [row for row in data["rows"] if row["firmware"] == firmware]
        yield f"{about}; q35 with {rows[0]['small']} small BARs:\n"
        yield ways_table(rows, WAY_COLUMNS)
    ours = [row for row in data["rows"] if row["way"] == "ours"]
    yield target("with room, ours moves no large BAR and no window, and loses "
                 "nothing", [f"{row['firmware']}: {row[what]} {what}"
                             for row in ours for what in
                             ("large_moved", "windows_changed", "lost")
                             if row[what]])


WHY_FULL = ("Firmware put four BARs into a page, and those that share stay "
            "where they are: a BAR that would move and share no less gains "
            "nothing.")
FULL_COLUMNS = {
    "isolated": "isolated", "sharing": "sharing", "lost": "lost",
    "faked_sizes": "sizes faked", "large_moved": "large BARs moved",
    "windows_changed": "windows changed", "window_bytes": "bytes of windows"}


def space(data):
    yield ("A bridge window of 1 MiB, set by firmware; large BARs leave some "
           "pages of it. An isolated BAR takes one page: as many fit as there "
           "are pages.\n")
    windows = sorted({(row["page"], row["pages"], row["bars"])
                      for row in data["rows"]})
    for page, pages, number in windows:
        yield f"{number} small BARs, {pages} pages of {page // 1024}K left:\n"
        yield ways_table([row for row in data["rows"]
                          if (row["page"], row["bars"]) == (page, number)],
                         FULL_COLUMNS)
    yield target("one page for each isolated BAR: as many isolated as there "
                 "are pages, all but one if one has to be shared", [
                     f"{row['bars']} BARs, {row['pages']} pages: "
                     f"{row['isolated']} isolated" for row in data["rows"]
                     if row["way"] == "ours" and row["isolated"] <
                     min(row["bars"], row["pages"] -
                         (row["bars"] > row["pages"]))], WHY_FULL)


# status

def status(data):
    by_machine = machines(data["rows"])
    yield ("Instructions from system call to return, to read each "
           "`resource<N>_shares_page` with pread():\n")
    yield table(("machine", "off", "on", "sharing, off", "sharing, on"), [
        (named(machine), *(f"{by[b]['status_ns'] / by[b]['status_files']:,.0f}"
                           for b in ("off", "on")),
         *(f"{by[b]['sharing']} of {by[b]['status_files']}"
           for b in ("off", "on"))) for machine, by in by_machine.items()])


# gain

def gain_rows(rows):
    by = {(row["device"], row["width"], row["boot"], row["clock"]): row
          for row in rows}
    for (device, width, boot, clock), row in by.items():
        if boot == "on" and clock == "instructions":
            host = by.get((device, width, "on", "host"))
            off = by[device, width, "off", "instructions"]
            yield (f"{device}, {width} bytes", f"{off['trapped']:,.1f}",
                   "-" if not off["mapped"] else f"{off['mapped']:,.1f}",
                   f"{row['trapped']:,.1f}", f"{row['mapped']:,.1f}",
                   f"{row['trapped'] / row['mapped']:,.0f}",
                   *(count(1e9 / host[what]) if host else "-"
                     for what in ("trapped_ns", "mapped_ns")))


def inner_rows(rows):
    by = {row["boot"]: row["inner"] for row in rows}
    yield ("rtl8139, 4 bytes", f"{by['off']:,.0f}", f"{by['on']:,.0f}",
           f"{by['off'] / by['on']:,.0f}")


def inner(data):
    yield ("The same read by a KVM guest in the guest that was given the "
           "device: off, its hypervisor (QEMU) has to carry out each one; on, "
           "none. Instructions of all of them together.\n")
    rows = list(inner_rows(data["rows"]))
    yield table(("register", "off", "on", "times fewer"), rows)
    yield target(f"a read takes at most a {GAIN}th on", [
        row[0] for row in rows if float(row[3].replace(",", "")) < GAIN])


def gain(data):
    yield ("A register read through VFIO by a program: trapped, with pread(), "
           "or through a mapping, which VFIO grants only for a BAR that has "
           "its page to itself. Without the parameter some BARs have no "
           "mapping (-). Reads per second are by the host's clock: QEMU's "
           "emulation of the device and of the processor is in them, and they "
           "vary.\n")
    rows = list(gain_rows(data["rows"]))
    yield table(("register", "trapped, off", "mapped, off", "trapped, on",
                 "mapped, on", "times fewer", "trapped reads/s",
                 "mapped reads/s"), rows)
    yield target(f"a mapped read takes at most a {GAIN}th of the instructions "
                 f"of a trapped one",
                 [row[0] for row in rows
                  if float(row[5].replace(",", "")) < GAIN])
    yield "![instructions for a read](gain.svg)\n"


# lsbar

def lsbar(data):
    yield ("Seconds of CPU (the best of three) and memory, on trees in memory "
           "with six BARs of 256 bytes for each device, packed. This varies "
           "with the system.\n")
    by = {(row["program"], row["bars"]): row for row in data["rows"]}
    yield table(("BARs", "lsbar, s", "lspci -vv, s", "lsbar, MiB",
                 "lspci -vv, MiB"), [
        (count(bars), *(by[name, bars][what] for what in ("seconds", "mib")
                        for name in ("lsbar", "lspci")))
        for bars in sorted({bars for _, bars in by})])
    yield "![seconds](lsbar.svg)\n"


SECTIONS = (
    ("Cost of enumeration and assignment", ("enumeration",), cost),
    ("Off is free", ("enumeration", "sizes"), off),
    ("Disturbance", ("disturbance",), disturbance),
    ("Address space", ("full",), space),
    ("Gain", ("gain",), gain),
    ("Gain in a guest", ("inner",), inner),
    ("Status", ("enumeration",), status),
    ("lsbar", ("lsbar",), lsbar),
)
