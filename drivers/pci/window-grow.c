// SPDX-License-Identifier: GPL-2.0
/*
 * Extend a bridge window in place, so that a small BAR finds a page
 *
 * Firmware's windows stay as they are, unless the user asked for pci=realloc.
 */

#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/pci.h>

#include "pci.h"

static bool is_window_of(struct pci_dev *bridge, const struct resource *win)
{
	struct resource *res;
	int i;

	pci_dev_for_each_resource(bridge, res, i) {
		if (res == win)
			return pci_resource_is_bridge_win(i);
	}

	return false;
}

static int extend_up(struct pci_dev *bridge, struct resource *win,
		     resource_size_t step)
{
	struct pci_bus_region region;

	pcibios_resource_to_bus(bridge->bus, &region, win);
	if (!(win->flags & IORESOURCE_MEM_64) && region.end > U32_MAX - step)
		return -ENOSPC;

	return adjust_resource(win, win->start, resource_size(win) + step);
}

static int extend_down(struct pci_dev *bridge, struct resource *win,
		       resource_size_t step)
{
	struct pci_bus_region region;

	pcibios_resource_to_bus(bridge->bus, &region, win);
	if (region.start <= step || win->start < PCIBIOS_MIN_MEM + step)
		return -ENOSPC;

	return adjust_resource(win, win->start - step, resource_size(win) + step);
}

/**
 * pci_bar_move_growing - give a BAR pages of its own in a larger bridge window
 * @mover: state of the device
 * @resno: resource number of an assigned memory BAR or the ROM
 * @page: size of a page in bytes
 *
 * The window that the BAR is in grows by the smallest step that bridges
 * support. It gets its old size back if that does not help.
 *
 * Context: As pci_bar_move().
 *
 * Return: 0, or as pci_bar_move() if the BAR is where it was.
 */
int pci_bar_move_growing(struct pci_bar_mover *mover, int resno,
			 resource_size_t page)
{
	struct pci_dev *dev = mover->dev;
	struct resource *win = pci_resource_n(dev, resno)->parent;
	struct pci_dev *bridge = dev->bus->self;
	struct resource old = *win;
	resource_size_t step;
	int ret;

	if (!pci_realloc_by_user() || !bridge || !win->parent ||
	    bridge->hdr_type != PCI_HEADER_TYPE_BRIDGE || !is_window_of(bridge, win))
		return -ENOSPC;

	step = pci_min_window_alignment(dev->bus, win->flags);
	if (extend_up(bridge, win, step) && extend_down(bridge, win, step))
		return -ENOSPC;

	/* Decode has to be on again before anything is printed */
	pci_bar_move_end(mover);
	pci_setup_bridge(dev->bus);
	ret = pci_bar_move(mover, resno, page);
	pci_bar_move_end(mover);
	if (ret) {
		adjust_resource(win, old.start, resource_size(&old));
		pci_setup_bridge(dev->bus);
		return ret;
	}

	pci_info(bridge, "%s %pR: expanded from %pR\n",
		 pci_resource_name(bridge, pci_resource_num(bridge, win)), win,
		 &old);

	return 0;
}
