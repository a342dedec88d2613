# SPDX-License-Identifier: GPL-2.0
"""What is seen in a boot: views, sharing, maps, pictures."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from harness import checks, config_space, layout, mtree, output, report, \
    scenario, unchanged, vfio
from harness.layout import Bar, Device, MEM, Mapped, Span, UNSET, View
from harness.settings import VM


def view(bars, iomem=(), page=4096):
    """bars: BDF -> spans; each is a line of /proc/iomem too."""
    devices = {bdf: Device(bdf, bdf, (0, 0), 0, None, {
        i: Bar(bdf, i, Span(*span), MEM) for i, span in enumerate(spans)
    }, [], {}) for bdf, spans in bars.items()}
    lines = [Mapped(Span(*span), bdf) for bdf, spans in bars.items()
             for span in spans]
    lines += [Mapped(Span(*span), name) for name, span in iomem]
    return View(Path(), page, devices, lines)


def shared(*args, **more):
    return {f"{bdf}/{index}": [name for _, name in others]
            for (bdf, index), others in
            layout.sharing(view(*args, **more)).items()}


class Skips(unittest.TestCase):
    def skipped(self, boot, text, ignored="no", on=""):
        with tempfile.TemporaryDirectory() as top:
            a_view = View(Path(top, boot), 4096, {}, [])
            a_view.dir.mkdir()
            (a_view.dir / output.RESULT).write_text(text)
            return list(output.skipped(
                checks.Run({"expect.ignored": ignored, "cmdline.on": on}, {}),
                a_view))

    def test_good_reason(self):
        skip = "    ok 3 a.b # SKIP booted without pci=passthrough_align\n"
        self.assertEqual(self.skipped("off", skip), [])
        self.assertEqual(self.skipped("on", skip), [skip.strip()])
        self.assertEqual(self.skipped("on", skip, ignored="yes"), [])
        self.assertEqual(self.skipped("on", skip, on="ISOLATE=all"), [])

    def test_none(self):
        for skip in ("    ok 1 # SKIP no such file", "ok 2 vfio_bar_test # SKIP"):
            self.assertEqual(self.skipped("off", skip), [skip.strip()])


    def test_are_said(self):
        """... by the tests, in these words"""
        sources = "".join(path.read_text() for path in (
            *VM.parent.glob("*.c"), *VM.glob("*.sh")))
        for why in output.MAY_SKIP:
            self.assertIn(why, sources)


class Checks(unittest.TestCase):
    def test_names(self):
        names = [check.name for check in checks.CHECKS]
        self.assertEqual(len(set(names)), len(names))

    def test_no_stock(self):
        views = {"off": None, "on": None}
        with mock.patch.object(checks.Check, "outcome",
                               lambda check, where, *_: check):
            got = list(checks.outcomes(checks.Run(scenario.load(
                VM / "scenarios/q35-qboot.conf"), views)))
        self.assertEqual([outcome.skip for outcome in got
                          if isinstance(outcome, checks.Outcome)],
                         ["no stock kernel to compare with"])


class Sharing(unittest.TestCase):
    def test_two_in_a_page(self):
        self.assertEqual(shared({"a": [(0x1000, 0x10ff)],
                                 "b": [(0x1f00, 0x1fff)]}),
                         {"a/0": ["b BAR 0"], "b/0": ["a BAR 0"]})

    def test_next_page(self):
        self.assertEqual(shared({"a": [(0x1000, 0x10ff)],
                                 "b": [(0x2000, 0x20ff)]}), {})

    def test_next_page_of_64k(self):
        self.assertEqual(set(shared({"a": [(0x10000, 0x100ff)],
                                     "b": [(0x12000, 0x120ff)]},
                                    page=0x10000)), {"a/0", "b/0"})

    def test_same_device(self):
        self.assertEqual(set(shared({"a": [(0x1000, 0x10ff),
                                           (0x1100, 0x11ff)]})),
                         {"a/0", "a/1"})

    def test_large_and_small(self):
        self.assertEqual(set(shared({"a": [(0x1000, 0x28ff)],
                                     "b": [(0x2900, 0x29ff)]})),
                         {"a/0", "b/0"})

    def test_unassigned(self):
        a_view = view({"a": [(0x1000, 0x10ff)], "b": [(0x1000, 0x10ff)]})
        a_view.devices["b"].bars[0] = Bar("b", 0, Span(0x1000, 0x10ff),
                                          MEM | UNSET)
        a_view.iomem.clear()
        self.assertEqual(layout.sharing(a_view), {})

    def test_window_around(self):
        self.assertEqual(shared({"a": [(0x1000, 0x10ff)]}, [
            ("PCI Bus", (0x0, 0xffff)), ("Reserved", (0x1000, 0x1fff))]), {})

    def test_window_ends_in_page(self):
        self.assertEqual(shared({"a": [(0x1000, 0x10ff)]}, [
            ("PCI Bus", (0x800, 0x17ff)), ("RAM", (0x1800, 0x8fff))]),
            {"a/0": ["RAM"]})

    def test_part_of_the_bar(self):
        self.assertEqual(shared({"a": [(0x1000, 0x10ff)]}, [
            ("driver", (0x1000, 0x10ff)), ("part", (0x1010, 0x101f))]), {})

    def test_padding(self):
        self.assertEqual(shared({"a": [(0x1000, 0x10ff)]}, [
            (layout.KEEPS_PAGE, (0x1100, 0x1fff))]), {})

    def test_ioapic(self):
        self.assertEqual(shared({"a": [(0x1000, 0x10ff)]}, [
            ("IOAPIC 0", (0x1400, 0x17ff))]), {"a/0": ["IOAPIC 0"]})


class Map(unittest.TestCase):
    """QEMU's map against the guest's two BARs, a in a page and b in the next"""

    BARS = {"0:00:01": [(0x1000, 0x10ff)], "0:00:02": [(0x2000, 0x20ff)]}
    A, B = (f"  {at:016x}-{at + 255:016x} (prio 1, i/o): x owner:{{dev id={i}}}"
            for at, i in ((0x1000, "0:00:01"), (0x2000, "0:00:02")))
    BOARD = "  0000000000001f00-0000000000001fff (prio 0, i/o): board"

    def problems(self, *regions, bars=None, status="0", decode=2):
        with tempfile.TemporaryDirectory() as directory:
            a_view = view(bars or self.BARS)
            a_view.dir = Path(directory)
            for bdf, device in a_view.devices.items():
                device.status["resource0_shares_page"] = status
                a_view.config[bdf] = bytes((0, 0, 0, 0, decode)).ljust(64)
            (a_view.dir / "mtree.txt").write_text("\n".join(
                ('FlatView #0', ' AS "I/O", root: io', "  0-ffff (prio 0): y",
                 'FlatView #1', ' AS "memory", root: system', *regions)))
            return list(mtree.differences(a_view, layout.sharing(a_view)))

    def test_agree(self):
        self.assertEqual(self.problems(self.A, self.B), [])

    def test_board_in_the_page(self):
        first, second = self.problems(self.A, self.B, self.BOARD)
        self.assertIn("0:00:01 BAR 0", first)
        self.assertIn("status is 0, but QEMU has board", first)
        self.assertIn("but not the guest", second)

    def test_other_bar_in_the_page(self):
        both = {"0:00:01": [(0x2100, 0x21ff)], "0:00:02": [(0x2000, 0x20ff)]}
        a = self.A.replace("10", "21")
        self.assertEqual(self.problems(a, self.B, bars=both, status="1"), [])
        self.assertEqual(len(self.problems(a, self.B, bars=both)), 2)

    def test_nothing_in_the_page(self):
        first, _ = self.problems(self.A, self.B, status="1")
        self.assertIn("nothing else is in the page", first)

    def test_bar_is_not_there(self):
        self.assertIn("QEMU has nothing there", self.problems(self.A)[0])
        self.assertEqual(self.problems(self.A, decode=0), [])

    def test_another_answers(self):
        self.assertIn("answers there", self.problems(
            self.A.replace(":01}", ":02}"), self.B)[0])

    def test_no_map(self):
        self.assertIn("no map", self.problems()[0])


class HostBridge(unittest.TestCase):
    def offsets(self, text):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "dmesg"
            path.write_text(text)
            return list(layout.read_offsets(path))

    def test_offset(self):
        self.assertEqual(self.offsets(
            "pci_bus 0000:00: root bus resource [mem 0x200080000000-"
            "0x2000ffffffff] (bus address [0x80000000-0xffffffff])\n"),
            [(Span(0x200080000000, 0x2000ffffffff), 0x200000000000)])

    def test_none(self):
        self.assertEqual(self.offsets(
            "pci_bus 0000:00: root bus resource [mem 0x80000000-0xbfffffff]\n"
            "pci_bus 0000:00: root bus resource [io  0x10000-0x1ffff] "
            "(bus address [0x0000-0xffff])\n"), [])

    def test_on_bus(self):
        a_view = view({})
        a_view.offsets.append((Span(0x2000_8000_0000, 0x2000_ffff_ffff),
                               0x2000_0000_0000))
        self.assertEqual(a_view.on_bus(Span(0x2000_8000_1000, 0x2000_8000_10ff)),
                         0x8000_1000)
        self.assertEqual(a_view.on_bus(Span(0x1000, 0x10ff)), 0x1000)


class Vfio(unittest.TestCase):
    """a and b share a page, c has one of its own"""

    BARS = {"a": [(0x1000, 0x10ff)], "b": [(0x1100, 0x11ff)],
            "c": [(0x2000, 0x20ff)]}

    def problems(self, check, **can_map):
        a_view = view(self.BARS)
        a_view.vfio = {(bdf, 0): can for bdf, can in can_map.items()}
        return list(check(checks.Run(None, {"off": a_view, "on": a_view})))

    def test_refuses(self):
        self.assertEqual(self.problems(vfio.refuses, a=False, b=False), [])

    def test_maps_what_shares(self):
        self.assertIn("b BAR 0", self.problems(vfio.refuses, a=False,
                                               b=True)[0])

    def test_maps(self):
        self.assertEqual(self.problems(vfio.maps, a=True, b=True, c=True), [])

    def test_not_tried(self):
        self.assertIn("nobody tried",
                      self.problems(vfio.maps, a=True, b=True)[0])

    def said(self, text, parse):
        with tempfile.TemporaryDirectory() as directory:
            a_view = view({})
            a_view.dir = Path(directory)
            (a_view.dir / "result.ktap").write_text(text)
            return parse(a_view)

    def test_trapped(self):
        self.assertEqual(self.said("    # trapped: 0000:00:03.0 (8139cp): "
                                   "7 reads, 0 writes\n", vfio.trapped),
                         {"8139cp": (7, 0)})
        self.assertEqual(self.said("ok 1 passthrough\n", vfio.trapped), {})
        self.assertIsNone(self.said("ok 1 passthrough\n", vfio.half_mapped))

    def test_read(self):
        text = "    # vfio: 0:1 BAR 2 maps: yes\n# vfio: 0:2 BAR 0 maps: no\n"
        self.assertEqual(self.said(text, lambda a_view: layout.read_vfio(
            a_view.dir / "result.ktap")), {("0:1", 2): True, ("0:2", 0): False})


class Needless(unittest.TestCase):
    """Where Linux isolates BARs anyway, the parameter changes nothing."""

    def problems(self, check, **maps):
        with tempfile.TemporaryDirectory() as directory:
            views = {}
            for name, text in maps.items():
                (Path(directory) / name / "guest").mkdir(parents=True)
                (Path(directory) / name / "guest/iomem").write_text(text)
                views[name] = View(Path(directory) / name, 4096, {}, [])
            return list(check(checks.Run(None, views)))

    def test_same(self):
        self.assertEqual(self.problems(unchanged.same_map, off="1-2 : a\n",
                                       on="1-2 : a\n"), [])

    def test_window_moved(self):
        self.assertEqual(self.problems(unchanged.same_map, off="1-2 : a\n",
                                       on="1-3 : a\n"),
                         ["/proc/iomem: -1-2 : a", "/proc/iomem: +1-3 : a"])


class Resets(unittest.TestCase):
    USER = "pci_cfg_write host 00:00.0 @0x0 <- 0x55\n"
    READ, WRITE = (f"pci_cfg_{how} nic 00:05.0 @0x14 {arrow} "
                   for how, arrow in (("read", "->"), ("write", "<-")))
    BAR = f"{READ}0x4\n{WRITE}0xfe000000\n"

    def problems(self, text):
        with tempfile.TemporaryDirectory() as directory:
            a_view = view({"0000:00:05.0": [(0x1000, 0x10ff)]})
            a_view.dir = Path(directory)
            (a_view.dir / config_space.TRACE).write_text(text)
            return list(config_space.put_back(checks.Run(
                {"expect.resets": ["0000:00:05.0"]}, {}), a_view))

    def test_put_back(self):
        self.assertEqual(self.problems(self.USER + self.BAR), [])

    def test_never_cleared(self):
        command = self.BAR.replace("@0x14", "@0x4")
        for text in (self.BAR + self.USER, self.USER + command, self.BAR):
            self.assertIn("no BAR", self.problems(text)[0])

    def test_sized(self):
        for was in ("0x0", "0xfe000000"):
            text = (f"{self.READ}{was}\n{self.WRITE}0xffffffff\n"
                    f"{self.READ}0xffffff00\n{self.WRITE}0xfe000000\n")
            self.assertIn("no BAR", self.problems(self.USER + text)[0])


class Picture(unittest.TestCase):
    def test_cells(self):
        bars = [("a", Bar("", 0, Span(0x1000, 0x107f), MEM)),
                ("b", Bar("", 0, Span(0x1080, 0x108f), MEM)),
                ("c", Bar("", 0, Span(0x1090, 0x109f), MEM))]
        self.assertEqual(report.cells(32, 0x1000, 0x1000, bars),
                         "|a*" + "." * 30 + "|")
