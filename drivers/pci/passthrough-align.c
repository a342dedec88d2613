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
 * The page is a wish, not a need: bridge windows are sized and resources are
 * sorted by what the hardware needs, so that nothing loses its place to it.
 */

#include <linux/align.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include "pci.h"

#define SMALL_BAR_PAGE	max_t(resource_size_t, SZ_4K, PAGE_SIZE)

/* Tests turn it on and off */
#if IS_ENABLED(CONFIG_KUNIT)
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
	       resource_size(res) < SMALL_BAR_PAGE;
}

/* Would a BAR that is unset ever be assigned again? */
static bool ignored_here(const struct pci_dev *dev)
{
	const char *why;

	if (pci_has_flag(PCI_PROBE_ONLY))
		why = "PCI_PROBE_ONLY";
	else if (pci_has_flag(PCI_CLAIM_ONLY))
		why = "BARs are not assigned here";
	else if (pci_find_host_bridge(dev->bus)->preserve_config)
		why = "firmware's setup is to be preserved";
	else
		return false;

	pr_info_once("PCI: Ignoring passthrough_align (%s)\n", why);
	return true;
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
	if (!pci_passthrough_align || dev->is_virtfn)
		return false;

	if (!pdev_resources_assignable(dev) || pcibios_early_console(dev))
		return false;

	if (ignored_here(dev))
		return false;

	dev->passthrough_align = 1;
	return true;
}

/**
 * pci_passthrough_alignment - alignment that passthrough wants for a BAR
 * @dev: PCI device
 * @resno: resource number
 *
 * Return: alignment in bytes, 0 if it doesn't matter.
 */
resource_size_t pci_passthrough_alignment(const struct pci_dev *dev, int resno)
{
	if (!dev->passthrough_align || resno > PCI_ROM_RESOURCE ||
	    !bar_is_small(pci_resource_n(dev, resno)))
		return 0;

	return max(SMALL_BAR_PAGE, pcibios_default_alignment());
}

/**
 * pci_passthrough_must_move - is a BAR where it can't be passed through?
 * @dev: PCI device
 * @resno: resource number
 *
 * Return: true if the BAR has an address, but not at the start of a page.
 */
bool pci_passthrough_must_move(const struct pci_dev *dev, int resno)
{
	const struct resource *res = pci_resource_n(dev, resno);
	resource_size_t align = pci_passthrough_alignment(dev, resno);

	if (!align || res->flags & (IORESOURCE_UNSET | IORESOURCE_ROM_SHADOW))
		return false;

	return !IS_ALIGNED(res->start, align);
}

struct tally {
	bool all;	/* warn also about BARs that were not to move */
	unsigned int moved;
	unsigned int isolated;
	unsigned int sharing;
};

static void tally_bar(struct pci_dev *dev, int resno, struct tally *tally)
{
	struct resource *res = pci_resource_n(dev, resno), neighbour;
	int shares;

	if (!bar_is_small(res))
		return;

	shares = resource_shares_page(res, PAGE_SIZE, &neighbour);
	if (shares < 0)
		return;

	if (!shares) {
		tally->isolated++;
		return;
	}

	tally->sharing++;
	if (dev->no_page & BIT(resno) || (tally->all && dev->passthrough_align))
		pci_warn(dev, "%s %pR: shares its page with %s %pR; booting with pci=realloc may help\n",
			 pci_resource_name(dev, resno), res, neighbour.name,
			 &neighbour);
}

static int tally_dev(struct pci_dev *dev, void *data)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++)
		tally_bar(dev, i, data);
	dev->no_page = 0;

	return 0;
}

static int finish_moves(struct pci_dev *dev, void *data)
{
	struct tally *tally = data;

	tally->moved += pci_bar_move_finish(dev);

	return 0;
}

/**
 * pci_passthrough_align_finish - end moving BARs and say which still share
 * @bus: bus whose devices have just been assigned
 * @summary: sum up in one line
 *
 * Context: Takes pci_bus_sem for reading.
 */
void pci_passthrough_align_finish(struct pci_bus *bus, bool summary)
{
	struct tally tally = { .all = summary };

	if (!pci_passthrough_align)
		return;

	pci_walk_bus(bus, finish_moves, &tally);
	pci_walk_bus(bus, tally_dev, &tally);

	if (summary)
		dev_info(&bus->dev, "passthrough_align: %u BARs moved, %u small BARs isolated, %u share a page\n",
			 tally.moved, tally.isolated, tally.sharing);
}
