#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The QEMU harness's own tests, which need no QEMU.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

cd "$HERE/tools/testing/selftests/pci/vm" || exit
works "harness_tests" python3 -m unittest discover -s harness_tests -t .
is "$(grep -cE '^Ran [1-9][0-9]* tests' "$BOX/out")" 1 "ran tests"

finish
