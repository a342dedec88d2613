# SPDX-License-Identifier: GPL-2.0
# bash completion for lsbar
# shellcheck shell=bash

# Columns are separated by commas; those already there stay.
_lsbar_columns() {
	local before='' word=$1 columns
	columns=$(lsbar --help | sed -n '/^Available/,/^For more/s/^ *\([A-Z-]*\)  .*/\1/p')
	[[ $word == +* ]] && before=+ word=${word#+}
	[[ $word == *,* ]] && before=$before${word%,*}, word=${word##*,}
	compopt -o nospace
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$columns" -- "${word^^}")
}

_lsbar_devices() {
	local devices=(/sys/bus/pci/devices/*)
	mapfile -t COMPREPLY < <(compgen -W "${devices[*]##*/}" -- "$1")
	# bash takes a colon for the end of a word
	declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$1"
}

_lsbar() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	declare -F _get_comp_words_by_ref >/dev/null &&
		_get_comp_words_by_ref -n := cur prev
	COMPREPLY=()
	case $prev in
	-o | --output | -x | --sort) _lsbar_columns "$cur"; return ;;
	-s | --slot) _lsbar_devices "$cur"; return ;;
	--page-size) mapfile -t COMPREPLY < <(compgen -W "4K 16K 64K" -- "$cur"); return ;;
	--sysroot) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	--svg | -F | --from | --iomem) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	-d | --device | -Q | --filter) return ;;
	esac
	case $cur in
	--color=*) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "${cur#*=}") ;;
	-*) mapfile -t COMPREPLY < <(compgen -W "$(lsbar --help |
		grep -o -e '--[a-z-]*' | sort -u)" -- "$cur") ;;
	*) _lsbar_devices "$cur" ;;
	esac
}
complete -F _lsbar lsbar
