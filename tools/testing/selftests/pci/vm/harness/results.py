# SPDX-License-Identifier: GPL-2.0
"""What became of the runs: a table for a person, and one JUnit file of all."""

import json
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import List

from .verdict import Verdict, infra

JUNIT, SECONDS = "results.xml", "seconds"
NO_RESULT = "no result"     # as yet: what a run says of itself when it starts
TOOK = re.compile(r"^# took (\d+) s$", re.M)
VERDICT = re.compile(r"^# verdict: (\w+)$", re.M)
RESULT = re.compile(r"^(ok|not ok) \d+ - (.*?)( # SKIP .*)?$", re.M)
SKIP = re.compile(r"^ *ok \d+ .*# SKIP", re.M)     # in the guest, too


@dataclass(frozen=True)
class Result:
    """One run, as its result.tap has it."""

    dir: object
    verdict: str
    seconds: int
    passed: int
    failed: List[str]
    skipped: int
    boots: int
    bars: int

    @property
    def name(self):
        return self.dir.name

    @property
    def numbers(self):
        return (self.boots, self.bars, self.passed, len(self.failed),
                self.skipped, self.seconds)


def bars(directory):
    """How many BARs were looked at, in all boots."""
    return sum(len(device["bars"])
               for path in directory.glob("*/devices.json")
               for device in json.loads(path.read_text()))


def read(directory):
    text = (directory / "result.tap").read_text()
    cases = RESULT.findall(text)
    verdict, took = VERDICT.search(text), TOOK.search(text)
    return Result(
        directory, verdict[1] if verdict else NO_RESULT,
        int(took[1]) if took else 0,
        sum(how == "ok" and not skip for how, _, skip in cases),
        [name for how, name, _ in cases if how == "not ok"],
        len(SKIP.findall(text)),
        len(list(directory.glob("*/qemu-cmd"))), bars(directory))


def read_all(out):
    results = [read(path.parent) for path in sorted(out.glob("*/result.tap"))]
    if not results:
        raise infra(f"{out}: nothing has run there; see: vmtest.py run")
    return results


def no_suite(result):
    suite = ET.Element("testsuite", tests="1", errors="1")
    case = ET.SubElement(suite, "testcase", name="comes to an end")
    ET.SubElement(case, "error", message=result.verdict)
    return suite


def suite_of(result):
    """
    The kernel's parser wrote each run's own file, and calls it "main".  If a run
    did not end, the file is from the one before.
    """
    file = result.dir / f"{result.name}.xml"
    ended = result.verdict != NO_RESULT and file.is_file()
    try:
        suite = ET.parse(file).getroot() if ended else no_suite(result)
    except ET.ParseError as error:
        raise infra(f"{file}: {error}") from None
    suite.set("name", result.name)
    suite.set("time", str(result.seconds))
    return suite


def junit(results, path):
    top = ET.Element("testsuites")
    top.extend([suite_of(result) for result in results])
    ET.ElementTree(top).write(path, encoding="utf-8", xml_declaration=True)


def why(result):
    """For a run that did not pass: what failed, where to look, how to run it again."""
    for name in result.failed:
        yield f"  {name}"
    for console in sorted(result.dir.glob("*/console.log")):
        last = console.read_text(errors="replace").splitlines()[-3:]
        yield from [f"  {console}:", *(f"    {line}" for line in last)]
    variant = os.environ.get("VM_VARIANT")
    yield f"  again: {f'VM_VARIANT={variant} ' if variant else ''}" \
        f"make test SCENARIO={result.name}"


def row(width, name, verdict, numbers):
    return f"{name:{width}} {verdict:9} " + \
        "{:5} {:5} {:6} {:6} {:7} {:7}".format(*numbers)


def show(results):
    width = max(len(result.name) for result in results)
    print(f"{'SCENARIO':{width}} VERDICT   BOOTS  BARS PASSED FAILED SKIPPED "
          "SECONDS")
    for result in results:
        print(row(width, result.name, result.verdict, result.numbers))
    print(row(width, f"total: {len(results)}", "", map(sum, zip(
        *(result.numbers for result in results)))))
    for result in results:
        if result.verdict != Verdict.PASS.name:
            print(f"\n{result.name}: {result.verdict}", *why(result), sep="\n")


def summary(out):
    results = read_all(out)
    junit(results, out / JUNIT)
    (out / SECONDS).write_text("".join(
        f"{result.name} {result.seconds}\n" for result in results))
    show(results)
    bad = any(result.verdict != Verdict.PASS.name for result in results)
    return Verdict.FAIL if bad else Verdict.PASS
