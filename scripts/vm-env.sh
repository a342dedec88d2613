# SPDX-License-Identifier: GPL-2.0
# What run and run-tests tell the QEMU harness: where the kernels are, where
# its output goes, how many jobs, and which scenario, if SCENARIO names one.
# shellcheck shell=bash

# A port uses the harness in its own tree
[ -z "${PORT:-}" ] || "$SCRIPTS/tree"
VM=${PORT:+build/$PORT/linux/}tools/testing/selftests/pci/vm
VMTEST=$VM/vmtest.py

cd "$TOP" || exit
check_jobs
[ -f "$VMTEST" ] || die "$VMTEST is missing" "Is this a whole checkout? See: git status"

export VM_KERNEL=$BUILD/linux VM_STOCK=$BUILD/stock
export VM_OUT=$BUILD/vm${VM_VARIANT:+-$VM_VARIANT} VM_CACHE=$CACHE
export VM_ISOLATE=$TOP/lsbar/examples/isolate

# Another release's QEMU is found first.
if [ -n "${QEMU:-}" ]; then
	PATH=$("$SCRIPTS/other-qemu" "$QEMU"):$PATH
	export PATH
fi

# What the chosen scenarios need of Debian beyond the others
install_packages() {
	local groups
	groups=$(python3 "$VMTEST" packages "${scenarios[@]}")
	# shellcheck disable=SC2086 # a word each
	[ -z "$groups" ] || "$SCRIPTS/install-deps" $groups
}

scenarios=()
if [ -n "${SCENARIO:-}" ]; then
	scenarios=("$VM/scenarios/$SCENARIO.conf")
	[ -f "${scenarios[0]}" ] ||
		die "SCENARIO=$SCENARIO: there is no scenario of that name" \
			"There are: $(basename -a -s .conf "$VM"/scenarios/*.conf | xargs)"
fi
