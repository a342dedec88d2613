# SPDX-License-Identifier: GPL-2.0
"""A device tree that is not quite QEMU's own."""

import subprocess

from .verdict import infra

FILE = "machine.dtb"


def run(command, directory, package):
    try:
        done = subprocess.run(command, cwd=directory, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise infra(f"{command[0]}: {error.strerror}; on Debian it is in "
                    f"{package}") from None
    if done.returncode:
        raise infra(f"{' '.join(command)}: {done.stdout}")


def fdtput(node, name=None, *value):
    if name is None:
        return ["-c", "-p", FILE, node]
    text = [word.strip('"') for word in value]
    return ["-t", "x" if text == [*value] else "s", FILE, node, name, *text]


def args(scenario, directory):
    """For QEMU, if the scenario changes the device tree."""
    if not scenario.dtb:
        return []
    machine = [*scenario.arch.cpu, *scenario.firmware_args,
               *scenario["qemu.args"]]
    run([scenario.arch.qemu, "-nodefaults", "-display", "none", *machine,
         "-machine", f"dumpdtb={FILE}"], directory, scenario.arch.package)
    for line in scenario.dtb:
        run(["fdtput", *fdtput(*line)], directory, "device-tree-compiler")
    return ["-dtb", FILE]
