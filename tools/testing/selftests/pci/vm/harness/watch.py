# SPDX-License-Identifier: GPL-2.0
"""How far a run is that goes on elsewhere: a table, live on a terminal."""

import contextlib
import sys
import time
from pathlib import Path

from . import results
from .verdict import Verdict

HOME, CLEAR = "\033[H", "\033[J"
SECONDS = 1


def boots(one):
    """The boot that is under way is the last one that was begun."""
    begun = sorted(one.dir.glob("*/qemu-cmd"), key=lambda p: p.stat().st_mtime)
    return begun[-1].parent.name if begun else "starts"


def runs(one):
    """It has no result yet, and who began it still runs."""
    return one.verdict == results.NO_RESULT and bool(one.pid) and \
        Path("/proc", one.pid).is_dir()


def state(one, now):
    """What a scenario is at, and for how long"""
    if not runs(one):
        return one.verdict, one.seconds
    started = (one.dir / "result.tap").stat().st_mtime
    return boots(one), int(now - started)


def table(found, kernels, now):
    """kernels: name of a scenario -> what its kernel is called"""
    found = list(found)
    width = max([len(one.name) for one in found], default=8)
    yield f"{'SCENARIO':{width}} KERNEL          STATE     SECONDS"
    for one in sorted(found, key=lambda one: (runs(one), one.name)):
        what, seconds = state(one, now)
        yield (f"{one.name:{width}} {kernels.get(one.name, ''):15} {what:9} "
               f"{seconds:7}")
    ended = sum(not runs(one) for one in found)
    good = sum(one.verdict == Verdict.PASS.name for one in found)
    yield f"{ended} ended, {good} of them well; {len(found) - ended} going on"


def read_all(out):
    """What is being written just now is seen the next time."""
    for path in out.glob("*/result.tap"):
        with contextlib.suppress(OSError, ValueError):
            yield results.read(path.parent)


def show(out, kernels):
    """Until all has ended, or once if nobody is there to see it change."""
    while True:
        found = list(read_all(out))
        lines = "\n".join(table(found, kernels, time.time()))
        live = sys.stdout.isatty()
        print(f"{HOME + CLEAR if live else ''}{lines}", flush=True)
        if not live or found and not any(map(runs, found)):
            return Verdict.PASS
        time.sleep(SECONDS)
