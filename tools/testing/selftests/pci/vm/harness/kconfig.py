# SPDX-License-Identifier: GPL-2.0
"""Config fragments: what a kernel must have, and must not."""

import re

from .settings import VM
from .verdict import infra

LINE = re.compile(r"(CONFIG_\w+)=(.*)|# (CONFIG_\w+) is not set")
OBJECTS = re.compile(r"# objects: (-?\d+)")   # compiled, for a progress bar


def fragments(config):
    return [VM / "configs" / f"{part}.config"
            for part in ("base", *config.split("-"))]


def text(config):
    return "".join(f.read_text() for f in fragments(config))


def objects(config):
    return sum(int(n) for n in OBJECTS.findall(text(config)))


def options(lines):
    """The last word on an option counts, and "is not set" equals absence."""
    values = {}
    for line in lines.splitlines():
        match = LINE.fullmatch(line)
        if match:
            values[match[1] or match[3]] = match[2] or "n"
    return values


def verify(config, result):
    """An option that Kconfig dropped makes a test that tests nothing."""
    got = options(result.read_text())
    wrong = [f"{name} is {got.get(name, 'n')}, not {value}"
             for name, value in options(text(config)).items()
             if got.get(name, "n") != value]
    if wrong:
        raise infra(f"{result}: not what configs/ ask for: "
                    f"{'; '.join(wrong)} (is a dependency missing? search for "
                    f"it in the kernel's menuconfig)")
