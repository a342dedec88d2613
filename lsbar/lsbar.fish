# SPDX-License-Identifier: GPL-2.0
# fish completion for lsbar

function __lsbar_columns
    lsbar --help | string match -rg '^ +([A-Z-]+)  ' | string lower
end

function __lsbar_devices
    for device in /sys/bus/pci/devices/*
        path basename $device
    end
end

complete -c lsbar -f -a '(__lsbar_devices)'
complete -c lsbar -s a -l all -d 'also BARs that are large and isolated'
complete -c lsbar -s b -l bytes -d 'sizes in bytes'
complete -c lsbar -l check -d 'are they fit to be given away?'
complete -c lsbar -l color -xa 'auto always never' -d 'colour the map'
complete -c lsbar -s d -l device -x -d 'only these: vendor:device'
complete -c lsbar -l features -d 'for Node Feature Discovery'
complete -c lsbar -s F -l from -rF -d 'what lspci or lsbar-capture printed'
complete -c lsbar -l iomem -rF -d '/proc/iomem of that system'
complete -c lsbar -s J -l json -d JSON
complete -c lsbar -l map -d 'draw the shared pages'
complete -c lsbar -s n -l noheadings -d 'no headings'
complete -c lsbar -l openmetrics -d 'metrics for Prometheus'
complete -c lsbar -s o -l output -xa '(__fish_complete_list , __lsbar_columns)' -d columns
complete -c lsbar -s O -l output-all -d 'all columns'
complete -c lsbar -l page-size -xa '4K 16K 64K' -d 'with pages of this size'
complete -c lsbar -s P -l pairs -d 'key="value" lines'
complete -c lsbar -l plan -d 'what would pci=passthrough_align do?'
complete -c lsbar -s Q -l filter -x -d 'only rows of which it is true'
complete -c lsbar -s r -l raw -d 'raw output'
complete -c lsbar -l sets -d 'which devices go together?'
complete -c lsbar -l shared -d 'only what shares a page'
complete -c lsbar -s s -l slot -xa '(__lsbar_devices)' -d 'only these'
complete -c lsbar -l svg -rF -d 'draw the map into a file'
complete -c lsbar -l sysroot -xa '(__fish_complete_directories)' -d 'a tree of lsbar-capture'
complete -c lsbar -s x -l sort -xa '(__lsbar_columns)' -d 'in the order of a column'
complete -c lsbar -l xen -d 'with --check, to a guest of Xen'
complete -c lsbar -s h -l help -d help
complete -c lsbar -s V -l version -d version
