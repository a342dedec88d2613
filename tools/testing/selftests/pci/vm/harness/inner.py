# SPDX-License-Identifier: GPL-2.0
"""
A KVM guest in the guest: what it is given, and what it takes from this system's
QEMU.  Libraries go into the initramfs too, at the paths they have here.
"""

import os
import subprocess
from pathlib import Path

from .verdict import infra

FIRMWARE = ("qboot.rom", "kvmvapic.bin", "linuxboot_dma.bin")


def parameters(scenario):
    """What passthrough.c has to know"""
    if not scenario["tests.inner"]:
        return []
    words = ["vm.inner=" + ",".join(scenario["tests.inner"]),
             "vm.inner_words=" + "+".join(scenario["inner.cmdline"])]
    if scenario["inner.options"]:
        words.append("vm.inner_options=" + scenario["inner.options"])
    return words


def is_program(path):
    """A script that starts another QEMU can't be taken along."""
    return path.is_file() and path.read_bytes()[:4] == b"\x7fELF"


def qemu(arch):
    for directory in os.get_exec_path():
        if is_program(Path(directory, arch.qemu)):
            return f"{directory}/{arch.qemu}"
    raise infra(f"{arch.qemu}: not found; on Debian it is in {arch.package}")


def directories(program):
    """Where it looks for firmware, as it says itself."""
    try:
        done = subprocess.run([program, "-L", "help"], text=True, check=True,
                              capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise infra(f"{program}: {error}") from None
    return [Path(line) for line in done.stdout.splitlines()]


def files(program):
    """path in the initramfs -> (path here, mode)"""
    places = directories(program)
    taken = {"/inner/qemu": (Path(program), "0755")}
    for name in FIRMWARE:
        here = [at / name for at in places if (at / name).is_file()]
        if not here:
            raise infra(f"{program}: there is no {name}; on Debian it is in "
                        f"qemu-system-data")
        taken[f"/inner/{name}"] = (here[0], "0644")
    return taken
