// SPDX-License-Identifier: GPL-2.0
/*
 * pci=passthrough_align: give each small BAR a page of its own
 *
 * A page is the least that a hypervisor can map into a guest.  Small BARs get
 * packed several to a page, and then they can either not be mapped at all or
 * only together with the registers of another device.
 *
 * Of the BARs in one page at most one begins at its start.  To move the others
 * is enough, so that one stays where it is.
 *
 * The page is a wish, not a need.  BARs are claimed and assigned as always,
 * and only when everything has its place do small BARs move to pages that are
 * still free.  Nothing can lose its place to a page that way.
 */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include "pci.h"

#define SMALL_BAR_PAGE	max_t(resource_size_t, SZ_4K, pci_page_size())

/* Tests turn it on and off */
#if IS_ENABLED(CONFIG_PCI_ASSIGN_KUNIT_TEST)
bool pci_passthrough_align;
#else
static bool pci_passthrough_align __ro_after_init;
#endif

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

/* Why BARs are never assigned, or not to be assigned, there; NULL if they are */
static const char *why_ignored(struct pci_bus *bus)
{
	if (pci_has_flag(PCI_PROBE_ONLY))
		return "PCI_PROBE_ONLY";

	if (pci_has_flag(PCI_CLAIM_ONLY))
		return "BARs are not assigned here";

	if (pci_find_host_bridge(bus)->preserve_config)
		return "firmware's setup is to be preserved";

	return NULL;
}

/**
 * pci_passthrough_align_dev - does pci=passthrough_align apply to a device?
 * @dev: PCI device that is being added
 *
 * From now on @dev's small BARs get pages of their own whenever they are
 * assigned, if so.
 *
 * Return: true if it does.
 */
bool pci_passthrough_align_dev(struct pci_dev *dev)
{
	const char *why;

	if (!pci_passthrough_align || dev->is_virtfn)
		return false;

	if (!pdev_resources_assignable(dev) || pcibios_early_console(dev))
		return false;

	why = why_ignored(dev->bus);
	if (why) {
		pr_info_once("PCI: Ignoring passthrough_align (%s)\n", why);
		return false;
	}

	dev->passthrough_align = 1;
	return true;
}

/**
 * pci_passthrough_want_page - have a BAR moved to a page of its own
 * @dev: PCI device
 * @resno: number of a resource that nobody uses yet
 *
 * That happens in pci_passthrough_align_finish(), if it shares its page then.
 * A bridge window that is on its way to be assigned may become larger there.
 */
void pci_passthrough_want_page(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);

	if (pci_passthrough_align && pci_resource_is_bridge_win(resno))
		dev->want_page |= PCI_WINDOW_BIT(resno);

	if (!dev->passthrough_align || resno > PCI_ROM_RESOURCE ||
	    !bar_is_small(res))
		return;

	if (!(res->flags & IORESOURCE_PCI_FIXED))
		dev->want_page |= BIT(resno);
	else if (!IS_ALIGNED(res->start, SMALL_BAR_PAGE))
		pci_info(dev, "%s %pR: ignoring requested alignment %#llx\n",
			 pci_resource_name(dev, resno), res,
			 (unsigned long long)SMALL_BAR_PAGE);
}

static DEFINE_MUTEX(finish_lock);

struct finish {
	int (*needs_page)(struct resource *res);
	bool boot;		/* sum up all small BARs */
	bool grow;		/* any bridge window, if need be */
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
	return resource_shares_page(res, pci_page_size(), NULL) > 0;
}

static void isolate_bar(struct pci_dev *dev, int resno, struct finish *finish)
{
	struct resource *res = pci_resource_n(dev, resno);
	int ret;

	if (!res->parent || !finish->needs_page(res))
		return;

	ret = pci_bar_move(dev, resno, SMALL_BAR_PAGE);
	if (ret == -ENOSPC &&
	    pci_grow_window(dev->bus, res->parent, finish->grow))
		ret = pci_bar_move(dev, resno, SMALL_BAR_PAGE);
	if (!ret)
		finish->moved++;
	else if (ret == -EIO)
		dev->want_page &= ~BIT(resno);
}

static int isolate_dev(struct pci_dev *dev, void *data)
{
	unsigned long want_page = dev->want_page;
	int i;

	for_each_set_bit(i, &want_page, PCI_ROM_RESOURCE + 1)
		isolate_bar(dev, i, data);
	pci_bar_decode_on(dev);

	return 0;
}

static void tally_bar(struct pci_dev *dev, int resno, struct finish *finish)
{
	struct resource *res = pci_resource_n(dev, resno), neighbour;
	bool wants = dev->want_page & BIT(resno);
	int shares;

	if (!bar_is_small(res) || !(wants || finish->boot))
		return;

	shares = resource_shares_page(res, pci_page_size(), &neighbour);
	if (shares < 0)
		return;

	if (!shares) {
		finish->isolated++;
		return;
	}

	finish->sharing++;
	if (wants)
		pci_warn(dev, "%s %pR: shares its page with %s %pR%s\n",
			 pci_resource_name(dev, resno), res, neighbour.name,
			 &neighbour, !finish->grow && dev->bus->self ?
			 "; booting with pci=realloc may help" : "");
}

static int tally_dev(struct pci_dev *dev, void *data)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++)
		tally_bar(dev, i, data);
	dev->want_page = 0;

	return 0;
}

/**
 * pci_passthrough_align_finish - move small BARs to pages of their own
 * @bus: bus below which resources have just been assigned
 * @boot: sum up in one line
 * @grow: make bridge windows larger, if need be, and not only new ones
 *
 * Those of BARs that have been added or assigned since the last time.  A
 * warning names each that shares its page nevertheless.
 *
 * Context: As pci_bar_move().  Takes pci_bus_sem for reading.  Drivers that
 *	    resize a BAR get here without pci_lock_rescan_remove(); at least
 *	    this is done by one at a time.
 */
void pci_passthrough_align_finish(struct pci_bus *bus, bool boot, bool grow)
{
	struct finish finish = {
		.needs_page = bar_is_unaligned,
		.boot = boot,
		.grow = grow,
	};
	unsigned int moved;

	if (!pci_passthrough_align || why_ignored(bus))
		return;

	guard(mutex)(&finish_lock);
	pci_walk_bus(bus, isolate_dev, &finish);

	/* Next to something that stays, or pages got free only now */
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
