#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The quick part of make check, one after the other, as all of them use build/.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

for check in $("$HERE/scripts/check" list); do
	HOME=~ works "$check" "$HERE/scripts/check" "$check"
done
finish
