#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which rows, in which order: --sets, --shared, --filter, --sort; what holds a BAR

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# sets NAME ARGUMENT...: one set a line
sets() { on "$1" --sets -nr -o SET,BDF "${@:2}" 2>&1 | awk '{ if ($1 != set) printf "%s%s", set ? "\n" : "", $1; set = $1; printf " %s", $2 } END { print "" }'; }
is "$(sets hypervisor-opteron)" "1 0000:00:11.0 0000:00:12.2 0000:00:13.2
2 0000:00:12.0
3 0000:00:12.1
4 0000:00:13.0
5 0000:00:13.1" "sets by page"
is "$(sets hypervisor-opteron 00:12.2)" "1 0000:00:11.0 0000:00:12.2 0000:00:13.2" "the set of one device"
is "$(sets hypervisor-opteron 00:12.2 00:13.1 | wc -l)" 2 "of two"
is "$(on hypervisor-opteron --sets -nr -o FITNESS,DRIVER 00:12.2 | sort -u)" "own ahci
own ehci-pci" "given together it is fit, and drivers are shown"
is "$(sets vfio)" "1 0000:00:01.0
2 0000:00:02.0 0000:00:03.0" "another tree"
is "$(sets hypervisor-opteron --page-size 64K)" "1 0000:00:11.0 0000:00:12.0 0000:00:12.1 0000:00:12.2 0000:00:13.0 0000:00:13.1 0000:00:13.2" "by larger pages"
cp -r "$(tree hypervisor-opteron)" "$BOX/groups"
group() { ln -s "../../../../kernel/iommu_groups/$2" "$BOX/groups/sys/bus/pci/devices/0000:00:$1/iommu_group"; }
group 12.0 7
group 13.1 7
group 13.2 7
group 12.1 8
is "$("$LSBAR" --sysroot "$BOX/groups" --sets -nr -o SET,BDF 00:12.0 | tr '\n' ' ')" \
	"1 0000:00:11.0 1 0000:00:12.0 1 0000:00:12.2 1 0000:00:13.1 1 0000:00:13.2 " "a group joins what pages have joined"
is "$(on q35-packed.off --sets -nr -o BDF | grep -cF -e 02:05.0 -e 0000:00:00.0 -e 0000:01:00.0)" 0 "bridges and hosts stay"
is "$(on q35-packed.off --sets -nr -o BDF,FITNESS -s 02:03.0 | grep foreign)" "0000:02:03.0 foreign
0000:02:04.0 foreign" "what shares with one of these can't be passed through anyway"
is "$(on q35-packed.off --sets -nr -o BDF,FITNESS,BAR,SIZE,START 00:1f.0)" "0000:00:1f.0 - ? ? -" "a device without BARs"
is "$(on bridge-bar --sets 2>&1)" "lsbar: no device but bridges, which stay with the host" "nothing but bridges"
is "$(on q35-packed.off --sets -J | python3 -c 'import json, sys
t = json.load(sys.stdin); print(t["version"], t["devices"][0]["set"], list(t)[-1])')" "1 1 devices" "sets as JSON"

is "$(on writable -anr -o BDF,BAR,HOLDER,DRIVER | sort -u)" "0000:00:03.0 0 e1000 e1000
0000:00:04.0 0 - -
0000:00:04.0 ROM - -
0000:00:05.0 0 - -
0000:00:06.0 0 - -" "what holds a BAR"
is "$(on router-board -nr -o HOLDER | sort -u | tr '\n' ' ')" "ahci ehci_hcd mmc0 " "by the name of a region"
is "$(on vfio -nr -o HOLDER 00:01.0)" "vfio-pci" "vfio, whose padding is none"
is "$(on user -nr -o HOLDER | sort -u | tr '\n' ' ')" "8139cp ? " "others than root see drivers"
cp -r "$(tree rom)" "$BOX/console"
echo earlyprintk=pciserial,0:1.0 >"$BOX/console/proc/cmdline"
is "$("$LSBAR" --sysroot "$BOX/console" -nr -o HOLDER 00:01.0 | sort -u)" 'early\x20console' "an early console"
sed 's/^  80001000.*/&\n    80001000-800010ff : BOOTFB/' "$(tree writable)/proc/iomem" >"$BOX/iomem"
cp -r "$(tree writable)" "$BOX/bootfb"
cp "$BOX/iomem" "$BOX/bootfb/proc/iomem"
is "$("$LSBAR" --sysroot "$BOX/bootfb" -nr -o HOLDER 00:06.0)" BOOTFB "firmware's framebuffer"
echo "flr bus" >"$BOX/bootfb/sys/bus/pci/devices/0000:00:06.0/reset_method"
: >"$BOX/bootfb/sys/bus/pci/devices/0000:00:04.0/reset_method"
is "$("$LSBAR" --sysroot "$BOX/bootfb" -nr -o BDF,RESET 00:06.0 00:04.0 | sort -u)" "0000:00:04.0 -
0000:00:06.0 flr,bus" "ways to reset it"

is "$(on hypervisor-opteron -a --shared -nr -o BDF | tr '\n' ' ')" "0000:00:11.0 0000:00:12.2 0000:00:13.2 " "--shared"
is "$(on q35-packed.on --shared 2>&1)" "lsbar: no memory BAR matches" "--shared of nothing"
# filter EXPRESSION: devices
filter() { on hypervisor-opteron -nr -o BDF -Q "$1" | sed 's/^0000:00://' | tr '\n' ' '; }
while IFS='|' read -r want expression; do
	is "$(filter "$expression")" "$want" "--filter '$expression'"
done <<-'END'
	11.0 |SIZE == 1K
	11.0 |SIZE == 1k
	11.0 |SIZE == 1KiB
	12.0 12.1 13.0 13.1 |SIZE >= 4096
	12.2 13.2 |SIZE < 0x400
	12.2 13.2 |SIZE <= 256
	11.0 12.2 13.2 |VERDICT == shares
	11.0 12.2 13.2 |VERDICT == "shares"
	12.0 12.1 13.0 13.1 |verdict != "shares"
	12.2 13.2 |VERDICT == shares && DRIVER == ehci-pci
	11.0 12.0 12.1 13.0 13.1 |!(VERDICT == shares && DRIVER == ehci-pci)
	11.0 12.2 13.2 |DRIVER
	12.0 12.1 13.0 13.1 |!DRIVER
	12.2 13.2 |DRIVER =~ "^e.*pci$"
	11.0 12.0 12.1 13.0 13.1 |DRIVER !~ "^e"
	11.0 12.0 |SIZE == 1K || BDF == "0000:00:12.0"
	11.0 12.0 |SIZE == 1K||BDF =~ 12.0
	11.0 |(SIZE == 1K || SIZE == 256) && START < 0xfdefe800
	12.2 13.2 |SHARES-WITH =~ "00:11"
	11.0 12.2 13.2 |CURE == fake-size
	|IOMMU-GROUP > 0
	|IOMMU-GROUP < 1000
END
bad() { fails "--filter '$1'" "$2" "Try 'lsbar --help'" -- on hypervisor-opteron -Q "$1"; }
bad "" "invalid filter: '': a column expected at ''"
bad "SIZE ==" "a value expected at ''"
bad "SIZE == 1 2" "'&&', '||' or the end expected at '2'"
bad "NONSENSE == 1" "unknown column: 'NONSENSE'"
bad "(SIZE == 1" "')' expected at ''"
bad 'DRIVER == "x' "a quote expected"
bad 'DRIVER =~ "("' "'(' is not a regular expression"
bad "SIZE == 1 &&" "a column expected"
bad "$(printf '!%.0s' {1..1000})SIZE" "less nesting expected"

is "$(on hypervisor-opteron -anr -o BDF,SIZE -x SIZE | cut -d ' ' -f 2 | tr '\n' ' ')" "256 256 1K 4K 4K 4K 4K " "--sort by size"
is "$(on hypervisor-opteron -anr -o BDF -x DRIVER | head -n 3 | tr '\n' ' ')" "0000:00:11.0 0000:00:12.2 0000:00:13.2 " "by driver, and what is missing last"
is "$(on hypervisor-opteron -anr -o START -x start | sort -C && echo sorted)" sorted "by address"
fails "--sort by an unknown column" "unknown column: 'NONSENSE'" -- on hypervisor-opteron -x NONSENSE
for words in "--check --shared" "--map --sort SIZE" "--features -Q SIZE" "--sets --plan"; do
	# shellcheck disable=SC2086 # several words
	fails "$words" "lsbar: " "Try 'lsbar --help'" -- on hypervisor-opteron $words
done
finish
