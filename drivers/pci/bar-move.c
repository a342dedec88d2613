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
 * To be called after the last of several pci_bar_move() of a device, so that its
 * decode changes once.
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
 * Memory decode is off from then on, if it was on; see pci_bar_decode_on().  Of
 * a bridge it is on again, as nothing behind it can be reached without.
 *
 * Return: 0, or -EIO if the BAR doesn't take it.
 */
int pci_bar_write(struct pci_dev *dev, int resno)
{
	if (bar_took(dev, resno))
		return 0;

	bar_decode_off(dev);
	pci_update_resource(dev, resno);
	if (dev->subordinate)
		pci_bar_decode_on(dev);

	return bar_took(dev, resno) ? 0 : -EIO;
}

static bool is_window(struct pci_bus *bus, const struct resource *win)
{
	struct resource *res;

	pci_bus_for_each_resource(bus, res) {
		if (res == win)
			return true;
	}

	return false;
}

/* That the bus's other windows work is not known, as long as nobody uses them */
static int bar_find_near(struct pci_dev *dev, int resno, struct resource *win,
			 resource_size_t size, resource_size_t align)
{
	struct resource *res = pci_resource_n(dev, resno);
	struct pci_bus_region region;
	struct resource at;

	if (!is_window(dev->bus, win))
		return -ENOSPC;

	if (allocate_resource(win, res, size, win->start ?: PCIBIOS_MIN_MEM, -1,
			      align, pcibios_align_resource, dev))
		return -ENOSPC;

	/* What is IORESOURCE_UNSET is in no window of the host bridge's */
	at = DEFINE_RES_MEM(res->start, size);
	pcibios_resource_to_bus(dev->bus, &region, &at);
	if (res->flags & IORESOURCE_MEM_64 || region.end <= U32_MAX)
		return 0;

	release_resource(res);
	return -ENOSPC;
}

/* Whole pages, so that nothing else is in them; the BAR keeps its size. */
static int bar_find_place(struct pci_dev *dev, int resno, struct resource *win,
			  resource_size_t align)
{
	struct resource *res = pci_resource_n(dev, resno);
	resource_size_t size = resource_size(res), whole = ALIGN(size, align);

	/* From here on start is an alignment, no address: flags first */
	res->flags |= IORESOURCE_STARTALIGN | IORESOURCE_UNSET;
	res->flags &= ~IORESOURCE_SIZEALIGN;
	resource_set_range(res, align, size);
	align = pci_resource_alignment(dev, res);

	if (bar_find_near(dev, resno, win, whole, align) &&
	    _pci_assign_resource(dev, resno, whole, align))
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
 * In the window that it is in, or else in another one of its bus.  Memory decode
 * is off from when the register is written, if it was on; see
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
	ret = bar_find_place(dev, resno, old.parent, align);
	if (ret)
		goto stay;

	res->flags = old.flags;
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
	res->flags = old.flags;
	bar_replace(&old, res);
	if (ret == -EIO) {
		pci_update_resource(dev, resno);
		pci_warn(dev, "%s %pR: BAR does not take a new address\n",
			 pci_resource_name(dev, resno), res);
	}

	return ret;
}
