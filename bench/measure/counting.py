# SPDX-License-Identifier: GPL-2.0
"""
Boots whose instructions are counted, by ../plugin/count.c.

The guest's clock counts instructions too (-icount shift=0,sleep=off), so that
timers, and with them all else, come at the same instruction each time.
"""

import re
import shutil
from dataclasses import dataclass
from typing import Dict, List, Tuple

from harness import boot, guest, layout, runner
from harness.verdict import infra

from . import BENCH, machines

PLUGIN = BENCH / "plugin/count.c"
CFLAGS = ("-O2", "-Wall", "-Wextra", "-Werror", "-Wno-format-truncation")
COUNTS = "counts"
SYMBOL = re.compile(r" *# symbol ([0-9a-f]+) (\S+)")
BEGIN, END = "start_kernel", "free_initmem"
# Where the parts of a boot begin
MARKS = ("do_one_initcall", "pci_acpi_scan_root", "pci_bus_add_devices",
         "pci_subsys_init", "pcibios_assign_resources",
         "pci_passthrough_align_finish")


@dataclass(frozen=True)
class Function:
    instructions: int       # of its own, without those it calls
    calls: int


@dataclass(frozen=True)
class Counts:
    marks: List[Tuple[str, int]]        # name, instructions until then
    functions: Dict[str, Function]

    @property
    def total(self):
        return self.marks[-1][1]

    def between(self, first, *ends):
        """From the first call of FIRST to the next of any of ENDS."""
        for i, (name, start) in enumerate(self.marks):
            if name == first:
                return next(at for end, at in self.marks[i + 1:]
                            if end in ends) - start
        return 0


def bench_dir(settings):
    return settings.build / "bench"


def build_plugin(settings):
    target = bench_dir(settings) / "count.so"
    target.parent.mkdir(parents=True, exist_ok=True)
    guest.run(["gcc", *CFLAGS, "-shared", "-fPIC", "-o", target, PLUGIN],
              "cannot build the plugin that counts")
    return target


def build_program(settings, scenario, name):
    """A program of ours for the guest, next to the selftests."""
    out = guest.program_dir(settings, scenario) / "tests"
    out.mkdir(parents=True, exist_ok=True)
    pci = guest.VM.parent
    guest.run([guest.compiler(scenario.arch)[0], *CFLAGS, "-static",
               f"-I{pci}", f"-I{pci.parent}", f"-I{guest.VM}", "-o",
               out / name, BENCH / "guest" / f"{name}.c",
               guest.VM / "guest.c"], f"cannot build {name}")


def build(settings, scenario):
    """What one of our scenarios needs, apart from kernels."""
    guest.build_programs(settings, scenario)
    for name in scenario["tests.run"]:
        if (BENCH / "guest" / f"{name}.c").is_file():
            build_program(settings, scenario, name)


# symbols

def read_symbols(settings, image):
    """Address and name of each function, from a guest that boots it."""
    base = machines.load("symbols")
    this_boot = boot.Boot("off", settings.out / f"symbols-{image.id}", image,
                          image)
    build(settings, base)
    boot.run_well(settings, base, this_boot)
    matches = map(SYMBOL.fullmatch, layout.lines(this_boot.dir / boot.RESULT))
    return sorted((int(m[1], 16), m[2]) for m in matches if m)


def known_symbols(settings, image):
    path = bench_dir(settings) / f"symbols-{image.id}"
    if not path.is_file():
        symbols = read_symbols(settings, image)
        path.write_text("".join(f"{at:x} {name}\n" for at, name in symbols))
    return [line.split() for line in layout.lines(path)]


def role(name):
    if name in (BEGIN, END):
        return "b" if name == BEGIN else "e"
    return "w" if name in MARKS else "-"


def write_symbols(settings, image, path):
    """For the plugin: of several names for one address, one that is a mark."""
    names = {}
    for at, name in known_symbols(settings, image):
        if at not in names or role(name) != "-":
            names[at] = name
    missing = {BEGIN, END, *MARKS[:-1]} - set(names.values())
    if missing:
        raise infra(f"kernel {image.id} has no {' '.join(sorted(missing))}")
    path.write_text("".join(f"{at} {role(name)} {name}\n"
                            for at, name in names.items()))
    return path


# boots

def arguments(settings, image):
    symbols = write_symbols(settings, image,
                            bench_dir(settings) / f"roles-{image.id}")
    return ("-icount", "shift=0", "-plugin",
            f"{bench_dir(settings) / 'count.so'},symbols={symbols},"
            f"out={COUNTS}")


def read_counts(path):
    marks, functions = [], {}
    for line in layout.lines(path):
        kind, *words = line.split()
        if kind == "at":
            marks.append((words[1], int(words[0])))
        else:
            old = functions.get(words[2], Function(0, 0))
            functions[words[2]] = Function(
                old.instructions + int(words[0]), old.calls + int(words[1]))
    if not marks or marks[-1][0] != END:
        raise infra(f"{path}: the kernel did not get to {END}")
    return Counts(marks, functions)


def boot_counted(settings, base, name):
    """Boot stock, off or on; the Boot, and what was counted."""
    (this_boot,) = runner.boots(settings, base, [name])
    scenario = machines.changed(base, base.name,
                                more=arguments(settings, this_boot.image))
    boot.run_well(settings, scenario, this_boot)
    return this_boot, read_counts(this_boot.dir / COUNTS)


def tidy(this_boot):
    """A big machine leaves many megabytes behind."""
    shutil.rmtree(this_boot.dir)
