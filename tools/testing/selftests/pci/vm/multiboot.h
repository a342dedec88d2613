/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kexec starts instead of Xen, to start Xen: see stub.S.
 */
#ifndef VM_MULTIBOOT_H
#define VM_MULTIBOOT_H

extern char stub[], stub_end[];

/* Where in it to put the addresses of Xen's entry and of its header */
extern char stub_entry[], stub_header[];

#endif
