# SPDX-License-Identifier: GPL-2.0
"""Look for seeds whose events fail, and for the fewest events that do."""

import contextlib
import dataclasses
import io
import re
import shutil
import time

from . import chaos, runner
from .scenario import new_parser, read_into
from .verdict import Verdict, infra

FAILS = (Verdict.FAIL, Verdict.TIMEOUT)


def try_once(settings, scenario):
    shutil.rmtree(settings.out / scenario.name, ignore_errors=True)
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = runner.run(settings, scenario)
    if verdict not in (Verdict.PASS, *FAILS):
        raise infra(f"{scenario.name}: {verdict.name}, see "
                    f"{settings.out / scenario.name / 'result.tap'}")
    return verdict


def problems(settings, scenario):
    """What failed, a line each"""
    text = (settings.out / scenario.name / "result.tap").read_text()
    return re.findall(r"^ *not ok \d+ .*", text, re.M)


def failed_events(scenario, problems):
    return {name for name in scenario.events
            if any(re.search(rf"not ok \d+ (- )?{name}(:|$)", line)
                   for line in problems)}


def not_reached(scenario, out):
    """A guest that hangs or dies has not shown what there is after an event."""
    boots = {path.parent for path in out.glob("*/qemu-cmd")}
    return {name for name in scenario.events
            if not all((boot / name).is_dir() for boot in boots)}


def write(scenario, path):
    """A scenario like that one, with the events in this one."""
    parser = new_parser()
    read_into(parser, scenario.path)
    parser.remove_section("chaos")
    parser.read_dict({
        "scenario": {"boots": " ".join(scenario["boots"])},
        "events": {name: "\n" + "\n".join(lines)
                   for name, lines in scenario.events.items()},
        "expect": {"moves": " ".join(scenario["expect.moves"])}})
    if "off" not in scenario["boots"]:
        parser.remove_option("expect", "control_shares")
    with open(path, "w", encoding="utf-8") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0\n")
        parser.write(file)
    return dataclasses.replace(scenario, path=path)


def with_boots(scenario, boots):
    return dataclasses.replace(scenario, values={
        **scenario.values, ("scenario", "boots"): list(boots)})


class Shortener:
    def __init__(self, settings, scenario, steps):
        self.settings, self.scenario, self.steps = settings, scenario, steps
        self.path = settings.out / f"{scenario.name}-shortest.conf"
        self.tries = 0

    def fails(self, steps, boots=None):
        """Does it fail with these steps?  If so, it is kept."""
        shorter = with_boots(self.scenario.with_steps(steps),
                             boots or self.scenario["boots"])
        short = dataclasses.replace(shorter, path=self.path)
        self.tries += 1
        failed = try_once(self.settings, short) in FAILS
        print(f"# {len(steps)} steps, {' and '.join(shorter['boots'])}: "
              f"{'fails' if failed else 'passes'}", flush=True)
        if failed:
            self.steps = steps
            write(shorter, self.path)
            print(*problems(self.settings, short)[:1], sep="\n", flush=True)
        return failed

    def one_boot(self):
        """What fails in one boot alone is found in half the time."""
        for boot in self.scenario["boots"]:
            if len(self.scenario["boots"]) > 1 and \
                    self.fails(self.steps, [boot]):
                self.scenario = with_boots(self.scenario, [boot])
                return

    def shorten(self, failed):
        self.steps = chaos.up_to(self.steps, failed)
        self.one_boot()
        chaos.shorten(self.steps, self.fails)
        if not self.path.is_file():
            raise infra(f"{self.scenario.name}: it did not fail again; its run "
                        f"is in {self.settings.out / self.scenario.name}")


def shorten(settings, scenario, steps):
    failures = problems(settings, scenario)
    print(*failures, sep="\n")
    shortener = Shortener(settings, scenario, steps)
    shortener.path.unlink(missing_ok=True)
    all_steps = scenario.with_steps(steps)
    shortener.shorten(failed_events(all_steps, failures) |
                      not_reached(all_steps, settings.out / scenario.name))
    print(f"# {len(shortener.steps)} of {len(steps)} steps are enough, after "
          f"{shortener.tries} tries; {shortener.path}:")
    print(shortener.path.read_text(), end="")


def hunt(settings, scenario, seeds):
    """The scenario has no chaos events yet: try as many seeds at a time as it names."""
    own = scenario["chaos.seeds"]
    if not own:
        raise infra(f"{scenario.path}: it has no [chaos] seeds")
    seeds = seeds or own
    for start in range(0, len(seeds), len(own)):
        some = seeds[start:start + len(own)]
        steps, since = scenario.steps(some), time.monotonic()
        verdict = try_once(settings, scenario.with_steps(steps))
        print(f"# seeds {some[0]}-{some[-1]}: {len(steps)} steps, {verdict.name}, "
              f"{time.monotonic() - since:.0f} s", flush=True)
        if verdict in FAILS:
            shorten(settings, scenario, steps)
            return verdict
    return Verdict.PASS
