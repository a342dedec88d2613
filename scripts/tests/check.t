#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The quick part of make check; its table has a row for each check that ran.

CHECK=$(dirname "$0")/../check
output=$("$CHECK" quick 2>&1)
failed=$?
number=0
for check in $("$CHECK" list); do
	number=$((number + 1))
	not=
	grep -qE "^$check +ok " <<<"$output" || not="not "
	echo "${not}ok $number - $check"
done
echo "1..$number"
[ $failed = 0 ] || echo "# ${output//$'\n'/$'\n'# }"
exit $failed
