# SPDX-License-Identifier: GPL-2.0
# What run and run-tests tell the QEMU harness: where the kernels are, where
# its output goes, how many jobs, and which scenarios.
# shellcheck shell=bash

VM=tools/testing/selftests/pci/vm
VMTEST=$VM/vmtest.py

cd "$TOP" || exit
check_jobs
[ -f "$VMTEST" ] || die "$VMTEST is missing" "Is this a whole checkout? See: git status"

export VM_KERNEL=$TOP/build/linux VM_STOCK=$TOP/build/stock
export VM_OUT=$TOP/build/vm VM_CACHE=$CACHE

# The scenario that SCENARIO names, or all of them, or those of them in a SHARD;
# but with a variant, those for which it is meant, their results in a place of
# their own.
scenarios=("$VM"/scenarios/*.conf)
wanted='s|^\([^ ]*\) .*|\1|p'
if [ -n "${VM_VARIANT:-}" ]; then
	VM_OUT=$TOP/build/vm-$VM_VARIANT
	wanted='/^harness-/d; s|^\([^ ]*\)  *x86_64 .*|\1|p'
fi
if [ -n "${SCENARIO:-}" ]; then
	[ -f "$VM/scenarios/$SCENARIO.conf" ] ||
		die "SCENARIO=$SCENARIO: there is none of that name" \
			"There are: $(basename -a -s .conf "${scenarios[@]}" | xargs)"
	scenarios=("$VM/scenarios/$SCENARIO.conf")
elif [ -n "${SHARD:-}${VM_VARIANT:-}" ]; then
	list=$(python3 "$VMTEST" list --shard "${SHARD:-1/1}")
	mapfile -t scenarios < <(sed -n "$wanted" <<<"$list" | sed "s|.*|$VM/scenarios/&.conf|")
	[ ${#scenarios[@]} -gt 0 ] || die "SHARD=${SHARD:-}: nothing is left for it"
fi
