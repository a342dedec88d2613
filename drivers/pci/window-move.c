// SPDX-License-Identifier: GPL-2.0
/*
 * Move a bridge window, with all that is in it, to where there is more room
 *
 * Everything keeps its place within the window, so that nothing can get lost.
 */

#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/pci.h>

#include "pci.h"

/**
 * struct cargo - what is in a bridge window
 * @win: the window
 * @align: largest alignment that anything needs, in bytes
 * @found: number of resources that belong to devices behind the bridge
 * @stays: something can't move
 * @stuck: a BAR did not take its new address
 */
struct cargo {
	struct resource *win;
	resource_size_t align;
	unsigned int found;
	bool stays;
	bool stuck;
};

static bool is_inside(const struct resource *res, const struct resource *win)
{
	while (res->parent) {
		res = res->parent;
		if (res == win)
			return true;
	}

	return false;
}

static resource_size_t own_alignment(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);

	if (pci_resource_is_bridge_win(resno))
		return pci_min_window_alignment(dev->subordinate, res->flags);

	return pci_resource_alignment(dev, res);
}

static int weigh(struct pci_dev *dev, void *data)
{
	struct cargo *cargo = data;
	struct resource *res;
	int i;

	pci_dev_for_each_resource(dev, res, i) {
		if (!is_inside(res, cargo->win))
			continue;

		cargo->found++;
		cargo->align = max(cargo->align, own_alignment(dev, i));
		if (res->flags & IORESOURCE_PCI_FIXED || dev->driver ||
		    dev->hdr_type == PCI_HEADER_TYPE_CARDBUS ||
		    (res->child && !pci_resource_is_bridge_win(i)) ||
		    !pdev_resources_assignable(dev) ||
		    pcibios_early_console(dev))
			cargo->stays = true;
	}

	return 0;
}

static unsigned int count_children(const struct resource *win)
{
	const struct resource *res;
	unsigned int n = 0;

	for (res = win->child; res; res = res->sibling)
		n += 1 + count_children(res);

	return n;
}

static void shift_children(struct resource *win, resource_size_t delta)
{
	struct resource *res;

	for (res = win->child; res; res = res->sibling) {
		res->start += delta;
		res->end += delta;
		shift_children(res, delta);
	}
}

static int write_bars(struct pci_dev *dev, void *data)
{
	struct cargo *cargo = data;
	struct resource *res;
	int i;

	pci_dev_for_each_resource(dev, res, i) {
		if (pci_resource_is_bridge_win(i) || !is_inside(res, cargo->win))
			continue;
		if (i > PCI_ROM_RESOURCE)
			pci_update_resource(dev, i);
		else if (pci_bar_write(dev, i))
			cargo->stuck = true;
	}

	return 0;
}

static int write_windows(struct pci_dev *dev, void *data)
{
	if (dev->subordinate && dev->hdr_type == PCI_HEADER_TYPE_BRIDGE)
		pci_setup_bridge(dev->subordinate);

	return 0;
}

static int decode_on(struct pci_dev *dev, void *data)
{
	pci_bar_decode_on(dev);

	return 0;
}

/* BARs first: when one is written, its device stops decoding. */
static void shift(struct pci_bus *bus, struct cargo *cargo,
		  resource_size_t delta, resource_size_t step)
{
	struct resource *win = cargo->win, *parent = win->parent;

	release_resource(win);
	win->start += delta;
	win->end += delta + step;
	shift_children(win, delta);
	request_resource(parent, win);

	pci_walk_bus_locked(bus, write_bars, cargo);
	pci_setup_bridge(bus);
	pci_walk_bus_locked(bus, write_windows, NULL);
	pci_walk_bus_locked(bus, decode_on, NULL);
}

/**
 * pci_move_window - move a bridge window and make it larger
 * @bus: bus behind the bridge
 * @win: the window
 * @step: bytes that it is to have more
 *
 * Meanwhile devices whose BARs are in it don't decode memory.
 *
 * Context: As pci_bar_move(), with pci_bus_sem held.
 *
 * Return: true if the window is elsewhere and larger now.
 */
bool pci_move_window(struct pci_bus *bus, struct resource *win,
		     resource_size_t step)
{
	struct resource room = DEFINE_RES_NAMED(0, 0, win->name, win->flags);
	struct cargo cargo = { .win = win, .align = step };
	struct pci_bus_region region;
	resource_size_t offset, delta;

	pci_walk_bus_locked(bus, weigh, &cargo);
	if (cargo.stays || cargo.found != count_children(win))
		return false;

	offset = win->start & (cargo.align - 1);
	if (allocate_resource(win->parent, &room,
			      offset + resource_size(win) + step,
			      PCIBIOS_MIN_MEM, -1, cargo.align, NULL, NULL))
		return false;

	delta = room.start + offset - win->start;
	pcibios_resource_to_bus(bus->self->bus, &region, &room);
	release_resource(&room);
	if (!(win->flags & IORESOURCE_MEM_64) && region.end > U32_MAX)
		return false;

	shift(bus, &cargo, delta, step);
	if (cargo.stuck)
		shift(bus, &cargo, -delta, -step);

	return !cargo.stuck;
}
