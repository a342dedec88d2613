/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is read in a small memory BAR, and in the page that it is in.
 */
#ifndef VM_PAGE_H
#define VM_PAGE_H

#include <stdint.h>

#include "../bars.h"

struct bar_page {
	struct bar bar;
	unsigned int offset;		/* of the BAR in it */
	uint32_t *words;		/* the whole of it */
};

/* Map that of the last small memory BAR of a device that decodes memory. */
bool page_open(const char *bdf, struct bar_page *page);
void page_close(const struct bar_page *page);

/* For a BAR that is memory: write something that shows whose it is. */
void page_sign(const struct bar_page *page);

/* What shows whose registers these are, as text; for a NIC, its MAC. */
const char *page_text(const struct bar_page *page, unsigned int offset);

/* Is there anything in that part of the page? */
bool page_empty(const struct bar_page *page, unsigned int offset, unsigned int size);

#endif
