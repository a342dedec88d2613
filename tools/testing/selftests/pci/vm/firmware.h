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

#endif
