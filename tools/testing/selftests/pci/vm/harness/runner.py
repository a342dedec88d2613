# SPDX-License-Identifier: GPL-2.0
"""Run one scenario: boot, look, check, and say so in TAP."""

import functools
import subprocess
import sys
import traceback

from . import checks, kernel, layout, unchanged
from .boot import Boot, Crashed, run as run_boot
from .tap import Expecting, Tap
from .verdict import Stop, Verdict

# What to call the run if there are problems of several kinds
WORST_FIRST = (Verdict.INFRA, Verdict.TIMEOUT, Verdict.FAIL, Verdict.INVALID)


def kernels(settings, scenario, names=None):
    """Each boot with the kernel that it needs; no stock one without a tree."""
    return {name: kernel.for_boot(settings, scenario["kernel"],
                                  stock=name == "stock")
            for name in names or scenario["boots"]
            if name != "stock" or settings.stock}


def inner_kernel(settings, scenario):
    """... of a guest in the guest, if it has one of its own"""
    config = scenario["inner.kernel"]
    return kernel.for_boot(settings, config) if config else None


def boots(settings, scenario, names=None):
    need = functools.cache(kernel.need)     # git looks at each file of a tree
    first = need(kernel.for_boot(settings, scenario["kernel"]))
    inside = inner_kernel(settings, scenario)
    return [Boot(name, settings.out / scenario.name / name, need(wanted), first,
                 need(inside) if inside else None)
            for name, wanted in kernels(settings, scenario, names).items()]


def boot_once(settings, scenario, boot):
    run_boot(settings, scenario, boot)
    view = layout.read(boot.dir)
    (boot.dir / "devices.json").write_text(layout.to_json(view))
    (boot.dir / "lspci.txt").write_text("\n".join(unchanged.lspci(view)) + "\n")
    return view


def boot_twice(settings, scenario, boot, tap):
    """Now and then QEMU itself crashes: 7.2, in its memory regions."""
    try:
        return boot_once(settings, scenario, boot)
    except Crashed as crash:
        tap.comment(f"{crash}; trying again")
        return boot_once(settings, scenario, boot)


def boot_all(settings, scenario, tap):
    views = {}
    for boot in boots(settings, scenario):
        tap.comment(f"{boot.name}: kernel {boot.image.id}, "
                    f"{boot.dir / 'qemu-cmd'}")
        views[boot.name] = boot_twice(settings, scenario, boot, tap)
    return checks.Run(scenario, views)


def worst(verdicts):
    return next((v for v in WORST_FIRST if v in verdicts), Verdict.PASS)


def check_all(run, tap):
    verdicts = set()
    for outcome in checks.outcomes(run):
        if outcome.subtests:
            tap.subtests(layout.lines(outcome.subtests))
        tap.result(outcome.name, outcome.problems, outcome.skip)
        if outcome.problems:
            verdicts.add(outcome.verdict)
    return worst(verdicts)


def export(settings, scenario, path):
    """
    JSON and JUnit, by the kernel's own KTAP parser; results.junit() sees if it
    gave none.
    """
    script = settings.kernel / "tools/testing/kunit/kunit.py"
    json, junit = (path.parent / f"{scenario.name}.{end}"
                   for end in ("json", "xml"))
    json.unlink(missing_ok=True)
    junit.unlink(missing_ok=True)
    subprocess.run([sys.executable, script, "parse", f"--json={json}",
                    f"--junit={junit}", path], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tap_for(settings, scenario):
    path = settings.out / scenario.name / "result.tap"
    if scenario.expected == Verdict.PASS:
        return Tap(path)
    return Expecting(path, scenario.expected, scenario["expect.words"])


def run(settings, scenario):
    tap = tap_for(settings, scenario)
    tap.comment(f"{scenario.name}: {scenario['about']}")
    try:
        verdict = check_all(boot_all(settings, scenario, tap), tap)
    except Exception as stop:  # pylint: disable=broad-except
        verdict = getattr(stop, "verdict", Verdict.INFRA)
        tap.result(f"{scenario.name} comes to an end", [str(stop)])
        if not isinstance(stop, (Stop, OSError)):   # a mistake of ours
            tap.comment(traceback.format_exc())
    verdict = tap.finish(verdict)
    export(settings, scenario, tap.path)
    return verdict
