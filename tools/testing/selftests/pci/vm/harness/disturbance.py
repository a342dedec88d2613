# SPDX-License-Identifier: GPL-2.0
"""What is lost, moved or decodes differently: "on" against "off", or by an event."""


def pairs(run):
    off, on = run.views["off"].bars, run.views["on"].bars
    return [(off[key], on[key]) for key in off.keys() & on.keys()]


def moved(run):
    return [(before, after) for before, after in pairs(run)
            if before.at != after.at]


def sizes_equal(run):
    """on: the same BARs, of the same sizes, as off"""
    off, on = run.views["off"].bars, run.views["on"].bars
    for key in sorted(off.keys() ^ on.keys()):
        yield f"{off.get(key) or on.get(key)}: in one of the two only"
    for before, after in pairs(run):
        if before.size != after.size:
            yield f"{before}: {before.size:#x} bytes off, {after.size:#x} on"


def nothing_lost(run):
    """on: every BAR that is assigned off is assigned"""
    for before, after in pairs(run):
        if before.assigned and not after.assigned:
            yield f"{before}: at {before.at} off, no address on"


def is_to_stay(run, bar):
    return run.views["off"].devices[bar.bdf].id in run.scenario["expect.stay"]


def beside_one_to_stay(run, bar):
    view = run.views["off"]
    return any(is_to_stay(run, other) and other.assigned and
               other.at.pages(view.page).meets(bar.at)
               for other in view.bars.values())


def must_stay(run, bar):
    page = run.views["off"].page
    if is_to_stay(run, bar) or not bar.small(page):
        return True
    return bar.at.start % page == 0 and not beside_one_to_stay(run, bar)


def hot_added(run, bar):
    """No firmware has given it an address."""
    return run.views["off"].devices[bar.bdf].id in run.scenario.hot_added


def least_disturbance(run):
    """on: only BARs that did not start on a page have moved"""
    for before, after in moved(run):
        if before.assigned and must_stay(run, before) and \
                not hot_added(run, before):
            yield f"{before}: moved from {before.at} to {after.at}"


def nothing_moved(run):
    """on: no BAR has moved, as the parameter is ignored"""
    for before, after in moved(run):
        yield f"{before}: moved from {before.at} to {after.at}"


def windows_stay(run):
    """on: no bridge window has moved"""
    off, on = run.views["off"].devices, run.views["on"].devices
    for bdf in off.keys() & on.keys():
        before, after = off[bdf].windows, on[bdf].windows
        if before != after:
            yield (f"{bdf}: windows {', '.join(map(str, before))} became "
                   f"{', '.join(map(str, after))}")


def decode_kept(run):
    """on: each device decodes memory if it does off"""
    off, on = run.views["off"], run.views["on"]
    for bdf in off.devices.keys() & on.devices.keys():
        if off.decodes(bdf) != on.decodes(bdf):
            yield (f"{bdf} ({off.devices[bdf].label}): decode is "
                   f"{off.decodes(bdf)} off, {on.decodes(bdf)} on")


def same_devices(before, after, free):
    """Devices that have to stay: another one may be at the same BDF now."""
    return {bdf for bdf in before.devices.keys() & after.devices.keys()
            if before.devices[bdf].id == after.devices[bdf].id and
            before.devices[bdf].id not in free}


def others_stay(run, view, before):
    """nothing that was there before has moved, and all decode as before"""
    old, new = before.bars, view.bars
    same = same_devices(before, view, run.scenario.may_move(run.state))
    for key in old.keys() & new.keys():
        if key[0] in same and old[key].at != new[key].at:
            yield f"{old[key]}: moved from {old[key].at} to {new[key].at}"
    for bdf in same:
        if before.decodes(bdf) != view.decodes(bdf):
            yield (f"{bdf}: decode was {before.decodes(bdf)}, is "
                   f"{view.decodes(bdf)}")
