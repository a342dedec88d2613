#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The command line, and what is wrong with it

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

T=$(tree bridge)
HELP=$("$LSBAR" --help)

exits 0 "--help" "$LSBAR" --help
exits 0 "-V" "$LSBAR" -V
is "$(cat "$BOX/out")" "lsbar 1.0" "says the version"
mapfile -t names < <(sed -n 's/^ .., --\([a-z-]*\).*/\1/p; s/^     --\([a-z-]*\).*/\1/p' <<<"$HELP")
for option in "${names[@]}"; do
	grep -q -- "\\\\-\\\\-${option//-/\\\\-}" "$TOP/lsbar.8"
	ok $? "--$option is in the man page"
done

fails "an unknown option" "nonsense" "Try 'lsbar --help'" -- "$LSBAR" --nonsense
fails "an unknown column" "unknown column: 'NONSENSE'" "Try 'lsbar --help'" -- "$LSBAR" --sysroot "$T" -o BDF,NONSENSE
fails "an empty column" "unknown column: ''" -- "$LSBAR" --sysroot "$T" -o BDF,,BAR
fails "too many columns" "more than 64 columns" -- "$LSBAR" --sysroot "$T" -o "$(seq -s, 1 70 | sed 's/[0-9]*/BAR/g')"
is "$("$LSBAR" --sysroot "$T" -r -o bdf,Bar -s 2:1)" $'BDF BAR\n0000:02:01.0 0' "columns in small letters"
is "$("$LSBAR" --sysroot "$T" -r -o +VERDICT -s 2:1 | head -n 1)" \
	"BDF BAR SIZE START PAGE OFFSET SHARES-WITH DRIVER IOMMU-GROUP VERDICT" "+ adds a column"
for size in 0 1 4095 4097 12K 2G 64KB 64Kb 64KiBs K '' -4096 4096x 99999999999999999999 16777217K; do
	fails "--page-size '$size'" "invalid page size: '$size'" -- "$LSBAR" --sysroot "$T" --page-size "$size"
done
for size in 4096 4K 64K 64k 64KiB 2M 2m 1G 1GiB; do
	exits 0 "--page-size $size" "$LSBAR" --sysroot "$T" --page-size $size
done
is "$("$LSBAR" --sysroot "$T" --page-size 1M -r -o VERDICT -n -s 2:1)" isolated "another page size is what counts"
is "$("$LSBAR" --sysroot "$T" --page-size 2M -r -o VERDICT -n -s 2:1)" shares "and a larger one"
fails "--color=blue" "invalid argument of --color: 'blue'" -- "$LSBAR" --sysroot "$T" --color=blue
fails "two modes" "mutually exclusive" -- "$LSBAR" --map --check
fails "two formats" "mutually exclusive" -- "$LSBAR" -J -r
fails "-o and -O" "mutually exclusive" -- "$LSBAR" -O -o BDF
fails "--xen without --check" "--xen is for --check" -- "$LSBAR" --xen
fails "a format for what is not a table" "are for tables" -- "$LSBAR" --map -J

fails "a device that is not there" "'00:1e': no such device" -- "$LSBAR" --sysroot "$T" 00:1e
fails "one of two is not there" "'09:00.0': no such device" -- "$LSBAR" --sysroot "$T" --check 02:01.0 09:00.0
fails "an invalid device" "invalid device: 'zz:00'" -- "$LSBAR" --sysroot "$T" zz:00
fails "an ID as a device" "invalid device: '8086:'" -- "$LSBAR" --sysroot "$T" 8086:
fails "an empty device" "invalid device: ''" -- "$LSBAR" --sysroot "$T" --check ''
fails "-s with a bad slot" "invalid slot: '0:100:1'" -- "$LSBAR" --sysroot "$T" -s 0:100:1
fails "-d with a bad ID" "invalid device ID: '12345:'" -- "$LSBAR" --sysroot "$T" -d 12345:
fails "-d where nobody knows" "cannot tell whether to show 0000:00:01.0" -- on no-iomem -d 10ec:
exits 0 "-d by class" "$LSBAR" --sysroot "$T" -nr -o BDF -d ::0604
is "$(cat "$BOX/out")" $'0000:01:00.0\n0000:01:01.0' "shows the bridges"
# ... which libpci 3.7 does not know at all
fails "-d by programming interface, without revision" "lsbar: " -- "$LSBAR" --sysroot "$T" -d ::0604:00
is "$("$LSBAR" --sysroot "$T" -nr -o BDF 02:01 01:02.0)" $'0000:01:02.0\n0000:02:01.0' "two devices"
for filter in "-s 1f:" "-d 1234:"; do
	# shellcheck disable=SC2086 # two words
	fails "--check $filter, of no device at all" "no such device" -- "$LSBAR" --sysroot "$T" --check $filter
done
exits 0 "--check of a device without BARs" "$LSBAR" --sysroot "$T" --check 00:1c.0
exits 0 "--check of what is isolated" "$LSBAR" --sysroot "$T" --check 02:01.0
is "$(cat "$BOX/out")" "" "says nothing"
is "$("$LSBAR" --sysroot "$T" -nr -o BDF -s 02: -s 1)" 0000:02:01.0 "-s twice: each fills in what the other leaves open"
is "$("$LSBAR" --sysroot "$T" -nr -o BDF -d ::0604 -d 10ec: | sort -u)" $'0000:01:00.0\n0000:01:01.0' "and -d likewise"
fails "-s twice with different devices" "'02:01.0' contradicts a slot before it" -- "$LSBAR" --sysroot "$T" --check -s 01:00.0 -s 02:01.0
fails "-d twice with different vendors" "'8086:' contradicts a device ID before it" -- "$LSBAR" --sysroot "$T" -d 10ec: -d 8086:
exits 3 "--check of what nobody knows" on user --check 00:03.0
said "capture it as root"
ok $? "says who would know"
exits 2 "--check of both" on user --check
exits 2 "--check for another page size" on q35-packed.on --check --page-size 64K
! said "the kernel says"
ok $? "is not what the kernel's status is about"
exits 4 "--check where the kernel differs" on disagree --check

fails "no directory" "cannot open /nonexistent: No such file" -- "$LSBAR" --sysroot /nonexistent
mkdir "$BOX/empty"
fails "a tree without /sys" "cannot read $BOX/empty/sys/bus/pci/devices: No such file or directory (is sysfs mounted" \
	-- "$LSBAR" --sysroot "$BOX/empty"
cp -r "$T" "$BOX/nosize"
rm "$BOX/nosize/page_size"
fails "a tree without page size" "give the page size of that system with --page-size" -- "$LSBAR" --sysroot "$BOX/nosize"
exits 0 "and with one given" "$LSBAR" --sysroot "$BOX/nosize" --page-size 4K
for size in 4095 x 0 "" 99999999999999999999 "4096 "; do
	echo "$size" >"$BOX/nosize/page_size"
	fails "page size '$size' in the tree" "page_size: it is not the size of a page" -- "$LSBAR" --sysroot "$BOX/nosize"
done
mkdir -p "$BOX/nodev/sys/bus/pci/devices"
echo 4096 >"$BOX/nodev/page_size"
exits 0 "a system without devices" "$LSBAR" --sysroot "$BOX/nodev"
said "no memory BAR is small or shares a page"
ok $? "says so"
is "$("$LSBAR" --sysroot "$BOX/nodev" -J 2>&1 | tr -d ' \n')" \
	'{"version":1,"page-size":4096,"sees-all":false,"kernel-status":false,"bars":[]}' "and in JSON as well"
fails "a wrong filter, even there" "unknown column: 'SIZES'" -- "$LSBAR" --sysroot "$BOX/nodev" -Q 'SIZES == 1K'

full_disk() { "$@" >/dev/full; }
big=$(tree q35-packed.off)
for mode in -a -J "-J -O" -P -r --map --check --plan --openmetrics --features "--svg -" --help; do
	# shellcheck disable=SC2086 # one or two words
	fails "a full disk, $mode" "write error: " -- full_disk "$LSBAR" --sysroot "$big" $mode
done
fails "a picture that can't be written" "cannot write to /nonexistent/x: No such file" -- "$LSBAR" --sysroot "$T" --svg /nonexistent/x
fails "a picture on a full disk" "cannot write to /dev/full" -- "$LSBAR" --sysroot "$T" --svg /dev/full
# A reader that has seen enough, with the signal and without
closed_pipe() { { sleep 0.3; "$@" 2>"$BOX/out"; echo $? >"$BOX/status"; } | :; }
closed_pipe "$LSBAR" --sysroot "$T" -a -O
is "$(cat "$BOX/status" "$BOX/out")" 141 "a closed pipe ends it silently"
closed_pipe env --ignore-signal=PIPE "$LSBAR" --sysroot "$T" -a -O
is "$(cat "$BOX/status" "$BOX/out")" 0 "and without the signal as well"
"$LSBAR" --sysroot "$T" -a <&- >"$BOX/out" 2>&1
ok $? "without standard input"
"$LSBAR" --sysroot "$T" -a >&- 2>"$BOX/out"
is $? 1 "without standard output"
finish
