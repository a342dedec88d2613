# SPDX-License-Identifier: GPL-2.0
"""Boot a kernel in QEMU and check what it did with PCI addresses."""
