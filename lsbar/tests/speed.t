#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# 100,000 BARs take under a second on a system that has nothing else to do, and
# memory that grows with their number. What is tested leaves room for a system
# that is busy; the times are shown.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

PLAIN=$OUT/lsbar

# measure TIMES COMMAND...: the best seconds of CPU, as others may use this system,
# too; and MiB
measure() {
	local i times=$1
	shift
	for ((i = 0; i < times; i++)); do
		/usr/bin/time -f '%U %S %M' -a -o "$BOX/time" "$@" >"$BOX/out" 2>&1
	done
	used=$(awk 'NF == 3 { t = $1 + $2; if (!best || t < best) best = t } END { print best }' "$BOX/time")
	memory=$(awk 'NF == 3 { print int($3 / 1024); exit }' "$BOX/time")
	rm "$BOX/time"
}

# below WHAT LIMIT NAME
below() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'
	ok $? "$3: $1, below $2"
}

for layout in packed isolated; do
	for bars in 25000 100000; do
		python3 "$TESTS/crowd" $layout $bars "$MEMORY/$layout.$bars"
		measure 3 "$PLAIN" --sysroot "$MEMORY/$layout.$bars" -n
		is "$(grep -c '^0' "$BOX/out")" "$bars" "$bars $layout BARs are shown"
		rm "$BOX/out" # too much for a message
		m[bars]=$memory # an array by number
		rm -rf "$MEMORY/$layout.25000"
	done
	below "$used" 3 "$layout: seconds"
	below "$((m[100000] * 10 / m[25000]))" 50 "$layout: memory, tenths of that for a quarter (${m[25000]} and ${m[100000]} MiB)"
	for mode in --check --openmetrics --features --plan "-J" "-J -O"; do
		# shellcheck disable=SC2086 # one or two words
		measure 1 "$PLAIN" --sysroot "$MEMORY/$layout.100000" $mode
		below "$used" 6 "$layout: seconds for $mode"
	done
	below "$memory" 150 "$layout: MiB for -J -O"
	measure 1 "$PLAIN" --sysroot "$MEMORY/$layout.100000" --page-size 1G --map
	below "$used" 10 "$layout: seconds for --map of one page of 1 GiB"
	rm -rf "$MEMORY/$layout.100000"
done
python3 "$TESTS/crowd" driven 60000 "$MEMORY/driven"
for page in 4K 64K 2M 64M 1G; do
	measure 1 "$PLAIN" --sysroot "$MEMORY/driven" --page-size $page --map
	below "$used" 6 "driven: seconds for --map at $page"
done
rm -rf "$MEMORY/driven"
python3 "$TESTS/crowd" same 20000 "$MEMORY/same"
measure 1 "$PLAIN" --sysroot "$MEMORY/same"
below "$used" 6 "20000 at one address: seconds"
finish
