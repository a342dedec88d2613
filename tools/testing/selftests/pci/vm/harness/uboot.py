# SPDX-License-Identifier: GPL-2.0
"""
U-Boot as the firmware: it assigns the addresses, and aligns each BAR only to its
size.  It finds the kernel where QEMU keeps it (fw_cfg), or, on riscv64, on a disk.
A script on a disk says what to do, except on arm64, where U-Boot's own boot command
does.
"""

import re
import shutil
import struct
import zlib

from .layout import Bar, Span, lines

NAMES = ("uboot", "uboot-dt")
WHERE = "/usr/lib/u-boot"
BOOT = "boot"           # a directory, which QEMU turns into a disk
DISK = ("-drive", f"if=none,id=boot,format=raw,snapshot=on,file=fat:{BOOT}")
FROM_QEMU = ("qfw load ${kernel_addr_r} ${ramdisk_addr_r}",
             "zboot ${kernel_addr_r} - ${ramdisk_addr_r} ${filesize}")
FROM_DISK = ("load virtio 0 ${kernel_addr_r} kernel",
             "load virtio 0 ${ramdisk_addr_r} initrd",
             "booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} "
             "${fdtcontroladdr}")


def used(scenario):
    return scenario["firmware"] in NAMES


# a script in the format that U-Boot runs: include/image.h there

MAGIC, LINUX, MIPS, SCRIPT, PLAIN = 0x27051956, 5, 5, 6, 0


def header(data, checksum):
    return struct.pack(">7I4B32s", MAGIC, checksum, 0, len(data), 0, 0,
                       zlib.crc32(data), LINUX, MIPS, SCRIPT, PLAIN, b"boot")


def script(commands):
    text = "".join(f"{command}\n" for command in commands).encode()
    data = struct.pack(">II", len(text), 0) + text
    return header(data, zlib.crc32(header(data, 0))) + data


# what to start

def write_disk(directory, commands, files):
    directory.mkdir()
    (directory / "boot.scr").write_bytes(script(commands))
    for name, path in files.items():
        shutil.copy(path, directory / name)


def from_disk(boot_dir, kernel, initrd, cmdline):
    write_disk(boot_dir / BOOT, [f"setenv bootargs '{cmdline}'", *FROM_DISK],
               {"kernel": kernel, "initrd": initrd})
    return ["-kernel", f"{WHERE}/qemu-riscv64_smode/u-boot.bin", *DISK,
            "-device", "virtio-blk-device,drive=boot"]


def args(scenario, boot_dir, kernel, initrd, cmdline):
    """What QEMU needs for it to start the kernel"""
    if scenario.arch_name == "riscv64":
        return from_disk(boot_dir, kernel, initrd, cmdline)
    loaded = ["-kernel", str(kernel), "-initrd", initrd.name,
              "-append", cmdline]
    if scenario.arch_name == "arm64":
        return loaded
    write_disk(boot_dir / BOOT, FROM_QEMU, {})
    return [*loaded, *DISK, "-device", "ide-hd,bus=ide.0,drive=boot"]


# what it left

LEFT = re.compile(r"pci (\S+): BAR (\d) \[mem 0x(\w+)-0x(\w+)( 64bit)?"
                  r"( pref)?\]")


def left(view):
    """BARs where Linux found them, as it logs when it first sees a device"""
    bars = {}
    for line in lines(view.dir / "guest/dmesg"):
        match = LEFT.fullmatch(line)
        if match and int(match[3], 16):
            bar = Bar(match[1], int(match[2]),
                      Span(int(match[3], 16), int(match[4], 16)), 0)
            bars.setdefault(bar.key, bar)
    return bars


def sharing(bars, page):
    return [bar for bar in bars if any(
        other.key != bar.key and other.at.meets(bar.at.pages(page))
        for other in bars)]


def packs(run):
    """off: firmware put small BARs into the same page"""
    view = run.views["off"]
    count = len(sharing(list(left(view).values()), view.page))
    wanted = run.scenario["expect.firmware_shares"]
    if count < wanted:
        yield f"it left {count} BARs that share a page, not {wanted} or more"
