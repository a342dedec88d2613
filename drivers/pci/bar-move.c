// SPDX-License-Identifier: GPL-2.0
/*
 * Move a BAR to a place of its own
 *
 * The old place stays reserved until the BAR is elsewhere.  If there is no
 * other place, or if the BAR does not take the new address, it is where it was.
 */

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/pci.h>

#include "pci.h"

static void bar_decode_off(struct pci_dev *dev)
{
	u16 cmd;

	if (dev->bar_decode_off || dev->mmio_always_on)
		return;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	if (!(cmd & PCI_COMMAND_MEMORY))
		return;

	pci_write_config_word(dev, PCI_COMMAND, cmd & ~PCI_COMMAND_MEMORY);
	dev->bar_decode_off = 1;
}

/**
 * pci_bar_decode_on - decode memory again after BARs have moved
 * @dev: PCI device
 *
 * To be called after the last pci_bar_move() of a device, so that its decode
 * changes once, however many of its BARs move.
 */
void pci_bar_decode_on(struct pci_dev *dev)
{
	u16 cmd;

	if (!dev->bar_decode_off)
		return;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	pci_write_config_word(dev, PCI_COMMAND, cmd | PCI_COMMAND_MEMORY);
	dev->bar_decode_off = 0;
}

/* Does the register hold the address that the resource has? */
static bool bar_took(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);
	struct pci_bus_region region;
	u32 lo, hi, mask;
	int reg;

	if (resno == PCI_ROM_RESOURCE) {
		/* pci_update_resource() leaves it alone as long as it is off */
		if (!(res->flags & IORESOURCE_ROM_ENABLE) &&
		    !dev->rom_bar_overlap)
			return true;
		reg = dev->rom_base_reg;
		mask = (u32)PCI_ROM_ADDRESS_MASK;
	} else {
		reg = PCI_BASE_ADDRESS_0 + 4 * resno;
		mask = (u32)PCI_BASE_ADDRESS_MEM_MASK;
	}

	pcibios_resource_to_bus(dev->bus, &region, res);
	pci_read_config_dword(dev, reg, &lo);
	if ((lo ^ lower_32_bits(region.start)) & mask)
		return false;

	if (!(res->flags & IORESOURCE_MEM_64))
		return true;

	pci_read_config_dword(dev, reg + 4, &hi);
	return hi == upper_32_bits(region.start);
}

/**
 * pci_bar_write - write a BAR's new address to the device
 * @dev: PCI device
 * @resno: resource number of a memory BAR or the ROM
 *
 * Memory decode is off from then on, if it was on; see pci_bar_decode_on().
 *
 * Return: 0, or -EIO if the BAR doesn't take it.
 */
int pci_bar_write(struct pci_dev *dev, int resno)
{
	if (bar_took(dev, resno))
		return 0;

	bar_decode_off(dev);
	pci_update_resource(dev, resno);

	return bar_took(dev, resno) ? 0 : -EIO;
}

/* Whole pages, so that nothing else is in them; the BAR keeps its size. */
static int bar_find_place(struct pci_dev *dev, int resno, resource_size_t align)
{
	struct resource *res = pci_resource_n(dev, resno);
	resource_size_t size = resource_size(res);
	unsigned long flags = res->flags;
	int ret;

	/* For as long as this takes, start is an alignment, no address */
	resource_set_range(res, align, size);
	res->flags &= ~IORESOURCE_SIZEALIGN;
	res->flags |= IORESOURCE_STARTALIGN | IORESOURCE_UNSET;

	ret = _pci_assign_resource(dev, resno, ALIGN(size, align),
				   pci_resource_alignment(dev, res));
	res->flags = flags;
	if (ret)
		return -ENOSPC;

	return adjust_resource(res, res->start, size);
}

/* At no time does the place of @from look free, see resource_shares_page() */
static void bar_replace(struct resource *from, struct resource *to)
{
	request_resource(from, to);
	remove_resource(from);
	from->child = NULL;
}

/**
 * pci_bar_move - give a BAR whole pages of its own
 * @dev: PCI device
 * @resno: resource number of an assigned memory BAR or the ROM
 * @align: size and alignment of a page in bytes
 *
 * Memory decode is off from when the register is written, if it was on; see
 * pci_bar_decode_on().
 *
 * Context: As for any assignment of PCI resources: at boot, or under
 *	    pci_lock_rescan_remove().  Nobody may use the BAR.
 *
 * Return: 0, or if the BAR is where it was: -EBUSY if a driver uses it, -ENOSPC
 * if there is no such place, -EIO if it doesn't take the new address.
 */
int pci_bar_move(struct pci_dev *dev, int resno, resource_size_t align)
{
	struct resource *res = pci_resource_n(dev, resno);
	struct resource old = DEFINE_RES_NAMED(res->start, resource_size(res),
					       res->name, res->flags);
	int ret;

	if (res->child)
		return -EBUSY;

	bar_replace(res, &old);
	ret = bar_find_place(dev, resno, align);
	if (ret)
		goto stay;

	ret = pci_bar_write(dev, resno);
	if (ret) {
		release_resource(res);
		goto stay;
	}

	pci_info(dev, "%s %pR: moved from %pR\n",
		 pci_resource_name(dev, resno), res, &old);
	release_resource(&old);

	return 0;

stay:
	resource_set_range(res, old.start, resource_size(&old));
	bar_replace(&old, res);
	if (ret == -EIO) {
		pci_update_resource(dev, resno);
		pci_warn(dev, "%s %pR: BAR does not take a new address\n",
			 pci_resource_name(dev, resno), res);
	}

	return ret;
}
