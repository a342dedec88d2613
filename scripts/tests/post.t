#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make post, and the check that what was posted is what the repo gave.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
R=$BOX/repo
P=$R/posted/status
# A set that needs the first one, and another one that does not, between the two
{ cat "$R/patches/series"; echo "[other]"; } >"$BOX/series" && mv "$BOX/series" "$R/patches/series"
add_patch "$R" 0003-other 25 other
echo "[status]" >>"$R/patches/series"
add_patch "$R" 0004-status 20 twenty drivers/pci/status.c
printf 'Subject: PCI: Status\nNeeds: fixes\nTo: to@example.com\n\nWhy.\n' >"$R/patches/letters/status.txt"
save "$R"

works "with nothing posted, there is nothing to check" "$R/scripts/post" check
fails "make post without SET" "no SET" "SET=status" -- mk "$R" post VERSION=v1
fails "make post without VERSION" "VERSION=" "VERSION=v1" -- mk "$R" post SET=status
fails "make post with another word" "VERSION=1" -- mk "$R" post SET=status VERSION=1
fails "make post of no set" "SET=none" "There are: fixes, other, status" -- mk "$R" post SET=none VERSION=v1
fails "make post of a set without a letter" "SET=other: it is not posted" -- mk "$R" post SET=other VERSION=v1
echo more >>"$R/README"
fails "make post with something uncommitted" "uncommitted" -- mk "$R" post SET=status VERSION=v1
is "$(find "$R/posted" -type f 2>/dev/null)" "" "leaves nothing"
save "$R"
works "make post" mk "$R" post SET=status VERSION=v1
is "$(ls "$P/v1")" "$(printf '%s\n' 0000-cover-letter.txt 0001-PCI-0004-status.patch)" "is the set alone"
is "$(grep -h -e ^To: -e ^Cc: "$P/v1/0001"*)" "$(printf '%s\n' 'To: to@example.com' 'Cc: cc@example.com')" \
	"goes to those whom the letter and MAINTAINERS name"
git clone -q "$R/build/linux" "$BOX/am"
git -C "$BOX/am" checkout -q --detach base
works "applies on the base with the set that it needs" git -C "$BOX/am" -c user.name=t -c user.email=t@t \
	am -q "$R"/patches/0001-one.patch "$R"/patches/0002-two.patch "$P"/v1/*.patch
fails "before it is committed" "not committed" -- "$R/scripts/post" check
save "$R"
works "afterwards it is what make post gives" "$R/scripts/post" check
fails "make post again" "posted/status/v1 is there already" -- mk "$R" post SET=status VERSION=v1

works "make post, the next one" mk "$R" post SET=status VERSION=v2
is "$(sed -n 's/^Subject: //p' "$P"/v2/v2-0001*)" "[PATCH v2 1/1] PCI: 0004-status" "says so"
save "$R"
works "both are what make post gives" "$R/scripts/post" check

sed -i 's/^+twenty/+17/' "$P"/v1/0001*
save "$R"
fails "a mail that was changed afterwards" "posted/status/v1/ is not what make post gives" -- "$R/scripts/post" check

sed -i 's/^Needs: .*/Needs: later/' "$R/patches/letters/status.txt"
save "$R"
fails "a set that needs one that is not before it" "Needs: later" "fixes, other" -- mk "$R" post SET=status VERSION=v3
finish
