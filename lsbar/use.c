// SPDX-License-Identifier: GPL-2.0
/* What would become of a BAR whose device is passed through? */
#include "lsbar.h"

#define XEN_PAGE 4096

/*
 * See vfio_pci_probe_mmaps(): to map a small BAR it must start a page, and its
 * resource must have room for a reservation of the rest.
 */
enum answer vfio_maps(const struct machine *m, const struct bar *bar,
		      const struct finding *f, uint64_t page)
{
	const struct thing *window;

	if (bar->nr == ROM || f->verdict == UNASSIGNED)
		return NO;
	if (!is_small(bar, page))
		return YES;
	if (bar->at.start % page || f->verdict == SHARES)
		return NO;
	if (f->verdict == UNKNOWN)
		return DONT_KNOW;
	window = window_of(m, bar);
	if (window)
		return contains(window->at, pages_of(bar->at, page)) ? YES : NO;
	return page == SMALLEST_PAGE ? YES : DONT_KNOW;
}

/*
 * libxl gives the guest the pages of each range in the resource file that does
 * not start at 0, be that the BAR's address or not.
 */
enum answer xen_exposes(const struct machine *m, const struct bar *bar)
{
	if (!bar->at.start || is_empty(bar))
		return NO;
	if (bar->flags & RES_UNSET)
		return YES;
	switch (judge(m, bar, XEN_PAGE).verdict) {
	case SHARES:
		return YES;
	case ISOLATED:
		return NO;
	default:
		return DONT_KNOW;
	}
}
