/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the first-stage "firmware" have in common.
 */
#ifndef VM_FIRMWARE_H
#define VM_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#define ROM_BAR 6

struct range {
	uint64_t start, end;
};

struct mapped;

struct bar {
	char bdf[16];
	int index;
	struct range at;	/* where the first kernel put it */
	uint64_t size, address;	/* address: where it shall be */
	const struct mapped *window, *home;	/* was in, shall be in */
};

extern struct bar bars[];
extern size_t n_bars;

/* Put the BARs there, as vm.decode= and vm.rom= say too. */
void program_all(void);

/* Where what was at an address is now, which may be there. */
uint64_t address_now(uint64_t before);

/*
 * The file of an initramfs, and in front of it the ERST table, if there is one
 * that has to tell other addresses: it takes the place of the machine's.
 */
int initrd_with_tables(int initrd);

#endif
