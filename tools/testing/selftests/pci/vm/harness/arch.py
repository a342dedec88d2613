# SPDX-License-Identifier: GPL-2.0
"""What differs between architectures, and between firmwares."""

from dataclasses import dataclass
from typing import Dict, Tuple

CONSOLE, CHANNEL = "console.log", "channel"     # the files they end up in
CONSOLE_PORT = ("-serial", f"file:{CONSOLE}")
CHANNEL_PORT = ("-serial", "chardev:result")
CHANNEL_VIRTIO = ("-device", "virtio-serial-device",
                  "-device", "virtserialport,chardev=result")
TO_FILE = f"file,path={CHANNEL}"        # a -chardev for the result


@dataclass(frozen=True)
class Ports:
    """
    Ways out of the guest: not PCI devices, which would show up, where there is
    a choice.
    """

    console: str            # what the guest calls them
    result: str
    args: Tuple[str, ...]
    first: str = ""         # the console in the first stage, if it differs


PORTS = {
    "two-uarts": Ports("ttyS0", "ttyS1", CONSOLE_PORT + CHANNEL_PORT),
    "uart-virtio": Ports("ttyS0", "vport0p1", CONSOLE_PORT + CHANNEL_VIRTIO),
    "pl011-virtio": Ports("ttyAMA0", "vport0p1", CONSOLE_PORT + CHANNEL_VIRTIO),
    # The first is Xen's, and so is dom0's console.
    "xen": Ports("hvc0", "ttyS1", CONSOLE_PORT + CHANNEL_PORT, first="ttyS0"),
    "two-vtys": Ports("hvc0", "hvc1", CONSOLE_PORT + CHANNEL_PORT),
    # the machine's [devices] have a port for chardev=result
    "console-pci": Ports("hvc0", "vport0p1", CONSOLE_PORT),
}


@dataclass(frozen=True)
class Arch:
    linux: str              # make ARCH=
    image: str              # the make target is its last part
    qemu: str
    package: str            # Debian's, for a hint if qemu is missing
    ports: str
    cpu: Tuple[str, ...] = ()
    cross_compile: str = ""
    compiler: str = "gcc"   # ... and what the guest's programs need, likewise


@dataclass(frozen=True)
class Firmware:
    about: str
    args: Dict[str, Tuple[str, ...]]    # arch -> what QEMU needs for it
    assigns: bool = True        # BARs have addresses when the kernel starts
    first_stage: bool = False   # a first kernel lays out the BARs, then kexec


ARCHES = {
    "x86_64": Arch(linux="x86_64", image="arch/x86/boot/bzImage",
                   qemu="qemu-system-x86_64", package="qemu-system-x86",
                   ports="two-uarts"),
    "i386": Arch(linux="i386", image="arch/x86/boot/bzImage",
                 qemu="qemu-system-i386", package="qemu-system-x86",
                 ports="two-uarts", cross_compile="i686-linux-gnu-",
                 compiler="gcc-i686-linux-gnu and libc6-dev-i386-cross"),
    "arm64": Arch(linux="arm64", image="arch/arm64/boot/Image",
                  qemu="qemu-system-aarch64", package="qemu-system-arm",
                  cpu=("-cpu", "cortex-a76"), ports="pl011-virtio",
                  cross_compile="aarch64-linux-gnu-",
                  compiler="gcc-aarch64-linux-gnu"),
    "ppc64le": Arch(linux="powerpc", image="vmlinux",
                    qemu="qemu-system-ppc64", package="qemu-system-ppc",
                    ports="two-vtys",
                    cross_compile="powerpc64le-linux-gnu-",
                    compiler="gcc-powerpc64le-linux-gnu"),
    "ppc64": Arch(linux="powerpc", image="vmlinux",
                  qemu="qemu-system-ppc64", package="qemu-system-ppc",
                  ports="two-vtys",
                  cross_compile="powerpc64-linux-gnu-",
                  compiler="gcc-powerpc64-linux-gnu and "
                           "libc6-dev-ppc64-cross"),
    "riscv64": Arch(linux="riscv", image="arch/riscv/boot/Image",
                    qemu="qemu-system-riscv64", package="qemu-system-misc",
                    ports="uart-virtio",
                    cross_compile="riscv64-linux-gnu-",
                    compiler="gcc-riscv64-linux-gnu and "
                             "libc6-dev-riscv64-cross"),
}

QBOOT = ("-bios", "qboot.rom")
OVMF = ("-bios", "/usr/share/ovmf/OVMF.fd")
AAVMF = ("-bios", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd")
UBOOT_X86 = ("-bios", "/usr/lib/u-boot/qemu-x86/u-boot.rom")
UBOOT_ARM64 = ("-bios", "/usr/lib/u-boot/qemu_arm64/u-boot.bin")
FIRMWARES = {
    "qboot": Firmware("Linux assigns all addresses",
                      {"x86_64": QBOOT, "i386": QBOOT}, assigns=False),
    "none": Firmware("Linux assigns all addresses",
                     {"arm64": (), "riscv64": ()}, assigns=False),
    "packed": Firmware("firmware packed the BARs",
                       {"x86_64": QBOOT, "arm64": (), "riscv64": ()},
                       first_stage=True),
    "packed-seabios": Firmware("firmware packed the BARs, and can wake up",
                               {"x86_64": ()}, first_stage=True),
    "seabios": Firmware("firmware aligned each BAR to 4K",
                        {"x86_64": (), "i386": ()}),
    "uefi": Firmware("OVMF aligned BARs and left some", {"x86_64": OVMF}),
    "uefi-acpi": Firmware("AAVMF, with ACPI", {"arm64": AAVMF}, assigns=False),
    "uefi-dt": Firmware("AAVMF, with a device tree",
                        {"arm64": ("-M", "acpi=off", *AAVMF)}),
    "uboot": Firmware("U-Boot packed the BARs",
                      {"x86_64": UBOOT_X86, "arm64": UBOOT_ARM64}),
    "uboot-dt": Firmware("U-Boot packed the BARs, Linux reassigns all",
                         {"arm64": UBOOT_ARM64, "riscv64": ()},
                         assigns=False),
    "slof": Firmware("SLOF aligned BARs and left some",
                     {"ppc64le": (), "ppc64": ()}),
    "opal": Firmware("Linux assigns all addresses", {"ppc64le": ()},
                     assigns=False),
}
