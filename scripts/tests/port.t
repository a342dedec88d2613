#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# PORT: the series for another kernel, from its patches and edits of the port's own.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
R=$BOX/repo
P=$R/ports/6.12
L=$R/build/6.12/linux
status() { git -C "$R" status --short -uall; }
rebase() { GIT_SEQUENCE_EDITOR=true GIT_EDITOR=true git -C "$L" rebase -q -i --autosquash base; }

# The other kernel: patch 1 applies to it, further down; patch 2 does not.
cp -a "$BOX/linux-source-7.3" "$BOX/linux-source-6.12"
sed -i '1i older\nolder' "$BOX/linux-source-6.12/drivers/pci/pci.c"
sed -i 's/^line 15/line XV/' "$BOX/linux-source-6.12/drivers/pci/pci.c"
make_deb linux-source-6.12 6.12.1-1 "$BOX/6.12.deb"
mkdir -p "$P"
sha=$(sha256sum <"$BOX/6.12.deb" | cut -d' ' -f1)
printf '%s\n' "package linux-source-6.12" "version 6.12.1-1" "sha256 $sha" "tree any" "suites none" >"$P/BASE"
printf '# Port\n\n[fixes]\none.patch\n' >"$P/series"
export DEB=$BOX/6.12.deb
fails "a BASE with another tree" "but BASE says any" -- mk "$R" tree PORT=6.12
sed -i "s/^tree any/tree $(mk "$R" tree PORT=6.12 2>&1 | sed -n 's/.*git tree \([0-9a-f]*\),.*/\1/p')/" "$P/BASE"
works "make tree PORT=6.12" mk "$R" tree PORT=6.12
is "$(sed -n '1p;7p' "$L/drivers/pci/pci.c" | xargs) $(cat "$L/drivers/pci/new.c")" "older five new new.c" \
	"has the other kernel, a patch of the series, and its new file"
[ ! -e "$R/build/linux" ]
ok $? "and leaves build/linux alone"
save "$R"
works "make refresh" mk "$R" refresh PORT=6.12
is "$(status)" "" "changes nothing"

# The second patch, brought there by hand
sed -i 's/^line XV/fifteen/' "$L/drivers/pci/pci.c"
git -C "$L" commit -qa --author "A U Thor <a@example.com>" --date "2026-01-01 10:00 +0200" -m "PCI: 0002-two" -m "Why 0002-two."
git -C "$L" notes --ref=patch add -m two.patch
works "refresh of a patch that had to be edited" mk "$R" refresh PORT=6.12
is "$(status | sort)" "$(printf ' M ports/6.12/series\n?? ports/6.12/two.patch')" "writes it, and not the other one"
is "$(head -1 "$P/two.patch")" "diff --git a/drivers/pci/pci.c b/drivers/pci/pci.c" "as a diff, as its message is that of the series"
is "$(tail -n 2 "$P/series" | xargs)" "one.patch two.patch" "and lists it"
save "$R"
works "refresh again" mk "$R" refresh PORT=6.12
is "$(status)" "" "changes nothing"
git -C "$L" commit -q --amend -m "PCI: Two for 6.12"
works "refresh of another message" mk "$R" refresh PORT=6.12
is "$(sed -n 's/^Subject: //p' "$P/two.patch")" "[PATCH] PCI: Two for 6.12" "makes it a mail"
save "$R"

# What belongs to all
echo more >>"$L/drivers/pci/new.c"
git -C "$L" commit -qa --fixup=HEAD~
rebase
fails "refresh of a shared new file" one.patch "Every port shares them" -- mk "$R" refresh PORT=6.12
is "$(status)" "" "changes nothing"
git -C "$L" reset -q --hard refs/passthrough-align/series

# Wrong input
fails "no such port" "PORT=6.11: there is no such port" "6.12" -- mk "$R" tree PORT=6.11
echo three.patch >>"$P/series"
fails "a patch that nobody has" "three.patch is neither" -- mk "$R" tree PORT=6.12
git -C "$R" checkout -q ports
sed -i /^two/d "$P/series"
fails "a patch that is not listed" "two.patch is not in ports/6.12/series" -- mk "$R" tree PORT=6.12
git -C "$R" checkout -q ports

# Without a series of its own, a port has all of it
mkdir "$R/ports/6.10"
cp "$P/BASE" "$R/ports/6.10"
fails "a port that has no series, where not all of it applies" "0002-two.patch: does not apply" -- mk "$R" tree PORT=6.10
rm -r "$R/ports/6.10"

works "make series" mk "$R" series PORT=6.12
is "$(cd "$R/build/6.12/series" && echo */*.patch)" "1-fixes/0001-PCI-0001-one.patch 1-fixes/0002-PCI-Two-for-6.12.patch" \
	"has the mails for that kernel"
finish
