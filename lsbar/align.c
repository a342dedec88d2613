// SPDX-License-Identifier: GPL-2.0
/*
 * Devices named in pci=resource_alignment=, for which that option decides,
 * see pci_specified_resource_alignment() and pci_dev_str_match() in the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

/* An ID of 0 means any. Subsystem IDs are not known here. */
static enum answer by_id(struct device *dev, const char *spec)
{
	unsigned int id[4] = {};
	int n = sscanf(spec, "pci:%x:%x:%x:%x", &id[0], &id[1], &id[2], &id[3]);

	if (n < 2)
		return NO;
	pci_fill(dev, PCI_FILL_IDENT);
	if (!(dev->pci->known_fields & PCI_FILL_IDENT))
		return DONT_KNOW;
	if ((id[0] && id[0] != dev->pci->vendor_id) ||
	    (id[1] && id[1] != dev->pci->device_id))
		return NO;
	return id[2] || id[3] ? DONT_KNOW : YES;
}

/* 0000:00:1c.0/00.0 is a path through bridges, whose end alone is checked. */
static enum answer by_path(const struct pci_dev *pci, const char *end)
{
	unsigned int slot, func;

	if (sscanf(end, "/%x.%x", &slot, &func) != 2)
		return NO;
	return pci->dev == slot && pci->func == func ? DONT_KNOW : NO;
}

static enum answer by_address(const struct pci_dev *pci, const char *spec)
{
	unsigned int domain = 0, bus, slot, func;

	if (sscanf(spec, "%x:%x:%x.%x", &domain, &bus, &slot, &func) != 4) {
		domain = 0;
		if (sscanf(spec, "%x:%x.%x", &bus, &slot, &func) != 3)
			return NO;
	}
	return (unsigned int)pci->domain == domain && pci->bus == bus &&
	       pci->dev == slot && pci->func == func ? YES : NO;
}

static enum answer matches(struct device *dev, const char *spec)
{
	const char *at = strchr(spec, '@'), *end = strrchr(spec, '/');

	if (at)
		spec = at + 1;
	if (!strncmp(spec, "pci:", 4))
		return by_id(dev, spec);
	return end ? by_path(dev->pci, end) : by_address(dev->pci, spec);
}

enum answer is_named(const struct system *sys, struct device *dev)
{
	char *list, *spec, *rest;
	enum answer answer = NO;

	if (!sys->align)
		return NO;
	list = copy(sys->align);
	for (spec = strtok_r(list, ";,", &rest); spec && answer == NO;
	     spec = strtok_r(NULL, ";,", &rest))
		answer = matches(dev, spec);
	free(list);
	return answer;
}
