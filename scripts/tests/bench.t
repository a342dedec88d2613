#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The benchmarks' own tests, which measure nothing.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

works "bench_test.py" python3 "$HERE/bench/bench_test.py"
is "$(grep -cE '^Ran [1-9][0-9]* tests' "$BOX/out")" 1 "ran tests"

finish
