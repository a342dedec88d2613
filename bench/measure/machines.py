# SPDX-License-Identifier: GPL-2.0
"""Scenarios of the harness, made up here: machines with any number of BARs."""

import dataclasses

from harness import scenario

from . import BENCH

FUNCTIONS, SLOTS, FIRST_SLOT = 8, 31, 2
PER_BUS = FUNCTIONS * SLOTS
# A BAR of 256 bytes and one of 16, and nothing else
SMALL = ("sdhci-pci", "i6300esb")


def load(name):
    return scenario.load(BENCH / "conf" / f"{name}.conf")


def changed(base, name, devices=None, more=(), **values):
    """The same with another name, and other values: section_key=value."""
    new = dict(base.values)
    for key, value in values.items():
        new[tuple(key.split("_", 1))] = value
    new["qemu", "more"] = [*new["qemu", "more"], *more]
    return dataclasses.replace(
        base, path=base.path.with_name(f"{name}.conf"), values=new,
        devices=base.devices if devices is None else devices)


def small_bars(number, kinds=SMALL):
    """This many functions with a small BAR each, on as few buses as possible."""
    devices = {}
    for i in range(number):
        bus, rest = divmod(i, PER_BUS)
        slot, function = divmod(rest, FUNCTIONS)
        if not rest:
            devices[f"bridge{bus}"] = \
                (f"pci-bridge,addr={bus + FIRST_SLOT:x},"
                 f"chassis_nr={bus + 1},shpc=off")
        devices[f"d{i}"] = (f"{kinds[i % len(kinds)]},multifunction=on,"
                            f"bus=bridge{bus},addr={slot + 1:x}.{function}")
    return devices
