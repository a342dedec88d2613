// SPDX-License-Identifier: GPL-2.0
/*
 * pci=passthrough_align: give each small BAR a page of its own
 *
 * A page is the smallest unit that a hypervisor can map into a guest.  Small
 * BARs get packed several to a page.  Then they can't be mapped at all, or only
 * together with the registers of another device.
 *
 * The page is optional.  A BAR gets it when it is assigned.  If memory runs
 * out, __assign_resources_sorted() starts over without pages.
 *
 * BARs that firmware placed move to pages that are still free when everything
 * else has been assigned.  Of the BARs in one page, at most one begins it.
 * That one stays where it is: moving the others is enough.
 */

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <kunit/visibility.h>

#include "pci.h"

#define SMALL_BAR_PAGE	max_t(resource_size_t, SZ_4K, pci_page_size())

VISIBLE_IF_KUNIT bool pci_passthrough_align;

/* Called from early_param context: nothing can be allocated yet. */
void __init pci_passthrough_align_enable(void)
{
	pci_passthrough_align = true;
}

static bool bar_is_small(const struct resource *res)
{
	return res->flags & IORESOURCE_MEM &&
	       !(res->flags & IORESOURCE_ROM_SHADOW) &&
	       resource_size(res) < SMALL_BAR_PAGE;
}

/**
 * pci_passthrough_align_dev - does pci=passthrough_align apply to a device?
 * @dev: PCI device that is being added
 *
 * If so, @dev's small BARs get pages of their own whenever they are assigned
 * from now on.
 */
void pci_passthrough_align_dev(struct pci_dev *dev)
{
	struct resource *res;
	const char *why;
	int i;

	if (!pci_passthrough_align || dev->is_virtfn)
		return;

	if (!pdev_resources_assignable(dev) || pci_has_early_console(dev))
		return;

	why = pci_why_bars_stay(dev->bus);
	if (why) {
		pr_info_once("PCI: Ignoring passthrough_align (%s)\n", why);
		return;
	}

	dev->passthrough_align = 1;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		res = pci_resource_n(dev, i);
		if (res->flags & IORESOURCE_PCI_FIXED && bar_is_small(res) &&
		    !IS_ALIGNED(res->start, SMALL_BAR_PAGE))
			pci_info(dev, "%s %pR: ignoring requested alignment %#llx\n",
				 pci_resource_name(dev, i), res,
				 (unsigned long long)SMALL_BAR_PAGE);
	}
}

/**
 * pci_passthrough_page - the page that a resource should have to itself
 * @dev: PCI device
 * @resno: number of a resource
 *
 * Return: size and alignment of that page in bytes; 0 if it needs none.
 */
resource_size_t pci_passthrough_page(struct pci_dev *dev, int resno)
{
	const struct resource *res = pci_resource_n(dev, resno);

	if (!dev->passthrough_align || resno > PCI_ROM_RESOURCE ||
	    res->flags & IORESOURCE_PCI_FIXED || !bar_is_small(res))
		return 0;

	return SMALL_BAR_PAGE;
}

struct finish {
	struct pci_bar_mover mover;
	int (*needs_page)(struct resource *res);
	bool boot;		/* all devices, with a summary */
	unsigned int moved;
	unsigned int isolated;
	unsigned int sharing;
};

static int bar_is_unaligned(struct resource *res)
{
	return !IS_ALIGNED(res->start, SMALL_BAR_PAGE);
}

static int bar_shares_page(struct resource *res)
{
	return resource_shares_page(res, pci_page_size(), NULL, 0) > 0;
}

static void isolate_bar(struct pci_dev *dev, int resno, struct finish *finish)
{
	struct resource *res = pci_resource_n(dev, resno);
	int ret;

	if (!res->parent || !pci_passthrough_page(dev, resno) ||
	    dev->bars_stuck & BIT(resno) || !finish->needs_page(res))
		return;

	ret = pci_bar_move(&finish->mover, resno, SMALL_BAR_PAGE);
	if (ret == -ENOSPC && finish->boot)
		ret = pci_bar_move_growing(&finish->mover, resno, SMALL_BAR_PAGE);
	if (!ret)
		finish->moved++;
	else if (ret == -EIO)
		dev->bars_stuck |= BIT(resno);
}

/* A device that was there before may be in use, even without a driver */
static bool is_finished(struct pci_dev *dev, const struct finish *finish)
{
	return !finish->boot && pci_dev_is_added(dev);
}

static int isolate_dev(struct pci_dev *dev, void *data)
{
	struct finish *finish = data;
	int i;

	if (is_finished(dev, finish))
		return 0;

	finish->mover.dev = dev;
	for (i = 0; i <= PCI_ROM_RESOURCE; i++)
		isolate_bar(dev, i, finish);
	pci_bar_move_end(&finish->mover);

	return 0;
}

static noinline_for_stack void warn_shared(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);
	char neighbour[96];

	if (resource_shares_page(res, pci_page_size(), neighbour, sizeof(neighbour)) > 0)
		pci_warn(dev, "%s %pR: shares its page with %s\n",
			 pci_resource_name(dev, resno), res, neighbour);
}

static void tally_bar(struct pci_dev *dev, int resno, struct finish *finish)
{
	struct resource *res = pci_resource_n(dev, resno);
	int shares;

	if (!res->parent || !bar_is_small(res))
		return;

	shares = bar_shares_page(res);
	finish->isolated += !shares;
	finish->sharing += shares;
	if (shares && pci_passthrough_page(dev, resno) && !(dev->bars_stuck & BIT(resno)))
		warn_shared(dev, resno);
}

static int tally_dev(struct pci_dev *dev, void *data)
{
	int i;

	if (is_finished(dev, data))
		return 0;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++)
		tally_bar(dev, i, data);

	return 0;
}

/**
 * pci_passthrough_isolate - move a BAR to a page of its own, if it needs one
 * @dev: PCI device
 * @resno: number of a resource that has just been assigned
 *
 * Context: As for the assignment: nobody uses the BAR yet.
 */
void pci_passthrough_isolate(struct pci_dev *dev, int resno)
{
	struct finish finish = { .mover.dev = dev, .needs_page = bar_shares_page };

	isolate_bar(dev, resno, &finish);
	pci_bar_move_end(&finish.mover);
}

/**
 * pci_passthrough_align_finish - move small BARs to pages of their own
 * @bus: bus below which resources have just been assigned
 * @boot: first call: look at all devices, and log a summary line
 *
 * These are BARs that firmware placed, of devices that are not in use yet.  A
 * warning names each BAR that still shares its page.
 *
 * Context: As pci_bar_move().  Takes pci_bus_sem for reading.
 */
void pci_passthrough_align_finish(struct pci_bus *bus, bool boot)
{
	struct finish finish = { .needs_page = bar_is_unaligned, .boot = boot };
	unsigned int moved;

	if (!pci_passthrough_align || pci_why_bars_stay(bus))
		return;

	pci_walk_bus(bus, isolate_dev, &finish);

	/* BARs next to something that stays, or that find a page only now */
	finish.needs_page = bar_shares_page;
	do {
		moved = finish.moved;
		pci_walk_bus(bus, isolate_dev, &finish);
	} while (finish.moved > moved);

	pci_walk_bus(bus, tally_dev, &finish);
	if (boot)
		dev_info(&bus->dev, "passthrough_align: %u BARs moved, %u small BARs isolated, %u share a page\n",
			 finish.moved, finish.isolated, finish.sharing);
}
