// SPDX-License-Identifier: GPL-2.0
/* What the kernel leaves alone, whoever asks for a page */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define PCI_COMMAND_DECODES	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

/*
 * Does an early console use it, as arch/x86/kernel/early_printk.c reads the
 * parameter?  Which USB controller "dbgp" means cannot be seen here.
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
	if (sys->early && strstr(sys->early, "dbgp") &&
	    (class_of(dev) < 0 || class_of(dev) == PCI_CLASS_SERIAL_USB))
		return DONT_KNOW;
	return NO;
}

/*
 * An interrupt controller stays if firmware enabled it. Whether a driver has
 * done so since cannot be seen.
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
	switch (class_of(dev)) {
	case -1:
		return MOVE_UNKNOWN;
	case PCI_CLASS_NOT_DEFINED:
		return SKIP_NO_CLASS;
	case PCI_CLASS_BRIDGE_HOST:
		return SKIP_HOST_BRIDGE;
	case PCI_CLASS_SYSTEM_PIC:	/* IOAPICs, too */
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
