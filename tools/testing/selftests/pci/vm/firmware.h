/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the first-stage "firmware" have in common.
 */
#ifndef VM_FIRMWARE_H
#define VM_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#include "../bars.h"

struct mapped;

struct place {
	struct bar bar;			/* where the first kernel put it */
	uint64_t address;		/* where it has to be */
	const struct mapped *window, *home;	/* was in, has to be in */
};

struct plan {
	struct place *places;
	size_t n;
};

/* Put the BARs there, as vm.decode= and vm.rom= say too. */
void program_all(const struct plan *plan);

/*
 * The file of an initramfs, and in front of it the ERST table, if there is one
 * that needs new addresses: it takes the place of the one in memory.
 */
int initrd_with_tables(int initrd, const struct plan *plan);

#endif
