# SPDX-License-Identifier: GPL-2.0
"""Where things are: from the environment, or from options of the same name."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

from .verdict import infra

VM = Path(__file__).resolve().parent.parent     # .../selftests/pci/vm
OWN_TREE = VM.parents[4]

HELP = {
    "VM_KERNEL": "kernel tree under test (default: the one this file is in)",
    "VM_STOCK": "the same tree without the series; unset: don't compare",
    "VM_OUT": "where runs leave their directories (default: build/vm)",
    "VM_BUILD": "where things are built (default: the parent of VM_OUT)",
    "VM_CACHE": "finished kernels, by content (default: "
                "${XDG_CACHE_HOME:-~/.cache}/passthrough-align)",
    "VM_PROGRAM": "a program of this system, with arguments, to run in guests "
                  "that can; what it prints is left in guest/program",
    "VM_ISOLATE": "lsbar's examples/isolate, for scenarios that test it",
    "VM_VARIANT": "variants/NAME.conf goes on top of each scenario",
}


@dataclass(frozen=True)
class Settings:
    kernel: Path
    stock: Optional[Path]
    out: Path
    build: Path
    cache: Path
    program: Tuple[str, ...] = ()
    variant: str = ""
    isolate: Optional[Path] = None


def is_kernel_tree(path):
    return (path / "Kbuild").is_file() and (path / "Kconfig").is_file()


def kernel_tree(variable, value):
    path = Path(value).resolve()
    if not is_kernel_tree(path):
        raise infra(f"{variable}={value}: no kernel source tree there "
                    f"(it has no Kbuild and Kconfig)")
    return path


def default_cache():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "passthrough-align"


def out_dir():
    return Path(os.environ.get("VM_OUT") or "build/vm").resolve()


def settings():
    env = os.environ.get
    out = out_dir()
    stock = env("VM_STOCK")
    return Settings(
        kernel=kernel_tree("VM_KERNEL", env("VM_KERNEL") or OWN_TREE),
        stock=kernel_tree("VM_STOCK", stock) if stock else None,
        out=out,
        build=Path(env("VM_BUILD") or out.parent).resolve(),
        cache=Path(env("VM_CACHE") or default_cache()).expanduser().resolve(),
        program=tuple(shlex.split(env("VM_PROGRAM") or "")),
        variant=env("VM_VARIANT") or "",
        isolate=Path(env("VM_ISOLATE")).resolve() if env("VM_ISOLATE") else None)
