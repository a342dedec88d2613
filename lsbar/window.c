// SPDX-License-Identifier: GPL-2.0
/* The window of a bridge or host that a BAR is in */
#include <string.h>

#include "lsbar.h"

static bool is_pci_window(const struct resource *resource)
{
	return resource->bar ? is_window(resource->bar) :
			       !strncmp(resource->name, "PCI Bus ", 8);
}

/* Enclosing a BAR, and more than a region in it that its driver requested */
static bool encloses(const struct resource *resource, const struct bar *bar)
{
	return contains(resource->at, bar->at) &&
	       (is_pci_window(resource) ||
		(!resource->bar && !contains(bar->at, resource->at)));
}

/*
 * Things come with what encloses first, so that the last one is the innermost.
 * Not every host bridge calls its window a PCI bus; but where one is called that,
 * what is inside it, like a Reserved range, is not a window.
 */
const struct resource *window_of(const struct system *sys, const struct bar *bar)
{
	const struct resource *resource, *window = NULL;
	struct range start = { bar->at.start, bar->at.start };
	struct cursor c = index_in(sys->index, start);

	while ((resource = index_next(&c))) {
		if (!encloses(resource, bar))
			continue;
		if (!window || is_pci_window(resource) || !is_pci_window(window))
			window = resource;
	}
	return window;
}

/*
 * Does it belong to a host bridge? The kernel never enlarges these. In
 * /proc/iomem they enclose all others, and no other has their name.
 */
bool is_host_window(const struct system *sys, const struct resource *window)
{
	struct range start = { window->at.start, window->at.start };
	struct cursor c = index_in(sys->index, start);
	const struct resource *resource;

	if (window->bar)	/* the resource of a bridge */
		return false;
	while ((resource = index_next(&c)) && resource != window)
		if (contains(resource->at, window->at) && is_pci_window(resource))
			return false;
	return true;
}

/* By page number, as an address after the last byte may overflow. */
uint64_t whole_pages(struct range gap, uint64_t page)
{
	uint64_t first = gap.start / page + !!(gap.start % page);
	uint64_t behind = gap.end / page + (gap.end % page == page - 1);

	return behind > first ? behind - first : 0;
}
