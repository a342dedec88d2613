// SPDX-License-Identifier: GPL-2.0
/*
 * Claim what firmware assigned, as x86 does
 *
 * On x86 this is x86's own code.  Elsewhere it does the same, so that each
 * architecture can test it: bridge windows first, then BARs of devices that
 * decode, then other BARs, then ROMs.  What can't be claimed is left to be
 * assigned later.
 */

#include <linux/ioport.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-survey.h"

#if defined(CONFIG_X86) && !defined(CONFIG_UML)

void synth_survey(struct pci_bus *bus)
{
	pcibios_resource_survey_bus(bus);
}

#else

static void survey_windows(struct pci_bus *bus)
{
	struct pci_bus *child;
	int i;

	/* x86 does so when it scans the bus */
	if (bus->self)
		pci_read_bridge_bases(bus);

	for (i = PCI_BRIDGE_RESOURCES; bus->self && i < PCI_NUM_RESOURCES; i++) {
		struct resource *res = pci_resource_n(bus->self, i);

		if (!res->flags || res->parent)
			continue;
		if (res->start && !pci_claim_bridge_resource(bus->self, i))
			continue;

		res->start = 0;
		res->end = 0;
		res->flags = 0;
	}

	list_for_each_entry(child, &bus->children, node)
		survey_windows(child);
}

static void survey_bar(struct pci_dev *dev, int i)
{
	struct resource *res = pci_resource_n(dev, i);

	if (res->parent || !res->start)
		return;

	if (res->flags & IORESOURCE_UNSET)
		return;

	if (!pci_claim_resource(dev, i) || res->flags & IORESOURCE_PCI_FIXED)
		return;

	res->end -= res->start;
	res->start = 0;
}

static bool is_enabled(struct pci_dev *dev, int i)
{
	u16 cmd;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	if (pci_resource_n(dev, i)->flags & IORESOURCE_IO)
		return cmd & PCI_COMMAND_IO;

	return cmd & PCI_COMMAND_MEMORY;
}

static bool is_surveyed(int i)
{
	return i <= PCI_STD_RESOURCE_END || pci_resource_is_iov(i);
}

static void disable_rom(struct pci_dev *dev)
{
	struct resource *res = pci_resource_n(dev, PCI_ROM_RESOURCE);
	u32 reg;

	if (!(res->flags & IORESOURCE_ROM_ENABLE))
		return;

	res->flags &= ~IORESOURCE_ROM_ENABLE;
	pci_read_config_dword(dev, dev->rom_base_reg, &reg);
	pci_write_config_dword(dev, dev->rom_base_reg,
			       reg & ~PCI_ROM_ADDRESS_ENABLE);
}

static void survey_bars(struct pci_bus *bus, bool enabled)
{
	struct pci_dev *dev;
	int i;

	list_for_each_entry(dev, &bus->devices, bus_list) {
		for (i = 0; i < PCI_BRIDGE_RESOURCES; i++) {
			if (is_surveyed(i) && is_enabled(dev, i) == enabled)
				survey_bar(dev, i);
		}
		if (enabled)
			disable_rom(dev);
		if (dev->subordinate)
			survey_bars(dev->subordinate, enabled);
	}
}

static void survey_roms(struct pci_bus *bus)
{
	struct pci_dev *dev;

	list_for_each_entry(dev, &bus->devices, bus_list) {
		if (pci_resource_n(dev, PCI_ROM_RESOURCE)->flags)
			survey_bar(dev, PCI_ROM_RESOURCE);
		if (dev->subordinate)
			survey_roms(dev->subordinate);
	}
}

/**
 * synth_survey - claim what firmware assigned
 * @bus: root bus that has been scanned
 */
void synth_survey(struct pci_bus *bus)
{
	survey_windows(bus);
	survey_bars(bus, true);
	survey_bars(bus, false);
	survey_roms(bus);
}

#endif
