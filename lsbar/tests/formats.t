#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What scripts read: JSON, pairs, raw; and pictures

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

json() { on "$@" -J | python3 -c 'import json, sys
t = json.load(sys.stdin)
assert t["version"] == 1 and list(t)[-1] == "bars"
for bar in t["bars"]: print(*(json.dumps(v) for v in bar.values()))'; }

for file in "$TESTS"/trees/*.tree; do
	name=$(basename "$file" .tree)
	on "$name" -a -J -O >"$BOX/json" 2>"$BOX/out" &&
		python3 -m json.tool "$BOX/json" >/dev/null
	ok $? "$name: JSON"
	on "$name" --map >"$BOX/out" 2>/dev/null &&
		on "$name" --svg "$BOX/x.svg" 2>/dev/null &&
		python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' "$BOX/x.svg"
	ok $? "$name: pictures"
done
# Debian's own python3 has Debian's modules
for file in "$TESTS"/trees/*.tree; do
	name=$(basename "$file" .tree)
	on "$name" -a -J -O >"$BOX/$name.bars" 2>/dev/null
	on "$name" -J -O --sets --page-size 64K >"$BOX/$name.devices" 2>/dev/null
done
"$LSBAR" -J -O -F "$TESTS/trees/lspci-forum.txt" >"$BOX/forum.bars"
skip 1 "no python3-jsonschema" /usr/bin/python3 -c 'import jsonschema; jsonschema.Draft202012Validator' || {
/usr/bin/python3 -c 'import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for file in sys.argv[2:]:
    jsonschema.validate(json.load(open(file)), schema, jsonschema.Draft202012Validator)' \
	"$TOP/lsbar.schema.json" "$BOX"/*.bars "$BOX"/*.devices >"$BOX/out" 2>&1
ok $? "JSON: all of it is as its schema says"
}
is "$(json above-4g -o BDF,BAR,SIZE,START,SHARES-WITH,VERDICT,VFIO-MMAP,IOMMU-GROUP,NUMA,DRIVER | tail -n 2)" \
	'"0000:00:03.0" "2" 256 "0x210000000" ["0000:00:04.0 BAR 4"] "shares" false "2" null null
"0000:00:04.0" "4" 256 "0x210000100" ["0000:00:03.0 BAR 2"] "shares" false "2" 1 "8139cp"' "JSON: types"
is "$(json user -o SHARES-WITH,VERDICT,VFIO-MMAP,XEN-EXPOSES 00:03.0 | sed -n 1p)" \
	'["?"] null null null' "JSON: unknown is null, not false"
is "$(json above-4g -o SHARES-WITH,NUMA 00:01.0)" '[null] null' "JSON: and so is what does not exist"
is "$(json crowd -o SHARES-WITH 00:00.0 | tr ',' '\n' | wc -l)" 17 "JSON: no more than 16 neighbours"
is "$(json crowd -o SHARES-WITH 00:00.0 | grep -c '"\.\.\."\]$')" 1 "JSON: and the rest is ..."
is "$(json odd-sizes -a -o SIZE,PAGES 00:04.0)" '8204 3' "JSON: sizes in bytes"
is "$(on user -P -o BDF,SHARES-WITH,VFIO-MMAP,DRIVER 00:03.0 | sed -n 1p)" \
	'BDF="0000:00:03.0" SHARES_WITH="?" VFIO_MMAP="?" DRIVER=""' "pairs"
is "$(on rom -r -o SHARES-WITH,BDF,DRIVER 00:01.0 | tail -n 1)" '0000:00:02.0\x20BAR\x201 0000:00:01.0 -' "raw: no cell is empty"
is "$(on odd-sizes -anr -o SIZE 00:03.0) $(on odd-sizes -abnr -o SIZE 00:03.0)" '16K 16384' "sizes with unit, and without"
is "$(on unassigned -anr -o SIZE,START,PAGE,OFFSET,PAGES,ALIGN | sort -u)" "$(printf '%s\n' '128K - - - - -' \
	'256 - - - - -' '256 0x80010000 0x80010000 0x0 1 64K' '64K - - - - -' '64K 0x80000000 0x80000000 0x0 16 2G' '? - - - - -')" "no address, no page"

is "$(on q35-packed.off --map 02:07.0)" '0x110300000, 4K:
  |*...............................................................|
  A 0x0-0x1f  32 0000:02:06.0 BAR 2 -
  B 0x20-0x2f 16 0000:02:07.0 BAR 2 -
  * several of these' "map: several things in a cell"
is "$(on q35-packed.off --map 03:01.0)" '0x16102000, 4K:
  |AA..BBBB........CCCCCCCCCCCCCCCC................................|
  A 0x0-0x7f    128 0000:03:01.0 BAR 1 tulip
  B 0x100-0x1ff 256 0000:03:02.0 BAR 0 sdhci-pci
  C 0x400-0x7ff  1K 0000:03:04.0 BAR 1 sym53c8xx' "map"
on q35-packed.off --map --color=always 03:01.0 | grep -qF "$(printf '  |\033[30;41mA\033[0m')"
ok $? "map: in colour"
! on q35-packed.off --map | grep -q "$(printf '\033')"
ok $? "map: without colour where there is no terminal"
skip 4 "no terminal" script -qec true /dev/null || {
script -qec "'$LSBAR' --sysroot '$(tree q35-packed.off)' --map" /dev/null </dev/null | grep -q "$(printf '\033')"
ok $? "map: in colour on a terminal"
! NO_COLOR=1 script -qec "'$LSBAR' --sysroot '$(tree q35-packed.off)' --map" /dev/null </dev/null | grep -q "$(printf '\033')"
ok $? "map: not with NO_COLOR"
NO_COLOR='' script -qec "'$LSBAR' --sysroot '$(tree q35-packed.off)' --map" /dev/null </dev/null | grep -q "$(printf '\033')"
ok $? "map: but with an empty one"
! TERM=dumb script -qec "'$LSBAR' --sysroot '$(tree q35-packed.off)' --map" /dev/null </dev/null | grep -q "$(printf '\033')"
ok $? "map: not with TERM=dumb"
}
on q35-packed.off --map --color=always 03:01.0 | grep -q "$(printf '^  \033\\[30;43mC\033\\[0m 0x400-')"
ok $? "map: the letters are in colour, too"
is "$(on user-status --map 00:03.0 | tail -n 1)" '  ? and something that only root can see' "map: with something unseen"
is "$(on q35-packed.on --map 2>&1)" 'lsbar: no page holds more than one thing' "map: says that there is nothing to draw"
is "$(on other-things --map 00:03.0 | grep -c Reserved)" 0 "map: nothing that is in no shared page"
svg() { on "$@" --svg - 2>/dev/null; }
is "$(svg q35-packed.off 03:01.0 | grep -o '<svg.*viewBox="[0-9 ]*"\|<title>.*' | sed 's/<svg.*viewBox/viewBox/')" \
	$'viewBox="0 0 840 176"\n<title>Pages that PCI BARs share</title>' "svg: a size and a title"
is "$(svg q35-packed.off 03:01.0 | grep -c '>[ABC]</text>')" 6 "svg: letters in the boxes and the legend"
is "$(svg q35-packed.off 02:04.0 | grep -c '>B</text>')" 1 "svg: none where it does not fit"
is "$(svg crowd 00:00.0 | grep -c '>AF</text>')" 2 "svg: more than 26"
is "$(svg crowd 00:00.0 | grep -o 'fill="hsl[^"]*"' | sort -u | wc -l)" 32 "svg: each in a colour of its own"
is "$(svg q35-packed.off 03:01.0 | grep -o '>0x[0-9a-f]*<\|>page.*<' | tr -d '<>' | tr '\n' ' ')" \
	"page 0x16102000, 4K 0x0 0x200 0x400 0x600 0x800 0xa00 0xc00 0xe00 0x1000 " "svg: the page, its size and a scale"
is "$(svg q35-packed.on | grep -o '>No page.*<')" ">No page holds more than one thing.<" "svg: says that nothing is shared"
is "$(svg user-status 00:03.0 | grep -c -e 'something that only root can see' -e 'Drawn without /proc/iomem')" 2 "svg: what only root can see is marked"
is "$(on q35-packed.off --svg - | grep -c '<text.*page 0x')" "$(on q35-packed.off --map | grep -c '^0x')" "svg: the same pages"
finish
