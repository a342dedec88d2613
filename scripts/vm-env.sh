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

# The scenario that SCENARIO names, or all of them; but with a variant, those for
# which it is meant, their results in a place of their own.
if [ -n "${VM_VARIANT:-}" ]; then
	export VM_OUT=$TOP/build/vm-$VM_VARIANT
	mapfile -t scenarios < <(python3 "$VMTEST" list |
		sed -n "/^harness-/d; s|^\([^ ]*\) *x86_64 .*|$VM/scenarios/\1.conf|p")
	[ ${#scenarios[@]} -gt 0 ] || die "VM_VARIANT=$VM_VARIANT: no scenario is for x86_64"
else
	scenarios=("$VM"/scenarios/*.conf)
fi
if [ -n "${SCENARIO:-}" ]; then
	[ -f "$VM/scenarios/$SCENARIO.conf" ] ||
		die "SCENARIO=$SCENARIO: there is none of that name" \
			"There are: $(basename -a -s .conf "${scenarios[@]}" | xargs)"
	scenarios=("$VM/scenarios/$SCENARIO.conf")
fi
