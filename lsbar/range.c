// SPDX-License-Identifier: GPL-2.0
/* Ranges of addresses. They may end at the very last byte. */
#include "lsbar.h"

bool contains(struct range a, struct range b)
{
	return a.start <= b.start && b.end <= a.end;
}

uint64_t size_of(struct range r)
{
	return r.end - r.start + 1;
}

struct range pages_of(struct range r, uint64_t page)
{
	return (struct range) { r.start & ~(page - 1), r.end | (page - 1) };
}
