#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make deb and make try-deb, with a configuration that is built in minutes, of the
# series or of a PORT.

cd "$(dirname "$0")/../../.." || exit
HERE=scripts/tests/all
CONFIGS=tools/testing/selftests/pci/vm/configs
BUILD=build${PORT:+/$PORT}
export DEBS=$PWD/$BUILD/deb-small

configure() {
	mkdir -p "$DEBS/config" &&
		cat $CONFIGS/{base,x86_64}.config $HERE/debian.config >"$DEBS/config/all" &&
		make -C "$BUILD/linux" O="$DEBS/config" KCONFIG_ALLCONFIG="$DEBS/config/all" allnoconfig
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
