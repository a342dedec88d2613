#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of the measuring code, which need no kernel and no QEMU."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import measure      # first: it knows where the harness is
from harness.layout import Bar, Device, MEM, Span, View
from harness.verdict import Stop

from measure import compare, counting, disturbance, enumeration, letter, \
    machines, tables


def view(bars, windows=()):
    """bars: BDF -> spans; the windows are the first device's"""
    devices = {bdf: Device(bdf, bdf, (0, 0), 0, None, {
        i: Bar(bdf, i, Span(*span), MEM) for i, span in enumerate(spans)
    }, [], {}) for bdf, spans in bars.items()}
    next(iter(devices.values())).windows += [Span(*w) for w in windows]
    config = {bdf: bytes([0, 0, 0, 0, 2]) for bdf in bars}
    return View(Path("/nowhere"), 4096, devices, [], {}, config)


class Counted(unittest.TestCase):
    MARKS = [("start", 5), ("a", 10), ("b", 30), ("a", 50), ("end", 70)]

    def test_between(self):
        counts = counting.Counts(self.MARKS, {})
        self.assertEqual(counts.between("a", "b"), 20)
        self.assertEqual(counts.between("b", "a", "end"), 20)
        self.assertEqual(counts.between("missing", "end"), 0)
        self.assertEqual(counts.total, 70)

    def test_not_to_the_end(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("at 5 start_kernel\n")
            file.flush()
            with self.assertRaises(Stop):
                counting.read_counts(Path(file.name))

    def test_static_functions_of_one_name(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("at 5 free_initmem\nin 3 1 f\nin 4 2 f\n")
            file.flush()
            counts = counting.read_counts(Path(file.name))
        self.assertEqual(counts.functions["f"], counting.Function(7, 3))


class Machines(unittest.TestCase):
    def test_number_of_functions(self):
        for number in (1, 248, 249, 7000):
            devices = machines.small_bars(number)
            ends = [d for name, d in devices.items() if name[0] == "d"]
            self.assertEqual(len(ends), number)
            places = {d[d.index("bus="):] for d in ends}
            self.assertEqual(len(places), number)


class Rows(unittest.TestCase):
    ROW = {"boot": "on", "sharing": 0, "isolated": 4, "firmware": "qboot"}

    def test_isolated(self):
        enumeration.check(self.ROW, 4)

    def test_not_isolated(self):
        for wrong in ({"sharing": 1}, {"isolated": 3}):
            with self.assertRaises(Stop):
                enumeration.check({**self.ROW, **wrong}, 4)

    def test_control_does_not_share(self):
        with self.assertRaises(Stop):
            enumeration.check({**self.ROW, "boot": "off"}, 4)


class Compared(unittest.TestCase):
    OLD = {"bars": 30, "boot": "on", "assignment": 1000000, "moved": 3}

    def differs(self, **new):
        with contextlib.redirect_stdout(io.StringIO()):
            return compare.differs("x", {"rows": [self.OLD]},
                                   [{**self.OLD, **new}])

    def test_limits(self):
        self.assertEqual(self.differs(), 0)
        self.assertEqual(self.differs(assignment=1000999), 0)
        self.assertEqual(self.differs(assignment=1001001), 1)
        self.assertEqual(self.differs(moved=4), 1)

    def test_one_that_was_not_recorded(self):
        self.assertEqual(self.differs(bars=31), 1)


class Disturbed(unittest.TestCase):
    OLD = {"a": [(0x1000, 0x10ff)], "b": [(0x1100, 0x11ff)],
           "c": [(0x4000, 0x5fff)]}

    def compared(self, new, windows=()):
        disturbance.toggles = lambda view: 0
        return disturbance.compare(view(self.OLD, [(0x1000, 0x7fff)]),
                                   view(new, windows or [(0x1000, 0x7fff)]))

    def test_isolated(self):
        changes = self.compared({**self.OLD, "b": [(0x2000, 0x20ff)]})
        self.assertEqual((changes["isolated"], changes["small_moved"]), (2, 1))
        for nothing in ("lost", "large_moved", "windows_changed", "sharing",
                        "faked_sizes"):
            self.assertEqual(changes[nothing], 0)

    def test_lost(self):
        changes = self.compared({**self.OLD, "b": []})
        self.assertEqual((changes["lost"], changes["isolated"]), (1, 1))

    def test_faked(self):
        changes = self.compared({**self.OLD, "b": [(0x2000, 0x2fff)]})
        self.assertEqual(changes["faked_sizes"], 1)

    def test_large_and_window(self):
        changes = self.compared({**self.OLD, "c": [(0x6000, 0x7fff)]},
                                [(0x1000, 0x8fff)])
        self.assertEqual((changes["large_moved"], changes["windows_changed"]),
                         (1, 1))


class Target(unittest.TestCase):
    def test_missed_is_named(self):
        self.assertTrue(tables.target("it", []).startswith("**Met**"))
        missed = tables.target("it", ["that"])
        self.assertTrue(missed.startswith("**Missed**") and "that" in missed)


class Letter(unittest.TestCase):
    def test_columns(self):
        self.assertEqual(letter.columns([("a", "b"), ("long", "12")]),
                         "  a      b\n  long  12\n")

    def test_has_what_was_recorded(self):
        self.assertIn(letter.section(), letter.LETTER.read_text(),
                      "Run: bench/bench.py report")


if __name__ == "__main__":
    unittest.main()
