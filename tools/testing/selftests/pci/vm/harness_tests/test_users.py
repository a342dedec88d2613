# SPDX-License-Identifier: GPL-2.0
"""Who packs BARs, and who uses them."""

import struct
import tempfile
import unittest
import zlib
from pathlib import Path

from harness import checks, uboot

from .test_views import view


def run_of(text, file, values, boots=("off", "on")):
    """A run each of whose boots left TEXT in FILE"""
    views = {}
    for boot in boots:
        one = views[boot] = view({})
        one.dir = Path(tempfile.mkdtemp(dir=run_of.top))
        (one.dir / file).parent.mkdir(exist_ok=True)
        (one.dir / file).write_text(text)
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
