# SPDX-License-Identifier: GPL-2.0
"""
What has to hold after each event, when both the guest and the host have looked.
"""

from . import checks, events, layout, machine
from .checks import Run, outcome
from .layout import sharing
from .machine import decodes


def read_one(final, name):
    """The kernel's log is only with the final state."""
    view = layout.read(final.dir / name)
    view.offsets = final.offsets
    return view


def read(run, name):
    return Run(run.scenario, {boot: read_one(view, name)
                              for boot, view in run.views.items()})


def same_devices(before, after, free):
    """Those that may not change: another one may have come to the same address."""
    return {bdf for bdf in before.devices.keys() & after.devices.keys()
            if before.devices[bdf].id == after.devices[bdf].id and
            before.devices[bdf].id not in free}


def others_stay(before, after, free=()):
    """nothing has moved of what was there before, and all decode as before"""
    old, new = before.bars, after.bars
    same = same_devices(before, after, free)
    for key in old.keys() & new.keys():
        if key[0] in same and old[key].at != new[key].at:
            yield f"{old[key]}: moved from {old[key].at} to {new[key].at}"
    for bdf in same:
        if decodes(before, bdf) != decodes(after, bdf):
            yield (f"{bdf}: decode was {decodes(before, bdf)}, is "
                   f"{decodes(after, bdf)}")


def more_share(before, after):
    """more BARs share a page than before"""
    if len(sharing(after)) <= len(sharing(before)):
        yield f"{len(sharing(before))} before, {len(sharing(after))} after"


def alone(name, run):
    """In each boot."""
    for boot, view in run.views.items():
        yield outcome(f"{name}: {boot}: ", machine.qemu_agrees, run, view)
        yield outcome(f"{name}: {boot}: ", machine.machine_agrees, run, view)
        if boot != "stock":
            yield outcome(f"{name}: {boot}: ", machine.status_agrees, run, view)


def between(name, run):
    """Between boots."""
    if "on" in run.views and run.scenario["expect.ignored"] == "no" and \
            run.scenario.isolated_in(name):
        yield outcome(f"{name}: ", checks.isolated, run)
    if {"off", "on"} <= run.views.keys():
        for check in (checks.sizes_equal, checks.nothing_lost,
                      checks.decode_kept):
            yield outcome(f"{name}: ", check, run)


def change(name, before, after):
    """From one state to the next."""
    scenario = after.scenario
    for boot, view in after.views.items():
        free = scenario.may_move(name)
        if free is not None:
            yield outcome(f"{name}: {boot}: ", others_stay,
                          before.views[boot], view, free)
    if name in scenario["expect.more_share"] and "off" in after.views:
        yield outcome(f"{name}: off: ", more_share, before.views["off"],
                      after.views["off"], control=True)


def outcomes(run):
    before = None
    for name in events.names(run.scenario):
        after = read(run, name)
        yield from alone(name, after)
        yield from between(name, after)
        if before:
            yield from change(name, before, after)
        before = after
