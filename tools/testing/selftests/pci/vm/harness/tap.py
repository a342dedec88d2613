# SPDX-License-Identifier: GPL-2.0
"""
TAP on stdout as it comes, its plan last; and in a file as KTAP, whose plan has
to be first.
"""

import re
import time

from .verdict import Verdict

NO_RESULT = "not ok 1 - no result: the run did not get there\n"
MANY = 12       # problems of one kind to list
# What firmware sends to a terminal before the guest does; not allowed in XML
CONTROL = re.compile(r"\x1b\[[0-9;=?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


class Tap:
    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.text, self.count = path, "", 0
        self.start = time.monotonic()
        self.save(NO_RESULT, 1)
        print("TAP version 13", flush=True)

    def save(self, text, count):
        self.path.write_text(f"KTAP version 1\n1..{count}\n{text}")

    def say(self, line):
        line = CONTROL.sub("", line)
        print(line, flush=True)
        self.text += line + "\n"

    def comment(self, text):
        for line in text.splitlines():
            self.say(f"# {line}")

    def result(self, name, problems=(), skip=""):
        self.count += 1
        end = f" # SKIP {skip}" if skip else ""
        self.say(f"{'not ok' if problems else 'ok'} {self.count} - {name}{end}")
        self.explain(problems)

    def explain(self, problems):
        self.comment("\n".join(problems[:MANY]))
        if len(problems) > MANY:
            self.comment(f"... and {len(problems) - MANY} more")

    def subtests(self, lines):
        """What the guest said itself, nested as KTAP has it."""
        for line in lines:
            self.say(f"    {line}")

    def finish(self, verdict):
        print(f"1..{self.count}")
        self.say(f"# took {time.monotonic() - self.start:.0f} s")
        self.say(f"# verdict: {verdict.name}")
        self.save(self.text, self.count)
        return verdict


class Expecting(Tap):
    """
    For a run that must not pass, the verdict is the only result; it has to come
    with these words.
    """

    def __init__(self, path, expected, words=""):
        super().__init__(path)
        self.expected, self.words = expected, words

    def result(self, name, problems=(), skip=""):
        self.comment(f"{'not ok' if problems else 'ok'} - {name}")
        self.explain(problems)

    def subtests(self, lines):
        pass

    def finish(self, verdict):
        wrong = [f"it is {verdict.name}"] if verdict != self.expected else []
        if self.words not in self.text:
            wrong.append(f"nothing says: {self.words}")
        super().result(f"the verdict is {self.expected.name}, as it has to be",
                       wrong)
        return super().finish(Verdict.FAIL if wrong else Verdict.PASS)
