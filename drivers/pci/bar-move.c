// SPDX-License-Identifier: GPL-2.0
/*
 * Move BARs to pages of their own
 *
 * A BAR keeps its old range until its register has the new address. Both are
 * reserved meanwhile: nothing looks free that isn't.  If there is no room, or
 * if the BAR does not take the new address, nothing changes.
 */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/minmax.h>
#include <linux/pci.h>

#include "pci.h"

static void decode_off(struct pci_bar_mover *mover)
{
	struct pci_dev *dev = mover->dev;

	if (mover->decode_off || dev->mmio_always_on)
		return;

	if (!mover->cmd_known)
		pci_read_config_word(dev, PCI_COMMAND, &mover->cmd);
	mover->cmd_known = true;
	if (!(mover->cmd & PCI_COMMAND_MEMORY))
		return;

	pci_write_config_word(dev, PCI_COMMAND,
			      mover->cmd & ~PCI_COMMAND_MEMORY);
	mover->decode_off = true;
}

static void decode_on(struct pci_bar_mover *mover)
{
	if (mover->decode_off)
		pci_write_config_word(mover->dev, PCI_COMMAND, mover->cmd);
	mover->decode_off = false;
}

/* Unused windows of the bus are untested, so look here first */
static int bar_find_near(struct pci_dev *dev, struct resource *res,
			 struct resource *place, resource_size_t size,
			 resource_size_t align)
{
	struct resource *win = res->parent;
	struct pci_bus_region region;

	if (win != pci_find_parent_resource(dev, res) ||
	    allocate_resource(win, place, size, win->start ?: PCIBIOS_MIN_MEM,
			      -1, align, pcibios_align_resource, dev))
		return -ENOSPC;

	pcibios_resource_to_bus(dev->bus, &region, place);
	if (place->flags & IORESOURCE_MEM_64 || region.end <= U32_MAX)
		return 0;

	release_resource(place);
	return -ENOSPC;
}

/* The page around the BAR, if nothing else is in it */
static int bar_own_page(struct resource *res, struct resource *place,
			resource_size_t page)
{
	struct resource *win = res->parent;
	resource_size_t start = ALIGN_DOWN(res->start, page);

	if (res->start == start || start < (win->start ?: PCIBIOS_MIN_MEM) ||
	    resource_shares_page(res, page, NULL, 0))
		return -ENOSPC;

	resource_set_range(place, start, page);
	if (insert_resource(win, place))
		return -ENOSPC;

	/* Something may have been inserted meanwhile */
	if (place->child == res && !res->sibling)
		return 0;

	remove_resource(place);
	place->child = NULL;
	return -ENOSPC;
}

/* Whole pages, so that nothing else is in them */
static int bar_find_place(struct pci_dev *dev, int resno,
			  struct resource *place, resource_size_t page)
{
	struct resource *res = pci_resource_n(dev, resno);
	resource_size_t size = ALIGN(resource_size(res), page);
	resource_size_t align = max(page, pci_resource_alignment(dev, res));

	if (!bar_own_page(res, place, page) ||
	    !bar_find_near(dev, res, place, size, align) ||
	    !pci_find_place(dev, place, size, align))
		return 0;

	return -ENOSPC;
}

static int bar_write(struct pci_bar_mover *mover, int resno,
		     struct resource *at)
{
	struct pci_dev *dev = mover->dev;

	/* The core doesn't write to a disabled ROM */
	if (resno == PCI_ROM_RESOURCE && !dev->rom_bar_overlap &&
	    !(at->flags & IORESOURCE_ROM_ENABLE))
		return 0;

	decode_off(mover);

	return pci_write_bar(dev, resno, at, true);
}

/* In one step: others see the BAR in the old range or in the new one */
static int bar_settle(struct resource *res, struct resource *place)
{
	resource_size_t size = resource_size(res);

	if (res->parent == place)
		return adjust_resource(res, place->start, size);

	return allocate_resource(place, res, size, place->start,
				 place->start + size - 1, 1, NULL, NULL);
}

/* The BAR gives up its old range only when its register has the new address */
static int bar_move(struct pci_bar_mover *mover, int resno,
		    struct resource *place)
{
	struct resource *res = pci_resource_n(mover->dev, resno);
	int ret;

	mover->from[resno] = res->start;
	ret = bar_write(mover, resno, place);
	if (ret)
		mover->stuck |= BIT(resno);
	else
		ret = bar_settle(res, place) ? -EBUSY : 0;

	if (ret)
		bar_write(mover, resno, res);
	else
		mover->moved |= BIT(resno);

	return ret;
}

/**
 * pci_bar_move - give a BAR whole pages of its own
 * @mover: state of the device
 * @resno: resource number of an assigned memory BAR or the ROM
 * @page: size of a page in bytes
 *
 * These are the page around the BAR if nothing else is in it, or else pages in
 * the same window, or else in another window of the bus.  The BAR begins them.
 *
 * Memory decode is off from the first write on, so nothing is printed, and the
 * caller has to call pci_bar_move_end().  On a bridge, decode is restored after
 * each BAR, as nothing behind it can be reached meanwhile.
 *
 * Context: As for any assignment of PCI resources: at boot, or under
 *	    pci_lock_rescan_remove().  If the device has been added, its
 *	    device_lock() is held, so that no driver gets to it meanwhile.
 *
 * Return: 0, or an error, with the BAR where it was: -EBUSY if the device has a
 * driver or the BAR is in use, -ENOSPC if there is no room, -EIO if it doesn't
 * take the new address.
 */
int pci_bar_move(struct pci_bar_mover *mover, int resno, resource_size_t page)
{
	struct pci_dev *dev = mover->dev;
	struct resource *res = pci_resource_n(dev, resno);
	struct resource place = DEFINE_RES_NAMED(0, 0, res->name, res->flags);
	int ret;

	if (dev->dev.driver || res->child)
		return -EBUSY;

	ret = bar_find_place(dev, resno, &place, page);
	if (ret)
		return ret;

	ret = bar_move(mover, resno, &place);
	remove_resource(&place);
	if (dev->subordinate)
		decode_on(mover);

	return ret;
}

/**
 * pci_bar_move_end - restore memory decode, and log what has moved
 * @mover: state of the device; no BAR need have moved
 */
void pci_bar_move_end(struct pci_bar_mover *mover)
{
	unsigned long done = mover->moved | mover->stuck;
	struct pci_dev *dev = mover->dev;
	int i;

	decode_on(mover);

	for_each_set_bit(i, &done, PCI_ROM_RESOURCE + 1) {
		struct resource *res = pci_resource_n(dev, i);
		const char *name = pci_resource_name(dev, i);
		struct resource from = DEFINE_RES_NAMED(mover->from[i], resource_size(res),
							NULL, res->flags);

		if (mover->moved & BIT(i))
			pci_info(dev, "%s %pR: moved from %pR\n", name, res, &from);
		else
			pci_warn(dev, "%s %pR: BAR does not take a new address\n",
				 name, res);
	}

	mover->moved = 0;
	mover->stuck = 0;
	mover->cmd_known = false;
}
