#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Trees of systems, and what is shown of them. To accept what is shown now:
# ACCEPT=1 bash trees.t; then look at the difference, line by line.
# oracle works the verdicts out in another way, and must agree with all of them.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

ALL=BDF,BAR,SIZE,START,PAGES,SHARES-WITH,VERDICT,STATUS,VFIO-MMAP,XEN-EXPOSES,DRIVER,IOMMU-GROUP

run() {
	local name=$1 rc=0
	shift
	echo "\$ lsbar $*"
	on "$name" "$@" 2>&1 || rc=$?
	[ $rc -eq 0 ] || echo "exit status $rc"
}

show() {
	run "$1" --all -o $ALL
	run "$1" --check
	run "$1" --plan
}

for file in "$TESTS"/trees/*.tree; do
	name=$(basename "$file" .tree)
	out=${file%.tree}.out
	show "$name" >"$BOX/shown"
	[ -z "${ACCEPT:-}" ] || cp "$BOX/shown" "$out"
	diff "$out" "$BOX/shown" >"$BOX/out" 2>&1
	ok $? "$name"
	on "$name" --all -J -O >"$BOX/json" 2>/dev/null
	python3 "$TESTS/oracle" check "$(tree "$name")" <"$BOX/json" >"$BOX/out" 2>&1
	ok $? "$name: oracle agrees"
done

# The device of an early console stays
plan_of() {	# CLASS, the rest of the command line
	cp -r "$(tree plan)" "$BOX/console"
	echo "pci=nomsi $2" >"$BOX/console/proc/cmdline"
	echo "$1" >"$BOX/console/sys/bus/pci/devices/0000:01:01.0/class"
	"$LSBAR" --sysroot "$BOX/console" -s 1:1.0 -n -r -o PLAN 2>&1
	rm -r "$BOX/console"
}
while read -r plan class words; do
	is "$(plan_of "$class" "$words")" "$plan" "class $class, '$words': $plan"
done <<-END
	skipped:early-console 0x020000 earlyprintk=pciserial,force,1:1.0,nocfg
	skipped:early-console 0x020000 earlyprintk=pciserial,01:01.0,115200,keep
	moves 0x020000 earlyprintk=pciserial,1:2.0
	moves 0x020000 earlyprintk=pciserial,1:1
	moves 0x020000 earlyprintk=serial earlyprintk=pciserial,1:1.0
	moves 0x020000 earlyprintk=dbgp
	? 0x0c0320 earlyprintk=dbgp1
	moves 0x0c0320
END

# The harness of the series booted the same system without and with the
# parameter: what --plan promises must be what came.
for name in q35-packed arm64-64k; do
	is "$(on $name.off -anr -o BDF,BAR,AFTER)" \
		"$(on $name.on -anr -o BDF,BAR,VERDICT)" "$name: the plan comes true"
done

# The screens in the README are real
README=$TOP/../README.md
screens() {
	local tree=q35-packed.off line words
	while IFS= read -r line; do
		case $line in
		"Booted with "*) tree=q35-packed.on ;;
		'    $ lsbar '*)
			echo "$line"
			read -ra words <<<"${line#*lsbar }"
			on $tree "${words[@]}" | sed 's/^/    /'
			;;
		esac
	done <"$README"
}
[ ! -f "$README" ] || is "$(sed -n '/^    \$ lsbar/,/^$/{/^$/!p}' "$README")" "$(screens)" "the screens in the README are real"
finish
