#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make rebase: which patches fit another kernel, and which need a hand.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
unset DEB
R=$BOX/repo
DEBS=$XDG_CACHE_HOME/passthrough-align/deb
mkdir -p "$DEBS"

# newer SERIES: a package of that series, in the cache as if it were downloaded
newer() {
	local root=$BOX/deb-$1 sha
	mkdir -p "$root/usr/src" "$root/DEBIAN"
	cp -a "$BOX/linux-source-7.3" "$BOX/linux-source-$1"
	[ -z "${EDIT:-}" ] || sed -i "$EDIT" "$BOX/linux-source-$1/drivers/pci/pci.c"
	tar -C "$BOX" -cJf "$root/usr/src/linux-source-$1.tar.xz" "linux-source-$1"
	printf '%s: %s\n' Package "linux-source-$1" Version "$1.1-1" Architecture all \
		Maintainer test Description test >"$root/DEBIAN/control"
	dpkg-deb -b "$root" "$BOX/$1.deb" >/dev/null
	sha=$(sha256sum <"$BOX/$1.deb" | cut -d' ' -f1)
	cp "$BOX/$1.deb" "$DEBS/$sha.deb"
	echo "$sha $1.1-1" >"$DEBS/newest-linux-source-$1.instead"
}

EDIT="1i another line" newer 7.4
works "a kernel with other lines before" mk "$R" rebase BASE=linux-source-7.4
is "$(grep -c ' fits$' "$BOX/out")" 2 "both patches fit"
is "$(git -C "$R" status --porcelain)" "" "the repo stays as it is"
cp "$R/build/rebase/BASE" "$R/BASE"
works "make tree there" mk "$R" tree
is "$(head -1 "$R/build/linux/drivers/pci/pci.c") $(grep -c fifteen "$R/build/linux/drivers/pci/pci.c")" \
	"another line 1" "has the other kernel and the series"

EDIT="s/line 15/line XV/" newer 7.5
fails "a kernel where one line differs" "PCI: 0001-one" "fits" "needs a hand" "drivers/pci/pci.c:14" \
	"1 patches need a hand" -- mk "$R" rebase BASE=linux-source-7.5
[ ! -e "$R/build/rebase/BASE" ]
ok $? "leaves no BASE for it"

fails "no package of kernel source" "BASE=gcc: not a package" -- mk "$R" rebase BASE=gcc
fails "no BASE" "BASE=: not a package" -- mk "$R" rebase
finish
