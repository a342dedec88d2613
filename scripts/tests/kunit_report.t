#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What scripts/kunit_report.py makes of a run of the KUnit tests: what did not
# run has not passed.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

mkdir -p "$BOX/repo/drivers/pci/tests"
cp -r "$HERE/scripts" "$BOX/repo"
cat >"$BOX/repo/drivers/pci/tests/some_kunit.c" <<'C'
static struct kunit_case cases[] = {
	KUNIT_CASE(one),
	KUNIT_CASE_PARAM(two, sizes),
	{}
};
static struct kunit_suite suite = {
	.name = "pci_room",
	.test_cases = cases,
};
C
report() { (cd "$BOX" && repo/scripts/kunit_report.py "$@"); }
asked_for() { KUNIT_ARGS="kunit.filter_glob=$1" report "$2"; }

# result NAME STATUS-OF-ONE [STATUS-OF-TWO...]: what kunit.py --json writes.
result() {
	local name=$1 one=$2 two='' n=0
	shift 2
	for status; do
		n=$((n + 1))
		two+="${two:+,}{\"name\": \"size_$n\", \"status\": \"$status\"}"
	done
	cat >"$BOX/$name.json" <<-JSON
		{"name": "KUnit Test Group", "test_cases": [], "sub_groups": [
		{"name": "pci_room", "test_cases": [{"name": "one", "status": "$one"}], "sub_groups": [
		{"name": "two", "test_cases": [$two], "sub_groups": []}]}]}
	JSON
}

result um PASS PASS PASS
works "all passed" report um.json
is "$(cat "$BOX/out")" "um         3 tests: 3 pass" "counts them"
works "all passed, as TAP" report --tap um.json
is "$(cat "$BOX/out")" "$(printf '%s\n' "ok 1 - um: pci_room.one" "ok 2 - um: pci_room.two.size_1" \
	"ok 3 - um: pci_room.two.size_2" "1..3")" "lists them"

result um FAIL PASS
fails "one that fails" "um: pci_room.one: FAIL" "1 fail, 1 pass" -- report um.json
fails "one that fails, as TAP" "not ok 1 - um: pci_room.one # FAIL" -- report --tap um.json
result um PASS ERROR
fails "a crash" "um: pci_room.two.size_1: ERROR" -- report um.json
result um SKIP PASS
fails "one that is skipped" "um: pci_room.one: SKIP" -- report um.json
result um PASS
fails "one without parameters" "um: pci_room.two: MISSING" -- report um.json
works "one that was not asked for" asked_for "pci_r*.o* kunit.timeout=9" um.json
fails "one that was asked for and is not there" "um: pci_room.two: MISSING" -- \
	asked_for pci_room um.json
echo '{"name": "KUnit Test Group", "test_cases": [], "sub_groups": []}' >"$BOX/um.json"
fails "none at all" "pci_room.one: MISSING" "pci_room.two: MISSING" -- report um.json
fails "a kernel that did not boot" "other: pci_room.one: MISSING" -- report other.json
mkdir "$BOX/um"
result um PASS PASS
echo "[    1.0] BUG: KASAN: use-after-free in pci_bar_move" >"$BOX/um/test.log"
fails "a splat in the log" "BUG: KASAN: use-after-free in pci_bar_move: FAIL" -- report um.json
printf '%s\n' "Kernel panic - not syncing: Segfault with no mm" \
	"pci_random: seed 4711, pages of 16K" >"$BOX/um/test.log"
fails "a panic, and its seed" "Kernel panic - not syncing: Segfault with no mm: FAIL" \
	"pci_random: seed 4711, pages of 16K: FAIL" -- report um.json
rm -r "$BOX/um"
echo 'BUG' >"$BOX/um.json"
fails "no JSON" "um.json: not what kunit.py writes" -- report um.json
fails "nothing to report" "usage:" -- report
echo 'int x;' >"$BOX/repo/drivers/pci/tests/other_kunit.c"
result um PASS PASS
fails "a test without a suite" "other_kunit.c: no suite, or no cases" -- report um.json

sed -i 's/KUNIT_CASE(one)/KUNIT_CASE(half_written_bar)/' "$BOX/repo/drivers/pci/tests/some_kunit.c"
rm "$BOX/repo/drivers/pci/tests/other_kunit.c"
result i386 SKIP PASS
sed -i 's/"one"/"half_written_bar"/' "$BOX/i386.json"
works "what can't be shown on i386 may be skipped there" report --tap i386.json
is "$(head -n 1 "$BOX/out")" "ok 1 - i386: pci_room.half_written_bar # SKIP" "and is shown as such"
cp "$BOX/i386.json" "$BOX/um.json"
fails "but only there" "SKIP" -- report um.json

finish
