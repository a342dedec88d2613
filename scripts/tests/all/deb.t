#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make deb and make try-deb, with a configuration that is built in minutes.

cd "$(dirname "$0")/../../.." || exit
export DEBS=$PWD/build/deb-small
CONFIGS=tools/testing/selftests/pci/vm/configs

configure() {
	mkdir -p "$DEBS/config" &&
		cat $CONFIGS/{base,x86_64,debian}.config >"$DEBS/config/all" &&
		make -C build/linux O="$DEBS/config" KCONFIG_ALLCONFIG="$DEBS/config/all" allnoconfig
}

# works NAME COMMAND...
works() {
	local name=$1 said status=ok
	shift
	said=$("$@" 2>&1) || status="not ok"
	echo "$status - $name"
	[ "$status" = ok ] || tail -n 30 <<<"$said" | sed 's/^/# /'
}

echo 1..3
works "a small configuration" configure
works "make deb" make deb CONFIG="$DEBS/config/.config"
works "make try-deb" make try-deb
