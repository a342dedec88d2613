#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The QEMU harness's own tests, which need no QEMU.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

works "harness_test.py" python3 "$HERE/tools/testing/selftests/pci/vm/harness_test.py"
is "$(grep -cE '^Ran [1-9][0-9]* tests' "$BOX/out")" 1 "ran tests"

finish
