# SPDX-License-Identifier: GPL-2.0
# For the tests of lsbar: TAP, trees, and the program, built with sanitizers so
# that a read out of bounds or a leak fails whatever test it happens in.
# shellcheck shell=bash

set -u
export LC_ALL=C.UTF-8 TERM=xterm
unset MAKEFLAGS MAKELEVEL NO_COLOR

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(dirname "$TESTS")
OUT=$(env -u LSBAR make -s -C "$TOP" where)
BOX=$(mktemp -d)
# For many small files: in memory, as /sys is, if there is room
[ "$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 1000000 ] 2>/dev/null &&
	MEMORY=$(mktemp -d -p /dev/shm 2>/dev/null) || MEMORY=$BOX
trap 'rm -rf "$BOX" "$MEMORY"' EXIT
tests=0

# LSBAR: one that is built already, for a package, where some tools may be missing
GIVEN=${LSBAR:-}
[ -n "$GIVEN" ] || mkdir -p "$OUT"
if [ -z "$GIVEN" ] && ! flock "$OUT" make -s -C "$TOP" WERROR=yes test-programs >"$BOX/make" 2>&1; then
	sed 's/^/# /' "$BOX/make"
	echo "Bail out! lsbar does not build; scripts/packages.txt names the packages that it needs (lsbar, test); make deps installs them"
	exit 1
fi
LSBAR=${LSBAR:-$OUT/asan/lsbar}

# ok STATUS NAME
ok() {
	tests=$((tests + 1))
	[ "$1" -eq 0 ] && echo "ok $tests - $2" && return
	echo "not ok $tests - $2"
	head -n 40 "$BOX/out" 2>/dev/null | sed 's/^/# /'
}

# is GOT WANTED NAME
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || diff <(echo "$2") <(echo "$1") | sed 's/^/# /'
}

# exits STATUS NAME COMMAND...
exits() {
	local want=$1 name=$2 rc=0
	shift 2
	"$@" >"$BOX/out" 2>&1 || rc=$?
	[ $rc -eq "$want" ]
	ok $? "$name (exit status $rc)"
}

# fails NAME TEXT... -- COMMAND...: exit status 1, and it says each TEXT.
fails() {
	local name=$1 texts=() text rc=0 bad=0
	shift
	while [ "$1" != -- ]; do
		texts+=("$1")
		shift
	done
	shift
	"$@" >"$BOX/out" 2>&1 || rc=$?
	[ $rc -eq 1 ] || bad=1
	for text in "${texts[@]}"; do
		grep -qF -- "$text" "$BOX/out" || bad=1
	done
	! grep -q Sanitizer "$BOX/out" || bad=1
	ok $bad "$name"
}

# skip NUMBER WHY COMMAND...: skip as many tests, and say why, where that may be missing
# and is
skip() {
	local number=$1 why=$2
	shift 2
	[ -n "$GIVEN" ] && ! "$@" >/dev/null 2>&1 || return 1
	while [ "$((number--))" -gt 0 ]; do
		tests=$((tests + 1))
		echo "ok $tests # SKIP $why"
	done
}

said() { grep -qF -- "$1" "$BOX/out"; }

# tree NAME: the path of an unpacked tree
tree() {
	[ -d "$BOX/$1" ] || python3 "$TESTS/tree" unpack "$TESTS/trees/$1.tree" "$BOX/$1"
	echo "$BOX/$1"
}

# on NAME ARGUMENT...: run it on that tree
on() {
	local root
	root=$(tree "$1")
	shift
	"$LSBAR" --sysroot "$root" "$@"
}

finish() { echo "1..$tests"; }
