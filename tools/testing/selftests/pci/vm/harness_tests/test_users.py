# SPDX-License-Identifier: GPL-2.0
"""U-Boot, DPDK, programs of another architecture, guests with several devices."""

import struct
import tempfile
import unittest
import zlib
from pathlib import Path
from unittest import mock

from harness import checks, dpdk, foreign, guest, scenario, \
    shell, uboot, vfio, views
from harness.verdict import Stop

from .test_views import view


def run_of(text, file, values, boots=("off", "on")):
    """A run each of whose boots left TEXT in FILE"""
    views = {}
    for boot in boots:
        a_view = views[boot] = view({})
        a_view.dir = Path(tempfile.mkdtemp(dir=run_of.top))
        (a_view.dir / file).parent.mkdir(exist_ok=True)
        (a_view.dir / file).write_text(text)
    return checks.Run(values, views)


class WithDirectory(unittest.TestCase):
    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = run_of.top = Path(top.name)


class UBoot(WithDirectory):
    LOG = """\
pci 0000:00:03.0: BAR 0 [mem 0xc0000000-0xc000000f]
pci 0000:00:04.0: BAR 0 [io  0x2100-0x21ff]
pci 0000:00:04.0: BAR 1 [mem 0xc0000100-0xc00001ff 64bit pref]
pci 0000:00:05.0: BAR 0 [mem 0xc0001000-0xc00010ff]
pci 0000:00:06.0: BAR 0 [mem 0x00000000-0x000000ff]
pci 0000:00:04.0: BAR 1 [mem 0xc0009000-0xc00090ff 64bit pref]: assigned
"""

    def packs(self, wanted):
        return list(uboot.packs(run_of(self.LOG, "guest/dmesg",
                                       {"expect.firmware_shares": wanted})))

    def test_left(self):
        left = uboot.left(run_of(self.LOG, "guest/dmesg", {}).views["off"])
        self.assertEqual({key: bar.at.start for key, bar in left.items()},
                         {("0000:00:03.0", 0): 0xc0000000,
                          ("0000:00:04.0", 1): 0xc0000100,
                          ("0000:00:05.0", 0): 0xc0001000})

    def test_packs(self):
        self.assertEqual(self.packs(2), [])
        self.assertIn("2 BARs", self.packs(3)[0])

    def test_script(self):
        got = uboot.script(["echo a"])
        fields = struct.unpack(">7I4B32s", got[:64])
        self.assertEqual(fields[0], uboot.MAGIC)
        self.assertEqual(fields[1],
                         zlib.crc32(got[:4] + bytes(4) + got[8:64]))
        self.assertEqual(fields[6], zlib.crc32(got[64:]))
        self.assertEqual(got[64:], struct.pack(">II", 7, 0) + b"echo a\n")


class Dpdk(WithDirectory):
    VALUES = {"dpdk.off_says": "addr is NULL"}

    def problems(self, check, text):
        return list(check(run_of(text, "result.ktap", self.VALUES)))

    def test_forwards(self):
        self.assertEqual(self.problems(dpdk.forwards, "  # forwards: yes\n"),
                         [])
        self.assertIn("no", self.problems(dpdk.forwards,
                                          "# forwards: no\n")[0])
        self.assertIn("nobody tried", self.problems(dpdk.forwards, "")[0])

    def test_goes_without(self):
        no = "# forwards: no\n"
        self.assertEqual(self.problems(dpdk.goes_without, no +
                                       "# dpdk: bar 4 addr is NULL\n"), [])
        self.assertIn("does not say",
                      self.problems(dpdk.goes_without, no)[0])
        self.assertIn("yes", self.problems(dpdk.goes_without,
                                           "# forwards: yes\n")[0])


class Trapped(WithDirectory):
    VALUES = {"tests.inner": ["nvme"]}
    NONE = ("# trapped: 0:1 (nvme): 0 reads, 0 writes\n"
            "# trapped: mapped, but not by KVM: {} reads, 0 writes\n")
    SOME = "# trapped: 0:1 (nvme): 7 reads, 3 writes\n"

    def problems(self, check, text):
        return list(check(run_of(text, "result.ktap", self.VALUES)))

    def test_none(self):
        self.assertEqual(self.problems(vfio.traps_none, self.NONE.format(0)),
                         [])
        self.assertIn("(0, 0)", self.problems(vfio.traps,
                                              self.NONE.format(0))[0])

    def test_some(self):
        self.assertEqual(self.problems(vfio.traps, self.SOME), [])
        self.assertIn("(7, 3)", self.problems(vfio.traps_none, self.SOME)[0])

    def test_by_qemu(self):
        self.assertIn("(5, 0)", self.problems(vfio.traps_none,
                                              self.NONE.format(5))[0])

    def test_mute(self):
        for check in (vfio.traps, vfio.traps_none):
            self.assertIn("None", self.problems(check, "")[0])


class Foreign(WithDirectory):
    """a needs b, b needs c, and where they are is up to links."""

    NEEDS = {"a": (["/lib/ld.so"], ["b.so"]), "b.so.1": ([], ["c.so"]),
             "c.so": ([], [])}

    def setUp(self):
        super().setUp()
        for name in ("a", "lib/x-linux-gnu/ld.so", "lib/x-linux-gnu/b.so.1",
                     "usr/lib/x-linux-gnu/d/c.so"):
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        (self.top / "lib/x-linux-gnu/b.so").symlink_to("b.so.1")
        (self.top / "lib/ld.so").symlink_to("/lib/x-linux-gnu/ld.so")

    def files(self):
        with mock.patch.object(foreign, "dynamic",
                               lambda path: self.NEEDS[foreign.resolved(
                                   self.top, path).name]):
            return {name: str(path.relative_to(self.top)) for name, (path, _)
                    in foreign.files(self.top,
                                     {"/p": self.top / "a"}).items()}

    def test_libraries(self):
        self.assertEqual(self.files(), {
            "/p": "a", "/lib/ld.so": "lib/x-linux-gnu/ld.so",
            "/lib/x-linux-gnu/b.so": "lib/x-linux-gnu/b.so.1",
            "/usr/lib/x-linux-gnu/d/c.so": "usr/lib/x-linux-gnu/d/c.so"})

    def test_missing(self):
        (self.top / "usr/lib/x-linux-gnu/d/c.so").unlink()
        with self.assertRaisesRegex(Stop, "c.so: not found"):
            self.files()


class Scripts(WithDirectory):
    """Tests that are scripts, and a program that runs before the kernel does"""

    def settings(self, **more):
        return mock.Mock(build=self.top, program=("/bin/true",),
                         isolate=self.top / "isolate", **more)

    def test_files(self):
        files = guest.shell_files(self.settings())
        self.assertEqual(files["/isolate"], (self.top / "isolate", "0755"))
        for name in shell.PROGRAMS:
            self.assertIn(f"/bin/{name}", files)
        self.assertTrue(any("libc.so" in name for name in files))

    def test_nothing_to_test(self):
        for what in ("isolate", "program"):
            with self.assertRaisesRegex(Stop, f"VM_{what.upper()} has to be"):
                settings = self.settings()
                setattr(settings, what, None)
                shell.files(settings)

    def test_no_program(self):
        with self.assertRaisesRegex(Stop, "none-such: not on this system"):
            shell.program("none-such")

    def test_first(self):
        kexec = scenario.load(scenario.VM / "scenarios/asked-kexec.conf")
        self.assertIn("isolate_test", guest.tests(kexec))
        packed = {}
        with mock.patch.object(guest, "pack", lambda image, target, files:
                               packed.update({target.name: files})):
            for name in ("initrd-kexec", "initrd-first"):
                guest.stage(self.settings(), kexec, None, (mock.Mock(), "", ""),
                            self.top / name)
        self.assertIn("/first", packed["initrd-kexec"])
        self.assertNotIn("/first", packed["initrd-first"])


class KeptReady(WithDirectory):
    """A virtual function that nobody has asked for"""

    SEEN = {"id": {"vendor": 0xffff}, "qdev_id": "",
            "regions": [{"bar": 0, "type": "memory", "address": -1}]}

    def problems(self, **more):
        run = run_of("", "result.ktap", {})
        a_view = run.views["off"]
        a_view.qemu["0:1"] = {**self.SEEN, **more}
        return list(views.qemu_agrees(run, a_view))

    def test_not_asked_for(self):
        self.assertEqual(self.problems(), [])

    def test_lost(self):
        self.assertIn("not in the guest",
                      self.problems(id={"vendor": 0x8086})[0])
        self.assertIn("not in the guest", self.problems(
            regions=[{"bar": 0, "type": "memory", "address": 0x1000}])[0])
