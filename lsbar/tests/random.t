#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random systems, whose verdicts oracle works out in another way. To see one
# again: SEED=N NUMBER=1 bash random.t

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

SEED=${SEED:-1}
NUMBER=${NUMBER:-200}
python3 "$TESTS/oracle" random "$SEED" "$NUMBER" "$LSBAR" "$MEMORY" >"$BOX/out" 2>&1
ok $? "$NUMBER random systems, seeds from $SEED"
sed 's/^/# /' "$BOX/out" | tail -n 1

# Those of a long run that found something
for seed in 3000422 3009714; do
	python3 "$TESTS/oracle" random $seed 1 "$LSBAR" "$MEMORY/$seed" >"$BOX/out" 2>&1
	ok $? "seed $seed"
done
finish
