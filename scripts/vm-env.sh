# SPDX-License-Identifier: GPL-2.0
# What run and run-tests tell the QEMU harness: where the kernels are, where
# its output goes, how many jobs; and which scenarios there are.
# shellcheck shell=bash

VM=tools/testing/selftests/pci/vm
VMTEST=$VM/vmtest.py
JOBS=${JOBS:-$(nproc)}

cd "$TOP" || exit
[[ $JOBS =~ ^[1-9][0-9]*$ ]] || die "JOBS=$JOBS: not a number of jobs"
[ -f "$VMTEST" ] || die "$VMTEST is missing" "Is this a whole checkout? See: git status"

export JOBS
export VM_KERNEL=$TOP/build/linux VM_STOCK=$TOP/build/stock
export VM_OUT=$TOP/build/vm VM_CACHE=$CACHE

# names SUFFIX FILE...: the bare names, a line each.
names() {
	local suffix=$1
	shift
	[ ! -e "$1" ] || basename -a -s "$suffix" "$@"
}

# check_name VARIABLE VALUE NAME...: VALUE is empty or one of the names.
check_name() {
	local variable=$1 value=$2 name
	shift 2
	[ -n "$value" ] || return 0
	for name; do
		[ "$name" != "$value" ] || return 0
	done
	die "$variable=$value: there is none of that name" "There are: $*"
}
