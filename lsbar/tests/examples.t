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
fails "a BAR that shares" "0000:00:07.0: resource1 shares its page with other registers, which a guest would get with it; boot with pci=passthrough_align" -- given "$off" "$check" 0000:00:07.0
exits 0 "it does not, with the parameter" given "$on" "$check" 0000:00:07.0
is "$(cat "$BOX/out")" "" "and nothing is said"
fails "a ROM that shares" "0000:00:03.0: rom shares its page" -- given "$off" "$check" 0000:00:03.0
exits 0 "a large BAR" given "$off" "$check" 0000:00:0e.0
fails "one of several, in short" "0000:00:07.0: resource1" -- given "$off" "$check" 00:0e.0 00:07.0
fails "no such device" "0000:00:1e.7: there is no such device" -- given "$off" "$check" 00:1e.7
fails "no device" "usage: share-check BDF..." -- "$check"

# A kernel without the status
fails "no status and no lsbar" "neither the kernel nor lsbar is there to tell" -- given "$stock" "$check" 00:07.0
ln -s "$LSBAR" "$BOX/bin/lsbar"
fails "lsbar says it shares" "0000:00:07.0: a BAR shares its page" -- given "$stock" "$check" 00:07.0
exits 0 "lsbar says it does not" given "$stock" "$check" 00:0e.0
printf '#!/bin/sh\nexit 3\n' >"$BOX/none/lsbar"
chmod +x "$BOX/none/lsbar"
fails "lsbar does not know" "lsbar can't tell" -- env PATH="$BOX/none:$PATH" SYSROOT="$stock" "$check" 00:0e.0

# xl
assign=$EXAMPLES/xl-assign
fails "xl is not asked to assign what shares" "resource1 shares its page" -- given "$off" "$assign" 00:0e.0 00:07.0
said "xl pci"
is $? 1 "of several none"
exits 0 "xl assigns the others" given "$on" "$assign" 00:0e.0 00:07.0
is "$(cat "$BOX/out")" "xl pci-assignable-add 00:0e.0
xl pci-assignable-add 00:07.0" "one after the other"

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
fails "a guest with a device that shares" "0000:00:07.0: resource1 shares its page" -- hook "$off" 07 prepare
exits 0 "with one that does not" hook "$off" 0e prepare
is "$(cat "$BOX/out")" "" "starts"
exits 0 "with the parameter" hook "$on" 07 prepare
exits 0 "a guest that ends" hook "$off" 07 release

# A network card that is given away as one
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
guest=network fails "a network card that shares" "0000:00:07.0: resource1 shares its page" -- hook "$off" 07 prepare
guest=network exits 0 "one that does not" hook "$off" 0e prepare
exits 0 "one without PCI devices" sh -c "echo '<domain/>' | '$EXAMPLES/libvirt-hook' g prepare begin -"

finish
