#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make post, and the check that what was posted is what the repo gave.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
R=$BOX/repo

save "$R"
works "with nothing posted, there is nothing to check" "$R/scripts/post" check
fails "make post without VERSION" "VERSION=" "VERSION=v1" -- mk "$R" post
fails "make post with another word" "VERSION=1" -- mk "$R" post VERSION=1
echo more >>"$R/README"
fails "make post with something uncommitted" "uncommitted" -- mk "$R" post VERSION=v1
is "$(ls -d "$R/posted" 2>/dev/null)" "" "leaves nothing"
save "$R"
works "make post" mk "$R" post VERSION=v1
works "is the series" diff -r "$R/build/series" "$R/posted/v1"
fails "before it is committed" "not committed" -- "$R/scripts/post" check
save "$R"
works "afterwards it is what make series gives" "$R/scripts/post" check
fails "make post again" "posted/v1 is there already" -- mk "$R" post VERSION=v1

works "make post, the next one" mk "$R" post VERSION=v2
is "$(sed -n 's/^Subject: //p' "$R"/posted/v2/v2-0001*)" "[PATCH v2 1/2] PCI: 0001-one" "says so"
save "$R"
works "both are what make series gives" "$R/scripts/post" check

sed -i 's/^+fifteen/+sixteen/' "$R"/posted/v1/0002*
save "$R"
fails "a mail that was changed afterwards" "posted/v1/ is not what make series gives" -- "$R/scripts/post" check
finish
