// SPDX-License-Identifier: GPL-2.0
/*
 * What is in a range.  Things are sorted by start, and a binary tree over them
 * holds the highest end in each part. Ranges may nest and overlap at will.
 */
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

struct index {
	struct resource *resources;	/* sorted */
	size_t nr;
	size_t leaves;		/* a power of two */
	uint64_t *highest;	/* [1] is the root, [leaves + i] is resource i */
};

static int by_address(const void *a, const void *b)
{
	const struct resource *x = a, *y = b;

	if (x->at.start != y->at.start)
		return x->at.start < y->at.start ? -1 : 1;
	if (x->at.end != y->at.end)
		return x->at.end > y->at.end ? -1 : 1;	/* what encloses first */
	if (!x->bar || !y->bar)
		return x->bar ? -1 : y->bar ? 1 : strcmp(x->name, y->name);
	return (x->bar > y->bar) - (x->bar < y->bar);
}

struct index *index_new(struct resource *resources, size_t nr)
{
	struct index *index = checked(malloc(sizeof(*index)));
	size_t i;

	qsort(resources, nr, sizeof(*resources), by_address);

	*index = (struct index) { .resources = resources, .nr = nr, .leaves = 1 };
	while (index->leaves < nr)
		index->leaves *= 2;

	index->highest = checked(calloc(2 * index->leaves, sizeof(uint64_t)));
	for (i = 0; i < nr; i++)
		index->highest[index->leaves + i] = resources[i].at.end;
	for (i = index->leaves - 1; i > 0; i--) {
		uint64_t left = index->highest[2 * i];
		uint64_t right = index->highest[2 * i + 1];

		index->highest[i] = left > right ? left : right;
	}
	return index;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	free(index->resources);
	free(index->highest);
	free(index);
}

/* First resource, from resource i on, that reaches address or beyond; nr if none */
static size_t reaching(const struct index *index, size_t i, uint64_t address)
{
	size_t node = index->leaves + i;

	if (i >= index->nr)
		return index->nr;
	while (index->highest[node] < address) {
		while (node & 1)	/* nothing right of it below its parent */
			node /= 2;
		if (!node)
			return index->nr;
		node++;
	}
	while (node < index->leaves) {
		node *= 2;
		if (index->highest[node] < address)
			node++;
	}
	return node - index->leaves;
}

struct cursor index_in(const struct index *index, struct range in)
{
	return (struct cursor) { .index = index, .in = in };
}

const struct resource *index_next(struct cursor *c)
{
	const struct index *index = c->index;
	size_t i = reaching(index, c->next, c->in.start);

	if (i >= index->nr || index->resources[i].at.start > c->in.end)
		return NULL;
	c->next = i + 1;
	return &index->resources[i];
}

size_t index_size(const struct index *index)
{
	return index->nr;
}

size_t index_position(const struct index *index, const struct resource *resource)
{
	return resource - index->resources;
}
