/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is read in a small memory BAR, and in the page that it is in.
 */
#ifndef VM_BARS_H
#define VM_BARS_H

#include <stdbool.h>
#include <stdint.h>

struct bar {
	const char *bdf;
	int index;
	uint64_t size;
	unsigned int offset;		/* in the page */
	uint32_t *page;			/* the whole of it */
};

/* Map the last small memory BAR of a device that decodes memory. */
bool bar_open(const char *bdf, struct bar *bar);
void bar_close(const struct bar *bar);

/* Of a BAR that is memory: write something that tells whose it is. */
void bar_sign(const struct bar *bar);

/* What tells whose registers these are, as text; of a NIC it is its MAC. */
const char *bar_text(const struct bar *bar, unsigned int offset);

/* Is there anything in that part of the page? */
bool bar_empty(const struct bar *bar, unsigned int offset, unsigned int size);

#endif
