// SPDX-License-Identifier: GPL-2.0
/* What happens to a BAR whose device is passed through */
#include "lsbar.h"

#define XEN_PAGE 4096

/* vfio-pci's own reservation, or what the BAR is routed through */
static bool is_no_obstacle(const struct bar *bar, const struct resource *resource)
{
	if (resource->bar && !is_window(resource->bar) && !resource->bar->claimed)
		return true;	/* the kernel does not know of it */
	return is_part(bar, resource);
}

/* Can the rest of the page be requested from the kernel? */
static enum answer can_reserve(const struct system *sys, const struct bar *bar,
			       struct range page)
{
	const struct resource *resource, *window = window_of(sys, bar);
	struct cursor c = index_in(sys->index, (struct range) {
		bar->at.end + 1, page.end
	});

	while ((resource = index_next(&c)))
		if (!is_no_obstacle(bar, resource))
			return NO;
	if (window)
		return contains(window->at, page) ? YES : NO;
	return size_of(page) == SMALLEST_PAGE ? YES : DONT_KNOW;
}

/*
 * See vfio_pci_probe_mmaps(): to map a small BAR it must start a page, and its
 * resource must have room for a reservation of the rest. vfio-pci takes no
 * bridges.
 */
enum answer vfio_maps(const struct system *sys, const struct bar *bar,
		      const struct finding *f, uint64_t page)
{
	if (bar->nr == ROM || f->verdict == UNASSIGNED || is_bridge(bar->dev))
		return NO;
	if (!is_small(bar, page))
		return YES;
	if (bar->at.start % page)
		return NO;
	if (f->verdict == UNKNOWN)
		return DONT_KNOW;
	if (f->verdict == SHARES && (!bar->claimed || !f->nr_others))
		return NO;
	return can_reserve(sys, bar, pages_of(bar->at, page));
}

/*
 * libxl gives the guest the pages of each range in the resource file that does
 * not start at 0, whether that is the BAR's address or not. What is passed
 * through along with it is not exposed.
 */
enum answer xen_exposes(const struct system *sys, const struct bar *bar)
{
	if (!bar->at.start || is_empty(bar))
		return NO;
	if (bar->flags & RES_UNSET)
		return YES;
	switch (judge(sys, bar, XEN_PAGE).fitness) {
	case FOREIGN:
		return YES;
	case FIT:
	case MISALIGNED:
	case OWN:
		return NO;
	default:
		return DONT_KNOW;
	}
}

static bool is_region(const struct bar *bar, const struct resource *resource)
{
	return !resource->bar && contains(bar->at, resource->at) &&
	       !is_padding(resource);
}

/*
 * Who holds it: an early console, whoever requested it or a part of it (a driver,
 * or firmware's framebuffer), or the driver of its device. NULL if nobody is seen.
 */
char *holder_of(const struct system *sys, const struct bar *bar)
{
	struct cursor c = index_in(sys->index, bar->at);
	const struct resource *resource;

	if (!is_assigned(bar))
		return NULL;
	if (is_early_console(sys, bar->dev) == YES)
		return copy("early console");
	while ((resource = index_next(&c)))
		if (is_region(bar, resource))
			return copy(resource->name);
	return driver_of(bar->dev) ? copy(driver_of(bar->dev)) : NULL;
}
