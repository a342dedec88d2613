# SPDX-License-Identifier: GPL-2.0
"""libvirt in the guest: what of Debian's it takes, beside its QEMU."""

from . import foreign

PROGRAMS = ("usr/sbin/libvirtd", "usr/bin/virsh",
            "usr/lib/*-linux-gnu/libvirt/connection-driver/"
            "libvirt_driver_qemu.so")
DATA = "usr/share/libvirt"      # which CPUs there are, and what XML may say


def tested(scenario):
    return "libvirt" in scenario["tests.run"]


def files(settings, scenario):
    """path in the initramfs -> (path here, mode)"""
    root = foreign.root(settings, scenario.arch_name)
    programs = [foreign.find(root, pattern) for pattern in PROGRAMS]
    data = [path for path in sorted((root / DATA).rglob("*"))
            if path.is_file()]
    return {**foreign.files(root, {foreign.inside(root, path): path
                                   for path in programs}),
            **{foreign.inside(root, path): (path, "0644") for path in data}}
