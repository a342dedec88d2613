#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# --from: what lspci printed and somebody pasted, and what lsbar-capture --text wrote

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

CAPTURE=$TOP/lsbar-capture
FORUM=$TESTS/trees/lspci-forum.txt
COLS=BDF,BAR,SIZE,START,SHARES-WITH,VERDICT,VFIO-MMAP,XEN-EXPOSES,DRIVER,PLAN

# A post about a system that there is also a tree of
is "$("$LSBAR" --from "$FORUM" -nr -o $COLS)" "$(on hypervisor-opteron -nr -o $COLS)" "a post is read as its tree"
is "$("$LSBAR" -F "$FORUM" -nr -o IOMMU-GROUP,FITS,NUMA 00:11)" "? ? -" "what it leaves out is unknown"
is "$("$LSBAR" -F - -nr -o BDF <"$FORUM" | wc -l)" 3 "from standard input"
exits 2 "--check" "$LSBAR" -F "$FORUM" --check
said "pci=resource_alignment=12@0000:00:11.0" && ! said "This kernel"
ok $? "says what every kernel knows"
for width in 40 50 60 72; do
	is "$(sed 's/^/> /' "$FORUM" | fold -w $width | "$LSBAR" -F - -a -J -O)" "$("$LSBAR" -F "$FORUM" -a -J -O)" "quoted, and cut after $width characters"
done
is "$("$LSBAR" -F "$FORUM" --map | head -n 2 | tail -n 1)" '  |................AAAAAAAAAAAAAAAABBBB............CCCC............|' "--map"

# lsbar-capture --text is read as what it was captured from
for file in "$TESTS"/trees/*.tree; do
	name=$(basename "$file" .tree)
	"$CAPTURE" --from "$(tree "$name")" --text "$BOX/text" 2>/dev/null
	is "$("$LSBAR" --from "$BOX/text" --page-size 4K -a -J -O 2>&1)" "$(on "$name" --page-size 4K -a -J -O 2>&1)" "$name: captured as text"
done
is "$("$CAPTURE" --from "$(tree writable)" --text - | "$LSBAR" -F - -nr -o CURE 00:04)" $'write\nwrite' "and so is the mode of its status"
is "$("$CAPTURE" --from "$(tree q35-packed.off)" --text - | sed 's/^/> /; s/$/\r/; 1i somebody wrote:' | "$LSBAR" -F - -a -J -O)" \
	"$(on q35-packed.off -a -J -O)" "quoted in a mail"
"$CAPTURE" --from "$(tree q35-packed.off)" --text - >"$BOX/text"
[ "$(wc -c <"$BOX/text")" -lt 15000 ] && ! grep -q Kernel.code "$BOX/text" && ! grep -q '   *0*-0* ' "$BOX/text"
ok $? "it fits into a post, and does not reveal where the kernel is"
head -n -1 "$BOX/text" >"$BOX/cut"
fails "a captured text that is cut short" "its last line is not 'end of lsbar-capture'" -- "$LSBAR" -F "$BOX/cut"
sed 's/^page size: 4096/page size: 4095/' "$BOX/text" >"$BOX/odd"
fails "one with an odd page size" "it is not the size of a page" -- "$LSBAR" -F "$BOX/odd"
fails "--text with a directory" "with --text give no directory" -- "$CAPTURE" --text x y
fails "--text without a file" "--text needs an argument" -- "$CAPTURE" --text
fails "--text that can't be written" "cannot write to /nonexistent/x" -- "$CAPTURE" --from "$(tree rom)" --text /nonexistent/x

# However it is shown
python3 "$TESTS/lspci" random 1 60 "$LSBAR" "$MEMORY" >"$BOX/out" 2>&1
ok $? "random systems, shown in six ways"

# one LINE...: what becomes of lines of one device
one() {
	printf '%s\n' "00:02.0 0200: 10ec:8139" "$@" >"$BOX/one"
	"$LSBAR" -F "$BOX/one" -a -nr -o BAR,SIZE,START,TYPE 2>&1
}
is "$(one "Region 0: Memory at fe000100 (32-bit, non-prefetchable) [size=256]")" "0 256 0xfe000100 mem" "a line"
is "$(one "Region 2: Memory at 0000000fe0001000 (64-bit, prefetchable) [disabled] [size=4K]")" '2 4K 0xfe0001000 mem\x2064bit\x20pref' "a 64-bit one"
is "$(one "Region 0: Memory at <unassigned> (32-bit, non-prefetchable) [disabled] [size=256]")" "0 256 - mem" "one without address"
is "$(one "Region 0: Memory at fe000100 (32-bit, non-prefetchable)")" "0 ? 0xfe000100 mem" "one without size"
is "$(one "Memory at fe000100 (32-bit, non-prefetchable) [size=256]")" "? 256 0xfe000100 mem" "one without number"
is "$(one "Region 0: I/O ports at d000 [size=256]" "Region 1: Memory at fe000100 (32-bit, non-prefetchable) [size=1M]")" "1 1M 0xfe000100 mem" "behind I/O ports"
is "$(one "Expansion ROM at 000c0000 [virtual] [disabled] [size=128K]")" "ROM 128K - mem" "a ROM's shadow"
is "$(one "Expansion ROM at fe000800 [disabled] [size=2K]")" "ROM 2K 0xfe000800 mem" "a ROM"
is "$(one "Region 0: [virtual] Memory at fe000100 (32-bit, non-prefetchable) [size=256]")" "0 256 0xfe000100 mem" "[virtual]"
is "$(one "Region 0: Memory at fe00" "0100 (32-bit, non-prefetch" "able) [si" "ze=256]")" "0 256 0xfe000100 mem" "cut anywhere"
for size in 2048 2K 2k 2KB 2KiB "2 K" 2Ko 2К 2кБ; do
	is "$(one "Region 0: Memory at fe000800 (32-bit) [size=$size]")" "0 2K 0xfe000800 mem" "a size of '$size'"
done
is "$(one "Region 0: Memory at fe000800 [size=99999999999T]" "Region 9999: Memory at 1000 [size=1]" "Region 0")" "0 ? 0xfe000800 mem" "sizes and numbers that can't be"

# A list and the details below it are of the same devices
{ printf '%s\n' "00:11.0 SATA controller [0106]: Some Device [1002:4391]" "00:14.0 SMBus [0c05]: Other [1002:4385]" ''; sed 's/ \[0106\]//; s/ \[ffff:0001\]//' "$FORUM"; } >"$BOX/twice"
is "$("$LSBAR" -F "$BOX/twice" -nr -o BDF,BAR,CLASS,VENDOR 00:11)" "0000:00:11.0 5 0x0106 0x1002" "shown twice: put together"
is "$("$LSBAR" -F "$BOX/twice" -nr -o CLASS,PLAN 00:12.2)" "0x0c03 moves" "and the others as before"
is "$(printf '%s\n' "00:1c.0 PCI bridge: X" "Bus: primary=00, secondary=02, subordinate=02" "Memory behind bridge: fe000000-fe0fffff" \
	"Prefetchable memory behind bridge: fff00000-000fffff" "02:00.0 RAID bus controller: Y" "Region 0: Memory at fe000c00 (32-bit, non-prefetchable) [size=128]" |
	"$LSBAR" -F - -anr -o BDF,PLAN,WINDOW)" '0000:02:00.0 moves 0xfe000000-0xfe0fffff\x200000:00:1c.0\x20window\x201' "a bridge's window"

# with /proc/iomem
iomem=$(tree hypervisor-opteron)/proc/iomem
is "$("$LSBAR" -F "$FORUM" --iomem "$iomem" -nr -o VERDICT,FITS 00:11)" "shares yes" "--iomem"
fails "--iomem alone" "--iomem goes with --from" -- "$LSBAR" --iomem "$iomem"
fails "--from and --sysroot" "mutually exclusive" -- "$LSBAR" -F "$FORUM" --sysroot /
fails "a file that is not there" "cannot open /nonexistent: No such file" -- "$LSBAR" -F /nonexistent
fails "a directory" "cannot read $BOX: Is a directory" -- "$LSBAR" -F "$BOX"
fails "no lspci in it" "there is no device in it in lspci's format" -- "$LSBAR" -F "$0"
fails "nothing in it" "there is no device in it" -- "$LSBAR" -F /dev/null
head -c 100000 /dev/urandom >"$BOX/noise"
fails "noise" "there is no device in it" -- "$LSBAR" -F "$BOX/noise"
fails "without end" "it has more than" -- "$LSBAR" -F /dev/zero
# Long, and cut in each line
yes $'00:02.0 x\nMemory at fe000000' | head -n 40000 >"$BOX/long"
exits 0 "long" timeout 20 "$LSBAR" -F "$BOX/long"

# This system
if [ -d /sys/bus/pci/devices ]; then
	here="BDF,BAR,SIZE,START,TYPE,SHARES-WITH,VERDICT,VFIO-MMAP,XEN-EXPOSES,VENDOR,DEVICE,CLASS"
	for words in -vv -vvv -vvnn -vvnnxxx; do
		lspci $words >"$BOX/lspci" 2>/dev/null
		"$LSBAR" --from "$BOX/lspci" --iomem /proc/iomem -a -J -o "${here%,VENDOR*}" >"$BOX/out" 2>&1
		is "$(cat "$BOX/out")" "$("$LSBAR" -a -J -o "${here%,VENDOR*}")" "this system's lspci $words"
	done
	is "$("$LSBAR" --from "$BOX/lspci" --iomem /proc/iomem -a -J -o $here)" "$("$LSBAR" -a -J -o $here)" "with numbers"
	"$CAPTURE" --text "$BOX/here" 2>/dev/null
	is "$("$LSBAR" --from "$BOX/here" -a -J -O)" "$("$LSBAR" -a -J -O)" "this system as text"
fi
finish
