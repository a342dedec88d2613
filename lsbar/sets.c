// SPDX-License-Identifier: GPL-2.0
/*
 * Which devices go together. Those of an IOMMU group do, as the IOMMU can't keep
 * them apart, and those that share a page, as the page tables can't. Bridges stay
 * with the host.
 */
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define ALL			((struct range) { 0, UINT64_MAX })

/* Device i is in the set of device parents[i]; its first one is its own parent */
struct sets {
	const struct system *sys;
	size_t *parents;
};

static size_t first_of(const struct sets *sets, size_t i)
{
	while (sets->parents[i] != i) {
		sets->parents[i] = sets->parents[sets->parents[i]];
		i = sets->parents[i];
	}
	return i;
}

static void unite(struct sets *sets, size_t i, size_t j)
{
	i = first_of(sets, i);
	j = first_of(sets, j);
	if (i < j)
		sets->parents[j] = i;
	else
		sets->parents[i] = j;
}

static size_t number_of(const struct sets *sets, const struct device *dev)
{
	return dev - sets->sys->devices;
}

static bool stays(struct device *dev)
{
	return is_bridge(dev) || class_of(dev) == PCI_CLASS_BRIDGE_HOST;
}

static bool can_share(const struct resource *resource)
{
	return resource->bar && is_bar(resource->bar) && !stays(resource->bar->dev);
}

/*
 * Things come sorted by their start: one that begins in a page that an earlier
 * one reaches shares it with the one that reaches furthest.
 */
static void unite_by_page(struct sets *sets, uint64_t page)
{
	struct cursor c = index_in(sets->sys->index, ALL);
	const struct resource *resource, *widest = NULL;

	while ((resource = index_next(&c))) {
		if (!can_share(resource))
			continue;
		if (widest && resource->at.start / page <= widest->at.end / page)
			unite(sets, number_of(sets, widest->bar->dev),
			      number_of(sets, resource->bar->dev));
		if (!widest || resource->at.end > widest->at.end)
			widest = resource;
	}
}

struct member {
	const char *group;
	size_t number;
};

static int by_group(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order ? order : (x->number > y->number) - (x->number < y->number);
}

static void unite_by_group(struct sets *sets)
{
	const struct system *sys = sets->sys;
	struct member *members = checked(calloc(sys->nr_devices + 1,
						sizeof(*members)));
	size_t i, nr = 0;

	for (i = 0; i < sys->nr_devices; i++) {
		const char *group = iommu_group_of(&sys->devices[i]);

		if (group && !stays(&sys->devices[i]))
			members[nr++] = (struct member) { group, i };
	}
	qsort(members, nr, sizeof(*members), by_group);
	for (i = 1; i < nr; i++)
		if (!strcmp(members[i].group, members[i - 1].group))
			unite(sets, members[i].number, members[i - 1].number);
	free(members);
}

/* Numbers from 1 on, by the first device; 0 for what stays */
static void number_sets(struct sets *sets)
{
	size_t i, nr = 0;

	for (i = 0; i < sets->sys->nr_devices; i++) {
		struct device *dev = &sets->sys->devices[i];
		size_t first = first_of(sets, i);

		if (stays(dev))
			dev->guest = 0;
		else
			dev->guest = first == i ? ++nr :
				     sets->sys->devices[first].guest;
	}
}

/* A selected device brings in all of its set. */
static void select_sets(const struct system *sys)
{
	bool *wanted = checked(calloc(sys->nr_devices + 1, sizeof(*wanted)));
	size_t i;

	for (i = 0; i < sys->nr_devices; i++)
		wanted[sys->devices[i].guest] |= sys->devices[i].selected;
	for (i = 0; i < sys->nr_devices; i++)
		sys->devices[i].selected = sys->devices[i].guest &&
					 wanted[sys->devices[i].guest];
	free(wanted);
}

void make_sets(struct system *sys, uint64_t page)
{
	struct sets sets = {
		.sys = sys,
		.parents = checked(calloc(sys->nr_devices + 1, sizeof(size_t))),
	};
	size_t i;

	for (i = 0; i < sys->nr_devices; i++)
		sets.parents[i] = i;
	unite_by_page(&sets, page);
	unite_by_group(&sets);
	number_sets(&sets);
	select_sets(sys);
	free(sets.parents);
}

/* Reduce rows of BARs to one per device, that of its worst BAR */

static void add_device(struct view *v, struct device *dev, const struct row *worst)
{
	struct bar *none = &v->none[dev - v->sys->devices];

	*none = (struct bar) { .dev = dev, .guessed = true };
	v->rows[v->nr_rows++] = worst ? *worst : (struct row) {
		.bar = none, .finding = { .verdict = UNASSIGNED },
	};
}

static const struct row *worst_of(const struct row *rows, size_t nr,
				  const struct device *dev, size_t *next)
{
	const struct row *worst = NULL;

	for (; *next < nr && rows[*next].bar->dev == dev; ++*next)
		if (!worst ||
		    rows[*next].finding.fitness > worst->finding.fitness)
			worst = &rows[*next];
	return worst;
}

static int by_set(const void *a, const void *b)
{
	const struct device *x = ((const struct row *)a)->bar->dev;
	const struct device *y = ((const struct row *)b)->bar->dev;

	if (x->guest != y->guest)
		return x->guest < y->guest ? -1 : 1;
	return (x > y) - (x < y);
}

void rows_by_device(struct view *v)
{
	struct row *rows = v->rows;
	size_t i, nr = v->nr_rows, next = 0;

	v->none = checked(calloc(v->sys->nr_devices + 1, sizeof(*v->none)));
	v->rows = checked(calloc(v->sys->nr_devices + 1, sizeof(*v->rows)));
	v->nr_rows = 0;
	for (i = 0; i < v->sys->nr_devices; i++) {
		struct device *dev = &v->sys->devices[i];

		if (dev->selected)
			add_device(v, dev, worst_of(rows, nr, dev, &next));
	}
	qsort(v->rows, v->nr_rows, sizeof(*v->rows), by_set);
	free(rows);
}
