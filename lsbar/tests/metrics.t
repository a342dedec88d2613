#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Metrics, as the real readers take them: promtool, node_exporter, and a strict
# parser of OpenMetrics; and features for Kubernetes.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

strict() { # Debian's own python3 has Debian's modules
	/usr/bin/python3 -c 'import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(sum(len(f.samples) for f in parse(sys.stdin.read())))'
}

for name in q35-packed.off user disagree no-iomem crowd unassigned; do
	on "$name" --page-size 4K --openmetrics >"$BOX/$name.prom" 2>/dev/null
	ok $? "$name: metrics"
	promtool check metrics <"$BOX/$name.prom" >"$BOX/out" 2>&1
	ok $? "$name: promtool takes them"
	strict <"$BOX/$name.prom" >"$BOX/out" 2>&1
	ok $? "$name: they are OpenMetrics"
done

# The driver's name is what others may choose.
T=$(tree other-things)
mkdir "$T/"$'evil"\\,} 1'
ln -s '../../../../../evil"\,} 1' "$T/sys/bus/pci/devices/0000:00:01.0/driver"
"$LSBAR" --sysroot "$T" --openmetrics >"$BOX/evil.prom"
promtool check metrics <"$BOX/evil.prom" >"$BOX/out" 2>&1 && strict <"$BOX/evil.prom" >>"$BOX/out" 2>&1
ok $? "a driver with a name made to harm"

sample() { sed -n "s/^$2 //p" "$BOX/$1.prom"; }
is "$(sample q35-packed.off 'lsbar_bars{verdict="shares"}')" \
	"$(grep -lrx 1 --include='*_shares_page' "$(tree q35-packed.off)" | wc -l)" "as many BARs share as the kernel says"
is "$(sample q35-packed.off 'lsbar_bar_shares_page{bar="1",bdf="0000:00:07.0",driver="8139cp"}')" 1 "one of them"
is "$(sample user 'lsbar_bars{verdict="unknown"}')" 2 "BARs that nobody knows about"
is "$(grep -c '00:03.0' "$BOX/user.prom")" 0 "they have no sample"
is "$(sample disagree lsbar_disagreements)" 10 "BARs on which the kernel disagrees"

# wait_for FILE TEXT: up to 10 seconds
wait_for() {
	local end=$((SECONDS + 10))
	until grep -q "$2" "$1"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

mkdir "$BOX/textfile"
: >"$BOX/log"
cp "$BOX/q35-packed.off.prom" "$BOX/textfile/lsbar.prom"
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$BOX/textfile" --web.listen-address=127.0.0.1:0 >"$BOX/log" 2>&1 &
exporter=$!
trap 'kill $exporter 2>/dev/null; rm -rf "$BOX" "$MEMORY"' EXIT
wait_for "$BOX/log" 'address=127.0.0.1:[1-9]'
ok $? "node_exporter runs"
at=$(sed -n 's/.*address=\(127.0.0.1:[0-9]*\).*/\1/p' "$BOX/log" | tail -n 1)
python3 -c 'import sys, urllib.request as r
print(r.build_opener(r.ProxyHandler({})).open(f"http://{sys.argv[1]}/metrics", timeout=10).read().decode())' "$at" >"$BOX/scraped" 2>"$BOX/out"
is "$(grep '^lsbar' "$BOX/scraped" | sort)" "$(grep '^lsbar' "$BOX/q35-packed.off.prom" | sort)" "and hands on each sample"
is "$(grep '^node_textfile_scrape_error' "$BOX/scraped")" "node_textfile_scrape_error 0" "without an error"

is "$(on rom --features)" 'lsbar.isolated=false
lsbar.bars-sharing=4
lsbar.bars-unknown=0
lsbar.page-size=4096
lsbar.passthrough-align=false
lsbar.pci-0200_10ec_8139.isolated=false' "features"
is "$(on q35-packed.on --features | grep -c -e '^lsbar.isolated=true' -e 'align=true' -e '_.*=true$')" \
	"$(on q35-packed.on --features | grep -cv -e bars- -e page-size)" "features with the parameter"
is "$(on user --features 00:03.0 | grep isolated=)" 'lsbar.isolated=unknown
lsbar.pci-0200_10ec_8139.isolated=unknown' "unknown is neither true nor false"
# NFD's local source: no more than 64 KiB, each name once, and what Kubernetes
# wants of a label.
for file in "$TESTS"/trees/*.tree; do
	name=$(basename "$file" .tree)
	on "$name" --page-size 4K --features >"$BOX/features" 2>"$BOX/out" &&
		[ "$(stat -c %s "$BOX/features")" -le 65536 ] &&
		[ -z "$(cut -d= -f1 "$BOX/features" | sort | uniq -d)" ] &&
		! grep -vE '^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?=[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$' "$BOX/features" >>"$BOX/out"
	ok $? "$name: all features can be labels of a node"
done
finish
