#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make deps: installs what is missing, asks for nothing that is there. dpkg,
# apt, sudo and id are stubs.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

export BOX MISSING="" ME=0 SUDO=no
mkdir "$BOX/bin"
stub() { cat >"$BOX/bin/$1" && chmod +x "$BOX/bin/$1"; }
stub dpkg-query <<'STUB'
#!/bin/bash
shift 3
rc=0
for package; do
	if [[ " $MISSING " == *" $package "* && ! -e $BOX/got ]]; then
		rc=1
	else
		echo "installed $package"
	fi
done
exit $rc
STUB
stub apt-get <<'STUB'
#!/bin/bash
echo "$*" >>"$BOX/apt.log"
[[ $* != *update* || -z ${DEAD:-} ]] || { echo "Err: no mirror"; exit 100; }
[[ $* != *--print-uris* ]] || { echo "'http://mirror.example/debian/dists/stable/InRelease' x"; exit; }
[[ $* != *"install -s"* ]] || exit "${UNKNOWN:-0}"
[[ $* =~ Dir::Cache=([^ ]*).*install\ -d ]] && { mkdir "${BASH_REMATCH[1]}/archives" && exec cp "$BOX"/debs/*.deb "${BASH_REMATCH[1]}/archives"; }
[[ $* != *download* ]] || cp "$BOX"/debs/*.deb . || exit 100
[[ $* != *install* ]] || { [ -z "${BROKEN:-}" ] || { echo "E: Unable to locate"; exit 100; }; [ -n "${LAZY:-}" ] || touch "$BOX/got"; }
STUB
stub sudo <<'STUB'
#!/bin/bash
[ "$SUDO" = yes ] && shift && exec "$@"
exit 1
STUB
stub id <<'STUB'
#!/bin/bash
echo "$ME"
STUB
PATH=$BOX/bin:$PATH
deps() { DEPS='' "$HERE/scripts/install-deps" "$@"; }
fresh() { rm -rf "$BOX/apt.log" "$BOX/got" "$XDG_CACHE_HOME"; }
asked() { grep -c "$1" "$BOX/apt.log" 2>/dev/null; }

works "nothing is missing" deps
is "$(cat "$BOX/out" "$BOX/apt.log" 2>/dev/null)" "" "says and does nothing"

MISSING="flex shellcheck"
works "packages are missing, for root" deps build test
is "$(asked 'install -y --no-install-recommends flex shellcheck$') $(asked update)" "1 1" "installs those"
fresh
works "only another group lacks a package" deps tree vm
is "$(asked install)" "" "does nothing"
ME=1000 SUDO=yes works "packages are missing, with sudo" deps build
is "$(asked 'install .* flex$')" 1 "installs those of the group"
fresh
ME=1000 fails "packages are missing, without root" "sudo apt-get install --no-install-recommends flex shellcheck" -- deps
is "$(asked install)" "" "does nothing"
DEAD=yes works "a source that does not answer" deps
is "$(asked install)" 1 "is no reason to give up"
fresh
DEAD=yes BROKEN=yes fails "packages that can't be had" "E: Unable to locate" "Installing flex shellcheck: failed" -- deps
LAZY=yes fails "an apt-get that installs nothing" "did not install all of: flex shellcheck" -- deps
# Daemons
mkdir -p "$BOX/prometheus/usr/bin" "$BOX/debs"
touch "$BOX/prometheus/usr/bin/promtool"
pack_deb "$BOX/prometheus" prometheus 1 "$BOX/debs/prometheus_1_all.deb"
fresh
MISSING="prometheus"
works "a daemon that another group needs" deps build
is "$(asked .)" "" "is left alone"
works "a daemon is missing" deps test
is "$(asked install) $(asked 'download prometheus$')" "0 1" "downloads it, but does not install it"
is "$(ls "$XDG_CACHE_HOME"/passthrough-align/unpacked/*/usr/bin)" promtool "and unpacks it"
is "$(ls "$XDG_CACHE_HOME/passthrough-align")" unpacked "leaves nothing else behind"
rm -f "$BOX/apt.log"
works "again" deps test
is "$(asked .)" "" "does nothing"
fresh
ME=1000 works "a daemon is missing, without root" deps
is "$(asked update) $(asked download)" "0 1" "takes what the existing lists have"
fresh
rm "$BOX/debs"/*
fails "a daemon that can't be had" "Downloading prometheus: failed" -- deps

# A root file system of another architecture
fresh
pack_deb "$BOX/prometheus" prometheus 1 "$BOX/debs/prometheus_1_all.deb"
MISSING="qemu-system-arm:arm64 dpdk-dev:arm64"
root=$XDG_CACHE_HOME/passthrough-align/root/arm64
works "packages of another architecture are missing" deps guests
is "$(asked 'Architecture=arm64 .*install -d .* dpdk-dev qemu-system-arm$')" 1 "downloads them with what they need"
is "$(ls "$root/usr/bin")" promtool "and unpacks it all"
is "$(xargs <"$root/packages")" "dpdk-dev:arm64 qemu-system-arm:arm64" "remembers which they are"
rm -f "$BOX/apt.log"
works "again" deps guests
is "$(asked .)" "" "does nothing"
rm -rf "$root"
UNKNOWN=100 fails "no mirror has them" "no mirror has all of: dpdk-dev:arm64 qemu-system-arm:arm64" -- deps guests
is "$(ls -A "${root%/*}")" .lock "leaves nothing half done"

MISSING="" DEPS=no works "DEPS=no" "$HERE/scripts/install-deps"

finish
