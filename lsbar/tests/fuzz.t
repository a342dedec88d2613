#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Garbage in, made by libFuzzer from good trees: no crash. RUNS=N for more.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

DEV=sys/bus/pci/devices
RUNS=${RUNS:-5000}
mkdir "$BOX/corpus" "$BOX/artifacts" "$MEMORY/tmp"

# seed NAME DEVICE DEVICE DEVICE: the files that fuzz.c has, one after the other
seed() {
	local root file
	root=$(tree "$1")
	{
		for file in proc/iomem {"$2","$3","$4"}/resource; do
			cat "$root/${file/#0000/$DEV/0000}"
			printf '\xff'
		done
		printf '1\n\xff0\n\xff\xff0x060400\n\xff0x1af4\n\xff0x1000\n\xff-1\n\xffpci=realloc,passthrough_align\n\xff4096\n'
	} >"$BOX/corpus/$1"
}
seed q35-packed.off 0000:00:03.0 0000:00:0c.0 0000:01:00.0
seed other-things 0000:00:01.0 0000:00:02.0 0000:00:03.0
seed vfs 0000:02:00.0 0000:02:10.0 0000:02:01.0
seed end-of-space 0000:00:01.0 0000:00:02.0 0000:00:04.0
seed bridge 0000:00:1c.0 0000:01:00.0 0000:01:01.0
seed odd-sizes 0000:00:01.0 0000:00:02.0 0000:00:04.0
{ printf '\xfe'; cat "$TESTS/trees/lspci-forum.txt"; } >"$BOX/corpus/forum"
for name in bridge vfs user-status; do
	{ printf '\xfe'; "$TOP/lsbar-capture" --from "$(tree $name)" --text - 2>/dev/null; } >"$BOX/corpus/$name.text"
done
for words in "v nn" "vv cut quoted" "vv n suffix"; do
	# shellcheck disable=SC2086 # several words
	{ printf '\xfe'; python3 "$TESTS/lspci" show "$(tree own-bars-only)" $words; } >"$BOX/corpus/${words// /-}"
done

# Where the program gives up, libpci and the stack keep what they had
export ASAN_OPTIONS=detect_leaks=0 TMPDIR=$MEMORY/tmp
timeout 500 "$OUT/fuzz" -runs="$RUNS" -seed=1 -max_len=8192 -close_fd_mask=3 -timeout=10 \
	-artifact_prefix="$BOX/artifacts/" "$BOX/corpus" >"$BOX/log" 2>&1
rc=$?
tail -n 30 "$BOX/log" >"$BOX/out"
ok $rc "$RUNS inputs"
for file in "$BOX/artifacts"/*; do
	[ ! -e "$file" ] || { echo "# $(basename "$file"):"; base64 "$file" | sed 's/^/# /'; }
done
is "$(ls "$MEMORY/tmp")" "" "the tree is gone"
inputs=("$BOX/corpus"/*)
[ ${#inputs[@]} -gt 20 ]
ok $? "and got somewhere: ${#inputs[@]} inputs that were new"
finish
