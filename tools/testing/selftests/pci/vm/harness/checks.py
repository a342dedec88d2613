# SPDX-License-Identifier: GPL-2.0
"""
All that is checked, and where.  A check yields its problems, one per line; without
any it passes.  The first line of its docstring is its name in TAP.
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

    @property
    def where(self):
        return f"{self.state}: " if self.state else ""


@dataclass(frozen=True)
class Outcome:
    name: str
    problems: List[str]
    verdict: Verdict            # if there are problems
    skip: str = ""
    subtests: Optional[Path] = None     # KTAP that this sums up


# What a check looks at: check(run), check(run, view), check(run, view, before)
RUN, VIEW, CHANGE = "run", "view", "change"
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


def found_once(scenario):
    """What is removed and found again is assigned by Linux."""
    return "rescan_test" not in scenario["tests.run"]


def windows_stay(scenario):
    return firmware_assigns(scenario) and scenario["expect.windows"] == "stay"


def settled(scenario):
    """All is as it was when the kernel summed up."""
    return windows_stay(scenario) and not_ignored(scenario) and \
        not scenario.events and scenario["kexec"] == "no" and \
        found_once(scenario)


def sums_up(scenario):
    return settled(scenario) and not scenario.asks and \
        "passthrough_align" in scenario["cmdline.on"]


def traced(scenario):
    return scenario["trace"] == "yes" and not scenario.asks


CHECKS = (
    Check(output.console_clean, VIEW, ALL),
    Check(output.guest_passed, VIEW, ALL),
    Check(output.drivers_bound, VIEW, ALL),
    Check(views.qemu_agrees, VIEW, ALL, in_state=always),
    Check(views.map_agrees, VIEW, ALL, in_state=always),
    Check(views.status_agrees, VIEW, OFF_ON, in_state=always),
    Check(config_space.put_back, VIEW, ALL, lambda s: s["expect.resets"]),

    Check(disturbance.others_stay, CHANGE, ALL,
          in_state=lambda s, event: s.may_move(event) is not None),
    Check(isolation.more_share, CHANGE, OFF, control=True,
          in_state=lambda s, event: event in s["expect.more_share"]),

    Check(isolation.control_shares, RUN, OFF,
          lambda s: s["expect.control_shares"], control=True, report=True),
    Check(uboot.packs, RUN, OFF,
          lambda s: s["expect.firmware_shares"], control=True),
    Check(unchanged.off_is_stock, RUN, STOCK_OFF),
    Check(isolation.isolated_anyway, RUN, OFF, yes("expect.needless")),
    Check(isolation.isolated, RUN, ON, not_ignored,
          in_state=Scenario.isolated_in, report=True),
    Check(unchanged.same_map, RUN, OFF_ON, yes("expect.needless")),
    Check(disturbance.nothing_moved, RUN, OFF_ON, yes("expect.ignored")),
    Check(vfio.refuses, RUN, OFF, vfio.tested, control=True, report=True),
    Check(vfio.traps, RUN, OFF, vfio.nested, control=True),
    Check(vfio.maps, RUN, ON, vfio.tested, report=True),
    Check(vfio.traps_none, RUN, ON, vfio.nested),
    Check(dpdk.goes_without, RUN, OFF, dpdk.tested, control=True),
    Check(dpdk.forwards, RUN, ON, dpdk.tested),
    Check(xen.is_wrong, RUN, OFF, xen.apart, control=True, report=True),
    Check(xen.gets_neighbours, RUN, OFF, xen.apart, control=True,
          report=True),
    Check(xen.lacks_own, RUN, OFF, xen.together, control=True),
    Check(xen.frames_off, RUN, OFF, xen.given),
    Check(xen.gets_own, RUN, ON, xen.given, report=True),
    Check(xen.gets_no_more, RUN, ON, xen.given, report=True),
    Check(xen.frames_on, RUN, ON, xen.given, report=True),
    Check(disturbance.sizes_equal, RUN, OFF_ON, in_state=always),
    Check(disturbance.nothing_lost, RUN, OFF_ON, in_state=always, report=True),
    Check(log.nothing_refused, RUN, OFF_ON),
    Check(disturbance.decode_kept, RUN, OFF_ON, in_state=always),
    Check(disturbance.least_disturbance, RUN, OFF_ON,
          lambda s: firmware_assigns(s) and found_once(s), report=True),
    Check(disturbance.windows_stay, RUN, OFF_ON, windows_stay, report=True),
    Check(log.says_so, RUN, ON, lambda s: s["expect.log"]),
    Check(log.no_false_address, RUN, ON),
    Check(log.sums_up, RUN, OFF_ON, sums_up),
    # The log is about BARs that may share, too
    Check(log.says_each_move, RUN, OFF_ON,
          lambda s: settled(s) and not s["expect.may_share"]),
    Check(config_space.asks_nobody_else, RUN, OFF_ON,
          lambda s: s["trace"] == "yes" and s.asks),
    Check(config_space.same_accesses, RUN, STOCK_OFF, traced),
    Check(config_space.toggles_once, RUN, OFF_ON, traced),
    Check(config_space.writes_little, RUN, OFF_ON, traced),
)


def applying(run, of):
    for check in CHECKS:
        if check.of == of and check.applies(run.scenario) and \
                (not run.state or check.in_state(run.scenario, run.state)):
            yield check


def each_boot(run, before=None):
    """before: the Run in the state before, for what has changed since"""
    for boot, view in run.views.items():
        for check in applying(run, CHANGE if before else VIEW):
            if boot in check.boots:
                yield check.outcome(f"{run.where}{boot}: ", run, view,
                                    *([before.views[boot]] if before else ()))


def all_boots(run, report=False):
    for check in applying(run, RUN):
        missing = set(check.boots) - set(run.views)
        if report and not check.report:
            continue
        if not missing:
            yield check.outcome(run.where, run)
        elif set(check.boots) <= set(run.scenario["boots"]):    # no VM_STOCK
            yield Outcome(check.name, [], Verdict.FAIL,
                          f"no {', '.join(missing)} kernel to compare with")


def read_state(run, name):
    """The kernel's log is only with the final state."""
    seen = {}
    for boot, final in run.views.items():
        seen[boot] = layout.read(final.dir / name)
        seen[boot].offsets = final.offsets
    return Run(run.scenario, seen, name)


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
