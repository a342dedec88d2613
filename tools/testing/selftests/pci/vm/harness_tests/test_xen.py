# SPDX-License-Identifier: GPL-2.0
"""What Xen guests say, and what is made of it."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from harness import checks, xen

from .test_views import view


class Xen(unittest.TestCase):
    """a's and b's BARs are in one page, c's in the next; b is passed through."""

    BARS = {"a": [(0x1000, 0x10ff)], "b": [(0x1100, 0x11ff)],
            "c": [(0x2000, 0x20ff)]}
    SAID = """\
    # dom0: a BAR 0 reads 0a:00
    # dom0: b BAR 0 reads 0b:00
    # dom0: c BAR 0 reads 0c:00
    # given: g1 has b as 0:5
    # inner: 8139cp of 0:5 has {mac}, up
    # inner: 0:5 BAR 0 at 0x100 of its page reads {reads}
    # inner: page 0x100: {reads}
{more}    # g1                 7    96     1     -b----       8.9
    # (XEN) memory_map:add: d7 gfn=f1000 mfn={mapped} nr=1
    # (XEN) memory_map:add: d6 gfn=f1000 mfn=9 nr=1
    # (XEN) Rangesets belonging to domain 0:
    # (XEN)     I/O Memory {{ 0-fedff }}
    # (XEN) Rangesets belonging to domain 7:
    # (XEN)     I/O Memory {{ {granted} }}
"""

    def problems(self, check, mac="0b:00", reads="0b:00", more="", mapped="1",
                 granted="1-1, 5"):
        with tempfile.TemporaryDirectory() as directory:
            a_view = view(self.BARS)
            a_view.dir = Path(directory)
            (a_view.dir / "result.ktap").write_text(self.SAID.format(
                mac=mac, reads=reads, more=more, mapped=mapped,
                granted=granted))
            return list(check(checks.Run({"xen.give": ["b"]},
                                         {"off": a_view, "on": a_view})))

    def test_own(self):
        for check in (xen.gets_own, xen.gets_no_more, xen.frames_on):
            self.assertEqual(self.problems(check), [])

    def test_own_off(self):
        self.assertIn("as it should", self.problems(xen.is_wrong)[0])
        self.assertIn("0b:00", self.problems(xen.gets_neighbours)[0])

    def test_neighbour_too(self):
        more = "    # inner: page 0x000: 0a:00\n"
        for check in (xen.is_wrong, xen.gets_neighbours, xen.frames_off):
            self.assertEqual(self.problems(check, more=more), [])

    def test_nothing(self):
        self.assertEqual(self.problems(xen.is_wrong, reads="00:00"), [])
        self.assertIn("nobody's",
                      self.problems(xen.gets_own, reads="00:00")[0])

    def test_driver_has_another(self):
        self.assertIn("its driver has 0c:00",
                      self.problems(xen.gets_own, mac="0c:00")[0])

    def test_more_in_the_page(self):
        for at in ("0x000", "0x200"):
            complaints = self.problems(xen.gets_no_more,
                                       more=f"    # inner: page {at}: 0c:00\n")
            self.assertIn("of the page, those of c (c)", complaints[0])

    def test_frames(self):
        self.assertIn("Xen lets g1 have 2, not 1",
                      self.problems(xen.frames_on, granted="2")[0])
        self.assertIn("g1 has 2, not 1",
                      self.problems(xen.frames_on, mapped="2")[0])
        more = "    # inner: page 0x000: 0a:00\n"
        self.assertIn("a (a), which it reads, is in 1",
                      self.problems(xen.frames_off, more=more, mapped="2")[0])

    def test_table(self):
        def told(run):
            return [xen.reads(run.views["off"], bdf) for bdf in ("b", "c")]
        more = "    # inner: page 0x000: 0a:00\n"
        self.assertEqual(self.problems(told, more=more), ["0b:00, and a", "-"])
        self.assertEqual(self.problems(told, reads="00:00"),
                         ["00:00 (wrong)", "-"])

    def test_mute(self):
        with mock.patch.object(self, "SAID", "    # given: g1 has b as 0:5\n"):
            for check in (xen.is_wrong, xen.gets_own, xen.gets_no_more,
                          xen.frames_on, xen.frames_off):
                self.assertIn("no guest reports it", self.problems(check)[0])
            self.assertEqual(len(self.problems(xen.gets_neighbours)), 1)


class Together(unittest.TestCase):
    """a and b go to one guest."""

    SAID = """\
    # dom0: a BAR 0 reads 0a:00
    # dom0: b BAR 0 reads 0b:00
    # given: g1 has a as 0:10
    # given: g1 has b as 0:11
    # inner: 8139cp of 0:10 has 0a:00, up
    # inner: 8139cp of 0:11 has {reads}, up
    # inner: 0:10 BAR 0 at 0x0 of its page reads 0a:00
    # inner: page 0x000: 0a:00
    # inner: 0:11 BAR 0 at 0x100 of its page reads {reads}
    # g1                 7    96     1     -b----       8.9
    # (XEN) memory_map:add: d7 gfn=f1000 mfn=1 nr=1
    # (XEN) memory_map:add: d7 gfn=f1001 mfn=2 nr=1
"""

    def problems(self, check, reads):
        with tempfile.TemporaryDirectory() as directory:
            a_view = view({"a": [(0x1000, 0x10ff)], "b": [(0x2000, 0x20ff)]})
            a_view.dir = Path(directory)
            (a_view.dir / "result.ktap").write_text(self.SAID.format(reads=reads))
            return list(check(checks.Run({"xen.give": ["a+b"]},
                                         {"off": a_view, "on": a_view})))

    def test_applies(self):
        self.assertTrue(xen.together({"xen.give": ["c", "a+b"]}))
        self.assertFalse(xen.apart({"xen.give": ["c", "a+b"]}))
        self.assertTrue(xen.apart({"xen.give": ["a", "b"]}))

    def test_own(self):
        self.assertEqual(self.problems(xen.gets_own, "0b:00"), [])
        self.assertIn("g1 reads 0b:00 of b",
                      self.problems(xen.lacks_own, "0b:00")[0])

    def test_wrong(self):
        self.assertEqual(self.problems(xen.lacks_own, "00:00"), [])
        complaints = self.problems(xen.gets_own, "00:00")
        self.assertEqual(len(complaints), 1)
        self.assertIn("was given b (b)", complaints[0])
