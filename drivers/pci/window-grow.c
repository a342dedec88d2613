// SPDX-License-Identifier: GPL-2.0
/*
 * Make bridge windows larger, so that small BARs find pages of their own
 *
 * Only room that is left when all else has its place is used for that.
 */

#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/pci.h>

#include "pci.h"

/* Is it a window of this bridge that is new, or one that may change anyway? */
static bool may_grow(struct pci_dev *bridge, const struct resource *win,
		     bool any)
{
	struct resource *res;
	int i;

	pci_dev_for_each_resource(bridge, res, i) {
		if (res == win && pci_resource_is_bridge_win(i))
			return any || bridge->want_page & PCI_WINDOW_BIT(i);
	}

	return false;
}

static bool extend(struct pci_bus *bus, struct resource *win,
		   resource_size_t step)
{
	resource_size_t size = resource_size(win) + step;
	struct pci_bus_region region;
	int ret = -ENOSPC;

	pcibios_resource_to_bus(bus->self->bus, &region, win);
	if (win->flags & IORESOURCE_MEM_64 || region.end <= U32_MAX - step)
		ret = adjust_resource(win, win->start, size);
	if (ret && region.start > step)
		ret = adjust_resource(win, win->start - step, size);
	if (ret)
		return false;

	pci_setup_bridge(bus);
	return true;
}

/**
 * pci_grow_window - make a bridge window larger
 * @bus: bus behind the bridge
 * @win: the window
 * @any: true if not only windows that have just been assigned may change
 *
 * By the least that bridges can.  Where it is if there is room beside it, or
 * elsewhere in the window that it is in, or else when that has grown.
 *
 * Context: As pci_bar_move(), with pci_bus_sem held.
 *
 * Return: true if the window is larger now.
 */
bool pci_grow_window(struct pci_bus *bus, struct resource *win, bool any)
{
	struct resource old = *win;
	struct pci_dev *bridge = bus->self;
	resource_size_t step;

	if (!bridge || bridge->hdr_type != PCI_HEADER_TYPE_BRIDGE ||
	    !win->parent || !may_grow(bridge, win, any))
		return false;

	step = pci_min_window_alignment(bus, win->flags);
	if (!extend(bus, win, step) && !pci_move_window(bus, win, step) &&
	    !(pci_grow_window(bridge->bus, win->parent, any) &&
	      extend(bus, win, step)))
		return false;

	pci_info(bridge, "%s %pR: expanded from %pR\n",
		 pci_resource_name(bridge, pci_resource_num(bridge, win)), win,
		 &old);

	return true;
}
