# SPDX-License-Identifier: GPL-2.0
"""
What the scenarios cover, by kernel, firmware and what happens; and why not more.
All of it is read off the scenarios, so that the table can't promise what isn't
there.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .arch import FIRMWARES
from .settings import VM
from .verdict import Verdict, infra

UNCOVERED = VM / "uncovered"
NOBODY = "-"            # has written one, and nothing known rules it out
ELSEWHERE = "."         # with other firmware, for the same kernel
EXTRAS = ("debug", "firmware", "host")  # fragments that don't make it another kind
PORTS = ("pcie-root-port", "xio3130-downstream")


# what a scenario does

def actions(scenario):
    return [action for lines in scenario.events.values() for action in lines]


def writes(scenario, what):
    return any(re.match(rf"write \S*{what}", action)
               for action in actions(scenario))


def runs(test):
    return lambda scenario: test in (*scenario["tests.run"],
                                     *scenario.event_tests,
                                     scenario["tests.during"])


def by_acpi(scenario):
    """... if the machine has it and it was not turned off."""
    return scenario.arch_name == "x86_64" and not any(
        "bridge-support=off" in word for word in scenario["qemu.more"])


def slots(scenario):
    """The kinds of hot-plug by which events add devices."""
    buses = re.findall(r"device_add \S*?,bus=([^,\s]+)",
                       "\n".join(actions(scenario)))
    drivers = [scenario.devices.get(bus, bus).split(",")[0] for bus in buses]
    if by_acpi(scenario):
        return {"acpi"} if drivers else set()
    return {"pciehp" if driver in PORTS else "shpc" for driver in drivers}


def has_vfs(scenario):
    return writes(scenario, "/sriov_numvfs") or \
        runs("isolate_vf_test")(scenario)


def plugs(how):
    return lambda scenario: how in slots(scenario)


EVENTS = {
    "boot": lambda scenario: True,
    "asked": lambda scenario: scenario.asks,
    "full": lambda scenario: "full-bridge" in scenario["machine"],
    "realloc": lambda scenario: "realloc=on" in scenario["cmdline.all"] +
                                scenario["cmdline.on"],
    "rescan": runs("rescan_test"),
    "pciehp": plugs("pciehp"),
    "acpi": plugs("acpi"),
    "shpc": plugs("shpc"),
    "soak": runs("soak_test"),
    "failslab": runs("failslab_test"),
    "VFs": has_vfs,
    "bind": lambda scenario: writes(scenario, "/unbind"),
    "reset": lambda scenario: writes(scenario, "/reset"),
    "sleep": lambda scenario: writes(scenario, "/power/state"),
    "kexec": lambda scenario: scenario["kexec"] == "yes",
    "mmap": runs("resource_map_test"),
    "vfio": runs("vfio_bar_test"),
    "kvm": lambda scenario: scenario["tests.inner"],
    "dpdk": runs("dpdk"),
}


# why others are not covered

@dataclass(frozen=True)
class Reason:
    kernel: str         # patterns as of the shell's
    firmware: str
    event: str
    why: str

    def fits(self, kernel, firmware, event):
        return fnmatchcase(kernel, self.kernel) and \
            fnmatchcase(firmware, self.firmware) and \
            fnmatchcase(event, self.event)


def reasons(text):
    for line in text.splitlines():
        words = line.split(maxsplit=3)
        if words and not line.startswith("#"):
            if len(words) < 4:
                raise infra(f"{UNCOVERED}: not kernel, firmware, event and "
                            f"reason: {line}")
            yield Reason(*words)


# the table

def kind(scenario):
    return "-".join(part for part in scenario["kernel"].split("-")
                    if part not in EXTRAS)


def covered(scenarios):
    """(kernel, firmware, event) -> how many scenarios"""
    counts = {}
    for scenario in scenarios:
        for event, happens in EVENTS.items():
            if scenario.expected == Verdict.PASS and happens(scenario):
                key = kind(scenario), scenario["firmware"], event
                counts[key] = counts.get(key, 0) + 1
    return counts


def firmwares(kernel, known):
    """Those it can have, and those of which it is known why it can't."""
    return [name for name, firmware in FIRMWARES.items()
            if kernel.split("-")[0] in firmware.args or
            any(reason.firmware == name and fnmatchcase(kernel, reason.kernel)
                for reason in known)]


def rows(counts, known):
    """Each kernel there is, and those there should be, with all firmwares."""
    kernels = {kernel for kernel, *_ in counts} | {
        reason.kernel for reason in known if "*" not in reason.kernel}
    for kernel in sorted(kernels):
        yield from ((kernel, firmware)
                    for firmware in firmwares(kernel, known) or ["any"])


def letters(known):
    """reason -> its letter"""
    return {why: chr(ord("a") + i) for i, why in
            enumerate(dict.fromkeys(reason.why for reason in known))}


def cell(counts, known, key):
    """A number of scenarios, or a letter for why there is none."""
    if key in counts:
        return str(counts[key])
    kernel, _, event = key
    seen = any((kernel, event) == (k, e) for k, _, e in counts)
    return next((letters(known)[reason.why] for reason in known
                 if reason.fits(*key)), ELSEWHERE if seen else NOBODY)


def table(scenarios, known):
    counts = covered(scenarios)
    yield ["KERNEL", "FIRMWARE", *EVENTS]
    for kernel, firmware in rows(counts, known):
        yield [kernel, firmware,
               *(cell(counts, known, (kernel, firmware, event))
                 for event in EVENTS)]


def show(scenarios):
    known = list(reasons(UNCOVERED.read_text()))
    lines = list(table(scenarios, known))
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print(" ".join(f"{text:{'<' if i < 2 else '>'}{width}}" for
                       i, (text, width) in enumerate(zip(line, widths))))
    print(f"\nNumbers of scenarios. {ELSEWHERE}: there is one with other firmware. "
          f"{NOBODY}: nobody has\nwritten one.")
    for why, letter in letters(known).items():
        print(f"{letter}: {why}")
    return Verdict.PASS
