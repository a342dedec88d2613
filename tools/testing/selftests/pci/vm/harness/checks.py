# SPDX-License-Identifier: GPL-2.0
"""
What has to hold between boots, and all that is checked.  A check yields its
problems, a line each; none is a pass.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from . import dpdk, machine, uboot, vfio, xen
from .boot import RESULT
from .layout import ROM, View, lines, sharing
from .scenario import Scenario
from .verdict import Verdict, infra


@dataclass(frozen=True)
class Run:
    scenario: Scenario
    views: Dict[str, View]      # by name of the boot


@dataclass(frozen=True)
class Outcome:
    name: str
    problems: List[str]
    verdict: Verdict            # if there are problems
    skip: str = ""
    subtests: Optional[Path] = None     # KTAP that this sums up


def control_shares(run):
    """off: enough BARs share a page to prove something"""
    count = len(sharing(run.views["off"]))
    wanted = run.scenario["expect.control_shares"]
    if count < wanted:
        yield f"{count} BARs share a page, not {wanted} or more"


def may_share(run, view, bar):
    return view.devices[bar.bdf].id in (*run.scenario["expect.may_share"],
                                        *run.scenario["expect.stay"])


def not_isolated(run, view):
    for key, others in sharing(view).items():
        bar = view.bars[key]
        if bar.small(view.page) and not may_share(run, view, bar):
            yield f"{bar} at {bar.at}: {machine.describe(others)}"


def isolated(run):
    """on: no small BAR shares a page"""
    yield from not_isolated(run, run.views["on"])


def isolated_anyway(run):
    """off: no small BAR shares a page, for Linux sees to that here"""
    yield from not_isolated(run, run.views["off"])


def pairs(run):
    off, on = run.views["off"].bars, run.views["on"].bars
    return [(off[key], on[key]) for key in off.keys() & on.keys()]


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
            yield f"{before}: at {before.at} off, without address on"


def refused(view):
    """pci 0000:00:03.0: BAR 1 [mem ...]: can't claim; ... -> what, why"""
    found = re.findall(r"^pci (\S+: [^\[\n]+?) \[.*?\]: ((?:can't|failed) \w+)",
                       "\n".join(lines(view.dir / "guest/dmesg")), re.M)
    return set(found)


def nothing_refused(run):
    """on: no resource is refused that is not refused off"""
    off, on = refused(run.views["off"]), refused(run.views["on"])
    for what, why in sorted(on - off):
        yield f"{what}: {why}"


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
    for before, after in pairs(run):
        if before.assigned and before.at != after.at and \
                must_stay(run, before) and not hot_added(run, before):
            yield f"{before}: moved from {before.at} to {after.at}"


def nothing_moved(run):
    """on: no BAR has moved, for the parameter is ignored"""
    for before, after in pairs(run):
        if before.at != after.at:
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
        if machine.decodes(off, bdf) != machine.decodes(on, bdf):
            yield (f"{bdf} ({off.devices[bdf].label}): decode is "
                   f"{machine.decodes(off, bdf)} off, {machine.decodes(on, bdf)} on")


def says_so(run):
    """on: the log says what it has to"""
    log = lines(run.views["on"].dir / "guest/dmesg")
    for text in run.scenario["expect.log"]:
        if not any(text in line for line in log):
            yield f"no line has: {text}"


def differences(what, before, after, ordered=True):
    """The first lines that are in one of the two only."""
    if before == after:
        return
    gone = [f"-{line}" for line in before if line not in after]
    come = [f"+{line}" for line in after if line not in before]
    order = ["the order differs"] if ordered else []
    for line in (gone + come)[:20] or order:
        yield f"{what}: {line}"


def iomem_lines(view):
    """
    Where the kernel's own parts end depends on its size, and may differ.  So
    may the number that an sdhci gets: they probe in parallel.  An adapter ROM
    is a signature that is found in what SeaBIOS leaves of its memory, which
    depends on the time: it was seen once in some thirty boots.
    """
    return [re.sub(r": mmc\d+$", ": mmc", line)
            for line in lines(view.dir / "guest/iomem")
            if not re.search(r": (Kernel (code|rodata|data|bss)|Adapter ROM)$",
                             line)]


def same_map(run):
    """on: /proc/iomem is as off"""
    yield from differences("/proc/iomem", *(
        iomem_lines(run.views[name]) for name in ("off", "on")))


def pci_log(view):
    """Without lines that say how long something took."""
    return [line for line in lines(view.dir / "guest/dmesg")
            if re.match(r"(pci|pci_bus|pci_root|pcieport|acpi \w+:\w+|PCI|"
                        r"ACPI: PCI)\b", line) and not line.endswith(" usecs")]


def lspci(view):
    dump = view.dir / "guest/config"
    try:
        done = subprocess.run(["lspci", "-F", dump, "-vvxxxx"], text=True,
                              errors="replace", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
    except OSError as error:
        raise infra(f"lspci: {error.strerror}; on Debian it is in pciutils") \
            from None
    if done.returncode:
        raise infra(f"lspci -F {dump}: {done.stderr}")
    return done.stdout.splitlines()


def off_is_stock(run):
    """off: as if the series were not there"""
    stock, off = run.views["stock"], run.views["off"]
    for what, read in (("/proc/iomem", iomem_lines), ("lspci", lspci)):
        yield from differences(what, read(stock), read(off))
    # The host's time says when an event comes, and so between which lines
    yield from differences("dmesg", pci_log(stock), pci_log(off),
                           ordered=not run.scenario.events)


EACH_BOOT = (machine.console_clean, machine.guest_passed,
             machine.drivers_bound, machine.qemu_agrees,
             machine.machine_agrees)


@dataclass(frozen=True)
class Between:
    check: Callable
    needs: Tuple[str, ...]                      # the boots that it looks at
    applies: Callable = lambda scenario: True


def firmware_assigns(scenario):
    return scenario.firmware.assigns


BETWEEN = (
    Between(control_shares, ("off",), lambda s: s["expect.control_shares"]),
    Between(uboot.packs, ("off",), lambda s: s["expect.firmware_shares"]),
    Between(off_is_stock, ("stock", "off")),
    Between(isolated_anyway, ("off",), lambda s: s["expect.needless"] == "yes"),
    Between(isolated, ("on",), lambda s: s["expect.ignored"] == "no"),
    Between(same_map, ("off", "on"), lambda s: s["expect.needless"] == "yes"),
    Between(nothing_moved, ("off", "on"),
            lambda s: s["expect.ignored"] == "yes"),
    Between(vfio.refuses, ("off",), vfio.tested),
    Between(vfio.traps, ("off",), vfio.nested),
    Between(vfio.maps, ("on",), vfio.tested),
    Between(vfio.traps_none, ("on",), vfio.nested),
    Between(dpdk.goes_without, ("off",), dpdk.tested),
    Between(dpdk.forwards, ("on",), dpdk.tested),
    Between(xen.is_wrong, ("off",), xen.apart),
    Between(xen.gets_neighbours, ("off",), xen.apart),
    Between(xen.lacks_own, ("off",), xen.together),
    Between(xen.frames_off, ("off",), xen.given),
    Between(xen.gets_own, ("on",), xen.given),
    Between(xen.gets_no_more, ("on",), xen.given),
    Between(xen.frames_on, ("on",), xen.given),
    Between(sizes_equal, ("off", "on")),
    Between(nothing_lost, ("off", "on")),
    Between(nothing_refused, ("off", "on")),
    Between(decode_kept, ("off", "on")),
    Between(least_disturbance, ("off", "on"), firmware_assigns),
    Between(windows_stay, ("off", "on"), lambda s:
            firmware_assigns(s) and s["expect.windows"] == "stay"),
    Between(says_so, ("on",), lambda s: s["expect.log"]),
)
CONTROLS = (control_shares, uboot.packs, vfio.refuses, vfio.traps,
            dpdk.goes_without, xen.is_wrong, xen.gets_neighbours,
            xen.lacks_own)


def outcome(name, check, *args, control=False):
    subtests = args[-1].dir / RESULT if check is machine.guest_passed else None
    what = check.__doc__.strip().splitlines()[0]
    return Outcome(f"{name}{what}", list(check(*args)),
                   Verdict.INVALID if control or check in CONTROLS
                   else Verdict.FAIL,
                   subtests=subtests)


def each_boot(run):
    for name, view in run.views.items():
        for check in EACH_BOOT:
            yield outcome(f"{name}: ", check, run, view)
        if name != "stock":
            yield outcome(f"{name}: ", machine.status_agrees, run, view)


def between(run):
    asked = run.scenario["boots"]
    for one in BETWEEN:
        if not set(one.needs) <= set(asked) or not one.applies(run.scenario):
            continue
        missing = set(one.needs) - set(run.views)
        if missing:     # VM_STOCK is not set
            yield Outcome(one.check.__doc__, [], Verdict.FAIL,
                          f"no {', '.join(missing)} kernel to compare with")
        else:
            yield outcome("", one.check, run)
