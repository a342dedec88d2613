# SPDX-License-Identifier: GPL-2.0
"""
libvirt in the guest: what it needs from Debian besides QEMU, and lsbar's hook, with
the programs that the hook's scripts call.
"""

from . import foreign, shell

PROGRAMS = ("usr/sbin/libvirtd", "usr/bin/virsh",
            "usr/lib/*-linux-gnu/libvirt/connection-driver/"
            "libvirt_driver_qemu.so")
DATA = "usr/share/libvirt"      # which CPUs there are, and what XML may say
HOOK = ("libvirt-hook", "share-check", "isolate")
SHELL = (*shell.PROGRAMS, "dirname", "ls", "xmllint")


def tested(scenario):
    return "libvirt" in scenario["tests.run"]


def files(settings, scenario):
    """path in the initramfs -> (path here, mode)"""
    root = foreign.root(settings, scenario.arch_name)
    programs = [foreign.find(root, pattern) for pattern in PROGRAMS]
    programs += [foreign.program(root, name) for name in SHELL]
    data = [path for path in sorted((root / DATA).rglob("*"))
            if path.is_file()]
    return {**foreign.files(root, {foreign.inside(root, path): path
                                   for path in programs}),
            **{foreign.inside(root, path): (path, "0644") for path in data},
            **{f"/examples/{name}": (shell.examples(settings) / name, "0755")
               for name in HOOK}}
