#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fitness for passthrough, and what helps on this kernel. Each tree is a problem that
# somebody had, or a variant of it; NAME.expected has what is right, per BAR.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

for file in "$TESTS"/trees/*.expected; do
	name=$(basename "$file" .expected)
	on "${name%.*}" --page-size "$([[ $name = *.*k ]] && echo "${name##*.}" || echo 4K)" -J -O -a >"$BOX/json" 2>"$BOX/out"
	python3 "$TESTS/expected" "$file" "$BOX/json" >"$BOX/out" 2>&1
	ok $? "$name: as expected"
done

# check STATUS TREE ARGUMENT...
check() {
	local status=$1 name=$2
	shift 2
	exits "$status" "$name: --check $*" on "$name" --check "$@"
}

# says TEXT...: each of them
says() {
	local text bad=0
	for text; do
		said "$text" || bad=1
	done
	ok $bad "says ${1:0:40}..."
}

# silent TEXT...: none of them
silent() {
	local text bad=0
	for text; do
		! said "$text" || bad=1
	done
	ok $bad "does not say $1"
}

# Fitness
check 5 sil-alone-misaligned
says "0000:02:00.0 BAR 0 (0xfeaffc00, size 128) is alone in its page, but does not begin it" "VFIO does not map it" \
	"a Xen HVM guest gets the page after it"
check 2 sil-alone-misaligned --xen
check 2 card-reader-functions
says "0000:00:1d.7 BAR 0 (0xfebfbc00, size 1K) is alone in its page, but does not begin it"
is "$(grep -c '^0000:' "$BOX/out")" 5 "one sentence per device"
check 0 card-reader-functions 00:1b.0
is "$(cat "$BOX/out")" "" "silent about what is fit"
check 5 own-bars-only
says "0000:06:09.4 BAR 0 (0xb0109400, size 256), like 1 more of its BARs, shares a page only with what goes to the same guest, 0000:06:09.4 BAR 1: that does no harm"
check 5 own-device
check 2 two-functions
check 2 two-functions 00:03.0
says "shares a page with 0000:00:03.1 BAR 0: Xen and UIO expose that"
check 5 two-functions 00:03.0 00:03.1
check 5 two-functions 00:03
check 2 two-functions -s 00:03
check 2 hypervisor-opteron 00:11.0 00:12.2
says "shares a page with 0000:00:13.2 BAR 0 and 1 more"
check 5 hypervisor-opteron 00:11.0 00:12.2 00:13.2
mapfile -t most < <(on crowd -anr -o BDF | head -n 31)
exits 2 "the last of 31 neighbours is foreign" on crowd --check "${most[@]}"
exits 5 "unless it goes along" on crowd --check "${most[@]}" 00:1f.0
check 2 unclaimed-neighbour 00:03.0
says "Xen, UIO and even VFIO expose that"
check 2 unclaimed-neighbour 00:04.0
says "with VFIO it is only slow"
is "$(on unclaimed-neighbour -nr -o VFIO-MMAP)" $'yes\nno' "VFIO maps a page whose neighbour the kernel does not know of"
is "$(on bridge-bar -nr -o VFIO-MMAP)" no "VFIO takes no bridge"
check 0 bridge-bar
check 2 router-board --page-size 64K 00:08.0
says "UIO exposes that; with VFIO it is only slow"
is "$(on sil-alone-misaligned | sed -n 2p | tr -s ' ')" "0000:02:00.0 0 128 0xfeaffc00 0xfeaff000 0xc00 - (misaligned) pciback -" "the table has the word misaligned"
check 3 user 01:00.0
says "0000:01:00.0 BAR 0: cannot tell whether it shares a page: the tree has no addresses"

# hvmloader
check 0 xen-host-of-two 00:17.0 05:00.0
check 5 xen-host-of-two --xen 00:17.0 05:00.0
says "These 3 BARs are smaller than a page. hvmloader packs them"
check 5 xen-host-of-two --xen 00:17.0
says "These 2 BARs are"
check 0 xen-host-of-two --xen 05:00.0

# What helps on a kernel without the series
check 2 hypervisor-opteron 00:12.2
says "pci=resource_alignment=12@0000:00:12.2" "GRUB_CMDLINE_LINUX='pci=resource_alignment=12@0000:00:12.2'" \
	"proxmox-boot-tool refresh" "with Xen is for dom0's kernel" "looks as large as a page" "Without a reboot"
silent "12@0000:00:11.0" "boot with pci=passthrough_align"
check 2 hypervisor-opteron --page-size 64K 00:12.2
says "pci=resource_alignment=16@0000:00:12.2"
check 2 hypervisor-opteron
says "'pci=\"resource_alignment=12@0000:00:11.0;12@0000:00:12.2;12@0000:00:13.2\"'"
silent realloc
check 2 resource-alignment 00:03.0
says "pci=resource_alignment=12@0000:00:03.0;8@0000:00:04.0"
check 2 advice-vs-after-vf 00:03.0
says "pci=resource_alignment= moves what is next to it" "pci=resource_alignment=12@0000:00:04.0"
for name in root-window-full router-board hypervisor-opteron host-window-full realloc-already-given; do
	check 2 $name
	silent realloc
done
check 2 plan
silent "12@0000:01:0" # it would lose a BAR
says "no page is free in its window, so put it into another slot"

# with the series' status, and with its write
check 2 q35-packed.off 00:07.0
says "; boot with pci=passthrough_align." "only booting can tell"
silent resource_alignment "echo 0"
check 2 writable
says "0000:00:03.0 BAR 0 (0x80000000, size 256) shares a page with 0000:00:04.0 BAR 0: Xen and UIO expose that; with VFIO it is only slow; this kernel can give it a page of its own now." \
	"echo 0 > /sys/bus/pci/devices/0000:00:03.0/resource0_shares_page    # unbind e1000 first" \
	"0000:00:05.0 BAR 0 (0x80002000, size 256) shares a page with 0000:00:04.0 ROM: Xen and UIO expose that; with VFIO it is only slow; this kernel can move what is next to it now." \
	"echo 0 > /sys/bus/pci/devices/0000:00:04.0/rom_shares_page"
silent "0000:00:05.0/resource" passthrough_align
check 2 writable --page-size 64K 00:03.0
says "boot with pci=passthrough_align"
check 2 full-bridge-realloc.off
says "so boot with pci=passthrough_align,realloc"

# cures ROOT WORDS: those of a tree that was booted with these words
cures() {
	cp -r "$(tree "$1")" "$BOX/booted"
	echo "$2" >"$BOX/booted/proc/cmdline"
	"$LSBAR" --sysroot "$BOX/booted" -r -n -o CURE "${@:3}" | sort -u | tr '\n' ' '
	rm -r "$BOX/booted"
}
is "$(cures full-bridge-realloc.off "" 01:01.0)" "realloc " "a bridge's window may grow"
is "$(cures full-bridge-realloc.off "pci=realloc" 01:01.0)" "slot " "not if it was to grow already"
is "$(cures full-bridge-realloc.off "pci=realloc=on,nomsi" 01:01.0)" "slot " "with =on, too"
is "$(cures full-bridge-realloc.off "pci=realloc=off" 01:01.0)" "realloc " "but with =off"
is "$(cures full-bridge-realloc.off "pci=passthrough_align" 01:01.0)" "realloc " "likewise with the parameter"

# Firmware that wants its addresses kept, as a device tree says
cp -r "$(tree cloud-arm64-4k)" "$BOX/kept"
mkdir -p "$BOX/kept/proc/device-tree/chosen"
printf '\0\0\0\1' >"$BOX/kept/proc/device-tree/chosen/linux,pci-probe-only"
exits 2 "firmware's addresses are kept" "$LSBAR" --sysroot "$BOX/kept" --check --page-size 64K
says "firmware wants its addresses kept (linux,pci-probe-only), so put it into another slot"
silent resource_alignment
printf '\0\0\0\0' >"$BOX/kept/proc/device-tree/chosen/linux,pci-probe-only"
exits 2 "and not if it says 0" "$LSBAR" --sysroot "$BOX/kept" --check --page-size 64K
says "pci=resource_alignment=16@0000:00:01.0"

# An interrupt controller that firmware did not enable moves
cp -r "$(tree ioapic-not-enabled)" "$BOX/pic"
config() { printf '\x86\x80\x0e\x10%b\0\0\0\1\x20\0\x08' "$1" >"$BOX/pic/sys/bus/pci/devices/0000:00:04.0/config"; }
plan() { "$LSBAR" --sysroot "$BOX/pic" -nr -o PLAN,AFTER --plan 00:04.0; }
is "$(plan)" "? isolated" "without config nobody knows, but either way it is isolated"
config '\0'
is "$(plan)" "moves isolated" "off: it moves"
config '\2'
is "$(plan)" "skipped:interrupt-controller isolated" "on: it does not"
ln -s ../../drivers/x "$BOX/pic/sys/bus/pci/devices/0000:00:04.0/driver"
is "$(plan)" "? isolated" "on with a driver, which may have done it: nobody knows"

# Devices that are named in pci=resource_alignment= are left to that
is "$(on resource-alignment -nr -o PLAN --plan)" $'moves\nskipped:resource_alignment' "named on the command line"
named() {
	cp -r "$(tree resource-alignment)" "$BOX/named"
	echo "$1" >"$BOX/named/sys/bus/pci/resource_alignment"
	"$LSBAR" --sysroot "$BOX/named" -nr -o PLAN --plan 00:04.0
	rm -r "$BOX/named"
}
is "$(named "")" moves "what is set now goes first"
is "$(named "20@00:04.0")" skipped:resource_alignment "without a domain"
is "$(named "00:09.0;0000:00:04.0")" skipped:resource_alignment "without an order, the second one"
is "$(named "12@pci:8086:100e")" skipped:resource_alignment "by ID"
is "$(named "12@pci:0:100e:0:0")" skipped:resource_alignment "with wildcards"
is "$(named "12@pci:8086:100f")" moves "by another ID"
is "$(named "12@pci:8086:100e:1:1")" '?' "by that of the subsystem"
is "$(named "0000:00:1c.0/04.0")" '?' "by path"
is "$(named "0001:00:04.0;00:04.1;01:04.0;00:05.0")" moves "others"

# A BAR that is alone in a page moves to its start, whatever else is free
own() { "$LSBAR" --sysroot "$BOX/own" -nr -o FITS,AFTER,CURE 02:00.0; }
resource_of() { echo "$BOX/own/sys/bus/pci/devices/$1/resource"; }
own_tree() { rm -rf "$BOX/own"; cp -r "$(tree own-page-only)" "$BOX/own"; }
# kernel MODE: with the series' status, of that mode
kernel() {
	for bdf in 02:00.0 02:01.0; do
		install -m "$1" /dev/stdin "$BOX/own/sys/bus/pci/devices/0000:$bdf/resource0_shares_page" <<<"${2:-0}"
	done
}
is "$(on own-page-only -nr -o FITS,AFTER,CURE 02:00.0)" "yes isolated fake-size" "the last free page is the BAR's own"
is "$(on own-page-only --page-size 64K -nr -o FITS,AFTER 02:00.0)" "no ?" "it is not alone in a larger one"
own_tree
kernel 444
is "$(own)" "yes isolated parameter" "likewise with the series"
exits 5 "and --check" "$LSBAR" --sysroot "$BOX/own" --check
says "0000:02:00.0 BAR 0" "; boot with pci=passthrough_align." "only booting can tell"
silent realloc "another slot"
kernel 644
is "$(own)" "yes isolated write" "or now"
exits 5 "which --check says" "$LSBAR" --sysroot "$BOX/own" --check
says "this kernel can give it a page of its own now" "echo 0 > /sys/bus/pci/devices/0000:02:00.0/resource0_shares_page"
"$TOP/lsbar-capture" --from "$BOX/own" --text "$BOX/own.txt"
is "$("$LSBAR" --from "$BOX/own.txt" -nr -o FITS,AFTER,CURE 02:00.0)" "yes isolated write" "and --from"
kernel 444 1
is "$(own 2>/dev/null)" "no ? realloc" "not if the kernel knows of something else there"
own_tree
sed -i 's/fe0fffff : PCI Bus/fe0ffcff : PCI Bus/' "$BOX/own/proc/iomem"
is "$(own)" "no ? slot" "nor if the window ends in the page"
own_tree
sed -i '2s/.*/&\n  fe0ff800-fe0ffcff : Reserved/' "$BOX/own/proc/iomem"
sed -i 's/^    fe0ffc00/      fe0ffc00/' "$BOX/own/proc/iomem"
is "$(own)" "no ? slot" "nor if something smaller than the page is around it"
own_tree
sed -i 's/^  fe000000-fe0fffff.*/&\n    fe0ffe00-fe0ffe7f : 0000:02:00.0/' "$BOX/own/proc/iomem"
sed -i '2s/.*/0x00000000fe0ffe00 0x00000000fe0ffe7f 0x0000000000040200/' "$(resource_of 0000:02:00.0)"
kernel 644 1
is "$(own)" $'no ? realloc\nno ? realloc' "two in the last page: neither is alone"
sed -i 's/fe0fefff/fe0fdfff/' "$BOX/own/proc/iomem" "$(resource_of 0000:02:01.0)"
is "$(own)" $'yes isolated write\nyes isolated write' "if one can leave, the other is alone"
kernel 444 1
is "$(own)" $'yes isolated parameter\nyes isolated parameter' "one by one"
own_tree
sed -i '1s/.*/0x000000000000007f 0x00000000000000fe 0x0000000020040200/' "$(resource_of 0000:02:01.0)"
sed -i '/02:01.0/d' "$BOX/own/proc/iomem"
echo "    fe000000-fe0fefff : Reserved" >>"$BOX/own/proc/iomem"
is "$(own)" "? ? fake-size" "one that has no address yet may come into its page"

# A BAR that can't move is alone if all others leave, and still is not page-aligned
own_tree
sed -i 's/fe0fefff : 0000:02:01.0/fe0fdfff : 0000:02:01.0/; s/^    fe0ffc00.*/    fe0ff000-fe0ff07f : 0000:02:00.0\n&/' \
	"$BOX/own/proc/iomem"
sed -i '1s/fe0fefff/fe0fdfff/' "$(resource_of 0000:02:01.0)"
sed -i '1s/40200/40210/; 2s/.*/0x00000000fe0ff000 0x00000000fe0ff07f 0x0000000000040200/' "$(resource_of 0000:02:00.0)"
kernel 644 1
is "$("$LSBAR" --sysroot "$BOX/own" -nr -o BAR,CURE 02:00.0)" $'0 slot\n1 write' "one that is fixed beside one that is not"
own_tree
sed -i '1s/.*/0x00000000fe0fef80 0x00000000fe0ff07f 0x0000000000040200/' "$(resource_of 0000:02:00.0)"
sed -i 's/fe0ffc00-fe0ffc7f/fe0fef80-fe0ff07f/; s/fe0fefff/fe0fdfff/' "$BOX/own/proc/iomem"
sed -i 's/fe0fefff/fe0fdfff/' "$(resource_of 0000:02:01.0)"
is "$(own)" "no ? fake-size" "one that is in two pages has none of its own"
own_tree
sed -i '/02:00.0/d' "$BOX/own/proc/iomem"
is "$(own)" "no ? ?" "nor has one that the kernel does not know"
rm "$BOX/own/proc/iomem"
mkdir "$BOX/own/sys/bus/pci/devices/0000:01:00.0"
{
	yes "0x0000000000000000 0x0000000000000000 0x0000000000000000" | head -n 14
	echo "0x00000000fe000000 0x00000000fe0fffff 0x0000000000000200"
	yes "0x0000000000000000 0x0000000000000000 0x0000000000000000" | head -n 2
} >"$(resource_of 0000:01:00.0)"
is "$(own)" "? ? ?" "without seeing all, nothing is known to be alone"

# A BAR may take a page if nobody knows whether it moves
own_tree
rm "$BOX/own/sys/bus/pci/devices/0000:02:00.0/class"
is "$(own)" "? ? slot" "by itself"
own_tree
sed -i 's/^  fe000000-fe0fffff.*/&\n    fe0ffe00-fe0ffe7f : 0000:02:00.0/; s/fe0fefff/fe0fdfff/' "$BOX/own/proc/iomem"
sed -i '2s/.*/0x00000000fe0ffe00 0x00000000fe0ffe7f 0x0000000000040200/' "$(resource_of 0000:02:00.0)"
sed -i 's/fe0fefff/fe0fdfff/' "$(resource_of 0000:02:01.0)"
is "$(own)" $'yes isolated fake-size\nyes isolated fake-size' "two, with one page more"
cp -r "$BOX/own/sys/bus/pci/devices/0000:02:01.0" "$BOX/own/sys/bus/pci/devices/0000:02:02.0"
rm "$BOX/own/sys/bus/pci/devices/0000:02:02.0/class"
sed -i '1s/.*/0x00000000fd000100 0x00000000fd00017f 0x0000000000040200/' "$(resource_of 0000:02:02.0)"
is "$(own)" $'? ? fake-size\n? ? fake-size' "either of which may take it"
finish
