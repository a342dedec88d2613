# SPDX-License-Identifier: GPL-2.0
"""Scenario files, and what is said about all of them."""

import contextlib
import dataclasses
import io
import tempfile
import unittest
from pathlib import Path

import vmtest
from harness import coverage, events, guest, kconfig, kernel, scenario, shards
from harness.arch import ARCHES
from harness.verdict import Stop, Verdict

SCENARIOS = scenario.VM / "scenarios"
HEAD = "[scenario]\nabout = a\nmachine = q35\nfirmware = qboot\n"


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

    def test_machine_changed(self):
        got = self.load(HEAD.replace("q35", "q35 no-lsi"))
        for name in ("lsi", "disk"):
            self.assertNotIn(name, got.devices)
        self.refused(HEAD.replace("q35", "q35 pdp"), "machine = pdp", "no-lsi")

    def test_firmware_of_another_arch(self):
        self.refused(HEAD + "kernel = arm64\n", "firmware = qboot", "arm64",
                     "none")

    def test_property(self):
        for wrong in ("/chosen bootargs = x", "/chosen = 1", "/a b c = 1"):
            self.refused(HEAD + f"[dtb]\n{wrong}\n", "[dtb]", "property")
        right = '/a b = 1 f\n/a c =\n/d =\n/d e = "f"\n'
        self.assertEqual(self.load(HEAD + f"[dtb]\n{right}").dtb,
                         [["/a", "b", "1", "f"], ["/a", "c"], ["/d"], ["/d", "e", '"f"']])

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
        path = SCENARIOS / "q35-soak.conf"
        plain, debug = scenario.load(path), scenario.load(path, "debug")
        self.assertEqual(debug["kernel"], "x86_64-debug")
        self.assertEqual(debug["cmdline.all"], plain["cmdline.all"])
        self.assertEqual(debug.drivers, plain.drivers)
        with self.assertRaisesRegex(Stop, "VM_VARIANT=none: unknown; choose"):
            scenario.load(path, "none")

    def test_variant_on_top(self):
        for name, kernel in (("q35-uefi", "x86_64-firmware-debug"),
                             ("q35-failslab", "x86_64-debug")):
            got = scenario.load(SCENARIOS / f"{name}.conf", "debug")
            self.assertEqual(got["kernel"], kernel)

    def test_packages(self):
        for name, *groups in (("xen-two", "xen"), ("arm64-dpdk", "guests"),
                              ("arm64-kvm-64k", "guests"), ("q35-uefi", "all"),
                              ("kvm-passthrough",), ("q35-map",)):
            got = scenario.load(SCENARIOS / f"{name}.conf")
            self.assertEqual(list(guest.package_groups(got)), groups)

    def test_on_kernels(self):
        every = vmtest.load_all()
        got = [loaded.name for loaded in vmtest.on_kernels(every, ["x86_64"])]
        self.assertIn("q35-map", got)
        for name in ("q35-uefi", "harness-fail"):
            self.assertNotIn(name, got)
        with self.assertRaisesRegex(Stop, "--kernel vax: choose from arm64, "):
            vmtest.on_kernels(every, ["x86_64", "vax"])


class Shards(unittest.TestCase):
    def test_each_scenario_once(self):
        every = [scenario.load(path) for path in scenario.all_paths()]
        dealt = [loaded.name for shard in shards.deal(every, 5) for loaded in shard]
        self.assertEqual(sorted(dealt), sorted(loaded.name for loaded in every))
        self.assertEqual(shards.take(every, "2/5"), shards.deal(every, 5)[1])

    def test_no_shard(self):
        for text in ("", "0/2", "3/2", "1/0", "1", "a/b", "1/2/3"):
            with self.assertRaisesRegex(Stop, "the Kth of N"):
                shards.take([], text)


class Coverage(unittest.TestCase):
    load = Scenarios.load

    def table(self, text, *known):
        """(kernel, firmware) -> event -> its cell"""
        loaded = self.load(HEAD + text)
        head, *rows = coverage.table([loaded], list(coverage.reasons(
            "\n".join(known))))
        return {tuple(row[:2]): dict(zip(head[2:], row[2:])) for row in rows}

    def test_events(self):
        native = "[qemu]\nmore = -global x.bridge-support=off\n"
        for event, text in (
                ("acpi", "[events]\na = device_add x,bus=port1\n"),
                ("pciehp", native + "[events]\na = device_add x,bus=port1\n"),
                ("shpc", native + "[events]\na = device_add x,bus=bridge1\n"),
                ("VFs", "[events]\na = write /d/sriov_numvfs 3\n"),
                ("VFs", "[events]\na = test isolate_vf_test\n"),
                ("bind", "[events]\na = write /d/unbind d\n"),
                ("reset", "[events]\na = write /d/reset 1\n"),
                ("sleep", "[events]\na = write /sys/power/state mem\n"),
                ("rescan", "[tests]\nrun = rescan_test\n"),
                ("soak", "[tests]\nduring = soak_test\n"),
                ("soak", "[events]\na = start soak_test\n"),
                ("rescan", "[events]\na = test rescan_test\n"),
                ("asked", "[cmdline]\non = ISOLATE=all\n"),
                ("realloc", "[cmdline]\non = pci=realloc=on,a\n")):
            row = self.table(text)["x86_64", "qboot"]
            self.assertEqual([key for key, cell in row.items() if cell == "1"],
                             ["boot", event])

    def test_reason(self):
        rows = self.table("", "# comment", "x86* qboot kvm because",
                          "vax * * there is no such kernel",
                          "x86* slof * it can't have that")
        self.assertEqual(rows["x86_64", "qboot"]["kvm"], "a")
        self.assertEqual(rows["x86_64", "seabios"]["kvm"], "-")
        self.assertEqual(rows["x86_64", "seabios"]["boot"], ".")
        self.assertEqual(rows["vax", "any"]["boot"], "b")
        self.assertEqual(rows["x86_64", "slof"]["boot"], "c")

    def test_no_reason(self):
        with self.assertRaisesRegex(Stop, "not kernel, firmware, event"):
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

    def test_times(self):
        got = self.events("a =\n\tstart t\n\ttimes 2\n\twait /z\n\tstop t\n")
        self.assertEqual(events.file_text(got),
                         "a start t\na wait /z\na wait /z\na stop t\n")
        self.refused("a =\n\ttimes x\n\twait /z\n", "[events] a", "times")

    def test_none(self):
        self.assertEqual(events.names(self.events("")), [])

    def test_no_action(self):
        self.refused("a =\n", "[events] a")

    def test_no_path(self):
        self.refused("a = wait\n", "[events] a", "wait")

    def test_asked_for(self):
        got = self.events("a = wait /z\nb = test isolate_test\nc = wait /z\n"
                          "d = test rescan_test\n[cmdline]\non = ISOLATE=all\n")
        self.assertEqual(got.event_tests, ["isolate_test", "rescan_test"])
        self.assertEqual([name for name in events.names(got)
                          if got.isolated_in(name)], ["b", "c"])

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
