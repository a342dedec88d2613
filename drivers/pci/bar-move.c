// SPDX-License-Identifier: GPL-2.0
/*
 * Move a BAR without losing it
 *
 * A BAR that has to move is unset when its device is added, long before the
 * core looks for another place.  Until then its old place stays reserved, just
 * as if the BAR had been claimed there, so that nobody else takes it: if there
 * is no better place, the BAR stays where it is.  For the same reason the
 * device may go on decoding there until the very moment its BAR is written.
 */

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "pci.h"

/**
 * struct pci_bar_move - BARs of a device on the move
 * @old: where each BAR was; flags is 0 if that BAR does not move
 * @claimed: bitmask of the BARs that would have been claimed there
 * @decode_off: memory decode is off and has to be turned on again
 */
struct pci_bar_move {
	struct resource old[PCI_ROM_RESOURCE + 1];
	unsigned long claimed;
	bool decode_off;
};

static struct resource *bar_old(const struct pci_dev *dev, int resno)
{
	struct pci_bar_move *move = dev->bar_move;

	if (!move || resno > PCI_ROM_RESOURCE || !move->old[resno].flags)
		return NULL;

	return &move->old[resno];
}

/**
 * pci_bar_move_prepare - remember where a BAR is before it is unset
 * @dev: PCI device
 * @resno: resource number of a BAR or the ROM, with an address
 *
 * Return: 0, or -ENOMEM.
 */
int pci_bar_move_prepare(struct pci_dev *dev, int resno)
{
	const struct resource *res = pci_resource_n(dev, resno);

	if (!dev->bar_move)
		dev->bar_move = kzalloc_obj(*dev->bar_move);
	if (!dev->bar_move)
		return -ENOMEM;

	dev->bar_move->old[resno] = DEFINE_RES_NAMED(res->start,
						     resource_size(res),
						     res->name, res->flags);

	return 0;
}

/**
 * pci_bar_hold - reserve the old place of a BAR that is to move
 * @dev: PCI device
 * @resno: resource number
 *
 * To be called where the BAR would have been claimed, so that it gets its old
 * place whenever it would have got it then.
 */
void pci_bar_hold(struct pci_dev *dev, int resno)
{
	const char *name = pci_resource_name(dev, resno);
	struct resource *old = bar_old(dev, resno), *root, *conflict;

	if (!old || old->parent || !old->start)
		return;

	root = pci_find_parent_resource(dev, old);
	if (!root) {
		pci_info(dev, "%s %pR: can't hold; no compatible bridge window\n",
			 name, old);
		return;
	}

	conflict = request_resource_conflict(root, old);
	if (conflict) {
		pci_info(dev, "%s %pR: can't hold; address conflict with %s %pR\n",
			 name, old, conflict->name, conflict);
		return;
	}

	dev->bar_move->claimed |= BIT(resno);
}

/**
 * pci_bar_hold_again - reserve the old place of a BAR for another attempt
 * @dev: PCI device
 * @resno: resource number
 *
 * To be called when all that has been assigned is released to be assigned anew.
 */
void pci_bar_hold_again(struct pci_dev *dev, int resno)
{
	if (bar_old(dev, resno) && dev->bar_move->claimed & BIT(resno))
		pci_bar_hold(dev, resno);
}

/**
 * pci_bar_held - is the old place of a BAR that is to move reserved for it?
 * @dev: PCI device
 * @resno: resource number
 */
bool pci_bar_held(const struct pci_dev *dev, int resno)
{
	const struct resource *old = bar_old(dev, resno);

	return old && old->parent;
}

/**
 * pci_bar_old_start - where was a BAR that is to move?
 * @dev: PCI device
 * @resno: resource number
 *
 * Return: CPU address, 0 if the BAR is not to move or had no address.
 */
resource_size_t pci_bar_old_start(const struct pci_dev *dev, int resno)
{
	const struct resource *old = bar_old(dev, resno);

	return old ? old->start : 0;
}

/**
 * pci_bar_stay - give a BAR that found no other place its old one
 * @dev: PCI device
 * @resno: resource number
 *
 * Return: 0, or -ENOENT if no place is held for the BAR.
 */
int pci_bar_stay(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);
	struct resource *old = bar_old(dev, resno), *root;

	if (!pci_bar_held(dev, resno))
		return -ENOENT;

	root = old->parent;
	release_resource(old);
	resource_set_range(res, old->start, resource_size(old));

	return request_resource(root, res);
}

/**
 * pci_bar_decode_is_off - is memory decode off until all BARs have moved?
 * @dev: PCI device
 */
bool pci_bar_decode_is_off(const struct pci_dev *dev)
{
	return dev->bar_move && dev->bar_move->decode_off;
}

static void bar_decode_off(struct pci_dev *dev)
{
	u16 cmd;

	if (dev->bar_move->decode_off || dev->mmio_always_on)
		return;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	if (!(cmd & PCI_COMMAND_MEMORY))
		return;

	pci_write_config_word(dev, PCI_COMMAND, cmd & ~PCI_COMMAND_MEMORY);
	dev->bar_move->decode_off = true;
}

/**
 * pci_bar_decode_on - turn memory decode on again, if it was turned off
 * @dev: PCI device whose BARs have moved
 */
void pci_bar_decode_on(struct pci_dev *dev)
{
	u16 cmd;

	if (!pci_bar_decode_is_off(dev))
		return;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	pci_write_config_word(dev, PCI_COMMAND, cmd | PCI_COMMAND_MEMORY);
	dev->bar_move->decode_off = false;
}

/* Does the register hold the address that the resource has? */
static bool bar_took(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);
	struct pci_bus_region region;
	u32 lo, hi, mask;
	int reg;

	if (resno == PCI_ROM_RESOURCE) {
		/* The register is left alone as long as the ROM is off */
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

static void bar_go_back(struct pci_dev *dev, int resno)
{
	struct resource *res = pci_resource_n(dev, resno);

	pci_warn(dev, "%s %pR: BAR does not take a new address; keeping the old one\n",
		 pci_resource_name(dev, resno), res);

	if (!pci_bar_held(dev, resno))
		return;

	release_resource(res);
	if (pci_bar_stay(dev, resno))
		res->flags |= IORESOURCE_UNSET;
	pci_update_resource(dev, resno);
}

/**
 * pci_bar_update - write the address of a newly assigned BAR to the device
 * @dev: PCI device
 * @resno: resource number
 *
 * pci_update_resource() for a BAR that may have been prepared to move: nothing
 * is written if it stays, memory decode is off from the first BAR that is
 * written until pci_bar_decode_on(), and a BAR that does not take its new
 * address gets the old one back.
 */
void pci_bar_update(struct pci_dev *dev, int resno)
{
	if (!bar_old(dev, resno)) {
		pci_update_resource(dev, resno);
		return;
	}

	if (!bar_took(dev, resno)) {
		bar_decode_off(dev);
		pci_update_resource(dev, resno);
		if (!bar_took(dev, resno))
			bar_go_back(dev, resno);
	}
}

/**
 * pci_bar_move_finish - forget about moved BARs, free the places they had
 * @dev: PCI device
 *
 * Return: number of BARs that are elsewhere now.
 */
unsigned int pci_bar_move_finish(struct pci_dev *dev)
{
	unsigned int i, moved = 0;

	if (!dev->bar_move)
		return 0;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		const struct resource *res = pci_resource_n(dev, i);
		struct resource *old = bar_old(dev, i);

		if (!old)
			continue;
		if (res->parent && res->start != old->start)
			moved++;
		if (old->parent)
			release_resource(old);
	}

	pci_bar_decode_on(dev);
	kfree(dev->bar_move);
	dev->bar_move = NULL;

	return moved;
}
