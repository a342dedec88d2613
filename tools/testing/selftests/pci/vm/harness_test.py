#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of the harness that need no kernel and no QEMU."""

import contextlib
import dataclasses
import io
import resource
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from harness import (boot, checks, coverage, events, kconfig, kernel, layout,
                     mtree, report, results, scenario, shards, tap, vfio,
                     watch)
from harness.arch import ARCHES
from harness.layout import Bar, Device, MEM, Mapped, Span, UNSET, View
from harness.verdict import Stop, Verdict

HEAD = "[scenario]\nabout = a\nmachine = q35\nfirmware = qboot\n"


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
        one = view({"a": [(0x1000, 0x10ff)], "b": [(0x1000, 0x10ff)]})
        one.devices["b"].bars[0] = Bar("b", 0, Span(0x1000, 0x10ff),
                                       MEM | UNSET)
        one.iomem.clear()
        self.assertEqual(layout.sharing(one), {})

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


class Machine(unittest.TestCase):
    """QEMU's map against the guest's two BARs, a in a page and b in the next"""

    BARS = {"0:00:01": [(0x1000, 0x10ff)], "0:00:02": [(0x2000, 0x20ff)]}
    A, B = (f"  {at:016x}-{at + 255:016x} (prio 1, i/o): x owner:{{dev id={i}}}"
            for at, i in ((0x1000, "0:00:01"), (0x2000, "0:00:02")))
    BOARD = "  0000000000001f00-0000000000001fff (prio 0, i/o): board"

    def problems(self, *regions, bars=None, status="0", decode=2):
        with tempfile.TemporaryDirectory() as directory:
            one = view(bars or self.BARS)
            one.dir = Path(directory)
            for bdf, device in one.devices.items():
                device.status["resource0_shares_page"] = status
                one.config[bdf] = bytes((0, 0, 0, 0, decode)).ljust(64)
            (one.dir / "mtree.txt").write_text("\n".join(
                ('FlatView #0', ' AS "I/O", root: io', "  0-ffff (prio 0): y",
                 'FlatView #1', ' AS "memory", root: system', *regions)))
            return list(mtree.differences(one, layout.sharing(one)))

    def test_agree(self):
        self.assertEqual(self.problems(self.A, self.B), [])

    def test_board_in_the_page(self):
        first, second = self.problems(self.A, self.B, self.BOARD)
        self.assertIn("0:00:01 BAR 0", first)
        self.assertIn("status is 0, but QEMU has board", first)
        self.assertIn("the guest nothing", second)

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
        self.assertIn("there answers", self.problems(
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
        one = view({})
        one.offsets.append((Span(0x2000_8000_0000, 0x2000_ffff_ffff),
                            0x2000_0000_0000))
        self.assertEqual(one.on_bus(Span(0x2000_8000_1000, 0x2000_8000_10ff)),
                         0x8000_1000)
        self.assertEqual(one.on_bus(Span(0x1000, 0x10ff)), 0x1000)


class Vfio(unittest.TestCase):
    """a and b share a page, c has one of its own"""

    BARS = {"a": [(0x1000, 0x10ff)], "b": [(0x1100, 0x11ff)],
            "c": [(0x2000, 0x20ff)]}

    def problems(self, check, **can_map):
        one = view(self.BARS)
        one.vfio = {(bdf, 0): can for bdf, can in can_map.items()}
        return list(check(checks.Run(None, {"off": one, "on": one})))

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
            one = view({})
            one.dir = Path(directory)
            (one.dir / "result.ktap").write_text(text)
            return parse(one)

    def test_trapped(self):
        self.assertEqual(self.said("    # trapped: 7 reads, 0 writes\n",
                                   vfio.trapped), (7, 0))
        self.assertIsNone(self.said("ok 1 passthrough\n", vfio.trapped))

    def test_read(self):
        text = "    # vfio: 0:1 BAR 2 maps: yes\n# vfio: 0:2 BAR 0 maps: no\n"
        self.assertEqual(self.said(text, lambda one: layout.read_vfio(
            one.dir / "result.ktap")), {("0:1", 2): True, ("0:2", 0): False})


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
        self.assertEqual(self.problems(checks.same_map, off="1-2 : a\n",
                                       on="1-2 : a\n"), [])

    def test_window_moved(self):
        self.assertEqual(self.problems(checks.same_map, off="1-2 : a\n",
                                       on="1-3 : a\n"),
                         ["/proc/iomem: -1-2 : a", "/proc/iomem: +1-3 : a"])


class Scenarios(unittest.TestCase):
    def load(self, text):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "x.conf"
            path.write_text(text)
            return scenario.load(path)

    def refused(self, text, *words):
        with self.assertRaises(Stop) as caught:
            self.load(text)
        self.assertEqual(caught.exception.verdict, Verdict.INFRA)
        for word in ("x.conf", *words):
            self.assertIn(word, str(caught.exception))

    def test_ours(self):
        for path in scenario.all_paths():
            scenario.load(path)

    def test_device_taken_out(self):
        got = self.load(HEAD + "[devices]\nohci =\n")
        self.assertNotIn("ohci", got.devices)
        self.assertNotIn("ohci", got.drivers)

    def test_plugged_into_it(self):
        got = self.load(HEAD + "[devices]\nsdhci =\nbridge1 =\n")
        for name in ("sd", "bridge2", "sd-2", "ohci-1", "usb-1"):
            self.assertNotIn(name, got.devices)
        for name in ("usb", "port2"):
            self.assertIn(name, got.devices)

    def test_section(self):
        self.refused(HEAD + "[nonsense]\n", "[nonsense]", "devices")

    def test_key(self):
        self.refused(HEAD + "time = 3\n", "'time'", "timeout")

    def test_value(self):
        self.refused(HEAD + "layout = neat\n", "layout = neat", "pack")

    def test_number(self):
        self.refused(HEAD + "timeout = soon\n", "timeout = soon", "number")

    def test_zero(self):
        self.refused(HEAD + "timeout = 0\n", "timeout = 0")

    def test_no_boot(self):
        self.refused(HEAD + "boots =\n", "boots", "off")

    def test_kernel(self):
        self.refused(HEAD + "kernel = vax\n", "kernel = vax", "x86_64")

    def test_machine(self):
        self.refused(HEAD.replace("q35", "pdp"), "machine = pdp", "q35")

    def test_firmware_of_another_arch(self):
        self.refused(HEAD + "kernel = arm64\n", "firmware = qboot", "arm64",
                     "none")

    def test_property(self):
        self.refused(HEAD + "[qemu]\ndtb = /chosen bootargs\n", "dtb",
                     "node, property")

    def test_missing(self):
        self.refused(HEAD.replace("about", "decode"), "no 'about'")

    def test_quotes(self):
        self.refused(HEAD + "[qemu]\nargs = 'a\n", "args")

    def test_driver_of_nothing(self):
        self.refused(HEAD + "[drivers]\nnobody = x\n", "nobody", "rtl8139")

    def test_twice(self):
        self.refused(HEAD + "about = b\n", "line", "about")

    def test_no_ini(self):
        self.refused("nonsense\n", "nonsense")

    def test_no_file(self):
        with self.assertRaises(Stop):
            scenario.load(Path("/nonexistent.conf"))

    def test_variant(self):
        path = scenario.VM / "scenarios/q35-soak.conf"
        plain, debug = scenario.load(path), scenario.load(path, "debug")
        self.assertEqual(debug["kernel"], "x86_64-debug")
        self.assertEqual(debug["cmdline.all"], plain["cmdline.all"])
        self.assertEqual(debug.drivers, plain.drivers)
        with self.assertRaisesRegex(Stop, "VM_VARIANT=none: unknown; there"):
            scenario.load(path, "none")


class Shards(unittest.TestCase):
    def test_each_scenario_once(self):
        every = [scenario.load(path) for path in scenario.all_paths()]
        dealt = [one.name for shard in shards.deal(every, 5) for one in shard]
        self.assertEqual(sorted(dealt), sorted(one.name for one in every))
        self.assertEqual(shards.take(every, "2/5"), shards.deal(every, 5)[1])

    def test_no_shard(self):
        for text in ("", "0/2", "3/2", "1/0", "1", "a/b", "1/2/3"):
            with self.assertRaisesRegex(Stop, "the Kth of N"):
                shards.take([], text)


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
            verdict, text = self.show(top)
            self.assertEqual(verdict, Verdict.FAIL)
            self.assertIn("a: no result\n", text)

    def test_nothing_ran(self):
        with tempfile.TemporaryDirectory() as top, \
                self.assertRaisesRegex(Stop, "nothing has run there"):
            results.summary(Path(top))


class Watch(unittest.TestCase):
    run_in = Results.run_in

    def test_both_kinds(self):
        with tempfile.TemporaryDirectory() as top:
            self.run_in(top, "a", "ok 1 - x\n# took 7 s\n# verdict: PASS\n")
            self.run_in(top, "b", tap.NO_RESULT)
            started = Path(top, "b/result.tap").stat().st_mtime
            text = "\n".join(watch.table(watch.read_all(Path(top)),
                                         {"b": "vax"}, started + 5))
        self.assertRegex(text, r"a +PASS +7\n")
        self.assertRegex(text, r"b +vax +on +5\n")
        self.assertIn("1 ended, 1 of them well; 1 going on", text)

    def test_nothing(self):
        with tempfile.TemporaryDirectory() as top:
            self.assertIn("0 ended", "".join(
                watch.table(watch.read_all(Path(top)), {}, 0)))


class Coverage(unittest.TestCase):
    load = Scenarios.load

    def table(self, text, *known):
        """(kernel, firmware) -> event -> its cell"""
        one = self.load(HEAD + text)
        head, *rows = coverage.table([one], list(coverage.reasons(
            "\n".join(known))))
        return {tuple(row[:2]): dict(zip(head[2:], row[2:])) for row in rows}

    def test_events(self):
        native = "[qemu]\nmore = -global x.bridge-support=off\n"
        for event, text in (
                ("acpi", "[events]\na = device_add x,bus=port1\n"),
                ("pciehp", native + "[events]\na = device_add x,bus=port1\n"),
                ("shpc", native + "[events]\na = device_add x,bus=bridge1\n"),
                ("VFs", "[events]\na = write /d/sriov_numvfs 3\n"),
                ("bind", "[events]\na = write /d/unbind d\n"),
                ("reset", "[events]\na = write /d/reset 1\n"),
                ("sleep", "[events]\na = write /sys/power/state mem\n"),
                ("rescan", "[tests]\nrun = rescan_test\n"),
                ("soak", "[tests]\nduring = soak_test\n"),
                ("realloc", "[cmdline]\non = pci=realloc=on,a\n")):
            row = self.table(text)["x86_64", "qboot"]
            self.assertEqual([key for key, cell in row.items() if cell == "1"],
                             ["boot", event])

    def test_reason(self):
        rows = self.table("", "# comment", "x86* qboot kvm because",
                          "vax * * there is no such kernel")
        self.assertEqual(rows["x86_64", "qboot"]["kvm"], "a")
        self.assertEqual(rows["x86_64", "seabios"]["kvm"], "-")
        self.assertEqual(rows["x86_64", "seabios"]["boot"], ".")
        self.assertEqual(rows["vax", "any"]["boot"], "b")

    def test_no_reason(self):
        with self.assertRaisesRegex(Stop, "reason are wanted"):
            list(coverage.reasons("a b c\n"))

    def test_test_of_the_harness_covers_nothing(self):
        self.assertEqual(self.table("[expect]\nverdict = FAIL\n"), {})

    def test_ours(self):
        with contextlib.redirect_stdout(io.StringIO()):
            coverage.show([scenario.load(p) for p in scenario.all_paths()])


class Events(unittest.TestCase):
    load = Scenarios.load

    def events(self, text):
        return self.load(HEAD + "[events]\n" + text)

    def refused(self, text, *words):
        Scenarios.refused(self, HEAD + "[events]\n" + text, *words)

    def test_file(self):
        got = self.events("b =\n\tdevice_add x,id=y\n\twait /z\n"
                          "a = write /p q r=s\n")
        self.assertEqual(events.file_text(got), "b device_add x,id=y\n"
                         "b wait /z\na write /p q r=s\n")
        self.assertEqual(events.names(got), ["before", "b", "a"])

    def test_none(self):
        self.assertEqual(events.names(self.events("")), [])

    def test_no_action(self):
        self.refused("a =\n", "[events] a")

    def test_no_path(self):
        self.refused("a = wait\n", "[events] a", "wait")

    def test_nothing_to_write(self):
        self.refused("a = write /p\n", "[events] a", "write")

    def test_name(self):
        for name in ("guest", "before", "a/b", "../a", "A"):
            self.refused(f"{name} = gone /x\n", f"[events] {name}")

    def test_expected_of_nothing(self):
        self.refused("a = gone /x\n[expect]\nmore_share = b\n", "more_share",
                     "b")


class Arches(unittest.TestCase):
    def test_no_compiler(self):
        arm64 = dataclasses.replace(ARCHES["arm64"], cross_compile="none-such-")
        with self.assertRaises(Stop) as caught:
            kernel.compiler(arm64)
        self.assertEqual(caught.exception.verdict, Verdict.INFRA)
        self.assertIn("none-such-gcc", str(caught.exception))
        self.assertIn(arm64.compiler, str(caught.exception))

    def test_configs(self):
        for name in ARCHES:
            self.assertIn(name, scenario.CONFIGS)


# It greets, lets itself be asked one thing, and goes its own way.
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
        one = scenario.load(scenario.VM / "scenarios/q35-qboot.conf")
        with tempfile.TemporaryDirectory() as directory:
            boot.run_qemu(one, boot.Boot("off", Path(directory), None, None),
                          [sys.executable, "-c", FAKE_QEMU + then])

    def stops(self, then, *words):
        with self.assertRaises(Stop) as caught:
            self.run_fake(then)
        self.assertEqual(caught.exception.verdict, Verdict.INFRA)
        for word in ("q35-qboot/off: qemu-system-x86_64 ended by itself",
                     *words):
            self.assertIn(word, str(caught.exception))

    def test_qemu_is_killed(self):
        self.stops(DIES, "signal 9", "again: ", "qemu-cmd")

    def test_qemu_ends(self):
        self.stops(ENDS, "exit status 3")

    def test_no_room_for_what_the_guest_says(self):
        """A limit on files is like a full disk."""
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
        try:
            with self.assertRaisesRegex(OSError, "File too large"):
                self.run_fake(TALKS)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    def test_no_room_for_the_result(self):
        with tempfile.TemporaryDirectory() as directory:
            tree, out = Path(directory, "tree"), Path(directory, "out")
            for path in (tree, out / "q35-qboot"):
                path.mkdir(parents=True)
            for name in ("Kbuild", "Kconfig"):
                (tree / name).touch()
            (out / "q35-qboot/result.tap").symlink_to("/dev/full")
            done = subprocess.run(
                [sys.executable, scenario.VM / "vmtest.py", "run", "--kernel",
                 tree, "--out", out, scenario.VM / "scenarios/q35-qboot.conf"],
                text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, Verdict.INFRA.value)
        for words in ("No space left on device", f"{out}: make room"):
            self.assertIn(words, done.stderr)
        self.assertNotIn("\nok ", done.stdout)

    def test_kernel_in_cache_is_spoilt(self):
        with tempfile.TemporaryDirectory() as directory, \
                mock.patch.object(kernel, "key", lambda _: "k"):
            top = Path(directory)
            (top / "k").mkdir()
            for name in ("image", "config", "gen_init_cpio"):
                (top / "k" / name).write_text(name)
            (top / "k" / kernel.SUMS).write_text(kernel.sums(top / "k"))
            one = kernel.Kernel(top, "x86_64", top / "x86_64", top)
            self.assertEqual(kernel.need(one).dir, top / "k")
            (top / "k/image").write_text("imagE")
            with self.assertRaisesRegex(Stop, "k: does not match its SHA256SUMS;"
                                        " remove it, and run") as caught:
                kernel.need(one)
            self.assertEqual(caught.exception.verdict, Verdict.INFRA)

    def test_no_kernel(self):
        with tempfile.TemporaryDirectory() as directory, \
                mock.patch.object(kernel, "key", lambda _: "k"), \
                self.assertRaisesRegex(Stop, "no x86_64 kernel for"):
            top = Path(directory)
            kernel.need(kernel.Kernel(top, "x86_64", top / "x86_64", top))


class Configs(unittest.TestCase):
    def verify(self, text):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / ".config"
            path.write_text(text)
            kconfig.verify("x86_64", path)

    def test_good(self):
        self.verify(kconfig.text("x86_64"))

    def test_dropped(self):
        with self.assertRaisesRegex(Stop, "CONFIG_PCI is n, not y"):
            self.verify(kconfig.text("x86_64").replace("CONFIG_PCI=y\n", ""))

    def test_crept_in(self):
        with self.assertRaisesRegex(Stop, "CONFIG_MODULES is y, not n"):
            self.verify(kconfig.text("x86_64") + "CONFIG_MODULES=y\n")


class Tap(unittest.TestCase):
    def end(self, make, *problems):
        with tempfile.TemporaryDirectory() as directory, \
                contextlib.redirect_stdout(io.StringIO()) as out:
            path = Path(directory) / "result.tap"
            one = make(path)
            before = path.read_text()
            one.result("a", list(problems))
            verdict = one.finish(Verdict.FAIL if problems else Verdict.PASS)
            return before, verdict, out.getvalue()

    def test_no_result_is_a_failure(self):
        self.assertIn("\n1..1\nnot ok 1", self.end(tap.Tap)[0])

    def test_problem(self):
        _, verdict, text = self.end(tap.Tap, "b")
        self.assertIn("not ok 1 - a\n# b\n", text)
        self.assertEqual(verdict, Verdict.FAIL)

    def test_expected(self):
        _, verdict, text = self.end(
            lambda path: tap.Expecting(path, Verdict.FAIL), "b")
        self.assertNotIn("\nnot ok", text)
        self.assertEqual(verdict, Verdict.PASS)

    def test_expected_does_not_come(self):
        _, verdict, text = self.end(
            lambda path: tap.Expecting(path, Verdict.FAIL))
        self.assertIn("\nnot ok 1", text)
        self.assertEqual(verdict, Verdict.FAIL)


class Picture(unittest.TestCase):
    def test_cells(self):
        bars = [("a", Bar("", 0, Span(0x1000, 0x107f), MEM)),
                ("b", Bar("", 0, Span(0x1080, 0x108f), MEM)),
                ("c", Bar("", 0, Span(0x1090, 0x109f), MEM))]
        self.assertEqual(report.cells(32, 0x1000, 0x1000, bars),
                         "|a*" + "." * 30 + "|")


if __name__ == "__main__":
    unittest.main()
