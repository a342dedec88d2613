# SPDX-License-Identifier: GPL-2.0
"""What a guest printed: its console, and the results of its own tests."""

import re

from . import guest
from .boot import CONSOLE, LAST_WORDS
from .layout import RESULT, lines

SKIP = re.compile(r" *ok \d+ .*# SKIP ?(.*)")
NO_PARAMETER = "booted without pci=passthrough_align"
# Why a case may be skipped, and in which boots; for other reasons, a test is missing
MAY_SKIP = {
    "kernel without resourceN_shares_page": ("stock",),
    NO_PARAMETER: ("stock", "off"),
    "no BAR shares its page": ("on",),
    "its registers have moved": ("on",),
    "nothing has moved": ("stock", "off", "on"),
    "all devices are in use": ("stock", "off", "on"),
    "no vfio-pci": ("stock", "off", "on"),
    "kernel can't isolate a BAR": ("stock",),
    "ISOLATE is not set": ("stock", "off"),
    "no device with a driver has a BAR to move": ("on",),
    "no BAR to move": ("on",),
}


def badness():
    return [word for word in lines(guest.BADNESS)
            if word and not word.startswith("#")]


def console_clean(run, view):
    """the console has no splat"""
    bad = [*badness(), "\0"]
    text = (view.dir / CONSOLE).read_text(errors="replace")
    for number, line in enumerate(text.split("\n"), 1):
        if any(word in line for word in bad):
            yield f"{view.dir / CONSOLE}:{number}: {line.strip()!r}"


def role(run, view):
    """What the boot is: a parameter that is ignored makes an "on" an "off"."""
    name = view.dir.name
    ignored = run.scenario["expect.ignored"] == "yes"
    return "off" if ignored and name == "on" else name


def may_skip(run, view, why):
    return role(run, view) in MAY_SKIP.get(why, ()) or \
        "ISOLATE=" in run.scenario["cmdline.on"] and why == NO_PARAMETER


def skipped(run, view):
    """Cases that were skipped, without one of the good reasons."""
    for line in lines(view.dir / RESULT):
        skip = SKIP.fullmatch(line)
        if skip and not may_skip(run, view, skip[1]):
            yield line.strip()


def guest_passed(run, view):
    """the guest's own checks passed"""
    result = lines(view.dir / RESULT)
    for line in result:
        if line.lstrip().startswith("not ok"):
            yield line.strip()
    yield from skipped(run, view)
    if result[-1] != LAST_WORDS + "PASS":
        yield f"the guest's last words: {result[-1]}"


def drivers_bound(run, view):
    """drivers are bound as expected"""
    for name, driver in run.scenario.drivers.items():
        device = view.by_id(name)
        if device is None:
            yield f"{name}: not found in the guest"
        elif device.driver != driver:
            yield (f"{name} ({device.bdf}) is bound to "
                   f"{device.driver or 'no driver'}, not to {driver}")
