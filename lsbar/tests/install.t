#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What gets installed: man page, completion, Debian package

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

FILES='usr/sbin/lsbar
usr/sbin/lsbar-capture
usr/share/bash-completion/completions/lsbar
usr/share/doc/lsbar/examples/isolate
usr/share/doc/lsbar/examples/libvirt-hook
usr/share/doc/lsbar/examples/proxmox-hook
usr/share/doc/lsbar/examples/share-check
usr/share/doc/lsbar/examples/xl-assign
usr/share/fish/vendor_completions.d/lsbar.fish
usr/share/lsbar/lsbar.schema.json
usr/share/man/man8/lsbar-capture.8
usr/share/man/man8/lsbar.8
usr/share/zsh/vendor-completions/_lsbar'

exits 0 "make install" make -s -C "$TOP" install DESTDIR="$BOX/dest"
is "$(cd "$BOX/dest" && find . ! -type d | sed 's,^./,,' | sort)" "$FILES" "files"
exits 0 "man page" man -l --warnings=w -E ascii "$BOX/dest/usr/share/man/man8/lsbar.8"
! said warning && said "EXIT STATUS" && said "passthrough_align"
ok $? "without a warning"
is "$("$LSBAR" --help | sed -n '/^Usage/,/^Show/p')" 'Usage:
 lsbar [options] [<device>...]

Show which PCI BARs share a page.' "usage as others have it"

# complete WORD...: what bash offers for the last one
complete() {
	PATH=$BOX/dest/usr/sbin:$PATH bash --norc -c '
		. /usr/share/bash-completion/bash_completion
		. "$0"
		compopt() { :; }
		COMP_WORDS=(lsbar "$@") COMP_CWORD=$# COMP_LINE="lsbar $*" COMP_POINT=${#COMP_LINE}
		_lsbar
		printf "%s\n" "${COMPREPLY[@]}"' "$BOX/dest/usr/share/bash-completion/completions/lsbar" "$@"
}
is "$(complete --pl)" --plan "completes an option"
is "$(complete -o VE)" $'VERDICT\nVENDOR' "a column"
is "$(complete -o bdf,VFI)" "bdf,VFIO-MMAP" "the second column"
is "$(complete -o +VER)" "+VERDICT" "a column that is added"
is "$(complete --sort VERD)" VERDICT "a column to sort by"
is "$(complete --page-size 6)" 64K "a page size"
is "$(complete --color=al)" always "when to colour"
devices=$(cd /sys/bus/pci/devices 2>/dev/null && ls)
[ -z "$devices" ] || is "$(complete -s '')" "$devices" "a device"

# Each shell completes each option
for option in $("$LSBAR" --help | grep -o -e '--[a-z-]*' | sort -u); do
	grep -q -e "$option\\b" "$TOP/lsbar.zsh" && grep -q -e "-l ${option#--}\\b" "$TOP/lsbar.fish"
	ok $? "$option for zsh and fish"
done

# What is given to others builds without the rest of the project
exits 0 "make dist" make -s -C "$TOP" dist O="$BOX/build"
tar -C "$BOX" -xzf "$BOX/build/lsbar-1.0.tar.gz"
exits 0 "builds" make -s -C "$BOX/lsbar-1.0"
is "$("$BOX/lsbar-1.0/build/lsbar" --version)" "lsbar 1.0" "runs"
[ -f "$BOX/lsbar-1.0/LICENSE" ]
ok $? "with its licence"
rm "$BOX/build/lsbar-1.0.tar.gz"
exits 0 "make deb" make -s -C "$TOP" deb O="$BOX/build"
deb=$(echo "$BOX"/build/deb/lsbar_1.0_*.deb)
# The project has no mail address and no bug that it closes
exits 0 "lintian" lintian --fail-on error,warning --suppress-tags \
	initial-upload-closes-no-bugs,bogus-mail-host,bogus-mail-host-in-debian-changelog "$deb"
mkdir -p "$BOX/root/var/lib/dpkg/"{info,updates}
touch "$BOX/root/var/lib/dpkg/"{status,available}
exits 0 "dpkg -i" env PATH="$PATH:/usr/sbin:/sbin" dpkg --root="$BOX/root" --force-not-root --force-depends -i "$deb"
is "$(cd "$BOX/root" && find usr ! -type d ! -name 'c*.gz' ! -name copyright | sort)" "${FILES//.8/.8.gz}" "files"
is "$("$BOX/root/usr/sbin/lsbar" --version)" "lsbar 1.0" "runs"
for package in libpci3 libsmartcols1 libc6; do
	dpkg-deb -f "$deb" Depends | grep -qw "$package"
	ok $? "depends on $package"
done
exits 0 "and goes again" env PATH="$PATH:/usr/sbin:/sbin" dpkg --root="$BOX/root" --force-not-root -P lsbar
finish
