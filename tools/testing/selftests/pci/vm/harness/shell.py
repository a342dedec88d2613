# SPDX-License-Identifier: GPL-2.0
"""This system's shell in the guest, for tests that are scripts."""

import shutil
from pathlib import Path

from .settings import VM
from .verdict import infra

PROGRAMS = ("sh", "basename", "cat", "cut", "find", "getconf", "readlink", "sed",
            "stat", "tee", "uniq")
SUFFIX = ".sh"


def is_script(test):
    return test.endswith(SUFFIX)


def path(test):
    return VM / test


def program(name):
    executable = shutil.which(name)
    if not executable:
        raise infra(f"{name}: not on this system, and a test in the guest needs it")
    return Path(executable)


def examples(settings):
    """lsbar's scripts"""
    if not settings.isolate:
        raise infra("VM_ISOLATE has to be lsbar's examples/isolate: the scenario "
                    "tests it, or what is beside it")
    return settings.isolate.parent


def files(settings):
    """path in the initramfs -> (path here, mode), without libraries"""
    if not settings.program:
        raise infra("VM_PROGRAM has to be lsbar: the scenario tests it")
    return {"/isolate": (examples(settings) / "isolate", "0755"),
            **{f"/bin/{name}": (program(name), "0755") for name in PROGRAMS}}
