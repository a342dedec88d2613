// SPDX-License-Identifier: GPL-2.0
/* What the kernel leaves alone, whoever asks for a page */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define CLASS_NOT_DEFINED	0x0000
#define CLASS_HOST_BRIDGE	0x0600
#define CLASS_PIC		0x0800	/* IOAPICs, too */
#define CLASS_USB		0x0c03

#define PCI_COMMAND_DECODES	0x03	/* I/O or memory */

/*
 * Does an early console use it, as arch/x86/kernel/early_printk.c reads the
 * parameter?  Which USB controller "dbgp" means is not to be seen here.
 */
enum answer is_early_console(const struct system *sys, struct device *dev)
{
	const char *serial = sys->early ? strstr(sys->early, "pciserial,") : NULL;
	const struct pci_dev *pci = dev->pci;
	unsigned int bus, slot, func;

	if (serial &&
	    (sscanf(serial, "pciserial,%x:%x.%x", &bus, &slot, &func) == 3 ||
	     sscanf(serial, "pciserial,force,%x:%x.%x", &bus, &slot, &func) == 3) &&
	    !pci->domain && pci->bus == bus && pci->dev == slot && pci->func == func)
		return YES;
	if (sys->early && strstr(sys->early, "dbgp")) {
		pci_fill(dev, PCI_FILL_CLASS);
		if (!(pci->known_fields & PCI_FILL_CLASS) ||
		    pci->device_class == CLASS_USB)
			return DONT_KNOW;
	}
	return NO;
}

/*
 * An interrupt controller stays if firmware enabled it. Whether a driver did so
 * since is not to be seen.
 */
static enum move interrupt_controller(struct device *dev)
{
	char *file = text("sys/bus/pci/devices/%s/config", dev->bdf);
	unsigned char config[6];
	ssize_t n = tree_read_start(file, (char *)config, sizeof(config));

	free(file);
	if (n < (ssize_t)sizeof(config))
		return MOVE_UNKNOWN;
	if (!(config[PCI_COMMAND] & PCI_COMMAND_DECODES))
		return MOVE;
	return driver_of(dev) ? MOVE_UNKNOWN : SKIP_PIC;
}

static enum move by_class(struct device *dev)
{
	pci_fill(dev, PCI_FILL_CLASS);
	if (!(dev->pci->known_fields & PCI_FILL_CLASS))
		return MOVE_UNKNOWN;
	switch (dev->pci->device_class) {
	case CLASS_NOT_DEFINED:
		return SKIP_NO_CLASS;
	case CLASS_HOST_BRIDGE:
		return SKIP_HOST_BRIDGE;
	case CLASS_PIC:
		return interrupt_controller(dev);
	}
	return MOVE;
}

enum move exempt(const struct system *sys, const struct bar *bar)
{
	struct device *dev = bar->dev;
	enum answer console;
	enum move move;

	if (bar->flags & (RES_PCI_FIXED | RES_EA))
		return SKIP_FIXED;
	if (is_vf(dev))
		return SKIP_VF;
	move = by_class(dev);
	if (move != MOVE)
		return move;
	console = is_early_console(sys, dev);
	return console == YES ? SKIP_CONSOLE :
	       console == NO ? MOVE : MOVE_UNKNOWN;
}
