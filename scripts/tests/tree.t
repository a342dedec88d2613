#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make tree: what it makes, what it refuses, and that it loses nothing.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
R=$BOX/repo
L=$R/build/linux

works "make tree" mk "$R" tree
is "$(git -C "$L" rev-parse 'base^{tree}')" "$(kernel_tree)" "the base is the package's tree, modes and links too"
is "$(git -C "$L" log --format=%s base..)" "$(printf 'PCI: 0002-two\nPCI: 0001-one')" "one commit per patch"
is "$(git -C "$L" show -s --format='%an <%ae> %ad, %cn %cd' HEAD)" \
	"A U Thor <a@example.com> Thu Jan 1 10:00:00 2026 +0200, A U Thor Thu Jan 1 10:00:00 2026 +0200" \
	"author and dates are the mail's"
is "$(git -C "$L" show --format= --name-only HEAD~1)" "$(printf 'drivers/pci/new.c\ndrivers/pci/pci.c')" \
	"a new file comes with its patch"
is "$(git -C "$L" status --short)" "" "the tree is clean"
echo x >"$L/drivers/pci/seen.c"
is "$(git -C "$L" status --short)" "?? drivers/pci/seen.c" "git sees a new file, Debian's .gitignore or not"
rm "$L/drivers/pci/seen.c"

git clone -q "$R" "$BOX/second"
unset DEB
works "a second clone needs no download" mk "$BOX/second" tree
is "$(head_of "$BOX/second")" "$(head_of "$R")" "and gets the same hash"

touch -d 2020-01-01 "$L"/drivers/pci/*
works "make tree again" mk "$R" tree
is "$(find "$L" -newermt 2021-01-01 -path '*pci/*.c')" "" "touches nothing"
echo "new text" >"$R/drivers/pci/new.c"
works "make tree after a change" mk "$R" tree
is "$(find "$L" -newermt 2021-01-01 -path '*pci/*.c' -printf '%f\n')" "new.c" "touches only what changed"
is "$(cat "$L/drivers/pci/new.c")" "new text" "and changes it"

# What is refused, with the tree as it was: refused NAME TEXT...
good=$(head_of "$R")
save "$R"
refused() {
	local name=$1
	shift
	fails "$name is refused" "$@" -- mk "$R" tree
	is "$(head_of "$R") $(git -C "$L" status --short)" "$good " "$name leaves the tree as it was"
	git -C "$R" reset -q --hard
	git -C "$R" clean -qfd
}

add_patch "$R" 0003-bad 25 x
sed -i 's/^-line 25/-line 99/' "$R/patches/0003-bad.patch"
refused "a patch that does not apply" patches/0003-bad.patch drivers/pci/pci.c:24

add_patch "$R" 0003-fuzzy 25 x
sed -i 's/^ line 24/ line 99/' "$R/patches/0003-fuzzy.patch"
refused "a patch that needs fuzz" patches/0003-fuzzy.patch drivers/pci/pci.c

add_patch "$R" 0003-taken 0 - drivers/pci/other.c
refused "a new file that the base has" patches/0003-taken.patch drivers/pci/other.c "already has"

echo x >"$R/drivers/pci/nobodys.c"
refused "a new file without a patch" "drivers/pci/nobodys.c: added by no patch"

add_patch "$R" 0003-again 25 x drivers/pci/new.c
refused "a new file with two patches" "drivers/pci/new.c: added by patches/0001-one.patch and patches/0003-again.patch"

add_patch "$R" 0003-ghost 25 x drivers/pci/ghost.c
rm "$R/drivers/pci/ghost.c"
refused "an Adds: without a file" 0003-ghost.patch "Adds: drivers/pci/ghost.c"

add_patch "$R" 0003-diff 25 x
sed -i 's,drivers/pci/pci.c,drivers/pci/new.c,' "$R/patches/0003-diff.patch"
refused "a diff that a new file does not have" patches/0003-diff.patch drivers/pci/new.c "as the last patch leaves it"

add_patch "$R" 0003-loose 25 x
git -C "$R" checkout -q patches/series
refused "a patch that series does not list" "patches/0003-loose.patch is not in patches/series"

echo 0003-none.patch >>"$R/patches/series"
refused "a series line without a patch" "patches/0003-none.patch" "does not exist"

echo 0001-one.patch >>"$R/patches/series"
refused "a patch listed twice" "patches/0001-one.patch is in patches/series twice"

add_patch "$R" 0003-empty 0 -
refused "a patch without content" patches/0003-empty.patch "changes nothing"

add_patch "$R" 0003-mail 25 x
sed -i '/^Date:/d' "$R/patches/0003-mail.patch"
refused "a patch that is not a mail" patches/0003-mail.patch "no Date"

add_patch "$R" 0003-only 0 - drivers/pci/only.c
works "a patch of new files only" mk "$R" tree
is "$(git -C "$L" show --format=%s --name-only)" "$(printf 'PCI: 0003-only\n\ndrivers/pci/only.c')" "is a commit"
add_patch "$R" 0004-dir 0 - tools/testing/selftests/pci/
for file in a b/c; do mkdir -p "$R/tools/testing/selftests/pci/b"; echo x >"$R/tools/testing/selftests/pci/$file"; done
chmod +x "$R/tools/testing/selftests/pci/a"
works "a patch that adds a directory" mk "$R" tree
is "$(git -C "$L" ls-tree -r --format='%(objectmode) %(path)' HEAD tools)" \
	"$(printf '100755 tools/testing/selftests/pci/a\n100644 tools/testing/selftests/pci/b/c')" "with all in it"

# Work in build/linux is nobody's to throw away.
echo edit >>"$L/drivers/pci/other.c"
works "uncommitted edits are no error if the series did not change" mk "$R" tree
is "$(said "uncommitted edits"; echo $?) $(tail -n 1 "$L/drivers/pci/other.c")" "0 edit" "and are left, and said"
echo changed >>"$R/drivers/pci/new.c"
fails "a change of the series does not run over uncommitted edits" "uncommitted edits" "make refresh" "FORCE=1" -- mk "$R" tree
is "$(tail -n 1 "$L/drivers/pci/other.c")" edit "they are still there"
git -C "$L" commit -qam "PCI: edit"
fails "nor over commits" "commits that patches/ does not have" -- mk "$R" tree
is "$(git -C "$L" log -1 --format=%s)" "PCI: edit" "they are still there, too"
works "FORCE=1 does" mk "$R" tree FORCE=1
is "$(git -C "$L" log -1 --format=%s) $(tail -n 1 "$L/drivers/pci/new.c")" "PCI: 0004-dir changed" "and gives the series"
git -C "$L" checkout -q --detach HEAD~
works "FORCE=1 alone" mk "$R" tree FORCE=1
is "$(git -C "$L" log -1 --format=%s)" "PCI: 0004-dir" "goes back to the series"

echo mine >"$L/drivers/pci/extra.c"
add_patch "$R" 0005-extra 0 - drivers/pci/extra.c
fails "an untracked file where a new one goes" drivers/pci/extra.c -- mk "$R" tree
is "$(cat "$L/drivers/pci/extra.c")" mine "is left"
rm "$L/drivers/pci/extra.c"
works "make tree without it" mk "$R" tree

# Killed while files were moving.
old=$(head_of "$R")
echo moved >>"$R/drivers/pci/new.c"
mk "$R" tree >/dev/null 2>&1
tip=$(head_of "$R")
git -C "$L" checkout -q -B series "$old"
git -C "$L" update-ref refs/passthrough-align/moving "$tip"
rm "$L/drivers/pci/new.c"
touch "$L/.git/index.lock"
works "make tree after it was killed" mk "$R" tree
is "$(git -C "$L" status --short) $(head_of "$R")" " $tip" "has all files"
mkdir -p "$BOX/second/build/linux.tmp/.git"
rm -rf "$BOX/second/build/linux"
works "make tree after the first one was killed" mk "$BOX/second" tree
is "$(git -C "$BOX/second/build/linux" status --short)" "" "is whole"

works "make stock" mk "$R" stock
is "$(git -C "$R/build/stock" rev-parse 'HEAD^{tree}')" "$(kernel_tree)" "is the base"
echo x >>"$R/build/stock/drivers/pci/pci.c"
works "make stock again" mk "$R" stock
is "$(git -C "$R/build/stock" status --short)" "" "is pristine again"

finish
