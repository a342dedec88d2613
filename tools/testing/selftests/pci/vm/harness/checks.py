# SPDX-License-Identifier: GPL-2.0
"""
All that is checked, and where.  A check yields its problems, a line each; none is
a pass.  The first line of its docstring is its name in TAP.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from . import config_space, disturbance, dpdk, events, isolation, layout, log, \
    output, uboot, unchanged, vfio, views, xen
from .layout import RESULT, View
from .scenario import BOOTS as ALL, Scenario
from .verdict import Verdict


@dataclass(frozen=True)
class Run:
    scenario: Scenario
    views: Dict[str, View]      # by name of the boot
    state: str = ""             # after which event; "": at the end


@dataclass(frozen=True)
class Outcome:
    name: str
    problems: List[str]
    verdict: Verdict            # if there are problems
    skip: str = ""
    subtests: Optional[Path] = None     # KTAP that this sums up


# What a check looks at: check(run), check(run, view), check(run, view, before)
BOOTS, BOOT, CHANGE = "all its boots", "each of its boots", "what an event changed"
OFF, ON, OFF_ON = ("off",), ("on",), ("off", "on")
STOCK_OFF = ("stock", "off")


def always(*_):
    return True


def never(*_):
    return False


@dataclass(frozen=True)
class Check:
    function: Callable
    of: str
    boots: Tuple[str, ...]
    applies: Callable = always      # scenario -> bool
    in_state: Callable = never      # scenario, event -> is it checked after that, too
    control: bool = False           # it shows that there is something to prove
    report: bool = False            # it is in vmtest.py report, for a person

    @property
    def name(self):
        return self.function.__doc__.strip().splitlines()[0]

    def outcome(self, where, *args):
        passed = self.function is output.guest_passed
        return Outcome(where + self.name, list(self.function(*args)),
                       Verdict.INVALID if self.control else Verdict.FAIL,
                       subtests=args[-1].dir / RESULT if passed else None)


def yes(key):
    return lambda scenario: scenario[key] == "yes"


def not_ignored(scenario):
    return scenario["expect.ignored"] == "no"


def firmware_assigns(scenario):
    return scenario.firmware.assigns


def windows_stay(scenario):
    return firmware_assigns(scenario) and scenario["expect.windows"] == "stay"


def settled(scenario):
    """All is as it was when the kernel summed up."""
    return windows_stay(scenario) and not_ignored(scenario) and \
        not scenario.events and scenario["kexec"] == "no" and \
        "rescan_test" not in scenario["tests.run"]


def sums_up(scenario):
    return settled(scenario) and not scenario.asks and \
        "passthrough_align" in scenario["cmdline.on"]


def traced(scenario):
    return scenario["trace"] == "yes" and not scenario.asks


CHECKS = (
    Check(output.console_clean, BOOT, ALL),
    Check(output.guest_passed, BOOT, ALL),
    Check(output.drivers_bound, BOOT, ALL),
    Check(views.qemu_agrees, BOOT, ALL, in_state=always),
    Check(views.map_agrees, BOOT, ALL, in_state=always),
    Check(views.status_agrees, BOOT, OFF_ON, in_state=always),
    Check(config_space.put_back, BOOT, ALL, lambda s: s["expect.resets"]),

    Check(disturbance.others_stay, CHANGE, ALL,
          in_state=lambda s, event: s.may_move(event) is not None),
    Check(isolation.more_share, CHANGE, OFF, control=True,
          in_state=lambda s, event: event in s["expect.more_share"]),

    Check(isolation.control_shares, BOOTS, OFF,
          lambda s: s["expect.control_shares"], control=True, report=True),
    Check(uboot.packs, BOOTS, OFF,
          lambda s: s["expect.firmware_shares"], control=True),
    Check(unchanged.off_is_stock, BOOTS, STOCK_OFF),
    Check(isolation.isolated_anyway, BOOTS, OFF, yes("expect.needless")),
    Check(isolation.isolated, BOOTS, ON, not_ignored,
          in_state=Scenario.isolated_in, report=True),
    Check(unchanged.same_map, BOOTS, OFF_ON, yes("expect.needless")),
    Check(disturbance.nothing_moved, BOOTS, OFF_ON, yes("expect.ignored")),
    Check(vfio.refuses, BOOTS, OFF, vfio.tested, control=True, report=True),
    Check(vfio.traps, BOOTS, OFF, vfio.nested, control=True),
    Check(vfio.maps, BOOTS, ON, vfio.tested, report=True),
    Check(vfio.traps_none, BOOTS, ON, vfio.nested),
    Check(dpdk.goes_without, BOOTS, OFF, dpdk.tested, control=True),
    Check(dpdk.forwards, BOOTS, ON, dpdk.tested),
    Check(xen.is_wrong, BOOTS, OFF, xen.apart, control=True, report=True),
    Check(xen.gets_neighbours, BOOTS, OFF, xen.apart, control=True,
          report=True),
    Check(xen.lacks_own, BOOTS, OFF, xen.together, control=True),
    Check(xen.frames_off, BOOTS, OFF, xen.given),
    Check(xen.gets_own, BOOTS, ON, xen.given, report=True),
    Check(xen.gets_no_more, BOOTS, ON, xen.given, report=True),
    Check(xen.frames_on, BOOTS, ON, xen.given, report=True),
    Check(disturbance.sizes_equal, BOOTS, OFF_ON, in_state=always),
    Check(disturbance.nothing_lost, BOOTS, OFF_ON, in_state=always, report=True),
    Check(log.nothing_refused, BOOTS, OFF_ON),
    Check(disturbance.decode_kept, BOOTS, OFF_ON, in_state=always),
    Check(disturbance.least_disturbance, BOOTS, OFF_ON, firmware_assigns,
          report=True),
    Check(disturbance.windows_stay, BOOTS, OFF_ON, windows_stay, report=True),
    Check(log.says_so, BOOTS, ON, lambda s: s["expect.log"]),
    Check(log.no_false_address, BOOTS, ON),
    Check(log.sums_up, BOOTS, OFF_ON, sums_up),
    # The log is about BARs that may share, too
    Check(log.says_each_move, BOOTS, OFF_ON,
          lambda s: settled(s) and not s["expect.may_share"]),
    Check(config_space.asks_nobody_else, BOOTS, ON,
          lambda s: s["trace"] == "yes" and s.asks),
    Check(config_space.same_accesses, BOOTS, STOCK_OFF, traced),
    Check(config_space.toggles_once, BOOTS, OFF_ON, traced),
    Check(config_space.writes_little, BOOTS, OFF_ON, traced),
)


def applying(run, of):
    for check in CHECKS:
        if check.of == of and check.applies(run.scenario) and \
                (not run.state or check.in_state(run.scenario, run.state)):
            yield check


def each_boot(run, before=None):
    """before: the Run in the state before, for what has changed since"""
    state = f"{run.state}: " if run.state else ""
    for boot, view in run.views.items():
        for check in applying(run, CHANGE if before else BOOT):
            if boot in check.boots:
                yield check.outcome(f"{state}{boot}: ", run, view,
                                    *([before.views[boot]] if before else ()))


def all_boots(run, report=False):
    state = f"{run.state}: " if run.state else ""
    for check in applying(run, BOOTS):
        missing = set(check.boots) - set(run.views)
        if report and not check.report:
            continue
        if not missing:
            yield check.outcome(state, run)
        elif set(check.boots) <= set(run.scenario["boots"]):    # no VM_STOCK
            yield Outcome(check.name, [], Verdict.FAIL,
                          f"no {', '.join(missing)} kernel to compare with")


def read_state(run, name):
    """The kernel's log is only with the final state."""
    found = {boot: layout.read(view.dir / name)
             for boot, view in run.views.items()}
    for boot, view in found.items():
        view.offsets = run.views[boot].offsets
    return Run(run.scenario, found, name)


def outcomes(run):
    yield from each_boot(run)
    before = None
    for name in events.names(run.scenario):
        after = read_state(run, name)
        yield from (*each_boot(after), *all_boots(after))
        if before:
            yield from each_boot(after, before)
        before = after
    yield from all_boots(run)
