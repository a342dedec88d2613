#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Trees that are broken, or made to harm: each ends with a clear error, or with
# less known. Never with a crash, a hang, or a look at anything outside.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

DEV=sys/bus/pci/devices/0000:00:01.0
SECRET=$BOX/secret
echo "0xdead 0xbeef secret" >"$SECRET"

# fresh: a good tree in $T, to be broken
fresh() {
	rm -rf "$BOX/t"
	cp -r "$(tree other-things)" "$BOX/t"
	T=$BOX/t
}

# broken NAME TEXT...: it must say each TEXT, quickly, and nothing secret
broken() {
	local name=$1
	shift
	fails "$name" "$@" -- timeout 20 "$LSBAR" --sysroot "$T" -a -O
	! said "beef"
	ok $? "$name: nothing from outside is shown"
}

# resource NAME TEXT CONTENT
resource() {
	fresh
	printf '%b' "$3" >"$T/$DEV/resource"
	broken "resource: $1" "cannot use $T/$DEV/resource" "$2"
}

line='0x0000000080000000 0x00000000800000ff 0x0000000000040200\n'
none='0x0000000000000000 0x0000000000000000 0x0000000000000000\n'
seven=$none$none$none$none$none$none$none
resource "empty" "it has 0 lines" ''
resource "three lines" "it has 3 lines, not 7" "$line$none$none"
resource "too many lines" "it has 18 lines" "$seven$seven$none$none$none$none"
resource "cut in a line" "line 7 is not" "$line$none$none$none$none$none${none:0:30}"
resource "cut in the last number" "line 7 is not" "$line$none$none$none$none$none${none:0:54}"
resource "cut before the newline" "line 7 is not" "$line$none$none$none$none$none${none:0:56}"
resource "words" "line 2 is not" "${line}one two three\n"
resource "no prefix" "line 1 is not" "80000000 800000ff 40200\n"
resource "a minus" "line 1 is not" "0x-1 0x2 0x40200\n"
resource "more than 64 bits" "line 1 is not" "0x10000000000000000 0x10000000000000fff 0x40200\n"
resource "end before start" "line 1 is not" "0x80000100 0x80000000 0x40200\n"
resource "zero bytes" "zero bytes" "$line\0$none"
resource "one more word" "line 1 is not" "${line%\\n} 0x1\n"
resource "binary" "resource" "$(head -c 2000 /dev/urandom | tr -d '\0' | base64 -w 0)"
fresh
truncate -s 10G "$T/$DEV/resource"
broken "resource: huge" "cannot read $T/$DEV/resource: File too large"
fresh
rm "$T/$DEV/resource"
broken "resource: missing" "cannot read $T/$DEV/resource: No such file"

# iomem NAME TEXT CONTENT
iomem() {
	fresh
	printf '%b' "$3" >"$T/proc/iomem"
	broken "iomem: $1" "$2"
}
iomem "garbage" "line 2 is not 'start-end : name'" '80000000-8fffffff : PCI Bus 0000:00\ngarbage\n'
iomem "no newline" "its last line is cut short" '80000000-8fffffff : PCI Bus 0000:00\n80000000-80'
iomem "end before start" "line 1 is not" '80000000-7fffffff : x\n'
iomem "more than 64 bits" "line 1 is not" '80000000-10000000000000000 : x\n'
iomem "a minus" "line 1 is not" '-1-2 : x\n'
fresh
truncate -s 10G "$T/proc/iomem"
broken "iomem: huge" "it has more than"

# Unknown, but no error
quiet() {
	exits 0 "$1" timeout 20 "$LSBAR" --sysroot "$T" -a -O
	! said Sanitizer
	ok $? "$1: nothing is wrong"
}
fresh
echo "00000000-00000000 : x" >"$T/proc/iomem"
quiet "iomem: zeros"
fresh
: >"$T/proc/iomem"
is "$("$LSBAR" --sysroot "$T" -anr -o VERDICT "$(basename $DEV)" | sort -u)" '?' "an empty iomem: unknown, not isolated"
fresh
for file in vendor device class numa_node; do
	head -c 3000 /dev/urandom >"$T/$DEV/$file"
done
quiet "garbage in numbers"
is "$("$LSBAR" --sysroot "$T" -anr -o VENDOR,CLASS,NUMA,NAME "$(basename $DEV)" | sort -u)" '? ? - ?' "is unknown"
printf '80000000-8fffffff : \033[31mred\xff\x9b\n' >"$T/proc/iomem"
"$LSBAR" --sysroot "$T" -a -J -O >"$BOX/out"
! grep -q "$(printf '[\033\x9b\xff]')" "$BOX/out" && python3 -m json.tool "$BOX/out" >/dev/null
ok $? "names with control characters reach nobody"

# Links and other traps
trap_file() {
	fresh
	rm -rf "${T:?}/$2"
	$3 "$T/$2"
	broken "$1" "cannot use $T/$2"
}
to_secret() { ln -s "$SECRET" "$1"; }
relative() { ln -s "$(printf '../%.0s' {1..40})${SECRET#/}" "$1"; }
zero() { ln -s /dev/zero "$1"; }
loop() { ln -s "$(basename "$1")" "$1"; }
for kind in to_secret relative zero loop mkfifo mkdir; do
	for file in $DEV/resource proc/iomem proc/cmdline page_size $DEV/resource0_shares_page $DEV/vendor; do
		trap_file "$kind as $file" "$file" $kind
	done
done
fresh
rm -rf "${T:?}/$DEV"
ln -s "$BOX" "$T/$DEV"
cp "$(tree other-things)/$DEV/resource" "$BOX/resource"
broken "a device that is a link to outside" "cannot use $T/$DEV/resource" "leads out of the captured tree"
fresh
mkdir "$T/devices"
mv "$T/$DEV" "$T/devices/dev"
ln -s ../../../../devices/dev "$T/$DEV"
quiet "a device that is a link inside, as in sysfs"
fresh
mv "$T/sys/bus/pci" "$BOX/pci"
ln -s "$BOX/pci" "$T/sys/bus/pci"
broken "a bus that is a link to outside" "leads out of the captured tree"
fresh
mkdir -p "$BOX/elsewhere"
cp -r "$T/sys/bus/pci/devices/." "$BOX/elsewhere"
rm -r "$T/sys/bus/pci/devices"
ln -s "$BOX/elsewhere" "$T/sys/bus/pci/devices"
broken "a list of devices that is a link to outside" "cannot use $T/sys/bus/pci/devices: it is a link that leads out"
fresh
ln -s "$BOX" "$T/outside"
rm -f "$T/$DEV/driver"
mkdir "$BOX/drivers"
ln -s /secret-beef "$BOX/driver"
ln -s ../../../../../outside/driver "$T/$DEV/driver"
quiet "a driver whose name is a link to outside"
! said "secret"
ok $? "which is not followed"
for link in driver iommu_group physfn; do
	fresh
	rm -f "$T/$DEV/$link"
	ln -s "$(printf 'x/%.0s' {1..2000})" "$T/$DEV/$link"
	quiet "$link: a link of 4000 bytes"
	ln -sfn / "$T/$DEV/$link"
	quiet "$link: a link to /"
done
fresh
rm -f "$T/$DEV/driver"
ln -s "$(printf '../../../../../\033[31mevil"\\,\nname')" "$T/$DEV/driver"
"$LSBAR" --sysroot "$T" -a -J -O >"$BOX/out"
grep -qF '"driver": "?[31mevil\"\\,?name"' "$BOX/out" && python3 -m json.tool "$BOX/out" >/dev/null
ok $? "a driver with a name made to harm"

# Names of devices
name() {
	fresh
	mkdir "$T/sys/bus/pci/devices/$1"
	broken "a device called $1" "$2"
}
name garbage "Couldn't parse entry name garbage"
name 0000:00:02 "Couldn't parse entry name"
name 80000000:00:00.0 "Invalid domain 80000000"
name 0000:00:1234.0 "cannot read"
name 0000:0:1e.0 "cannot read $BOX/t/sys/bus/pci/devices/0000:00:1e.0/resource"
fresh
long=$BOX/$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..200})/$(printf 'z%.0s' {1..200})
mkdir -p "$(dirname "$long")"
mv "$T" "$long"
T=$long
broken "a path of 600 bytes" "the path of the tree is too long"
finish
