# SPDX-License-Identifier: GPL-2.0
"""Run one scenario: boot, look, check, and say so in TAP."""

import subprocess
import sys

from . import boot, checks, kernel, layout
from .verdict import Stop, Verdict

NO_RESULT = "not ok 1 - no result: the run did not get there\n1..1\n"
MANY = 12       # problems of one kind to list
# What to call the run if there are problems of several kinds
WORST_FIRST = (Verdict.INFRA, Verdict.TIMEOUT, Verdict.FAIL, Verdict.INVALID)


class Tap:
    """TAP on stdout, a copy of it in a file."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NO_RESULT)
        self.path, self.text, self.count = path, "", 0
        self.say("TAP version 13")

    def say(self, line):
        print(line, flush=True)
        self.text += line + "\n"

    def comment(self, text):
        for line in text.splitlines():
            self.say(f"# {line}")

    def result(self, name, problems=(), skip=""):
        self.count += 1
        end = f" # SKIP {skip}" if skip else ""
        self.say(f"{'not ok' if problems else 'ok'} {self.count} - {name}{end}")
        for problem in problems[:MANY]:
            self.comment(problem)
        if len(problems) > MANY:
            self.comment(f"... and {len(problems) - MANY} more")

    def finish(self, verdict):
        self.say(f"1..{self.count}")
        self.say(f"# verdict: {verdict.name}")
        self.path.write_text(self.text)


def kernels(settings, scenario):
    """Each boot with the kernel that it needs; no stock one without a tree."""
    return {name: kernel.for_boot(settings, scenario["kernel"],
                                  stock=name == "stock")
            for name in scenario["boots"]
            if name != "stock" or settings.stock}


def boots(settings, scenario):
    wanted = kernels(settings, scenario)
    first = kernel.for_boot(settings, scenario["kernel"])
    images = {name: kernel.need(one) for name, one in wanted.items()}
    return [boot.Boot(name, settings.out / scenario.name / name, image,
                      kernel.need(first))
            for name, image in images.items()]


def boot_once(settings, scenario, one):
    boot.run(settings, scenario, one)
    view = layout.read(one.dir)
    (one.dir / "devices.json").write_text(layout.to_json(view))
    (one.dir / "lspci.txt").write_text("\n".join(checks.lspci(view)) + "\n")
    return view


def boot_all(settings, scenario, tap):
    views = {}
    for one in boots(settings, scenario):
        tap.comment(f"{one.name}: kernel {one.image.id}, {one.dir / 'qemu-cmd'}")
        views[one.name] = boot_once(settings, scenario, one)
    return checks.Run(scenario, views)


def subtests(name, path, tap):
    """What the guest said itself, nested as KTAP has it."""
    tap.say(f"    # Subtest: {name}")
    for line in layout.lines(path):
        tap.say(f"    {line}")


def check_all(run, tap):
    found = set()
    for outcome in checks.all_outcomes(run):
        if outcome.subtests:
            subtests(outcome.name, outcome.subtests, tap)
        tap.result(outcome.name, outcome.problems, outcome.skip)
        if outcome.problems:
            found.add(outcome.verdict)
    return next((v for v in WORST_FIRST if v in found), Verdict.PASS)


def export(settings, scenario, path):
    """JSON and JUnit, by the kernel's own KTAP parser; nice to have."""
    script = settings.kernel / "tools/testing/kunit/kunit.py"
    base = path.parent / scenario.name
    subprocess.run([sys.executable, script, "parse", f"--json={base}.json",
                    f"--junit={base}.xml", path], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run(settings, scenario):
    path = settings.out / scenario.name / "result.tap"
    tap = Tap(path)
    tap.comment(f"{scenario.name}: {scenario['about']}")
    try:
        verdict = check_all(boot_all(settings, scenario, tap), tap)
    except Stop as stop:
        verdict = stop.verdict
        tap.result(f"{scenario.name} comes to an end", [str(stop)])
    tap.finish(verdict)
    export(settings, scenario, path)
    return verdict
