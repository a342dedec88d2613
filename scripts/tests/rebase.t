#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make rebase: which patches apply to another kernel, and which do not.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
unset DEB
R=$BOX/repo
DEBS=$XDG_CACHE_HOME/passthrough-align/deb
mkdir -p "$DEBS"

# newer SERIES: a package of that series, with EDIT in pci.c, in the cache as if it
# were downloaded
newer() {
	local name=linux-source-$1 sha
	cp -a "$BOX/linux-source-7.3" "$BOX/$name"
	sed -i "$EDIT" "$BOX/$name/drivers/pci/pci.c"
	make_deb "$name" "$1.1-1" "$BOX/$1.deb"
	sha=$(sha256sum <"$BOX/$1.deb" | cut -d' ' -f1)
	cp "$BOX/$1.deb" "$DEBS/$sha.deb"
	echo "$sha $1.1-1" >"$DEBS/newest-$name.instead"
}

EDIT="1i another line" newer 7.4
works "a kernel with other lines before" mk "$R" rebase BASE=linux-source-7.4
is "$(grep -c ' applies$' "$BOX/out")" 2 "both patches apply"
is "$(git -C "$R" status --porcelain)" "" "the repo stays as it is"
cp "$R/build/rebase/BASE" "$R/BASE"
works "make tree there" mk "$R" tree
is "$(head -1 "$R/build/linux/drivers/pci/pci.c") $(grep -c fifteen "$R/build/linux/drivers/pci/pci.c")" \
	"another line 1" "has the other kernel and the series"

EDIT="s/line 15/line XV/" newer 7.5
fails "a kernel where one line differs" "PCI: 0001-one" "applies" "does not apply" "drivers/pci/pci.c:14" \
	"1 patches do not apply" -- mk "$R" rebase BASE=linux-source-7.5
[ ! -e "$R/build/rebase/BASE" ]
ok $? "leaves no BASE for it"

fails "no package of kernel source" "BASE=gcc: not a package" -- mk "$R" rebase BASE=gcc
fails "no BASE" "BASE=: not a package" -- mk "$R" rebase
finish
