# SPDX-License-Identifier: GPL-2.0
"""
Ways to isolate small BARs: ours, and what people have done so far.  Each is a
kernel, which may be patched for it, and words on its command line.
"""

import subprocess
from dataclasses import dataclass

from harness import kernel
from harness.kernel import Kernel

from . import BENCH, counting


@dataclass(frozen=True)
class Way:
    name: str
    about: str
    patch: str = ""             # of ../patches, on top of stock
    series: bool = False
    words: str = ""             # on the command line
    listed: bool = False        # ... with a perfect list of devices


STOCK = Way("stock", "as it is")
WAYS = (
    STOCK,
    Way("ours", "`pci=passthrough_align`", series=True,
        words="pci=passthrough_align"),
    Way("list", "`pci=resource_alignment=` with each device that has a small "
        "BAR", listed=True),
    Way("2024", "the way of the series of 2024: a default alignment for all "
        "devices", patch="default-2024"),
    Way("default", "stock's own default alignment, as powernv has it, on this "
        "machine", patch="default-alignment"),
)


def git(tree, *args):
    subprocess.run(["git", "-C", tree, "-c", "user.name=bench",
                    "-c", "user.email=bench@localhost", *args], check=True,
                   stdout=subprocess.DEVNULL)


def ways_dir(settings):
    return counting.bench_dir(settings) / "ways"


def patched_tree(settings, patch):
    """One tree, with one patch at a time; few files differ.  As seen from where
    it is built it has the path that stock's has, so that ccache knows most."""
    tree = ways_dir(settings) / "stock"
    if not tree.exists():
        git(".", "clone", "-q", "--shared", "--no-checkout", settings.stock,
            tree)
    git(tree, "fetch", "-q", "--force", "origin", "tag", "base")
    git(tree, "checkout", "-q", "-f", "--detach", "base")
    git(tree, "apply", "--index", BENCH / "patches" / f"{patch}.patch")
    git(tree, "commit", "-q", "-m", patch)
    return tree


def kernel_of(settings, way, config):
    if not way.patch:
        return kernel.for_boot(settings, config, stock=not way.series)
    return Kernel(patched_tree(settings, way.patch), config,
                  ways_dir(settings) / "kernel" / f"{config}-{way.patch}",
                  settings.cache / "kernel")


def words(way, devices):
    if way.listed:
        return "pci=resource_alignment=" + ";".join(devices)
    return way.words
