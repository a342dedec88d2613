# SPDX-License-Identifier: GPL-2.0
"""lsbar: time and memory as BARs grow in number, against lspci -vv."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.verdict import infra

from . import TOP

CROWD = TOP / "lsbar/tests/crowd"
LSBAR = TOP / "build/lsbar/lsbar"
SIZES = {"short": (1000, 10000, 100000), "all": (1000, 10000, 100000)}
ROUNDS = 3
IN_MEMORY = "/dev/shm"      # as /sys is
BAR_0, COMMAND, HEADER = 0x10, 4, 64


def config_space(device):
    """What lspci, unlike lsbar, looks at."""
    space = bytearray(HEADER)
    space[0:2] = int((device / "vendor").read_text(), 16).to_bytes(2, "little")
    space[2:4] = int((device / "device").read_text(), 16).to_bytes(2, "little")
    space[COMMAND] = 2
    space[9:12] = int((device / "class").read_text(), 16) \
        .to_bytes(3, "little")
    for i, line in enumerate((device / "resource").read_text().splitlines()):
        if i < 6:
            at = BAR_0 + 4 * i
            space[at:at + 4] = int(line.split()[0], 16).to_bytes(4, "little")
    return bytes(space)


def make_tree(number, top):
    subprocess.run([sys.executable, CROWD, "packed", str(number), top],
                   check=True)
    for device in (Path(top) / "sys/bus/pci/devices").iterdir():
        (device / "config").write_bytes(config_space(device))
        (device / "irq").write_text("0\n")


def run(command):
    """(seconds of CPU, MiB, lines); by time, which is small itself"""
    with tempfile.NamedTemporaryFile("r") as used:
        done = subprocess.run(
            ["/usr/bin/time", "-f", "%U %S %M", "-o", used.name, *command],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False)
        user, system, kib = map(float, used.read().split()[-3:])
    if done.returncode:
        raise infra(f"{command[0]}: exit status {done.returncode}: "
                    f"{done.stdout[:500]}")
    return user + system, kib / 1024, done.stdout.splitlines()


def bars_shown(name, lines):
    if name == "lspci":
        return sum("Memory at " in line for line in lines)
    return sum(line.startswith("0") for line in lines)


def best(name, command, number):
    """The best of several times, as others use this system, too."""
    rounds = []
    for _ in range(ROUNDS):
        seconds, mib, lines = run(command)
        shown = bars_shown(name, lines)
        if shown != number:
            raise infra(f"{name} shows {shown} of {number} BARs")
        rounds.append((seconds, mib))
    return min(rounds)


def commands(top):
    yield "lsbar", [str(LSBAR), "--sysroot", top, "-n"]
    yield "lspci", ["lspci", "-n", "-vv", "-O", f"sysfs.path={top}/sys/bus/pci"]


def measure(_settings, how):
    for number in SIZES[how]:
        place = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
        top = tempfile.mkdtemp(dir=place)
        try:
            make_tree(number, top)
            for name, command in commands(top):
                seconds, mib = best(name, command, number)
                yield {"program": name, "bars": number,
                       "seconds": round(seconds, 3), "mib": round(mib, 1)}
        finally:
            shutil.rmtree(top)


def scenarios(_how):
    return []
