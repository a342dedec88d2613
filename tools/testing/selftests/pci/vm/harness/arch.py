# SPDX-License-Identifier: GPL-2.0
"""What differs from one architecture to the next, and between firmwares."""

from dataclasses import dataclass
from typing import Tuple


@dataclass(frozen=True)
class Arch:
    linux: str              # make ARCH=
    image: str              # the make target is its last part
    qemu: str
    package: str            # Debian's, for a hint if qemu is missing
    console: str
    result: str             # a serial port too, so no PCI device is added
    cross_compile: str = ""


@dataclass(frozen=True)
class Firmware:
    about: str
    args: Tuple[str, ...] = ()
    assigns: bool = True        # BARs have addresses when the kernel starts
    first_stage: bool = False   # a first kernel lays out the BARs, then kexec


ARCHES = {
    "x86_64": Arch(linux="x86_64", image="arch/x86/boot/bzImage",
                   qemu="qemu-system-x86_64", package="qemu-system-x86",
                   console="ttyS0", result="ttyS1"),
}

QBOOT = ("-bios", "qboot.rom")
FIRMWARES = {
    "qboot": Firmware("Linux gives out all addresses", QBOOT, assigns=False),
    "packed": Firmware("firmware packed the BARs", QBOOT, first_stage=True),
    "seabios": Firmware("firmware aligned each BAR to 4K"),
}
