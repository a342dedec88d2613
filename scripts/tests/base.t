#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Where the base comes from: package, mirror, KERNEL=, and everything that can be
# wrong with it. The mirror is a stub; nothing here uses the network.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

package
repo "$BOX/repo"
R=$BOX/repo
GOOD=$DEB
BAD=$BOX/bad.deb
(cat "$GOOD"; echo x) >"$BAD"
DEBS=$XDG_CACHE_HOME/passthrough-align/deb
forget() { rm -rf "$XDG_CACHE_HOME" "$R/build"; }
cached() { find "$XDG_CACHE_HOME" -type f -name "$1" -o -name 'tmp.*' | wc -l; }

fails "DEB= with the wrong sha256" "wrong sha256" "$BAD" -- mk "$R" tree DEB="$BAD"
is "$(cached '*.deb')" 0 "is not kept"
fails "DEB= without a file" "no such file" -- mk "$R" tree DEB=/nonexistent
works "DEB= with the right one" mk "$R" tree DEB="$GOOD"

forget
sed -i.orig 's/^tree .*/tree 0123/' "$R/BASE"
fails "a base with another tree than BASE has" "0123" -- mk "$R" tree DEB="$GOOD"
is "$(find "$XDG_CACHE_HOME" -name '*.git' | wc -l)" 0 "is not kept"
mv "$R/BASE.orig" "$R/BASE"

# A mirror. $VERSIONS are what it has, $OFFER is the package that it gives.
unset DEB
mkdir "$BOX/bin"
cat >"$BOX/bin/apt-get" <<'STUB'
#!/bin/bash
echo "$*" >>"$BOX/apt.log"
case $* in
*--print-uris*)
	echo "'http://security.invalid/debian/dists/bookworm-security/InRelease' x 0"
	echo "'http://mirror.invalid/debian/dists/bookworm/InRelease' x 0"
	echo "'http://mirror.invalid/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0" ;;
*download*) cp "$OFFER" linux-source.deb ;;
esac
STUB
cat >"$BOX/bin/apt-cache" <<'STUB'
#!/bin/bash
for version in $VERSIONS; do echo " linux-source-7.3 | $version | http://mirror.invalid/debian sid/main"; done
STUB
chmod +x "$BOX/bin/"*
export BOX
STOCKPATH=$PATH
PATH=$BOX/bin:$PATH

forget
VERSIONS="7.3.9-1 7.3.4-1" OFFER=$GOOD works "download of the pinned version" mk "$R" tree
is "$(grep -c 'download linux-source-7.3=7.3.4-1$' "$BOX/apt.log") $(cached '*.deb')" "1 1" "takes that and no newer one"

forget
VERSIONS=7.3.4-1 OFFER=$BAD fails "a download with the wrong sha256" "wrong sha256" -- mk "$R" tree
is "$(cached '*.deb')" 0 "is not kept"
VERSIONS=7.3.4-1 OFFER=$GOOD works "the download can be repeated" mk "$R" tree

forget
VERSIONS="7.3.9-1 7.3.8-1 7.2.1-1" OFFER=$BAD works "download when the pinned version is gone" mk "$R" tree
is "$(grep -c 'download linux-source-7.3=7.3.9-1$' "$BOX/apt.log")" 1 "takes the newest of the same series"
is "$(said "is gone from the mirror; taking 7.3.9-1"; echo $?)" 0 "and says so"
: >"$BOX/apt.log"
works "make tree after that" mk "$R" tree
is "$(cat "$BOX/apt.log")" "" "does not ask the mirror again"

forget
VERSIONS="7.2.1-1" fails "a mirror without any 7.3" "no mirror has linux-source-7.3 7.3.4-1" \
	"http://mirror.invalid/debian (" "DEB=FILE" "KERNEL=DIR" -- mk "$R" tree
is "$(cached '*.deb')" 0 "leaves nothing"

# The system's real apt, with a mirror that nothing listens at.
PATH=$STOCKPATH
echo "deb [trusted=yes] http://127.0.0.1:9/debian bookworm main" >"$BOX/dead.list"
printf 'Dir::Etc::SourceList "%s";\nDir::Etc::SourceParts "/dev/null";\nAcquire::http::Proxy "DIRECT";\n' \
	"$BOX/dead.list" >"$BOX/apt.conf"
APT_CONFIG=$BOX/apt.conf fails "a mirror that does not answer" "http://127.0.0.1:9/debian" \
	"Connection refused" "Check the network" -- mk "$R" tree

# Interrupted, in the middle of the import.
printf '#!/bin/sh\nsleep 60\n' >"$BOX/bin/xz"
rm "$BOX/bin/apt-get" "$BOX/bin/apt-cache"
chmod +x "$BOX/bin/xz"
export DEB=$GOOD
PATH=$BOX/bin:$PATH timeout -s INT 2 make -s -C "$R" tree >"$BOX/out" 2>&1
isnt $? 0 "Ctrl-C in the import ends it"
is "$(find "$XDG_CACHE_HOME/passthrough-align/base" -mindepth 1 ! -name .lock | wc -l)" 0 "and leaves nothing"
mkdir "$XDG_CACHE_HOME/passthrough-align/base/tmp.killed"
works "make tree after that" mk "$R" tree
is "$(ls "$XDG_CACHE_HOME/passthrough-align/base")" "$(basename "$(ls -d "$DEBS/../base/"*.git)")" "cleans up after a killed one, too"

# KERNEL=
unset DEB
fails "KERNEL= without a directory" "KERNEL=/nonexistent" "no such directory" -- mk "$R" tree KERNEL=/nonexistent
mkdir "$BOX/none"
fails "KERNEL= that is not a kernel" "not a kernel source tree" -- mk "$R" tree KERNEL="$BOX/none"
cp "$BOX/linux-source-7.3/Makefile" "$BOX/none"
fails "KERNEL= with no more than a Makefile" "no drivers/pci" -- mk "$R" tree KERNEL="$BOX/none"
kernel "$BOX/k74"
sed -i 's/^PATCHLEVEL.*/PATCHLEVEL = 4/' "$BOX/k74/Makefile"
fails "KERNEL= of another version" "Linux 7.4.4" "for 7.3.y" -- mk "$R" tree KERNEL="$BOX/k74"
kernel "$BOX/k73" 6
touch "$BOX/k73/.config"
fails "KERNEL= that was built in" "mrproper" -- mk "$R" tree KERNEL="$BOX/k73"
rm "$BOX/k73/.config"
add_patch "$R" 0001-one 5 five drivers/pci/new.c
before=$(find "$BOX/k73" -printf '%p %T@ %s\n' | sort | md5sum)
works "KERNEL= of a plain tree" mk "$R" tree KERNEL="$BOX/k73"
is "$(git -C "$R/build/linux" show base:Makefile | tail -n 1) $(sed -n 5p "$R/build/linux/drivers/pci/pci.c")" \
	"SUBLEVEL = 6 five" "is that tree with the series"
is "$(find "$BOX/k73" -printf '%p %T@ %s\n' | sort | md5sum)" "$before" "and is not touched"
git -C "$BOX/k73" init -q
git -C "$BOX/k73" add -f -A
git -C "$BOX/k73" -c user.name=t -c user.email=t@t commit -qm k
echo edit >>"$BOX/k73/Makefile"
works "KERNEL= of a git tree" mk "$R" tree KERNEL="$BOX/k73"
is "$(git -C "$R/build/linux" rev-parse 'base^{tree}')" "$(git -C "$BOX/k73" rev-parse 'HEAD^{tree}')" "is its HEAD"
is "$(said "uncommitted changes are left out"; echo $?)" 0 "and says what it leaves out"
works "the pinned base again" mk "$R" tree
is "$(git -C "$R/build/linux" show base:Makefile | tail -n 1) $(git -C "$R/build/linux" status --short)" "SUBLEVEL = 4 " "is back"

finish
