// SPDX-License-Identifier: GPL-2.0
/*
 * Make bridge windows larger, so that small BARs find pages of their own
 *
 * Only room that is left when all else has its place is used for that.
 */

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/pci.h>

#include "pci.h"

/**
 * struct demand - what is to go into a bridge window
 * @size: bytes, pages included
 * @align: largest alignment in bytes
 */
struct demand {
	resource_size_t size;
	resource_size_t align;
};

static void add_window(struct pci_bus *bus, struct resource *win,
		       struct demand *demand);

static void add_resource(struct pci_dev *dev, int resno, struct demand *demand)
{
	struct resource *res = pci_resource_n(dev, resno);
	resource_size_t size = resource_size(res);

	if (pci_resource_is_bridge_win(resno) && dev->subordinate) {
		struct demand inner = { 0 };

		add_window(dev->subordinate, res, &inner);
		inner.size = ALIGN(inner.size,
				   pci_min_window_alignment(dev->subordinate,
							    res->flags));
		size = max(size, inner.size);
	}

	demand->size += max(size, pci_passthrough_alignment(dev, resno));
	demand->align = max(demand->align, pci_resource_alignment(dev, res));
}

static void add_window(struct pci_bus *bus, struct resource *win,
		       struct demand *demand)
{
	struct resource *res;
	struct pci_dev *dev;
	int i;

	list_for_each_entry(dev, &bus->devices, bus_list) {
		if (!pdev_resources_assignable(dev))
			continue;

		pci_dev_for_each_resource(dev, res, i) {
			if (res->parent || !resource_size(res) ||
			    res->flags & IORESOURCE_PCI_FIXED ||
			    pbus_select_window(bus, res) != win)
				continue;
			add_resource(dev, i, demand);
		}
	}
}

/* What is behind such a bridge can use all that is left on the bus. */
static bool has_transparent_bridge(const struct pci_bus *bus)
{
	struct pci_dev *dev;

	list_for_each_entry(dev, &bus->devices, bus_list) {
		if (dev->subordinate && dev->transparent)
			return true;
	}

	return bus->self && bus->self->transparent;
}

/**
 * pci_grow_new_window - make room for pages in a window just assigned
 * @bridge: PCI bridge
 * @win: resource of @bridge with nothing in it yet
 *
 * To be called when everything else on the bridge's bus has been assigned.
 * The window may get another place there.
 *
 * Return: 0 if all of the pages fit, or an error if the window is as it was.
 */
int pci_grow_new_window(struct pci_dev *bridge, struct resource *win)
{
	int i = pci_resource_num(bridge, win);
	struct demand demand = { 0 };
	resource_size_t step;

	if (!pci_resource_is_bridge_win(i) || !(win->flags & IORESOURCE_MEM) ||
	    !bridge->subordinate || !win->parent || win->child ||
	    has_transparent_bridge(bridge->bus))
		return -EINVAL;

	step = pci_min_window_alignment(bridge->subordinate, win->flags);
	add_window(bridge->subordinate, win, &demand);
	demand.size = ALIGN(demand.size, step);
	if (demand.size <= resource_size(win))
		return 0;

	return pci_reassign_resource(bridge, i,
				     demand.size - resource_size(win),
				     max(demand.align, step));
}

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
 *
 * By the least that bridges can.  Where it is if there is room beside it, or
 * elsewhere in the window that it is in, or else when that has grown.
 *
 * Context: As pci_bar_move(), with pci_bus_sem held.
 *
 * Return: true if the window is larger now.
 */
bool pci_grow_window(struct pci_bus *bus, struct resource *win)
{
	struct resource old = *win;
	struct pci_dev *bridge = bus->self;
	resource_size_t step;

	if (!bridge || !win->parent || !is_window_of(bridge, win))
		return false;

	step = pci_min_window_alignment(bus, win->flags);
	if (!extend(bus, win, step) && !pci_move_window(bus, win, step) &&
	    !(pci_grow_window(bridge->bus, win->parent) &&
	      extend(bus, win, step)))
		return false;

	pci_info(bridge, "%s %pR: expanded from %pR\n",
		 pci_resource_name(bridge, pci_resource_num(bridge, win)), win,
		 &old);

	return true;
}
