# SPDX-License-Identifier: GPL-2.0
"""The progress of a run elsewhere: a table, live on a terminal."""

import contextlib
import sys
import time
from pathlib import Path

from . import results
from .verdict import Verdict

HOME, CLEAR = "\033[H", "\033[J"
SECONDS = 1


def boots(result):
    """The boot that is under way is the last one that was begun."""
    begun = sorted(result.dir.glob("*/qemu-cmd"), key=lambda p: p.stat().st_mtime)
    return begun[-1].parent.name if begun else "starts"


def runs(result):
    """It has no result yet, and its process still runs."""
    return result.verdict == results.NO_RESULT and bool(result.pid) and \
        Path("/proc", result.pid).is_dir()


def state(result, now):
    """What a scenario is doing, and for how long"""
    if not runs(result):
        return result.verdict, result.seconds
    started = (result.dir / "result.tap").stat().st_mtime
    return boots(result), int(now - started)


def table(ran, kernels, now):
    """kernels: name of a scenario -> what its kernel is called"""
    ran = list(ran)
    width = max([len(result.name) for result in ran], default=8)
    yield f"{'SCENARIO':{width}} KERNEL          STATE     SECONDS"
    for result in sorted(ran, key=lambda r: (runs(r), r.name)):
        what, seconds = state(result, now)
        yield (f"{result.name:{width}} {kernels.get(result.name, ''):15} {what:9} "
               f"{seconds:7}")
    ended = sum(not runs(result) for result in ran)
    good = sum(result.verdict == Verdict.PASS.name for result in ran)
    yield f"{ended} ended, {good} of them passed; {len(ran) - ended} running"


def read_all(out):
    """What is being written just now is seen the next time."""
    for path in out.glob("*/result.tap"):
        with contextlib.suppress(OSError, ValueError):
            yield results.read(path.parent)


def show(out, kernels):
    """Until everything has ended, or once if no terminal shows it."""
    while True:
        ran = list(read_all(out))
        lines = "\n".join(table(ran, kernels, time.time()))
        live = sys.stdout.isatty()
        print(f"{HOME + CLEAR if live else ''}{lines}", flush=True)
        if not live or ran and not any(map(runs, ran)):
            return Verdict.PASS
        time.sleep(SECONDS)
