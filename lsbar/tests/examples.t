#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# examples/: devices that share a page are refused, with a sentence; others are not

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

EXAMPLES=$TOP/examples
mkdir "$BOX/bin" "$BOX/none"
PATH=$BOX/bin:$PATH

# xl notes what it is called with.
cat >"$BOX/bin/xl" <<STUB
#!/bin/sh
echo "xl \$*"
STUB
chmod +x "$BOX/bin/xl"

# given ROOT COMMAND...: with sysfs from there
given() { SYSROOT=$1 "${@:2}"; }
off=$(tree q35-packed.off)
on=$(tree q35-packed.on)
stock=$(tree q35-qboot.stock)

check=$EXAMPLES/share-check
# Without lsbar the kernel's status decides; it may be installed here
with=$PATH
PATH=$(tr : '\n' <<<"$with" | while read -r dir; do [ -e "$dir/lsbar" ] || echo "$dir"; done | paste -s -d :)
fails "a BAR that shares" "0000:00:07.0: resource1 shares its page with other registers, which a guest may get with it" -- given "$off" "$check" 0000:00:07.0
exits 0 "it does not, with the parameter" given "$on" "$check" 0000:00:07.0
is "$(cat "$BOX/out")" "" "and nothing is said"
fails "a ROM that shares" "0000:00:03.0: rom shares its page" -- given "$off" "$check" 0000:00:03.0
exits 0 "a large BAR" given "$off" "$check" 0000:00:0e.0
fails "one of several, in short" "0000:00:07.0: resource1" -- given "$off" "$check" 00:0e.0 00:07.0
fails "no such device" "0000:00:1e.7: there is no such device" -- given "$off" "$check" 00:1e.7
fails "no device" "usage: share-check" -- "$check"
fails "no status and no lsbar" "neither lsbar nor the kernel's status is there to tell" -- given "$stock" "$check" 00:07.0

# With it fitness does
PATH=$with
ln -s "$LSBAR" "$BOX/bin/lsbar"
fails "what is foreign is refused" "0000:00:07.0 BAR 1 (0x1674a100, size 256) shares a page with 0000:00:06.0 BAR 1" -- given "$off" "$check" 0000:00:07.0
fails "also without the status" "0000:00:07.0 BAR 1" "pci=resource_alignment=12@0000:00:07.0" -- given "$stock" "$check" 00:07.0
exits 0 "what is fit is not" given "$stock" "$check" 00:0e.0
is "$(cat "$BOX/out")" "" "and nothing is said"
fails "together: one of them" "with 0000:00:13.2 BAR 0" -- given "$(tree hypervisor-opteron)" "$check" 00:11.0 00:12.2
exits 0 "together: all of a page" given "$(tree hypervisor-opteron)" "$check" 00:11.0 00:12.2 00:13.2
said "VFIO does not map it, which is slow"
ok $? "is said to be slow"
exits 0 "its own BARs" given "$(tree own-bars-only)" "$check" 06:09.4
exits 0 "misaligned: slow with KVM" given "$(tree sil-alone-misaligned)" "$check" 02:00.0
fails "misaligned: not for Xen" "a Xen HVM guest gets the page after it" -- given "$(tree sil-alone-misaligned)" "$check" --xen 02:00.0
for rc in 1 3 4 127; do
	printf '#!/bin/sh\nexit %s\n' $rc >"$BOX/none/lsbar"
	chmod +x "$BOX/none/lsbar"
	fails "lsbar does not know (exit status $rc)" "lsbar can't tell" -- env PATH="$BOX/none:$PATH" SYSROOT="$stock" "$check" 00:0e.0
done

# isolate, on a kernel whose part is played by a stand-in for tee: what is written to
# a status moves that BAR; a rescan places the BARs of what is in resource_alignment.
mkdir "$BOX/kernel"
cat >"$BOX/kernel/tee" <<'STUB'
#!/usr/bin/env python3
import os, re, sys
from pathlib import Path
path, text = Path(sys.argv[1]), sys.stdin.read()
dev, bus = path.parent, Path(os.environ["SYSROOT"]) / "sys/bus/pci"
error = os.environ.get("ERROR", "")
with open(os.environ["WRITTEN"], "a") as log:
    print(text, path.relative_to(bus), file=log)

def move(file, bar, size):
    lines = file.read_text().splitlines()
    start, end, flags = (int(word, 16) for word in lines[bar].split())
    free = 0x80010000 + 0x1000 * bar
    last = free + (size or end - start + 1) - 1
    lines[bar] = f"0x{free:016x} 0x{last:016x} 0x{flags:016x}"
    iomem = Path(os.environ["SYSROOT"]) / "proc/iomem"
    iomem.write_text(iomem.read_text().replace(
        f"{start:08x}-{end:08x}", f"{free:08x}-{last:08x}"))
    if error == "lost":
        lines[bar] = f"0x{0x1000:016x} 0x{0x1fff:016x} 0x{flags | 0x20000000:016x}"
    file.write_text("\n".join(lines) + "\n")

if path.name.endswith("_shares_page"):
    if error:
        sys.exit(f"tee: {path}: {error}")
    name = path.name.replace("resource", "").replace("_shares_page", "")
    move(dev / "resource", 6 if name == "rom" else int(name), 0)
    path.write_text("0\n")
elif path.name == "rescan":
    for order, bdf in re.findall(r"(\d+)@([0-9a-f:.]+)", (bus / "resource_alignment").read_text()):
        resource = bus / "devices" / bdf / "resource"
        for bar, line in enumerate(resource.read_text().splitlines() if resource.exists() else ()):
            start, end, flags = (int(word, 16) for word in line.split())
            if flags & 0x200 and start and end - start + 1 < 1 << int(order):
                move(resource, bar, 1 << int(order))
elif path.name != "remove":
    path.write_text(text + "\n")
STUB
chmod +x "$BOX/kernel/tee"
# kernel ROOT COMMAND...: on a copy of that tree, which is then $BOX/run
kernel() {
	rm -rf "$BOX/run" "$BOX/written"
	cp -r "$1" "$BOX/run"
	[ -e "$BOX/run/sys/bus/pci/resource_alignment" ] || echo "${NAMED:-}" >"$BOX/run/sys/bus/pci/resource_alignment"
	shift
	: >"$BOX/written"
	WRITTEN=$BOX/written SYSROOT=$BOX/run PATH=$BOX/kernel:$PATH "$@"
}
isolate=$EXAMPLES/isolate
writable=$(tree writable)
exits 0 "isolate" kernel "$writable" "$isolate" 00:04.0
is "$(cat "$BOX/out")" "0000:00:04.0: resource0 moved from 0x0000000080000100 to 0x0000000080010000
0000:00:04.0: rom moved from 0x0000000080002800 to 0x0000000080016000" "says what happened to each BAR"
is "$(cat "$BOX/written")" "0 devices/0000:00:04.0/resource0_shares_page
0 devices/0000:00:04.0/rom_shares_page" "and writes to nothing else"
exits 0 "isolate what is isolated" kernel "$writable" "$isolate" 00:06.0
is "$(cat "$BOX/out" "$BOX/written")" "" "does nothing"
cp -r "$writable" "$BOX/alone"
sed -i '1s/80001000 0x00000000800010/80001400 0x00000000800014/' "$BOX/alone/sys/bus/pci/devices/0000:00:06.0/resource"
exits 0 "isolate what is alone and is not page-aligned" kernel "$BOX/alone" "$isolate" 0000:00:06.0
is "$(cat "$BOX/out")" "0000:00:06.0: resource0 moved from 0x0000000080001400 to 0x0000000080010000" "moves it"
fails "a driver has it" "0000:00:03.0: e1000 has it: unbind that first, echo 0000:00:03.0 > /sys/bus/pci/drivers/e1000/unbind" -- kernel "$writable" "$isolate" 00:03.0
fails "one of two" "0000:00:03.0: e1000 has it" "0000:00:04.0: rom moved" -- kernel "$writable" "$isolate" 00:03.0 00:04.0
exits 0 "isolate --dry-run" kernel "$writable" "$isolate" --dry-run 00:04.0
is "$(cat "$BOX/out" "$BOX/written")" "0000:00:04.0: resource0 at 0x0000000080000100 shares its page: it would move
0000:00:04.0: rom at 0x0000000080002800 shares its page: it would move" "only says what would be done"
while read -r error words; do
	fails "isolate: $error" "0000:00:04.0: resource0 at 0x0000000080000100 shares its page, and stays: ${error//_/ }" -- \
		kernel "$writable" env ERROR="$words" "$isolate" 00:04.0
done <<-END
	somebody_uses_it Device or resource busy
	no_page_is_free No space left on device
	the_kernel_leaves_it_alone Operation not supported
	it_did_not_take_the_new_address Input/output error
	only_root_may_do_that Operation not permitted
	Invalid_argument Invalid argument
END
fails "a kernel that can't" "0000:00:0a.0: this kernel can't give its BARs pages of their own at run time; --fake-size does what any kernel can" -- kernel "$off" "$isolate" 00:0a.0
fails "isolate: no device" "usage: isolate" -- "$isolate"
fails "isolate: no such device" "0000:00:1e.7: there is no such device" -- kernel "$off" "$isolate" 00:1e.7
fails "isolate: an unknown option" "usage: isolate" -- "$isolate" --nonsense 00:04.0

# and --fake-size, on any
opteron=$(tree hypervisor-opteron)
free=$BOX/opteron
cp -r "$opteron" "$free"
rm "$free"/sys/bus/pci/devices/*/driver
exits 0 "isolate --fake-size" kernel "$free" "$isolate" --fake-size 00:12.2
said "0000:00:12.2: BAR 0 moved from 0x00000000fdefe800 to 0x0000000080010000, and looks as large as a page" &&
	said "to undo, echo '' > /sys/bus/pci/resource_alignment"
ok $? "says what happened, and how to undo it"
is "$(cat "$BOX/written")" "12@0000:00:12.2 resource_alignment
1 devices/0000:00:12.2/remove
1 rescan" "in the right order"
NAMED=20@0000:00:01.0 exits 0 "what was there stays" kernel "$free" "$isolate" --fake-size 00:12.2
is "$(cat "$BOX/run/sys/bus/pci/resource_alignment")" "12@0000:00:12.2;20@0000:00:01.0" "behind it"
NAMED=20@0000:00:01.0 fails "a BAR that is lost" "0000:00:12.2: not all of its BARs found a page, so this was undone" -- kernel "$free" env ERROR=lost "$isolate" --fake-size 00:12.2
is "$(tail -n 3 "$BOX/written")" "20@0000:00:01.0 resource_alignment
1 devices/0000:00:12.2/remove
1 rescan" "is undone"
fails "--fake-size with a driver" "ehci-pci has it: unbind that first" -- kernel "$opteron" "$isolate" --fake-size 00:12.2
exits 0 "--fake-size of a large BAR" kernel "$free" "$isolate" --fake-size 00:12.0
is "$(cat "$BOX/written")" "" "does nothing"
exits 0 "--fake-size --dry-run" kernel "$free" "$isolate" --fake-size --dry-run 00:12.2
is "$(cat "$BOX/written")" "" "writes nothing"
fails "--fake-size of a bridge" "it is a bridge" -- kernel "$(tree bridge-bar)" "$isolate" --fake-size 00:01.0

# share-check --isolate, as the hooks have it
exits 0 "what can be isolated is not refused" kernel "$writable" "$check" --isolate 00:04.0
said "0000:00:04.0: resource0 moved"
ok $? "but moved"
fails "what can't is refused" "0000:00:03.0: e1000 has it" "BAR 0 (0x80000000, size 256) shares a page" -- kernel "$writable" "$check" --isolate 00:03.0
fails "nothing is tried where the kernel can't" "0000:00:07.0 BAR 1" -- kernel "$off" "$check" --isolate 00:07.0
is "$(cat "$BOX/written")" "" "nor written"

# xl
assign=$EXAMPLES/xl-assign
fails "xl is not asked to assign what shares" "0000:00:07.0 BAR 1" -- given "$off" "$assign" 00:0e.0 00:07.0
said "xl pci"
is $? 1 "of several none"
exits 0 "xl assigns the others" given "$on" "$assign" 00:0e.0 00:08.0
said "xl pci-assignable-add 00:0e.0
xl pci-assignable-add 00:08.0"
ok $? "one after the other"
fails "one that is not page-aligned" "a Xen HVM guest gets the page after it" -- given "$(tree sil-alone-misaligned)" "$assign" 02:00.0
exits 0 "one that can be isolated" kernel "$writable" "$assign" 00:04.0
said "xl pci-assignable-add 00:04.0"
ok $? "is, and then assigned"

# libvirt
guest() {
	cat <<XML
<domain type='kvm'>
  <devices>
    <disk type='file' device='disk'>
      <source file='/disk'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0'/>
    </disk>
    <interface type='network'>
      <source network='default'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x08' function='0x0'/>
    </interface>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <driver name='vfio'/>
      <source>
        <address domain='0x0000' bus='0x00' slot='0x$1' function='0x0'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0'/>
    </hostdev>
    <hostdev mode='subsystem' type='usb'>
      <source>
        <address bus='1' device='2'/>
      </source>
    </hostdev>
  </devices>
</domain>
XML
}
# hook ROOT SLOT OPERATION
hook() { ${guest:-guest} "$2" | SYSROOT=$1 "$EXAMPLES/libvirt-hook" g "$3" begin -; }
fails "a guest with a device that shares" "0000:00:07.0 BAR 1" -- hook "$off" 07 prepare
exits 0 "with one that does not" hook "$off" 0e prepare
is "$(cat "$BOX/out")" "" "starts"
exits 0 "with the parameter" hook "$on" 07 prepare
exits 0 "a guest that ends" hook "$off" 07 release
exits 0 "with one that can be isolated" kernel "$writable" hook "$BOX/run" 04 prepare
said "0000:00:04.0: resource0 moved"
ok $? "which is done first"
fails "what is not XML" "can't read the guest's XML" -- sh -c "echo '<domain>' | '$EXAMPLES/libvirt-hook' g prepare begin -"
fails "nothing" "can't read the guest's XML" -- sh -c "'$EXAMPLES/libvirt-hook' g prepare begin - </dev/null"
# On one line, in decimal, without a domain, in another order: it is all the same
oneline() { guest "$1" | tr -d '\n' | sed "s/domain='0x0000' bus='0x00' slot='0x$1' function='0x0'/slot='$((16#$1))' bus='0' function='0'/2" | tr "'" '"'; }
guest=oneline fails "the same XML in other words" "0000:00:07.0 BAR 1" -- hook "$off" 07 prepare
ln -s "$EXAMPLES/libvirt-hook" "$BOX/bin/libxl"
fails "as Xen's hook: one that is not page-aligned" "a Xen HVM guest gets" -- \
	given "$(tree sil-alone-misaligned)" sh -c "echo '<domain><devices><hostdev><source><address domain=\"0\" bus=\"2\" slot=\"0\" function=\"0\"/></source></hostdev></devices></domain>' | $BOX/bin/libxl g prepare begin -"
# Without python, with xmllint, and with neither
skip 3 "no xmllint" command -v xmllint || {
mkdir "$BOX/tools"
for tool in sh cat dirname sed xmllint find ls readlink tee basename; do
	ln -s "$(command -v $tool)" "$BOX/tools/$tool"
done
ln -s "$LSBAR" "$BOX/tools/lsbar"
tools() { PATH=$BOX/tools:$EXAMPLES "$@"; }
fails "without python3" "0000:00:07.0 BAR 1" -- tools hook "$off" 07 prepare
tools exits 0 "and one that does not share" hook "$off" 0e prepare
rm "$BOX/tools/xmllint"
fails "without xmllint, too" "neither python3 nor xmllint is there" -- tools hook "$off" 0e prepare
}

# A network card that is passed through as one
network() {
	cat <<XML
<domain type='kvm'>
  <devices>
    <interface type='hostdev' managed='yes'>
      <source>
        <address type='pci' domain='0x0000' bus='0x00' slot='0x$1' function='0x0'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x0e' function='0x0'/>
    </interface>
  </devices>
</domain>
XML
}
guest=network fails "a network card that shares" "0000:00:07.0 BAR 1" -- hook "$off" 07 prepare
guest=network exits 0 "one that does not" hook "$off" 0e prepare
exits 0 "one without PCI devices" sh -c "echo '<domain/>' | '$EXAMPLES/libvirt-hook' g prepare begin -"

# Proxmox VE
cat >"$BOX/bin/qm" <<'STUB'
#!/bin/sh
[ "$*" = "config 100 --current" ] && printf '%s\n' 'bios: ovmf' "hostpci0: $HOSTPCI" 'net0: virtio'
STUB
chmod +x "$BOX/bin/qm"
# proxmox ROOT HOSTPCI [VMID PHASE]
proxmox() { SYSROOT=$1 HOSTPCI=$2 "$EXAMPLES/proxmox-hook" "${3:-100}" "${4:-pre-start}"; }
fails "Proxmox: a guest with a device that shares" "0000:00:07.0 BAR 1" -- proxmox "$off" 00:07.0,pcie=1
exits 0 "with one that does not" proxmox "$off" 0000:00:0e.0,pcie=1
fails "all functions of one" "0000:06:00.0 BAR 0" "0000:06:00.1 BAR 0" "VFIO does not map it" -- \
	env HOSTPCI=06:00 SYSROOT="$(tree card-reader-functions)" sh -c "'$EXAMPLES/proxmox-hook' 100 pre-start; exit 1"
exits 0 "which go together" proxmox "$(tree card-reader-functions)" 06:00,x-vga=1
exits 0 "in a list" proxmox "$opteron" "host=0000:00:11.0;0000:00:12.2;0000:00:13.2,pcie=1"
fails "that lacks one" "0000:00:13.2 BAR 0" -- proxmox "$opteron" "0000:00:11.0;0000:00:12.2"
exits 0 "a guest that runs" proxmox "$off" 00:07.0 100 post-start
fails "one that is not there" "can't read the configuration of guest 7" -- proxmox "$off" 00:07.0 7
fails "a device that is not there" "there is no device 00:1e" -- proxmox "$off" 00:1e
fails "a mapping that is not there" "can't tell which devices mapping card is" -- proxmox "$off" mapping=card,pcie=1
cp -r "$off" "$BOX/pve"
mkdir -p "$BOX/pve/etc/pve/mapping"
printf '%s\n' other "	map id=1,node=$(hostname),path=0000:00:0e.0" '' 'card' '	description x' \
	'	map id=8086:1,iommugroup=2,node=elsewhere,path=0000:00:0e.0' \
	"	map id=8086:1,node=$(hostname),path=0000:00:07.0,subsystem-id=1" >"$BOX/pve/etc/pve/mapping/pci.cfg"
fails "a mapping" "0000:00:07.0 BAR 1" -- proxmox "$BOX/pve" mapping=card,pcie=1
exits 0 "another mapping" proxmox "$BOX/pve" mapping=other

finish
