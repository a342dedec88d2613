# SPDX-License-Identifier: GPL-2.0
"""
What enumeration and assignment cost without the series, with it and off, and with
it and on; and whether "off" is free.
"""

import re
from types import SimpleNamespace

from harness import boot, config_space, guest, kernel, layout
from harness.verdict import Stop, Verdict, infra

from . import counting, machines

BOOTS = ("stock", "off", "on")
SIZES = {"short": (30, 120, 480), "all": (30, 120, 480, 2000, 7000)}
LOUD_SIZE = 480         # this one also with a console that shows it all
LAYOUTS = {"qboot": {"scenario_firmware": "qboot"},
           "packed": {"scenario_firmware": "packed", "scenario_layout": "pack"}}
STATUS = re.compile(r" *# status: (\d+) files, (\d+) share, (\d+) ns")
SUMMARY = re.compile(r".* passthrough_align: (\d+) BARs moved, (\d+) small "
                     r"BARs isolated, (\d+) share a page")
DONE = ("do_one_initcall", counting.END)
# Files of the series, and what else of the kernel it calls or changes
OURS = re.compile(r"(pci_passthrough_\w+|isolate_\w+|tally_\w+|bar_\w+|"
                  r"pci_bar_\w+|pci_isolate_\w+|pci_pages_\w+|pci_assign_pages|"
                  r"resource_shares_page|shares_page_\w+|ignored_here)\b.*")
# What it takes to write a line to the log
PRINTING = re.compile(r"(v?s[cn]?n?printf|format_decode|number|string\w*|pointer|"
                      r"resource_string|put_dec\w*|_?prb_\w+|desc_\w+|data_\w+|"
                      r"_?v?printk\w*|vprintk_\w+|v?dev_printk\w*|__dev_printk|"
                      r"_dev_\w+|dev_vprintk_emit|console_\w+|get_data|"
                      r"__down_trylock_console_sem|set_field_width|widen_\w+|"
                      r"info_print\w*|record_print\w*|nbcon_\w+)\b.*")
ANY_TIME = "random: crng init done"     # before the log is read, or after it
MOST = 12               # functions to list


def log_size(size):
    """In KiB, so that all lines fit; a larger one takes longer to set up."""
    return 128 << max(0, size // 120).bit_length()


def scenario(size, firmware, console):
    base = machines.load("bars")
    words = base["cmdline.all"] + f" log_buf_len={log_size(size)}K"
    values = dict(LAYOUTS[firmware], cmdline_all=words)
    if console == "loud":
        values["cmdline_all"] = words.replace("quiet ", "")
    return machines.changed(
        base, f"bars-{size}-{firmware}-{console}", scenario_trace="yes",
        devices=machines.small_bars(size), **values)


def phases(counts):
    """Parts of a boot, in instructions."""
    return {
        "boot_instructions": counts.total,
        "enumeration": counts.between("pci_acpi_scan_root",
                                      "pci_bus_add_devices"),
        "survey": counts.between("pci_subsys_init", *DONE),
        "assignment": counts.between("pcibios_assign_resources", *DONE),
    }


def told(this_boot):
    """What the guest's status files and the kernel's log said."""
    matches = [match for line in layout.lines(this_boot.dir / boot.RESULT)
               if (match := STATUS.fullmatch(line))]
    if not matches:
        raise infra(f"{this_boot.dir / boot.RESULT}: no line of status")
    files, share, ns = map(int, matches[0].groups())
    log = [line for line in layout.lines(this_boot.dir / "guest/dmesg")
           if line != ANY_TIME]
    sums = [match for line in log if (match := SUMMARY.fullmatch(line))]
    moved, isolated, left = map(int, sums[0].groups()) if sums else (0, 0, 0)
    return {"status_files": files, "sharing": share, "status_ns": ns,
            "log_lines": len(log), "moved": moved, "isolated": isolated,
            "left": left}


def functions(counts, most=MOST):
    """The most expensive of ours, and of all."""
    ranked = sorted(counts.functions.items(), key=lambda item:
                    -item[1].instructions)
    ours = [item for item in ranked if OURS.fullmatch(item[0])]
    return [{"name": name, "instructions": f.instructions, "calls": f.calls,
             "ours": bool(OURS.fullmatch(name))}
            for name, f in (ranked[:most] + ours[:most])]


def printing(counts):
    """Instructions in the whole boot, to get lines to the log."""
    return sum(f.instructions for name, f in counts.functions.items()
               if PRINTING.fullmatch(name))


def accesses(this_boot):
    """Of config space, by the kernel that is measured."""
    return config_space.split(SimpleNamespace(dir=this_boot.dir))[1]


def check(row, size):
    """A control that does not share, or BARs that still do, say nothing."""
    if row["boot"] == "off" and not row["sharing"]:
        raise Stop(Verdict.INVALID, f"{size} BARs, {row['firmware']}: none "
                   f"shares a page without the parameter")
    if row["boot"] == "on" and (row["sharing"] or row["isolated"] != size):
        raise Stop(Verdict.FAIL, f"{size} BARs, {row['firmware']}: "
                   f"{row['isolated']} isolated, {row['sharing']} share")


def measure_one(settings, size, firmware, console):
    """Rows for stock, off and on."""
    base, first = scenario(size, firmware, console), None
    for name in BOOTS:
        this_boot, counts = counting.boot_counted(settings, base, name)
        asked = accesses(this_boot)
        first = first or asked
        row = {"bars": size, "firmware": firmware, "console": console,
               "boot": name, **phases(counts), **told(this_boot),
               "config_accesses": len(asked),
               "config_as_stock": asked == first,
               "printing": printing(counts),
               "functions": functions(counts)}
        check(row, size)
        yield row
        counting.tidy(this_boot)


def wanted(how):
    for size in SIZES[how]:
        for firmware in LAYOUTS:
            yield size, firmware, "quiet"
    yield LOUD_SIZE, "qboot", "loud"


def measure(settings, how):
    for what in wanted(how):
        yield from measure_one(settings, *what)


def scenarios(_how):
    return [machines.load("bars"), machines.changed(
        machines.load("bars"), "bars", scenario_firmware="packed")]


# sizes

def sizes(settings, name, wanted_kernel):
    """Text, data and bss of an image, in bytes."""
    script = wanted_kernel.tree / "scripts/extract-vmlinux"
    target = counting.bench_dir(settings) / f"vmlinux-{name}"
    image = kernel.need(wanted_kernel)
    target.write_bytes(guest.subprocess.run(
        [script, image.kernel], check=True, capture_output=True).stdout)
    words = guest.run(["size", target], "cannot tell the size") \
        .splitlines()[1].split()
    return dict(zip(("text", "data", "bss"), map(int, words)))


def measure_sizes(settings, _how):
    for name in ("stock", "off"):
        wanted_kernel = kernel.for_boot(settings, machines.load("bars")["kernel"],
                                        stock=name == "stock")
        yield {"kernel": name, **sizes(settings, name, wanted_kernel),
               "image": kernel.need(wanted_kernel).kernel.stat().st_size}
