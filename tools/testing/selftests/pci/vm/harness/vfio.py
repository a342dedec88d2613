# SPDX-License-Identifier: GPL-2.0
"""
The purpose of it all: which BARs VFIO can map, as vfio_bar_test saw it, and how
many accesses of a KVM guest's driver were trapped, as QEMU counted them.
"""

import re

from .layout import ROM, is_bridge, sharing

TRAPPED = re.compile(r" *# trapped: (\S+) \((\S+)\): (\d+) reads, "
                     r"(\d+) writes")
NOT_BY_KVM = re.compile(r" *# trapped: mapped, but not by KVM: (\d+) reads, "
                        r"(\d+) writes")


def tested(scenario):
    return "vfio_bar_test" in scenario["tests.run"]


def nested(scenario):
    return bool(scenario["tests.inner"])


def candidates(view):
    """The small BARs that a guest could be given: no ROM, and no bridge's."""
    return [bar for bar in view.bars.values()
            if bar.small(view.page) and bar.assigned and bar.index != ROM and
            not is_bridge(view.devices[bar.bdf].cls)]


def wrong(view, bars, wanted):
    for bar in bars:
        got = view.vfio.get(bar.key)
        if got is not wanted:
            yield (f"{bar} at {bar.at}: " + {
                None: "nobody tried", True: "it can", False: "it can't"}[got])


def refuses(run):
    """off: VFIO can't map the small BARs that share a page"""
    view = run.views["off"]
    shared = sharing(view)
    share = [bar for bar in candidates(view) if bar.key in shared]
    yield from wrong(view, share, False)
    if not share:
        yield "there is none"


def maps(run):
    """on: VFIO can map each small BAR"""
    view = run.views["on"]
    yield from wrong(view, candidates(view), True)
    if not candidates(view):
        yield "there is none"


def trapped(view):
    """driver -> (reads, writes), none if the guest did not get there"""
    return {match[2]: (int(match[3]), int(match[4]))
            for match in view.said(TRAPPED)}


def half_mapped(view):
    """... of what QEMU has mapped, and KVM could not"""
    return next(((int(match[1]), int(match[2]))
                 for match in view.said(NOT_BY_KVM)), None)


def traps(run):
    """off: accesses of the inner guest to its devices are trapped"""
    counts = trapped(run.views["off"])
    for driver in run.scenario["tests.inner"]:
        if not all(counts.get(driver, (0, 0))):
            yield f"{driver}: reads and writes: {counts.get(driver)}"


def traps_none(run):
    """on: no access of the inner guest to its devices is trapped"""
    counts = trapped(run.views["on"])
    for driver in run.scenario["tests.inner"]:
        if any(counts.get(driver, (1, 1))):
            yield f"{driver}: reads and writes: {counts.get(driver)}"
    half = half_mapped(run.views["on"])
    if half is None or any(half):
        yield f"mapped by QEMU, and not by KVM: {half}"
