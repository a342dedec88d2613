# SPDX-License-Identifier: GPL-2.0
"""What passthrough_align costs and what it gives, measured; see ../README.md."""

import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
TOP = BENCH.parent
VM = TOP / "tools/testing/selftests/pci/vm"
sys.path.insert(0, str(VM))     # the QEMU harness, which all of this is on top of
