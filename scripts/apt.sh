# SPDX-License-Identifier: GPL-2.0
# Packages of another release or architecture than the system's. Scripts that source
# this have a directory $tmp for it.
# shellcheck shell=bash disable=SC2034,SC2154 # set for, and by, the scripts that source it

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# An apt of our own: the system's sources, lists and cache stay as they are.
apt_setup() {
	[ -f "$KEYRING" ] || die "$KEYRING is missing" "Install debian-archive-keyring."
	mkdir -p "$tmp"/{lists,cache,get}
	apt_options=(
		-o "Dir::State=$tmp" -o "Dir::State::lists=$tmp/lists"
		-o Dir::State::status=/dev/null -o "Dir::Cache=$tmp/cache"
		-o "Dir::Etc::SourceList=$tmp/sources.list"
		-o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null
		-o Dir::Etc::PreferencesParts=/dev/null -o Acquire::Languages=none
		-o Acquire::Retries=2 -o APT::Status-Fd=3 -o "APT::Sandbox::User=$(id -un)"
	)
}

# The mirrors that the system's apt knows, except those for security updates.
# (apt-get indextargets knows nothing before the first apt-get update.)
mirrors() {
	apt-get -o "Dir::State::lists=$tmp/lists" --print-uris update 2>/dev/null |
		sed -n "s,^'\(.*\)/dists/\([^']*\)/InRelease'.*,\2 \1,p" |
		awk '$1 !~ /security/ && !seen[$2]++ { print $2 }'
}
