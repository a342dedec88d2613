# SPDX-License-Identifier: GPL-2.0
"""Runs, what goes wrong around them, and what becomes of them."""

import contextlib
import io
import os
import resource
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from harness import boot, events, kernel, results, scenario, tap
from harness.qmp import Closed
from harness.verdict import Stop, Verdict

# It greets, answers one command, and then goes its own way.
FAKE_QEMU = """\
import os, signal, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind("channel.socket")
listener.listen()
print('{"QMP": {}}', flush=True)
sys.stdin.readline()
print('{"return": {}}', flush=True)
channel, _ = listener.accept()
"""


DIES = "os.kill(os.getpid(), signal.SIGKILL)\n"
ENDS = "sys.exit(3)\n"
TALKS = "channel.sendall(b'x' * (1 << 16)); sys.stdin.read()\n"


class Infrastructure(unittest.TestCase):
    """What goes wrong around a test is never a pass, and says what it is."""

    def run_fake(self, then):
        qboot = scenario.load(scenario.VM / "scenarios/q35-qboot.conf")
        with tempfile.TemporaryDirectory() as directory:
            boot.run_qemu(qboot, boot.Boot("off", Path(directory), None, None),
                          [sys.executable, "-c", FAKE_QEMU + then])

    def stops(self, then, *words):
        with self.assertRaises(Stop) as caught:
            self.run_fake(then)
        self.assertEqual(caught.exception.verdict, Verdict.INFRA)
        for word in ("q35-qboot/off: qemu-system-x86_64 exited on its own",
                     *words):
            self.assertIn(word, str(caught.exception))

    def test_qemu_is_killed(self):
        self.stops(DIES, "signal 9", "again: ", "qemu-cmd")

    def test_qemu_ends(self):
        self.stops(ENDS, "exit status 3")

    def test_qemu_goes_while_it_is_asked(self):
        """Then it is the answer to the guest that does not arrive."""
        here, there = socket.socketpair()
        there.close()
        channel = events.Channel.__new__(events.Channel)
        channel.socket = here
        with here, self.assertRaises(Closed):
            channel.answer("ok")

    def test_no_room_for_what_the_guest_says(self):
        """A limit on files is like a full disk."""
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
        try:
            with self.assertRaisesRegex(OSError, "File too large"):
                self.run_fake(TALKS)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    def vmtest(self, top, verb, name, **env):
        """As a user starts it, on a tree that is not a kernel's; what it says"""
        tree = Path(top, "tree")
        tree.mkdir()
        for file in ("Kbuild", "Kconfig"):
            (tree / file).touch()
        done = subprocess.run(
            [sys.executable, scenario.VM / "vmtest.py", verb,
             "--kernel", tree, "--out", Path(top, "out"),
             scenario.VM / f"scenarios/{name}.conf"],
            text=True, capture_output=True, check=False,
            env={**os.environ, **env})
        self.assertEqual(done.returncode, Verdict.INFRA.value)
        self.assertNotIn("\nok ", done.stdout)
        return done.stderr

    def test_no_room_for_the_result(self):
        with tempfile.TemporaryDirectory() as top:
            out = Path(top, "out")
            (out / "q35-qboot").mkdir(parents=True)
            (out / "q35-qboot/result.tap").symlink_to("/dev/full")
            said = self.vmtest(top, "run", "q35-qboot")
        for words in ("No space left on device", f"{out}: make room"):
            self.assertIn(words, said)

    def test_no_cross_compiler(self):
        with tempfile.TemporaryDirectory() as top:
            said = self.vmtest(top, "build", "arm64-4k", PATH="/nonexistent")
        self.assertIn("aarch64-linux-gnu-gcc: No such file or directory; on "
                      "Debian it is in gcc-aarch64-linux-gnu", said)

    def test_kernel_in_cache_is_spoilt(self):
        with tempfile.TemporaryDirectory() as directory, \
                mock.patch.object(kernel, "key", lambda _: "k"):
            top = Path(directory)
            (top / "k").mkdir()
            for name in ("image", "config", "gen_init_cpio"):
                (top / "k" / name).write_text(name)
            (top / "k" / kernel.SUMS).write_text(kernel.sums(top / "k"))
            wanted = kernel.Kernel(top, "x86_64", top / "x86_64", top)
            self.assertEqual(kernel.need(wanted).dir, top / "k")
            (top / "k/image").write_text("imagE")
            with self.assertRaisesRegex(Stop, "k: does not match its SHA256SUMS;"
                                        " remove it, and run") as caught:
                kernel.need(wanted)
            self.assertEqual(caught.exception.verdict, Verdict.INFRA)

    def test_no_kernel(self):
        with tempfile.TemporaryDirectory() as directory, \
                mock.patch.object(kernel, "key", lambda _: "k"), \
                self.assertRaisesRegex(Stop, "no x86_64 kernel for"):
            top = Path(directory)
            kernel.need(kernel.Kernel(top, "x86_64", top / "x86_64", top))


class Channel(unittest.TestCase):
    def test_files(self):
        with tempfile.TemporaryDirectory() as top:
            top = Path(top)
            (top / boot.CHANNEL).write_text(
                "#+nobody's\n#file:a/x one\nok 1\n#+two\n#+\n#file:y three\n")
            boot.split_channel(top)
            self.assertEqual((top / "a/x").read_text(), "one\ntwo\n\n")
            self.assertEqual((top / "y").read_text(), "three\n")
            self.assertEqual((top / boot.RESULT).read_text(),
                             "#+nobody's\nok 1\n")


class Results(unittest.TestCase):
    def run_in(self, top, name, text):
        path = Path(top, name)
        (path / "on").mkdir(parents=True)
        (path / "result.tap").write_text("KTAP version 1\n1..2\n" + text)
        (path / "on/qemu-cmd").write_text("")
        (path / "on/console.log").write_text("one\nlast words\n")

    def show(self, top):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            verdict = results.summary(Path(top))
        return verdict, out.getvalue()

    def test_all_well(self):
        with tempfile.TemporaryDirectory() as top:
            self.run_in(top, "a", "ok 1 - x\nok 2 - y # SKIP z\n# took 7 s\n"
                        "# verdict: PASS\n")
            verdict, text = self.show(top)
            self.assertEqual(verdict, Verdict.PASS)
            self.assertRegex(text, r"a +PASS +1 +0 +1 +0 +1 +7\n")
            self.assertEqual(Path(top, "seconds").read_text(), "a 7\n")
            self.assertTrue(Path(top, "results.xml").is_file())

    def test_says_why(self):
        with tempfile.TemporaryDirectory() as top:
            self.run_in(top, "a", "ok 1 - x\nnot ok 2 - y is wrong\n"
                        "# verdict: FAIL\n")
            verdict, text = self.show(top)
            self.assertEqual(verdict, Verdict.FAIL)
            for words in ("  y is wrong\n", "    last words\n",
                          "  again: make test SCENARIO=a\n"):
                self.assertIn(words, text)

    def test_killed(self):
        with tempfile.TemporaryDirectory() as top:
            self.run_in(top, "a", tap.NO_RESULT)
            Path(top, "a/a.xml").write_text("<testsuite/>")     # an older run's
            verdict, text = self.show(top)
            self.assertEqual(verdict, Verdict.FAIL)
            self.assertIn("a: no result\n", text)
            self.assertIn('<error message="no result" />',
                          Path(top, "results.xml").read_text())

    def test_no_xml(self):
        with tempfile.TemporaryDirectory() as top:
            self.run_in(top, "a", "ok 1 - x\nok 2 - y\n# verdict: PASS\n")
            Path(top, "a/a.xml").write_text("\x1b")
            with self.assertRaisesRegex(Stop, "a/a.xml: .*line 1"):
                self.show(top)

    def test_nothing_ran(self):
        with tempfile.TemporaryDirectory() as top, \
                self.assertRaisesRegex(Stop, "nothing has run there"):
            results.summary(Path(top))


class Tap(unittest.TestCase):
    def end(self, make, *problems):
        with tempfile.TemporaryDirectory() as directory, \
                contextlib.redirect_stdout(io.StringIO()) as out:
            path = Path(directory) / "result.tap"
            ktap = make(path)
            before = path.read_text()
            ktap.result("a", list(problems))
            verdict = ktap.finish(Verdict.FAIL if problems else Verdict.PASS)
            return before, verdict, out.getvalue()

    def test_no_result_is_a_failure(self):
        self.assertIn("\n1..1\nnot ok 1", self.end(tap.Tap)[0])

    def test_problem(self):
        _, verdict, text = self.end(tap.Tap, "b")
        self.assertIn("not ok 1 - a\n# b\n", text)
        self.assertEqual(verdict, Verdict.FAIL)

    def test_terminal(self):
        text = self.end(tap.Tap, "\x1b[2J\x1b[=3hb\x00")[2]
        self.assertIn("not ok 1 - a\n# b\n", text)

    def test_expected(self):
        _, verdict, text = self.end(
            lambda path: tap.Expecting(path, Verdict.FAIL), "b")
        self.assertNotIn("\nnot ok", text)
        self.assertEqual(verdict, Verdict.PASS)

    def test_expected_with_these_words(self):
        for words, verdict in (("b", Verdict.PASS), ("c", Verdict.FAIL)):
            self.assertEqual(verdict, self.end(lambda path: tap.Expecting(
                path, Verdict.FAIL, words), "b")[1])

    def test_expected_does_not_come(self):
        _, verdict, text = self.end(
            lambda path: tap.Expecting(path, Verdict.FAIL))
        self.assertIn("\nnot ok 1", text)
        self.assertEqual(verdict, Verdict.FAIL)
