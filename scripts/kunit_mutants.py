#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Find out which KUnit test notices which mistake.

    kunit_mutants.py flip|seed TREE OUT [NUMBER...]

"flip" makes mutants of the series' code: in each condition, each value that is
returned and each that is assigned, one operator or bound is changed; and each
call or assignment is left out once. "seed" makes those of SEEDED, and runs
only the property test on them.

All of them are built into one kernel for User Mode Linux, in OUT; TREE is then
restored. A parameter picks the mutant that is alive. Those that no test
notices are listed. With numbers, only those mutants are tried; KUNIT_ARGS are
parameters of the kernel."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

KUNIT = "tools/testing/kunit/kunit.py"
# What is drawn, so that two mutants meet the same
SEEDS = [f"{name}_kunit.seed=1" for name in ("pci_random", "pci_death_random", "pci_now_random")]

# In these, the lines that the series adds
SOURCES = [f"drivers/pci/{name}" for name in (
    "passthrough-align.c", "bar-move.c", "isolate.c", "pci.c", "pci.h",
    "pci-sysfs.c", "proc.c", "setup-bus.c", "setup-res.c")] + ["kernel/resource.c"]

# Mistakes that somebody might make, each of which pci_random alone has to find:
# what, file, the text that is right, the text with the mistake in it
SEEDED = [
    ("the page is not a whole one", "drivers/pci/bar-move.c",
     "size = ALIGN(resource_size(res), page);", "size = MUTANT({n}, resource_size(res), ALIGN(resource_size(res), page));"),
    ("the rest of the page is not given back", "drivers/pci/bar-move.c",
     "\tremove_resource(&place);\n",
     "\tif (kunit_mutant == {n} && !ret)\n\t\tresource_set_range(res, res->start, resource_size(&place));\n"
     "\tremove_resource(&place);\n"),
    ("a BAR that takes no other address isn't put back", "drivers/pci/bar-move.c",
     "\tif (ret)\n\t\tbar_write(mover, resno, res);\n",
     "\tif (ret && kunit_mutant == {n})\n\t\tresource_set_range(res, place->start, resource_size(res));\n"
     "\telse if (ret)\n\t\tbar_write(mover, resno, res);\n"),
    ("the register is not written", "drivers/pci/bar-move.c",
     "\treturn pci_write_bar(dev, resno, at, true);",
     "\treturn kunit_mutant == {n} ? 0 : pci_write_bar(dev, resno, at, true);"),
    ("it is not read back", "drivers/pci/bar-move.c",
     "\tret = bar_write(mover, resno, place);\n",
     "\tret = bar_write(mover, resno, place);\n\tif (kunit_mutant == {n})\n\t\tret = 0;\n"),
    ("decode stays on while the register is written", "drivers/pci/bar-move.c",
     "\tdecode_off(mover);\n", "\tif (kunit_mutant != {n})\n\t\tdecode_off(mover);\n"),
    ("decode stays off", "drivers/pci/passthrough-align.c",
     "\tpci_bar_move_end(&finish->mover);\n", "\tif (kunit_mutant != {n})\n\t\tpci_bar_move_end(&finish->mover);\n"),
    ("ROMs are forgotten", "drivers/pci/passthrough-align.c",
     "resno > PCI_ROM_RESOURCE ||", "resno > MUTANT({n}, PCI_STD_RESOURCE_END, PCI_ROM_RESOURCE) ||"),
    ("BARs that are aligned move too", "drivers/pci/passthrough-align.c",
     "return !IS_ALIGNED(res->start, ", "return kunit_mutant == {n} || !IS_ALIGNED(res->start, "),
    ("devices are moved whose BARs are never assigned", "drivers/pci/passthrough-align.c",
     "if (!pdev_resources_assignable(dev) ||", "if ((kunit_mutant != {n} && !pdev_resources_assignable(dev)) ||"),
    ("what is next to something that stays is overlooked", "drivers/pci/passthrough-align.c",
     "\tfinish.needs_page = bar_shares_page;\n",
     "\tif (kunit_mutant != {n})\n\t\tfinish.needs_page = bar_shares_page;\n"),
    ("what is hot-added stays where it is", "drivers/pci/setup-bus.c",
     "\t__pci_bus_assign_resources(bus, &add_list, NULL);\n\tpci_passthrough_align_finish",
     "\t__pci_bus_assign_resources(bus, &add_list, NULL);\n\tif (kunit_mutant != {n})\n"
     "\t\tpci_passthrough_align_finish"),
    ("the neighbour outside the window is overlooked", "kernel/resource.c",
     "(p->start > start || p->end < end)", "kunit_mutant != {n} && (p->start > start || p->end < end)"),
]

FLIPS = [
    (r"(?<![<>=!&|+*/%^-])<(?![<=])", "<="), (r"<=(?!=)", "<"),
    (r"(?<![<>=!&|>-])>(?![>=])", ">="), (r"(?<!>)>=", ">"),
    (r"==", "!="), (r"!=", "=="),
    (r"&&", "||"), (r"\|\|", "&&"),
    (r"(?<![\w)\]] )(?<!\w)!(?=[\w(])", ""),
    (r"(?<= )\+(?= )", "-"), (r"(?<= )-(?= (?!\w+_attr\b))", "+"),
    (r"(?<= )&(?= )", "|"), (r"(?<=[\w)\]]) \| (?=\w)", " & "),
    (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (r"\bPAGE_SIZE\b", "(2 * PAGE_SIZE)"), (r"\bSZ_4K\b", "SZ_8K"),
    (r"(?<![\w.])1(?=[) ]|$)", "0"), (r"(?<![\w.])0(?=[) ]|$)", "1"),
]

HEADER = """
#include <linux/types.h>
extern unsigned int kunit_mutant;
#define MUTANT(n, a, b) (kunit_mutant == (n) ? (a) : (b))
"""

PARAMETER = """
unsigned int kunit_mutant;
module_param_named(mutant, kunit_mutant, uint, 0444);
"""


def closing(text, start):
    """Where the parenthesis that opens at start is closed."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if not depth:
            return i
    raise ValueError(text[start:start + 60])


def first_comma(text, start, end):
    """Where a list of declarations goes on, or end."""
    depth = 0
    for i in range(start, end):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if text[i] == "," and not depth:
            return i
    return end


def expressions(text):
    """(start, end) of what can be mutated, without what is inside another."""
    ranges = []
    for match in re.finditer(r"\b(if|while) \(", text):
        ranges.append((match.end(), closing(text, match.end() - 1)))
    for match in re.finditer(r"\bfor \(([^;]*);([^;]*);", text):
        ranges.append(match.span(2))
    for match in re.finditer(r"\breturn ([^;]+);|[\w\]] [-+|&]?= ((?:[^;{}\"=]|[<>=!]=)+);", text):
        start, end = match.span(1 if match[1] else 2)
        ranges.append((start, first_comma(text, start, end)))
    return sorted(ranges)


def statements(text):
    """(start, end) of the calls and assignments that can be left out."""
    for match in re.finditer(r"^\t+((?!KUNIT_|guard|LIST_HEAD)(?:\w+\(|[\w>.\[\]-]+(?: [-|&+]?= |\+\+))[^;{}]*;)$",
                             text, re.M):
        if not text[:match.start()].rstrip().endswith((",", "(")):  # it begins on this line
            yield match.span(1)


def flips(expr):
    """The expression with one thing flipped, in each way."""
    bare = re.sub(r'"[^"]*"', lambda m: "_" * len(m[0]), expr)
    for pattern, new in FLIPS:
        for match in re.finditer(pattern, bare):
            yield expr[:match.start()] + new + expr[match.end():]


def functions(text):
    """(start, end) of the bodies of all functions."""
    for match in re.finditer(r"^(?:[\w*][^;{}#/]*?)\b\w+\([^;{}]*\)\n\{\n(.*?)^\}$", text,
                             re.M | re.S):
        yield match.span(1)


def added_lines(tree, name):
    """The numbers of the lines that the series adds to a file."""
    diff = subprocess.check_output(["git", "-C", tree, "diff", "-U0", "base", "--", name], text=True)
    added = set()
    for match in re.finditer(r"^@@ .*\+(\d+)(?:,(\d+))? @@", diff, re.M):
        added.update(range(int(match[1]), int(match[1]) + int(match[2] or 1)))
    return added


def spans(text, what):
    """what() of each function, the last one first."""
    ranges = [(body + start, body + end) for body, stop in functions(text)
              for start, end in what(text[body:stop])]
    return sorted(ranges, reverse=True)


def mutate(path, added, mutants):
    """The file with its mutants; adds (file:line, old, new) of each."""
    text = path.read_text()

    def line(start):
        return text.count("\n", 0, start) + 1

    def note(start, old, new):
        mutants.append((f"{path.name}:{line(start)}", " ".join(old.split()), " ".join(new.split())))
        return len(mutants)

    for start, end in spans(text, expressions):
        if line(start) not in added:
            continue
        expr = text[start:end]
        new = f"({expr})"
        for flipped in flips(expr):
            number = note(start, expr, flipped)
            flipped = flipped.replace("\n", " ")   # lines keep their numbers
            new = f"MUTANT({number}, ({flipped}), {new})"
        text = text[:start] + new + text[end:]
    for start, end in spans(text, statements):
        if line(start) not in added:
            continue
        plain = re.sub(r"MUTANT\(\d+.*", "...", text[start:end], flags=re.S)
        number = note(start, plain, "(left out)")
        text = f"{text[:start]}{{ if (kunit_mutant != {number}) {text[start:end]} }}{text[end:]}"
    path.write_text(HEADER + text)


def shell(*args, **kwargs):
    return subprocess.run(args, check=True, **kwargs)


def flip(copy):
    """Mutants of all SOURCES; returns a list of (place, old, new)."""
    mutants = []
    for name in SOURCES:
        mutate(copy / name, added_lines(copy, name), mutants)
    return mutants


def seed(copy):
    """Mutants of SEEDED; returns a list like flip()'s."""
    mutants = []
    for number, (what, name, old, new) in enumerate(SEEDED, 1):
        path = copy / name
        text = path.read_text()
        if text.count(old) != 1:
            sys.exit(f"error: {name} has {text.count(old)} of: {old}")
        text = text.replace(old, new.replace("{n}", str(number)))
        path.write_text(text if HEADER in text else HEADER + text)
        mutants.append((path.name, "", what))
    return mutants


def build(tree, out, make):
    """The kernel with all mutants, and the list of them."""
    if subprocess.check_output(["git", "-C", tree, "status", "--porcelain"]):
        sys.exit(f"error: there are changes in {tree}")
    try:
        mutants = make(tree)
        (tree / "drivers/pci/tests/pci_random_kunit.c").open("a").write(PARAMETER)
        shell(tree / KUNIT, "build", "--kunitconfig=drivers/pci", f"--build_dir={out}",
              f"--jobs={os.environ.get('JOBS', 2)}", "--make_options=CC=ccache gcc", cwd=tree)
    finally:
        shell("git", "-C", tree, "checkout", "-q", "--", ".")
    return mutants


def run(out, args, number, seconds):
    """Which cases pass while that mutant is alive, and the first that does not;
    0 is none of them. It may take this many seconds of CPU, and four times as
    many in all, as some only wait."""
    passed = []
    with subprocess.Popen(
            ["timeout", str(4 * seconds), "prlimit", f"--cpu={seconds}", out / "linux", "mem=512M",
             "console=tty", "kunit_shutdown=halt", f"pci_random_kunit.mutant={number}",
             *SEEDS, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, errors="replace", start_new_session=True) as kernel:
        for line in kernel.stdout:
            match = re.match(r" *(not )?ok \d+ (.+)", line)
            if match and match[1]:
                os.killpg(kernel.pid, signal.SIGKILL)
                return passed, match[2]
            if match:
                passed.append(match[2].split(" # ")[0])
    return passed, None


def verdict(expected, passed, failed):
    """Which case finds the mutant, or None."""
    if failed or len(passed) >= len(expected):
        return failed
    return f"the kernel does not get past {expected[len(passed)]}"


def run_all(out, args, mutants, numbers):
    """Prints what became of each; returns the numbers of those that survived."""
    before = os.times().children_user
    expected, failed = run(out, args, 0, 600)
    if failed or not expected:
        sys.exit(f"error: tests fail without a mutant: {failed}")
    limit = 5 + 3 * int(os.times().children_user - before)   # some would never finish

    survivors = []
    with ThreadPoolExecutor(int(os.environ.get("JOBS", 2))) as pool:
        results = pool.map(lambda n: run(out, args, n, limit), numbers)
        for number, result in zip(numbers, results):
            noticed = verdict(expected, *result)
            print(number, *mutants[number - 1], noticed or "SURVIVED", sep="\t", flush=True)
            if not noticed:
                survivors.append(number)
    return survivors


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("flip", "seed"):
        sys.exit(__doc__)
    what, tree, out = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    if what == "flip":
        mutants, args = build(tree, out, flip), ["pci_random_kunit.count=200"]
    else:
        mutants, args = build(tree, out, seed), ["kunit.filter_glob=pci_random"]
    args += os.environ.get("KUNIT_ARGS", "").split()
    numbers = [int(arg) for arg in sys.argv[4:]] or range(1, len(mutants) + 1)
    survivors = run_all(out, args, mutants, numbers)
    print(f"{len(numbers)} mutants, {len(survivors)} survived: {survivors}")


main()
