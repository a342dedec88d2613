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
complete -c lsbar -s a -l all -d 'also show BARs that are large and isolated'
complete -c lsbar -s b -l bytes -d 'print sizes in bytes'
complete -c lsbar -l check -d 'are they fit for passthrough?'
complete -c lsbar -l color -xa 'auto always never' -d 'colour the map'
complete -c lsbar -s d -l device -x -d 'only these: vendor:device'
complete -c lsbar -l features -d 'print a file for Node Feature Discovery'
complete -c lsbar -s F -l from -rF -d 'read what lspci or lsbar-capture printed'
complete -c lsbar -l iomem -rF -d 'with --from: /proc/iomem of that system'
complete -c lsbar -s J -l json -d 'print JSON'
complete -c lsbar -l map -d 'draw the shared pages'
complete -c lsbar -s n -l noheadings -d "don't print headings"
complete -c lsbar -l openmetrics -d 'print metrics for Prometheus'
complete -c lsbar -s o -l output -xa '(__fish_complete_list , __lsbar_columns)' -d 'output columns'
complete -c lsbar -s O -l output-all -d 'print all columns'
complete -c lsbar -l page-size -xa '4K 16K 64K' -d 'as if pages had this size'
complete -c lsbar -s P -l pairs -d 'key="value" lines'
complete -c lsbar -l plan -d 'what would pci=passthrough_align do?'
complete -c lsbar -s Q -l filter -x -d 'only rows for which this is true'
complete -c lsbar -s r -l raw -d 'raw output'
complete -c lsbar -l sets -d 'which devices go together?'
complete -c lsbar -l shared -d 'only BARs that share a page'
complete -c lsbar -s s -l slot -xa '(__lsbar_devices)' -d 'only these'
complete -c lsbar -l svg -rF -d 'draw the map into a file'
complete -c lsbar -l sysroot -xa '(__fish_complete_directories)' -d 'use a tree captured by lsbar-capture'
complete -c lsbar -s x -l sort -xa '(__lsbar_columns)' -d 'sort by this column'
complete -c lsbar -l xen -d 'with --check: they go to a Xen guest'
complete -c lsbar -s h -l help -d help
complete -c lsbar -s V -l version -d version
