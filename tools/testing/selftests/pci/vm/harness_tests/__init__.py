# SPDX-License-Identifier: GPL-2.0
"""Tests of the harness that need no kernel and no QEMU."""
