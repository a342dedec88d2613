#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make series: whole mails that give the tree of make tree, and the check that
# they do.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
R=$BOX/repo
sed -i 's/^---$/---\nv2: said/' "$R/patches/0001-one.patch"
S=$R/build/series/1-fixes

works "make series" mk "$R" series
is "$(ls "$S")" "$(printf '%s\n' 0000-cover-letter.txt 0001-PCI-0001-one.patch 0002-PCI-0002-two.patch)" \
	"is a cover letter and the patches"
is "$(grep -h ^Subject: "$S"/*.patch)" "$(printf 'Subject: [PATCH 1/2] PCI: 0001-one\nSubject: [PATCH 2/2] PCI: 0002-two')" "numbered"
is "$(grep -c '^+new new.c' "$S/0001-PCI-0001-one.patch")" 1 "with the new files"
is "$(grep -c '^Adds:' "$S/0001-PCI-0001-one.patch")" 0 "without Adds:"
is "$(sed -n '/^---$/{n;p;q}' "$S/0001-PCI-0001-one.patch")" "v2: said" 'with the text below "---"'
is "$(grep -c 'HERE' "$S/0000-cover-letter.txt") $(grep -c 'pci.c .*| 4' "$S/0000-cover-letter.txt")" "0 1" "and a diffstat"

is "$(grep ^Date: "$S/0000-cover-letter.txt")" "Date: Thu, 1 Jan 2026 10:00:00 +0200" "and the date of the last patch"

git clone -q "$R/build/linux" "$BOX/am"
git -C "$BOX/am" checkout -q --detach base
git -C "$BOX/am" -c user.name=t -c user.email=t@t am -q "$S"/*.patch
is "$(git -C "$BOX/am" rev-parse 'HEAD^{tree}')" "$(git -C "$R/build/linux" rev-parse 'HEAD^{tree}')" \
	"git am on the base gives the tree of make tree"

cp -r "$S" "$BOX/first"
works "make series again" mk "$R" series
works "gives the same mails" diff -r "$BOX/first" "$S"
is "$(grep -c -e '^Subject: \[PATCH 0/2\] PCI: A title$' -e '^A letter.$' "$S/0000-cover-letter.txt")" 2 "has the letter of the set"

sed -i 's/^+fifteen/+sixteen/' "$S"/0002*
fails "a series that gives another tree" "another tree" -- "$R/scripts/check-series"
sed -i 's/^ line 14/ line 99/' "$S"/0002*
fails "a series that does not apply" "does not apply" -- "$R/scripts/check-series"
for text in "0001-one.patch is in no set:$(sed /fixes/d "$R/patches/series")" "[fixes] twice:$(cat "$R/patches/series"; echo "[fixes]")"; do
	cp "$R/patches/series" "$BOX/series"
	printf '%s\n' "${text#*:}" >"$R/patches/series"
	fails "patches/series: ${text%%:*}" "${text%%:*}" -- mk "$R" series
	cp "$BOX/series" "$R/patches/series"
done
printf '# none\n' >"$R/patches/series"
rm -r "$R"/patches/*.patch "$R/drivers"
fails "a series without patches" "patches/series is empty" -- mk "$R" series
is "$(find "$S" -type f | wc -l)" 3 "leaves the last one"

finish
