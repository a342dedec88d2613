# SPDX-License-Identifier: GPL-2.0
# For the tests of scripts/: TAP, and a sandbox with a tiny kernel as the base,
# so that nothing here downloads, or takes more than seconds.
# shellcheck shell=bash

set -u
export LC_ALL=C.UTF-8 DEPS=no
unset KERNEL DEB FORCE SCENARIO XEN SHARD SET VERSION PORT ALL JOBS MAKEFLAGS MAKELEVEL "${!GIT_@}"

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BOX=$(mktemp -d)
trap 'rm -rf "$BOX"' EXIT
export HOME=$BOX/home XDG_CACHE_HOME=$BOX/cache
export GIT_CONFIG_NOSYSTEM=1
tests=0

# ok STATUS NAME
ok() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		sed 's/^/# /' "$BOX/out" 2>/dev/null
	fi
}

# is GOT WANTED NAME
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '# got    %s\n# wanted %s\n' "$1" "$2"
}

isnt() {
	[ "$1" != "$2" ]
	ok $? "$3"
}

# works NAME COMMAND...
works() {
	local name=$1
	shift
	"$@" >"$BOX/out" 2>&1
	ok $? "$name"
}

# fails NAME TEXT... -- COMMAND...: not zero, and it says each TEXT.
fails() {
	local name=$1 texts=() text rc=0
	shift
	while [ "$1" != -- ]; do
		texts+=("$1")
		shift
	done
	shift
	"$@" >"$BOX/out" 2>&1 && rc=1
	for text in "${texts[@]}"; do
		grep -qF -- "$text" "$BOX/out" || rc=1
	done
	! grep -q Traceback "$BOX/out" || rc=1
	ok $rc "$name"
}

said() { grep -qF -- "$1" "$BOX/out"; }

finish() { echo "1..$tests"; }

# kernel DIR: a tiny kernel source tree, with what is special about the real one.
kernel() {
	mkdir -p "$1/drivers/pci" "$1/scripts"
	printf 'VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = %s\n' "${2:-4}" >"$1/Makefile"
	seq -f 'line %g' 30 >"$1/drivers/pci/pci.c"
	echo 'obj-y += pci.o' >"$1/drivers/pci/Makefile"
	echo 'untouched' >"$1/drivers/pci/other.c"
	printf '#!/bin/sh\n' >"$1/scripts/tool.sh"
	printf '#!/bin/sh\necho cc@example.com\n' >"$1/scripts/get_maintainer.pl"
	chmod 755 "$1/scripts/tool.sh" "$1/scripts/get_maintainer.pl"
	ln -s tool.sh "$1/scripts/link"
	printf '*.o\n#\n# Debian packaging: ignore everything at the top level\n#\n/*\n' >"$1/.gitignore"
}

# package: $BOX/base.deb, the tiny kernel as the package that BASE names.
package() {
	kernel "$BOX/linux-source-7.3"
	make_deb linux-source-7.3 7.3.4-1 "$BOX/base.deb"
	export DEB=$BOX/base.deb
}

# make_deb NAME VERSION FILE: a package of the tree $BOX/NAME, like Debian's.
make_deb() {
	local root=$BOX/deb-$1
	mkdir -p "$root/usr/src"
	tar -C "$BOX" -cJf "$root/usr/src/$1.tar.xz" "$1"
	pack_deb "$root" "$1" "$2" "$3"
}

# pack_deb ROOT NAME VERSION FILE: a package of the files below ROOT.
pack_deb() {
	mkdir -p "$1/DEBIAN"
	printf '%s: %s\n' Package "$2" Version "$3" Architecture all \
		Maintainer test Description test >"$1/DEBIAN/control"
	dpkg-deb -b "$1" "$4" >/dev/null
}

# The git tree that the tiny kernel must become, made by git itself.
kernel_tree() {
	git init -q "$BOX/plain"
	cp -a "$BOX/linux-source-7.3/." "$BOX/plain"
	git -C "$BOX/plain" add -f -A
	git -C "$BOX/plain" write-tree
}

# repo DIR: a repo with our scripts, the tiny base and an empty series.
repo() {
	mkdir -p "$1/patches"
	cp -r "$HERE/scripts" "$HERE/Makefile" "$HERE/.gitignore" "$1"
	sed -e "s/^version .*/version 7.3.4-1/" \
		-e "s/^sha256 .*/sha256 $(sha256sum <"$BOX/base.deb" | cut -d' ' -f1)/" \
		-e "s/^tree .*/tree $(kernel_tree)/" "$HERE/BASE" >"$1/BASE"
	printf '# Series\n\n[fixes]\n' >"$1/patches/series"
	mkdir -p "$1/patches/letters"
	printf 'Subject: PCI: A title\nTo: to@example.com\n\nA letter.\n' >"$1/patches/letters/fixes.txt"
	git -C "$1" init -q
	save "$1"
}

save() {
	git -C "$1" add -A
	git -C "$1" -c user.name=t -c user.email=t@t commit -q --allow-empty -m save
}

# add_patch REPO NAME LINE TEXT [NEW-FILE...]: append a patch that changes a line of
# pci.c to TEXT (LINE 0: nothing), and the new files.
add_patch() {
	local repo=$1 name=$2 line=$3 text=$4
	shift 4
	{
		printf 'From %040d Mon Sep 17 00:00:00 2001\n' 0
		printf 'From: A U Thor <a@example.com>\nDate: Thu, 1 Jan 2026 10:00:00 +0200\n'
		printf 'Subject: [PATCH] PCI: %s\n\nWhy %s.\n---\n' "$name" "$name"
		for file; do
			printf 'Adds: %s\n' "$file"
			new_file "$repo/$file"
		done
		[ "$line" -eq 0 ] || hunk "$line" "$text"
	} >"$repo/patches/$name.patch"
	echo "$name.patch" >>"$repo/patches/series"
}

new_file() {
	mkdir -p "$(dirname "$1")"
	[[ $1 == */ || -e $1 ]] || echo "new $(basename "$1")" >"$1"
}

hunk() {
	printf '\ndiff --git a/drivers/pci/pci.c b/drivers/pci/pci.c\n'
	printf -- '--- a/drivers/pci/pci.c\n+++ b/drivers/pci/pci.c\n'
	printf '@@ -%d,3 +%d,3 @@\n line %d\n-line %d\n+%s\n line %d\n' \
		$(($1 - 1)) $(($1 - 1)) $(($1 - 1)) "$1" "$2" $(($1 + 1))
}

# sample: $BOX/repo with two patches, one of them with a new file.
sample() {
	package
	repo "$BOX/repo"
	add_patch "$BOX/repo" 0001-one 5 five drivers/pci/new.c
	add_patch "$BOX/repo" 0002-two 15 fifteen
	save "$BOX/repo"
}

head_of() { git -C "$1/build/linux" rev-parse HEAD; }
mk() { make -s -C "$@"; }
