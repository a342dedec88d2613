# SPDX-License-Identifier: GPL-2.0
"""
What it is all for: which BARs VFIO can map, as vfio_bar_test saw it, and how
many accesses of a KVM guest's driver were trapped, as QEMU counted them.
"""

import re

from .layout import ROM, is_bridge, lines, sharing

TRAPPED = re.compile(r" *# trapped: (\d+) reads, (\d+) writes")


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
    """(reads, writes), or None if the guest in the guest did not get there"""
    for line in lines(view.dir / "result.ktap"):
        match = TRAPPED.fullmatch(line)
        if match:
            return int(match[1]), int(match[2])
    return None


def traps(run):
    """off: accesses of the inner guest to the device are trapped"""
    count = trapped(run.views["off"])
    if count is None or not all(count):
        yield f"reads and writes: {count}"


def traps_none(run):
    """on: no access of the inner guest to the device is trapped"""
    count = trapped(run.views["on"])
    if count is None or any(count):
        yield f"reads and writes: {count}"
