#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The KUnit tests of the series on User Mode Linux, on the same random topologies
# each time; make kunit draws others.

export KUNIT_ARGS=${KUNIT_ARGS-pci_random_kunit.seed=1}
exec "$(dirname "$0")/../kunit" tap um
