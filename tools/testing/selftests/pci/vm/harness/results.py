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
PID = re.compile(r"^# pid (\d+)$", re.M)
RESULT = re.compile(r"^(ok|not ok) \d+ - (.*?)( # SKIP .*)?$", re.M)
SKIP = re.compile(r"^ *ok \d+ .*# SKIP", re.M)     # in the guest, too


@dataclass(frozen=True)
class Result:
    """One run, as its result.tap has it."""

    dir: object
    verdict: str
    pid: str            # who runs it, of one that has no result yet
    seconds: int
    passed: int
    failed: List[str]
    skipped: int
    boots: int
    bars: int

    @property
    def name(self):
        return self.dir.name


def bars(directory):
    """How many BARs were looked at, in all boots."""
    return sum(len(device["bars"])
               for path in directory.glob("*/devices.json")
               for device in json.loads(path.read_text()))


def read(directory):
    text = (directory / "result.tap").read_text()
    found = RESULT.findall(text)
    verdict, took = VERDICT.search(text), TOOK.search(text)
    pid = PID.search(text)
    return Result(
        directory, verdict[1] if verdict else NO_RESULT,
        pid[1] if pid else "",
        int(took[1]) if took else 0,
        sum(how == "ok" and not skip for how, _, skip in found),
        [name for how, name, _ in found if how == "not ok"],
        len(SKIP.findall(text)),
        len(list(directory.glob("*/qemu-cmd"))), bars(directory))


def read_all(out):
    found = [read(path.parent) for path in sorted(out.glob("*/result.tap"))]
    if not found:
        raise infra(f"{out}: nothing has run there; see: vmtest.py run")
    return found


def no_suite(one):
    suite = ET.Element("testsuite", tests="1", errors="1")
    case = ET.SubElement(suite, "testcase", name="comes to an end")
    ET.SubElement(case, "error", message=one.verdict)
    return suite


def suite_of(one):
    """
    Each run's own file is by the kernel's parser, which calls it "main".  Of a
    run that did not end, it is of the one before.
    """
    file = one.dir / f"{one.name}.xml"
    ended = one.verdict != NO_RESULT and file.is_file()
    try:
        suite = ET.parse(file).getroot() if ended else no_suite(one)
    except ET.ParseError as error:
        raise infra(f"{file}: {error}") from None
    suite.set("name", one.name)
    suite.set("time", str(one.seconds))
    return suite


def junit(results, path):
    top = ET.Element("testsuites")
    top.extend([suite_of(one) for one in results])
    ET.ElementTree(top).write(path, encoding="utf-8", xml_declaration=True)


def why(one):
    """Of a run that is not all right: what, where to look, how to run it again."""
    for name in one.failed:
        yield f"  {name}"
    for console in sorted(one.dir.glob("*/console.log")):
        last = console.read_text(errors="replace").splitlines()[-3:]
        yield from [f"  {console}:", *(f"    {line}" for line in last)]
    variant = os.environ.get("VM_VARIANT")
    yield f"  again: {f'VM_VARIANT={variant} ' if variant else ''}" \
        f"make test SCENARIO={one.name}"


def show(results):
    width = max(len(one.name) for one in results)
    print(f"{'SCENARIO':{width}} VERDICT   BOOTS  BARS PASSED FAILED SKIPPED "
          "SECONDS")
    for one in results:
        print(f"{one.name:{width}} {one.verdict:9} {one.boots:5} {one.bars:5} "
              f"{one.passed:6} {len(one.failed):6} {one.skipped:7} "
              f"{one.seconds:7}")
    print(f"{'in all: ' + str(len(results)):{width}} {'':9} "
          f"{sum(one.boots for one in results):5} "
          f"{sum(one.bars for one in results):5} "
          f"{sum(one.passed for one in results):6} "
          f"{sum(len(one.failed) for one in results):6} "
          f"{sum(one.skipped for one in results):7} "
          f"{sum(one.seconds for one in results):7}")
    for one in results:
        if one.verdict != Verdict.PASS.name:
            print(f"\n{one.name}: {one.verdict}", *why(one), sep="\n")


def summary(out):
    results = read_all(out)
    junit(results, out / JUNIT)
    (out / SECONDS).write_text("".join(
        f"{one.name} {one.seconds}\n" for one in results))
    show(results)
    bad = any(one.verdict != Verdict.PASS.name for one in results)
    return Verdict.FAIL if bad else Verdict.PASS
