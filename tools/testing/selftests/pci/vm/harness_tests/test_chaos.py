# SPDX-License-Identifier: GPL-2.0
"""Events that are drawn, and what is left when they are shortened."""

import random
import re
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from harness import chaos, checks, disturbance, hunt, scenario
from harness.chaos import Step
from harness.settings import VM
from harness.verdict import Stop

from .test_views import view

TEXT = """[scenario]
about = a
machine = pc
firmware = qboot
[events]
first = wait /x
[chaos]
seeds = 3-5
slots = pci.0:a bridge1:8
[expect]
control_shares = 9
moves = first
"""


def q35(slots=("port:0",)):
    return chaos.state_of({
        "ohci": "pci-ohci,addr=1a", "usb": "usb-tablet,bus=ohci.0",
        "port": "pcie-root-port,addr=10", "iommu": "intel-iommu",
        "port2": "pcie-root-port,addr=11", "bridge": "pcie-pci-bridge,bus=port2",
        "nic": "rtl8139,bus=bridge,addr=3,romfile=rom.bin"},
        {"ohci": "ohci-pci", "nic": "8139cp"}, slots)


def steps(*wanted):
    return [Step("e", what, args) for what, *args in wanted]


def lines(*wanted):
    return chaos.render(q35(), steps(*wanted))[0].get("e", [])


class Drawn(unittest.TestCase):
    def test_paths(self):
        got = q35().devices
        self.assertEqual(list(got), ["ohci", "port", "port2", "bridge", "nic"])
        self.assertEqual(got["ohci"].path, "/sys/bus/pci/devices/0000:00:1a.0")
        self.assertEqual(got["nic"].path,
                         "/sys/bus/pci/devices/0000:00:11.0/*:00.0/*:03.0")
        self.assertEqual(got["nic"].files, ("resource1", "rom"))

    def test_same_again(self):
        one, two, other = (chaos.draw(q35(), seed, 5) for seed in (1, 1, 2))
        self.assertEqual(one, two)
        self.assertNotEqual([step.args for step in one],
                            [step.args for step in other])

    def test_all_is_drawn(self):
        drawn = chaos.draw_all(q35(), range(300), 5)
        self.assertEqual({step.what for step in drawn}, set(chaos.WEIGHTS))

    def test_any_part_makes_sense(self):
        """What is unplugged was plugged in, and all is there at each rest."""
        rng = random.Random(1)
        for seed in range(50):
            drawn = chaos.draw(q35(), seed, 5)
            happen, _ = chaos.render(q35(), [
                step for step in drawn if rng.random() < 0.5])
            plugged, gone = set(), set()
            for rest in happen.values():
                self.assertEqual(rest[-1], chaos.REST)
                for line in rest:
                    if "device_add" in line:
                        plugged |= set(re.findall(r"[,]id=([^,]*)", line))
                    if "device_del" in line:
                        self.assertIn(line.split()[1], plugged)
                    path = line.split()[1]
                    if path.endswith("/remove"):
                        gone.add(path)
                    if path == "/sys/bus/pci/rescan":
                        gone = set()
                self.assertFalse(gone)

    def test_behind_a_bridge(self):
        self.assertEqual(lines(("remove", "port2"), ("unbind", "nic"),
                               ("isolate", "nic", "rom")),
                         ["write /sys/bus/pci/devices/0000:00:11.0/remove 1",
                          "gone /sys/bus/pci/devices/0000:00:11.0",
                          "write /sys/bus/pci/rescan 1",
                          "wait /sys/bus/pci/devices/0000:00:11.0/resource",
                          "wait /sys/bus/pci/devices/0000:00:11.0/*:00.0/resource",
                          "wait /sys/bus/pci/devices/0000:00:11.0/*:00.0/*:03.0/driver",
                          chaos.REST])

    def test_functions(self):
        got = lines(("plug", "port:0", "x", ("edu", "i6300esb")),
                    ("plug", "port:0", "y", ("edu",)), ("unplug", "port:0"))
        self.assertEqual(got[:2], [
            "device_add i6300esb,id=xb,bus=port,addr=0.1",
            "device_add edu,id=xa,bus=port,addr=0.0,multifunction=on"])
        self.assertEqual([line for line in got if "device_" in line][2:],
                         ["device_del xa"])

    def test_bound_or_not(self):
        path = "/sys/bus/pci/devices/0000:00:1a.0/resource0_shares_page"
        self.assertEqual(lines(("isolate", "ohci", "resource0")),
                         [f"try {path} 0", chaos.REST])
        self.assertIn(f"write {path} 0", lines(
            ("unbind", "ohci"), ("isolate", "ohci", "resource0")))

    def test_moves(self):
        _, moves = chaos.render(q35(), steps(
            ("unbind", "ohci"), ("isolate", "ohci", "resource0"),
            ("remove", "bridge")))
        self.assertEqual(moves, ["e:bridge+nic+ohci"])

    def test_put_back(self):
        happen, _ = chaos.render(q35(), steps(("unbind", "ohci")))
        self.assertEqual(happen["end"], [
            "write /sys/bus/pci/devices/0000:00:1a.0/driver_override ohci-pci",
            "write /sys/bus/pci/devices/0000:00:1a.0/subsystem/drivers_probe %",
            "wait /sys/bus/pci/devices/0000:00:1a.0/driver", chaos.REST])

    def test_seeds(self):
        self.assertEqual(chaos.seeds("1-3 7"), [1, 2, 3, 7])
        for text in ("x", "3-1", "-2"):
            with self.assertRaises(ValueError):
                chaos.seeds(text)


class Shortened(unittest.TestCase):
    def test_two_of_many(self):
        tries = []

        def fails(some):
            tries.append(some)
            return 17 in some and 40 in some

        self.assertEqual(chaos.shorten(list(range(64)), fails), [17, 40])
        self.assertLess(len(tries), 64)

    def test_all_needed(self):
        self.assertEqual(chaos.shorten([1, 2, 3], lambda some: len(some) == 3),
                         [1, 2, 3])

    def test_what_came_after(self):
        some = [Step("a", "rescan"), Step("b", "unbind"), Step("c", "rescan")]
        self.assertEqual(chaos.up_to(some, {"b"}), some[:2])
        self.assertEqual(chaos.up_to(some, set()), some)


class InScenario(unittest.TestCase):
    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.path = Path(top.name, "x.conf")
        self.path.write_text(TEXT)

    def test_after_the_others(self):
        got = scenario.load(self.path)
        self.assertEqual(list(got.events)[:2], ["first", "s3-1"])
        self.assertIn("s5-end", got.events)
        self.assertIsNone(got.may_move("first"))
        self.assertEqual(scenario.load(self.path, draw=False).events,
                         {"first": ["wait /x"]})

    def test_written(self):
        got = scenario.load(self.path)
        again = scenario.load(hunt.write(got, self.path.with_name("y.conf")).path)
        self.assertEqual(again.events, got.events)
        self.assertEqual(again["expect.moves"], got["expect.moves"])
        self.assertEqual(again.hot_added, got.hot_added)

    def test_failed(self):
        got = scenario.load(self.path)
        self.assertEqual(hunt.failed_events(got, [
            "    not ok 3 s3-2", "not ok 9 - s4-1: off: nothing has moved",
            "not ok 10 - on: nothing is lost"]), {"s3-2", "s4-1"})

    def test_not_reached(self):
        got, boot = scenario.load(self.path), self.path.with_name("off")
        for name in ("first", "s3-1"):
            (boot / name).mkdir(parents=True)
        (boot / "qemu-cmd").touch()
        missing = hunt.not_reached(got, self.path.parent)
        self.assertEqual(missing, {*got.events} - {"first", "s3-1"})

    def test_wrong(self):
        for line, wrong in (("seeds = 3-5", "seeds = 5-3"),
                            ("pci.0:a", "pci.0"), ("pci.0:a", "pci.9:a"),
                            ("slots = pci.0:a bridge1:8\n", "")):
            self.path.write_text(TEXT.replace(line, wrong))
            with self.assertRaisesRegex(Stop, r"\[chaos\]"):
                scenario.load(self.path)

    def test_ours(self):
        """Their slots are free, and as many seeds as they promise."""
        for path in VM.glob("scenarios/chaos-*.conf"):
            got = scenario.load(path)
            self.assertEqual(len(got["chaos.seeds"]), 10)
            self.assertLessEqual({slot.split(":")[0] for slot in
                                  got["chaos.slots"]},
                                 {*got.devices, *chaos.ROOT_BUSES})


class OthersStay(unittest.TestCase):
    def problems(self, free=(), named=""):
        before, after = (view({"0:1": [(at, at + 15)]})
                         for at in (0x1000, 0x2000))
        for side in (before, after):
            side.config["0:1"] = bytes(64)
        after.devices["0:1"].id = named or "0:1"
        run = checks.Run(mock.Mock(may_move=lambda event: free), {}, "e")
        return list(disturbance.others_stay(run, after, before))

    def test_moved(self):
        self.assertEqual(len(self.problems()), 1)
        self.assertEqual(self.problems(free={"0:1"}), [])

    def test_another_card(self):
        self.assertEqual(self.problems(named="new"), [])
