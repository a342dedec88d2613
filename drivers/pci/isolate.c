// SPDX-License-Identifier: GPL-2.0
/*
 * Give one BAR pages of its own on request
 */

#include <linux/align.h>
#include <linux/aperture.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/pci.h>

#include "pci.h"

/**
 * pci_why_bars_stay - why must the BARs on a bus stay where they are?
 * @bus: PCI bus
 *
 * Return: the reason, or NULL if they may move
 */
const char *pci_why_bars_stay(struct pci_bus *bus)
{
	if (pci_has_flag(PCI_PROBE_ONLY))
		return "PCI_PROBE_ONLY";

	if (pci_has_flag(PCI_CLAIM_ONLY))
		return "BARs are not assigned here";

	if (pci_find_host_bridge(bus)->preserve_config)
		return "firmware's setup is to be preserved";

	return NULL;
}

static bool bar_stays(struct pci_dev *dev, const struct resource *res)
{
	return dev->is_virtfn || res->flags & IORESOURCE_PCI_FIXED ||
	       pci_why_bars_stay(dev->bus) || !pdev_resources_assignable(dev) ||
	       pci_has_early_console(dev);
}

static bool bar_is_isolated(struct resource *res)
{
	return IS_ALIGNED(res->start, pci_page_size()) &&
	       !resource_shares_page(res, pci_page_size(), NULL, 0);
}

static int isolate_locked(struct pci_dev *dev, int resno)
{
	struct pci_bar_mover mover = { .dev = dev };
	int ret = 0;

	if (dev->dev.driver || pci_num_vf(dev))
		return -EBUSY;

	pci_config_pm_runtime_get(dev);
	if (pci_is_vga(dev))
		ret = aperture_remove_conflicting_pci_devices(dev, "shares_page");
	if (!ret && pci_resource_n(dev, resno)->child)
		ret = -EBUSY;
	if (!ret) {
		pci_sysfs_revoke_bars(dev);
		ret = pci_bar_move(&mover, resno, pci_page_size());
		pci_bar_move_end(&mover);
		pci_sysfs_restore_bars(dev);
	}
	pci_config_pm_runtime_put(dev);

	return ret;
}

/**
 * pci_isolate_bar - give a BAR pages of its own, now; nothing else moves
 * @dev: PCI device
 * @resno: resource number of a memory BAR or the ROM
 *
 * Context: Under pci_lock_rescan_remove().  Only tries to take device_lock(),
 *	    as its holder may be waiting for that lock (sriov_add_vfs()).
 *
 * Return: 0 if the BAR begins a page and nothing else is in its pages.
 * Otherwise it is where it was: -ENODEV if the device is gone, -ENXIO if the
 * BAR has no address, -EOPNOTSUPP if it has to stay, or as pci_bar_move().
 */
int pci_isolate_bar(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);
	int ret;

	if (!device_is_registered(&dev->dev))
		return -ENODEV;

	if (!res->parent)
		return -ENXIO;

	if (bar_is_isolated(res))
		return 0;

	if (bar_stays(dev, res))
		return -EOPNOTSUPP;

	if (!device_trylock(&dev->dev))
		return -EBUSY;

	ret = isolate_locked(dev, resno);
	device_unlock(&dev->dev);

	return ret;
}
