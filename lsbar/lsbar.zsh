#compdef lsbar
# SPDX-License-Identifier: GPL-2.0
# zsh completion for lsbar

_lsbar_columns() {
	local -a columns
	columns=(${(f)"$(lsbar --help | sed -n '/^Available/,/^For more/s/^ *\([A-Z-]*\)  \(.*\)/\1:\2/p')"})
	_sequence -s , _describe -t columns column columns
}

_lsbar_devices() {
	local -a devices
	devices=(/sys/bus/pci/devices/*(N:t))
	compadd -a devices
}

_arguments -s \
	'(-a --all)'{-a,--all}'[also show BARs that are large and isolated]' \
	'(-b --bytes)'{-b,--bytes}'[print sizes in bytes]' \
	'--check[are they fit for passthrough?]' \
	'--color=-[colour the map]::when:(auto always never)' \
	'*'{-d,--device=}'[only these]:vendor\:device:' \
	'--features[print a file for Node Feature Discovery]' \
	'(-F --from)'{-F,--from=}'[read what lspci or lsbar-capture printed]:file:_files' \
	'--iomem=[with --from: /proc/iomem of that system]:file:_files' \
	'(-J --json)'{-J,--json}'[print JSON]' \
	'--map[draw the shared pages]' \
	'(-n --noheadings)'{-n,--noheadings}'[no headings]' \
	'--openmetrics[print metrics for Prometheus]' \
	'(-o --output)'{-o,--output=}'[output columns]:columns:_lsbar_columns' \
	'(-O --output-all)'{-O,--output-all}'[print all columns]' \
	'--page-size=[as if pages had this size]:size:(4K 16K 64K)' \
	'(-P --pairs)'{-P,--pairs}'[key="value" lines]' \
	'--plan[what would pci=passthrough_align do?]' \
	'(-Q --filter)'{-Q,--filter=}'[only rows for which this is true]:expression:' \
	'(-r --raw)'{-r,--raw}'[use raw output format]' \
	'--sets[which devices go together?]' \
	'--shared[only BARs that share a page]' \
	'*'{-s,--slot=}'[only these]:slot:_lsbar_devices' \
	'--svg=[draw the map into a file]:file:_files' \
	'--sysroot=[use a tree captured by lsbar-capture]:directory:_directories' \
	'(-x --sort)'{-x,--sort=}'[sort by this column]:column:_lsbar_columns' \
	'--xen[with --check: they go to a Xen guest]' \
	'(-h --help)'{-h,--help}'[help]' \
	'(-V --version)'{-V,--version}'[version]' \
	'*:device:_lsbar_devices'
