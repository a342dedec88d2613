#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test that the script for users does what it says.  It is lsbar's examples/isolate, in
# the initramfs as /isolate; /program is lsbar.  With ISOLATE in the environment it
# has the kernel give each device's BARs pages of their own.  On a kernel that can't
# do that, it gets --fake-size, for the first network card, and then the test shows
# what that costs.
devices=/sys/bus/pci/devices
said=/tmp/said n=0

check() { # NAME COMMAND...
	name=$1 n=$((n + 1))
	shift
	if "$@"; then echo "ok $n $name"; else echo "not ok $n $name"; fi
}

isolate() {
	/isolate "$@" >$said 2>&1
	rc=$?
	sed 's/^/# isolate: /' $said
	return $rc
}

refuses() { # WORDS ARGUMENTS...
	words=$1
	shift
	! isolate "$@" && [ "$(sed -n "/$words/p" $said)" ]
}

# sharing [BDF]: its small BARs that share a page, or all devices'
sharing() { /program --shared -n -r -o BDF,BAR ${1:+-s "$1"}; }
shares() { [ "$(sharing "$@")" ]; }
shares_not() { [ ! "$(sharing "$@")" ]; }

# addresses [BDF]: where all BARs are, except that device's
addresses() {
	(cd $devices && for dev in *; do
		[ "$dev" = "${1-}" ] || sed "s/^/$dev /" "$dev/resource"
	done)
}
same() { [ "$1" = "$2" ]; }
has_driver() { [ -L "$devices/$1/driver" ]; }
unbind() { echo "$1" >"$devices/$1/driver/unbind"; }

# Its directory is another one when a device has been away
directory() { stat -c %i "$devices/$1/"; }
size() { # BDF BAR
	# shellcheck disable=SC2046 # start, end, flags
	set -- $(sed -n "$(($2 + 1))p" "$devices/$1/resource")
	echo $(($2 - $1 + 1))
}

by_fake_size() { # BDF
	bar=$(sharing "$1" | sed 's/.* //; q')
	was=$(size "$1" "$bar") others=$(addresses "$1") before=$(directory "$1")
	check "BAR $bar of $1 has $was bytes and shares its page" shares "$1"
	check "refused: it has a driver" refuses "unbind that first" --fake-size "$1"
	unbind "$1"
	check "refused: this kernel can't" refuses "can't give its BARs pages" "$1"
	check "--dry-run succeeds" isolate --dry-run --fake-size "$1"
	check "and changes nothing" shares "$1"
	check "--fake-size succeeds" isolate --fake-size "$1"
	check "BAR $bar does not share its page" shares_not "$1"
	check "all others are where they were" same "$others" "$(addresses "$1")"
	check "its driver is back" has_driver "$1"
	check "the price: it looks as large as a page" \
		same "$(size "$1" "$bar")" "$(getconf PAGE_SIZE)"
	check "the price: the device was away" [ "$before" != "$(directory "$1")" ]
	unbind "$1"
	eval "$(sed -n 's/.*to undo, //p' $said)"
	check "it can be undone" same "$(size "$1" "$bar")" "$was"
	unbind "$1"
	check "and done again" isolate --fake-size "$1"
}

each_unbind() { for dev; do ! has_driver "$dev" || unbind "$dev"; done; }
each_bind() { for dev; do echo "$dev" >/sys/bus/pci/drivers_probe; done 2>/dev/null; }
directories() { for dev; do directory "$dev"; done; }

by_write() { # BDF...
	before=$(directories "$@") all=$(addresses)
	check "BARs share pages" shares
	check "refused: no such device" refuses "no such device" 00:1e.7
	check "refused: the first has a driver" refuses "unbind that first" "$1"
	each_unbind "$@"
	check "--dry-run succeeds" isolate --dry-run "$@"
	check "and changes nothing" same "$all" "$(addresses)"
	check "isolate succeeds" isolate "$@"
	check "no BAR shares its page" shares_not
	check "no device was away" same "$before" "$(directories "$@")"
	check "once more there is nothing to do" isolate "$@"
	check "and nothing is said" [ ! -s $said ]
	each_bind "$@"
	check "the first has its driver again" has_driver "$1"
}

who_shares() { sharing | sed 's/ .*//' | uniq; }
network_card() {
	(cd $devices && for dev in *; do
		[ "$(cat "$dev/class")" != 0x020000 ] || ! shares "$dev" || echo "$dev"
	done | sed q)
}

echo "TAP version 13"
if [ ! -w "$(echo $devices/*/resource0_shares_page | sed 's/ .*//')" ]; then
	echo 1..13
	by_fake_size "$(network_card)"
elif [ "${ISOLATE-}" ]; then
	echo 1..11
	# shellcheck disable=SC2046 # one word a device
	by_write $(who_shares)
else
	echo 1..1
	echo "ok 1 # SKIP ISOLATE is not set"
fi
