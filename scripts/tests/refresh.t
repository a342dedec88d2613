#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make refresh: ordinary git work in build/linux comes back as patches and new
# files, and nothing else changes.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
R=$BOX/repo
L=$R/build/linux
mk "$R" tree >/dev/null 2>&1
status() { git -C "$R" status --short; }
rebase() { GIT_SEQUENCE_EDITOR=true GIT_EDITOR=true git -C "$L" rebase -q -i --autosquash base; }
same_tree() { git -C "$L" rev-parse "$1^{tree}"; }

works "refresh without edits" mk "$R" refresh
is "$(status)" "" "changes nothing, even of patches not written by us"

# A fixup of an edit and of a new file.
sed -i 's/^five/FIVE/' "$L/drivers/pci/pci.c"
echo more >>"$L/drivers/pci/new.c"
fails "uncommitted edits are refused" "uncommitted changes" drivers/pci/new.c "--fixup" -- mk "$R" refresh
git -C "$L" commit -qa --fixup=HEAD~
rebase
tree=$(same_tree HEAD)
works "refresh of a fixup" mk "$R" refresh
is "$(status)" "$(printf ' M drivers/pci/new.c\n M patches/0001-one.patch')" "writes its new file and its patch"
is "$(tail -n 1 "$R/drivers/pci/new.c") $(grep -c '^+FIVE' "$R/patches/0001-one.patch")" "more 1" "with the edits"
is "$(same_tree HEAD)" "$tree" "the tree stays as it was edited"
save "$R"
works "refresh again" mk "$R" refresh
is "$(status)" "" "changes nothing"
works "make tree of the refreshed patches" mk "$R" tree FORCE=1
is "$(same_tree HEAD)" "$tree" "gives the edited tree"

# A new commit, in the middle, with text below "---", and new files only.
echo x >"$L/drivers/pci/mid.c"
git -C "$L" add drivers/pci/mid.c
git -C "$L" commit -qm "PCI: Middle"
git -C "$L" notes add -m "v2: said"
GIT_SEQUENCE_EDITOR="sed -i '2{h;d};3{G}'" git -C "$L" rebase -q -i base >/dev/null 2>&1
printf '# Series\n\n[fixes]\n# About one\n0001-one.patch\n# About two\n0002-two.patch\n' >"$R/patches/series"
fails "refresh with patches/series changed on both sides" "patches/series" -- mk "$R" refresh
git -C "$R" checkout -q patches/series
works "refresh of a new commit in the middle" mk "$R" refresh
is "$(cat "$R/patches/series")" "$(printf '# Series\n\n[fixes]\n0001-one.patch\n0002-PCI-Middle.patch\n0003-two.patch')" "is a new patch"
is "$(sed -n '/^---$/,$p' "$R/patches/0002-PCI-Middle.patch")" "$(printf -- '---\nAdds: drivers/pci/mid.c\n\nv2: said')" \
	"with its new file and its note"
is "$(find "$R/patches" -type f | wc -l)" 5 "the moved patch has no copy"
save "$R"

# The note lives on through another edit; comments in series stay where they are.
sed -i 's/^0003/# About two\n0003/' "$R/patches/series"
works "make tree with a comment" mk "$R" tree
echo y >"$L/drivers/pci/mid.c"
git -C "$L" commit -qa --fixup=HEAD~
rebase
git -C "$L" commit -q --amend -m "PCI: Two, said better"
works "refresh of an edit and a new subject" mk "$R" refresh
is "$(cat "$R/drivers/pci/mid.c") $(grep -c '^v2: said' "$R/patches/0002-PCI-Middle.patch")" "y 1" "keeps the note"
is "$(tail -n 3 "$R/patches/series")" "$(printf '0002-PCI-Middle.patch\n# About two\n0003-PCI-Two-said-better.patch')" \
	"renames the patch and leaves its comment"
save "$R"
is "$(mk "$R" refresh >/dev/null 2>&1; status)" "" "and is done"

# What others change in the repo at the same time.
git -C "$L" commit -q --amend -m "PCI: Two"
echo theirs >>"$R/drivers/pci/new.c"
works "refresh with another file changed in the repo" mk "$R" refresh
is "$(tail -n 1 "$R/drivers/pci/new.c") $(tail -n 1 "$L/drivers/pci/new.c")" "theirs theirs" "keeps that, and takes it in"
save "$R"
echo ours >>"$L/drivers/pci/new.c"
git -C "$L" commit -qa --fixup=HEAD~2
rebase
echo theirs >>"$R/drivers/pci/new.c"
fails "refresh of a file changed on both sides" drivers/pci/new.c "in the repo too" -- mk "$R" refresh
is "$(tail -n 1 "$R/drivers/pci/new.c") $(tail -n 1 "$L/drivers/pci/new.c")" "theirs ours" "changes neither"
git -C "$R" checkout -q drivers
works "refresh when that is undone" mk "$R" refresh
save "$R"

# A later commit that edits a new file.
late=$(head_of "$R")
echo z >>"$L/drivers/pci/new.c"
git -C "$L" commit -qam "PCI: Late"
tree=$(same_tree HEAD)
works "refresh of a later commit that edits a new file" mk "$R" refresh
is "$(tail -n 1 "$R/drivers/pci/new.c") $(grep -c '^+z' "$R"/patches/*-PCI-Late.patch)" "z 1" "is in the file and the patch"
is "$(same_tree HEAD) $(git -C "$L" show HEAD~:drivers/pci/new.c | tail -n 1)" "$tree ours" "and not in the commits before"
save "$R"
works "refresh once more" mk "$R" refresh
is "$(status)" "" "changes nothing"
git -C "$L" rm -q drivers/pci/new.c
git -C "$L" commit -qm "PCI: Gone"
fails "a later commit that removes a new file" drivers/pci/new.c PCI:\ Gone "rebase -i" -- mk "$R" refresh
git -C "$L" reset -q --hard "$late"
works "refresh without it" mk "$R" refresh
save "$R"

# What cannot be a patch.
mkdir "$L/elsewhere"
echo z >"$L/elsewhere/z.c"
fails "an untracked file" elsewhere/ -- mk "$R" refresh
git -C "$L" add elsewhere
git -C "$L" commit -qm "PCI: Elsewhere"
fails "a new file outside of the overlay" elsewhere/z.c "may only be below" -- mk "$R" refresh
git -C "$L" reset -q --hard HEAD~
git -C "$L" commit -q --allow-empty -m "PCI: Nothing"
fails "an empty commit" "Nothing" -- mk "$R" refresh
git -C "$L" reset -q --hard HEAD~
is "$(status)" "" "none of these changed the repo"
GIT_SEQUENCE_EDITOR="sed -i 1s/pick/edit/" git -C "$L" rebase -q -i base >/dev/null 2>&1
fails "an unfinished rebase" "rebase-merge" -- mk "$R" refresh
git -C "$L" rebase --abort

# Files and patches that go.
git -C "$L" reset -q --hard base
git -C "$L" cherry-pick --keep-redundant-commits refs/passthrough-align/series >/dev/null 2>&1
works "refresh of dropped commits" mk "$R" refresh
is "$(find "$R/patches" "$R/drivers" -type f | grep -cE 'one|Middle|drivers/pci')" 0 "removes their patches and new files"
is "$(grep patch$ "$R/patches/series")" "0001-PCI-Two.patch" "and numbers the rest anew"

finish
