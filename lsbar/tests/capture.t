#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lsbar-capture: what is captured shows the same as what it was captured from

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

CAPTURE=$TOP/lsbar-capture
COLUMNS_=BDF,BAR,SIZE,START,FLAGS,SHARES-WITH,VERDICT,STATUS,DRIVER,IOMMU-GROUP,NUMA,VENDOR,DEVICE,CLASS

for name in q35-packed.off vfs user-status no-iomem pages-64k other-things; do
	exits 0 "$name: captured" "$CAPTURE" --from "$(tree "$name")" "$BOX/$name.captured"
	is "$("$LSBAR" --sysroot "$BOX/$name.captured" -a -J -o $COLUMNS_ --plan 2>&1)" \
		"$(on "$name" -a -J -o $COLUMNS_ --plan 2>&1)" "$name: the same"
done
[ ! -s "$BOX/user-status.captured/sys/bus/pci/devices/0000:00:01.0/rom_shares_page" ]
ok $? "what can't be read is empty"

# Packing is how the trees of these tests are made
python3 "$TESTS/tree" pack "$BOX/vfs.captured" >"$BOX/vfs2.tree"
python3 "$TESTS/tree" unpack "$BOX/vfs2.tree" "$BOX/vfs2"
is "$("$LSBAR" --sysroot "$BOX/vfs2" -a -J -o $COLUMNS_)" "$(on vfs -a -J -o $COLUMNS_)" "and the same when packed and unpacked"

# No more of the command line than what is read
cp -r "$(tree rom)" "$BOX/secret"
echo "root=UUID=1234 pci=realloc password=x pci=passthrough_align,nomsi earlyprintk=dbgp apci=1" >"$BOX/secret/proc/cmdline"
"$CAPTURE" --from "$BOX/secret" "$BOX/secret.captured"
is "$(cat "$BOX/secret.captured/proc/cmdline")" "pci=realloc pci=passthrough_align,nomsi earlyprintk=dbgp " "no more of the command line than that"
is "$("$LSBAR" --sysroot "$BOX/secret.captured" --openmetrics | sed -n 's/^lsbar_passthrough_align //p')" 1 "which is understood"
for words in "pci=passthrough_aligned" "pci=passthrough_align=1" "xpci=passthrough_align" "" "pci="; do
	echo "$words" >"$BOX/secret/proc/cmdline"
	is "$("$LSBAR" --sysroot "$BOX/secret" --openmetrics | sed -n 's/^lsbar_passthrough_align //p')" 0 "'$words' is another word"
done

fails "no directory given" "give one directory" -- "$CAPTURE"
fails "two" "give one directory" -- "$CAPTURE" a b
fails "one that exists" "$BOX exists: give a new directory" -- "$CAPTURE" --from "$(tree rom)" "$BOX"
fails "one that can't be made" "lsbar-capture: cannot write to /proc/nonexistent" -- "$CAPTURE" --from "$(tree rom)" /proc/nonexistent
fails "nothing to capture" "no $BOX/tests/sys/bus/pci/devices: is sysfs mounted" -- "$CAPTURE" --from "$BOX/tests" "$BOX/x"
fails "an unknown option" "unknown option: --nonsense" -- "$CAPTURE" --nonsense
fails "--from without argument" "--from needs an argument" -- "$CAPTURE" --from
exits 0 "--help" "$CAPTURE" --help
exits 0 "--version" "$CAPTURE" --version

# This system, if it has PCI
if [ -d /sys/bus/pci/devices ]; then
	exits 0 "this system" "$CAPTURE" "$BOX/here"
	is "$("$LSBAR" --sysroot "$BOX/here" -a -J -O 2>&1)" "$("$LSBAR" -a -J -O 2>&1)" "shows the same when captured"
	exits 0 "--sysroot / is this system, too" "$LSBAR" --sysroot / --page-size "$(getconf PAGE_SIZE)" -a
	is "$(cat "$BOX/out")" "$("$LSBAR" -a 2>&1)" "and shows the same"
	exits 0 "lspci" lspci -O sysfs.path="$BOX/here/sys/bus/pci" -n
	is "$(cat "$BOX/out")" "$(lspci -n)" "lspci reads what is captured"
	# Others than root may see less, but nothing else
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$BOX"
		cp "${GIVEN:-$OUT/lsbar}" "$BOX/lsbar"
		root=$("$BOX/lsbar" -anr -o BDF,BAR,VERDICT)
		user=$(setpriv --reuid 65534 --regid 65534 --clear-groups "$BOX/lsbar" -anr -o BDF,BAR,VERDICT)
		is "$(diff <(echo "$root") <(echo "$user") | grep '^>' | grep -cv '[?]$')" 0 "others than root see the same, or ?"
	fi
else
	fails "a system without PCI" "is sysfs mounted, and does the system have PCI?" -- "$LSBAR"
fi
finish
