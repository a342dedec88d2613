# SPDX-License-Identifier: GPL-2.0
"""
Debian's programs for another architecture, and the libraries they need, from a
root file system that was unpacked for that (scripts/unpack-root).
"""

import re
import subprocess
from pathlib import Path

from .verdict import infra

LOADER = re.compile(r"Requesting program interpreter: (\S+)\]")
NEEDED = re.compile(r"\(NEEDED\) +Shared library: \[(\S+)\]")
DIRECTORIES = ("lib/*-linux-gnu*", "usr/lib/*-linux-gnu*",
               "usr/lib/*-linux-gnu*/*")


def root(settings, arch):
    path = settings.cache / "root" / arch
    if not path.is_dir():
        raise infra(f"{path}: not there; run: scripts/install-deps guests")
    return path


def find(where, pattern):
    paths = sorted(where.glob(pattern))
    if not paths:
        raise infra(f"{where}/{pattern}: not found; is its package in "
                    f"scripts/packages.txt?")
    return paths[-1]


def program(where, name):
    """By its name alone"""
    for directory in ("bin", "usr/bin"):
        if (where / directory / name).exists():
            return where / directory / name
    return find(where, f"usr/bin/{name}")


def dynamic(path):
    """(its loader or none, the libraries that it names)"""
    try:
        text = subprocess.run(["readelf", "-ld", path], text=True, check=True,
                              capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise infra(f"readelf {path}: {error}; on Debian it is in binutils") \
            from None
    return LOADER.findall(text), NEEDED.findall(text)


def library(where, name, of):
    for pattern in DIRECTORIES:
        for path in where.glob(f"{pattern}/{name}"):
            return path
    raise infra(f"{of}: {name}: not found in {where}")


def add_libraries(where, path, taken):
    loader, needed = dynamic(path)
    for name in loader:
        taken[name] = (resolved(where, where / name[1:]), "0755")
    for name in needed:
        at = library(where, name, path)
        if inside(where, at) not in taken:
            taken[inside(where, at)] = (resolved(where, at), "0755")
            add_libraries(where, at, taken)


def inside(where, path):
    return f"/{path.relative_to(where)}"


def resolved(where, path):
    """Links have to be followed within it."""
    while path.is_symlink():
        target = Path(path.readlink())
        path = where / str(target)[1:] if target.is_absolute() else \
            path.parent / target
    return path


def files(where, programs):
    """path in the initramfs -> (path here, mode): programs and libraries"""
    taken = {}
    for name, path in programs.items():
        taken[name] = (path, "0755")
        add_libraries(where, path, taken)
    return taken
