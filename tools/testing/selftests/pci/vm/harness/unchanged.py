# SPDX-License-Identifier: GPL-2.0
"""What has to be the same in two boots, line by line."""

import re
import subprocess

from .layout import lines
from .log import pci_log
from .verdict import infra


def differences(what, before, after, ordered=True):
    """The first lines that are in one of the two only."""
    if before == after:
        return
    gone = [f"-{line}" for line in before if line not in after]
    come = [f"+{line}" for line in after if line not in before]
    order = ["the order differs"] if ordered else []
    for line in (gone + come)[:20] or order:
        yield f"{what}: {line}"


def iomem_lines(view):
    """
    Where the kernel's own parts end depends on its size, and may differ.  So
    may the number that an sdhci gets: they probe in parallel.  An adapter ROM
    is a signature in the memory that SeaBIOS leaves behind, which depends on the
    time: it was seen once in some thirty boots.
    """
    return [re.sub(r": mmc\d+$", ": mmc", line)
            for line in lines(view.dir / "guest/iomem")
            if not re.search(r": (Kernel (code|rodata|data|bss)|Adapter ROM)$",
                             line)]


def same_map(run):
    """on: /proc/iomem is as off"""
    yield from differences("/proc/iomem", *(
        iomem_lines(run.views[name]) for name in ("off", "on")))


def lspci(view):
    dump = view.dir / "guest/config"
    try:
        done = subprocess.run(["lspci", "-F", dump, "-vvxxxx"], text=True,
                              errors="replace", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
    except OSError as error:
        raise infra(f"lspci: {error.strerror}; on Debian it is in pciutils") \
            from None
    if done.returncode:
        raise infra(f"lspci -F {dump}: {done.stderr}")
    return done.stdout.splitlines()


def off_is_stock(run):
    """off: as if the series were not there"""
    stock, off = run.views["stock"], run.views["off"]
    for what, read in (("/proc/iomem", iomem_lines), ("lspci", lspci)):
        yield from differences(what, read(stock), read(off))
    # The host's time says when an event comes, and so between which lines
    yield from differences("dmesg", pci_log(stock), pci_log(off),
                           ordered=not run.scenario.events)
