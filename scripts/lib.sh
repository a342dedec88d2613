# SPDX-License-Identifier: GPL-2.0
# Shared by the shell scripts here: messages, paths, progress, locks.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C.UTF-8
unset MAKEFLAGS MAKELEVEL # our variables are none of the kernel make's business

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(dirname "$SCRIPTS")
# PORT is the series, or part of it, for another kernel, with its own tree and results.
# shellcheck disable=SC2034 # used by those who source this
BUILD=$TOP/build${PORT:+/$PORT}
# shellcheck disable=SC2034 # likewise
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/passthrough-align
# shellcheck disable=SC2034 # likewise
UNPACKED=$CACHE/unpacked
# shellcheck disable=SC2034 # likewise
ROOTS=$CACHE/root
# ccache finds what another clone compiled, too
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$TOP/build} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
# ... and doesn't first preprocess what nobody has compiled, which takes as long
export CCACHE_DEPEND=${CCACHE_DEPEND:-1}

say() { printf '%s\n' "$*" >&2; }

# die WHAT [WHAT-TO-DO]...: one line each.
die() {
	say "error: $1"
	shift
	[ $# -eq 0 ] || printf '       %s\n' "$@" >&2
	exit 1
}

[[ -z ${PORT:-} || -f $TOP/ports/$PORT/BASE ]] ||
	die "PORT=$PORT: there is no such port" "There are: $(cd "$TOP/ports" && echo *)"

# base_field KEY: a value from BASE, or from the file that stands in for it.
base_field() {
	awk -v key="$1" '$1 == key { $1 = ""; sub(/^ +/, ""); print }' "${BASE_FILE:-$TOP/${PORT:+ports/$PORT/}BASE}"
}

# check_jobs: JOBS is how many jobs to run at once.
check_jobs() {
	export JOBS=${JOBS:-$(nproc)}
	[[ $JOBS =~ ^[1-9][0-9]*$ ]] || die "JOBS=$JOBS: not a number of jobs"
}

# lock FILE [--shared]: held until this script ends.
lock() {
	mkdir -p "$(dirname "$1")"
	exec 9>"$1"
	flock "${2:---exclusive}" -n 9 && return
	say "Waiting for another run that holds $1 ..."
	flock "${2:---exclusive}" 9
}

# temporary VARIABLE DIRECTORY: make a directory that is removed when the script ends.
temporary() {
	local -n path=$1
	mkdir -p "$2"
	path=$(mktemp -d "$2/tmp.XXXXXX")
	temporaries+=("$path")
}
temporaries=()
trap 'rm -rf "${temporaries[@]}"' EXIT

# step LABEL COMMAND...: run COMMAND, show that it is alive, and end the script
# with its last output if it fails. COMMAND may write apt's status lines
# ("kind:what:percent:text") to file descriptor 3.
# Not to be used in a condition: bash then ignores "set -e" in COMMAND.
step() {
	local label=$1 log rc drawer
	shift
	log=$(mktemp)
	temporaries+=("$log")
	exec 8> >(draw_progress "$label")
	drawer=$!
	set +e
	(set -e; "$@") >"$log" 2>&1 3>&8 8>&-
	rc=$?
	set -e
	exec 8>&-
	wait "$drawer" || true
	[ "$rc" -eq 0 ] || { tail -n 20 "$log" >&2; die "$label: failed (exit status $rc)"; }
}

# draw_progress LABEL: a live line on a terminal, a line now and then elsewhere.
draw_progress() {
	local label=$1 start=$SECONDS shown=$SECONDS percent='' new rc
	[ -t 2 ] || say "$label ..."
	while :; do
		rc=0
		IFS=: read -r -t 1 _ _ new _ || rc=$?
		[ "$rc" -ne 0 ] || percent=${new%%.*}%
		[ "$rc" -eq 0 ] || [ "$rc" -gt 128 ] || break
		if [ -t 2 ]; then
			printf '\r\033[K%s ... %s %ds' "$label" "$percent" $((SECONDS - start)) >&2
		elif [ $((SECONDS - shown)) -ge 30 ]; then
			say "$label ... $percent $((SECONDS - start))s"
			shown=$SECONDS
		fi
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
	[ $((SECONDS - start)) -lt 3 ] || say "$label: $((SECONDS - start))s"
}
