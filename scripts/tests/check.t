#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The quick part of make check, one after the other, as all of them use build/.

CHECK=$(dirname "$0")/../check
number=0
for check in $("$CHECK" list); do
	number=$((number + 1))
	if output=$("$CHECK" "$check" 2>&1); then
		echo "ok $number - $check"
	else
		echo "not ok $number - $check"
		echo "# ${output//$'\n'/$'\n'# }"
	fi
done
echo "1..$number"
