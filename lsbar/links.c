// SPDX-License-Identifier: GPL-2.0
/*
 * What a device's links point to, without following them.
 *
 * libpci would look at the targets, which a captured tree needn't have, in a
 * dozen system calls, and it writes past its buffers when a link has 1024 bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

/* The last part of the target; "" if there is no link. Asked once. */
static const char *follow(struct device *dev, char **name, const char *link)
{
	char *file, *target, *slash;

	if (*name)
		return *name;

	file = text("sys/bus/pci/devices/%s/%s", dev->bdf, link);
	target = tree_read_link(file);
	slash = target ? strrchr(target, '/') : NULL;
	*name = copy(slash ? slash + 1 : target ? target : "");
	plain_ascii(*name);
	free(target);
	free(file);
	return *name;
}

static const char *or_null(const char *name)
{
	return *name ? name : NULL;
}

const char *driver_of(struct device *dev)
{
	return or_null(follow(dev, &dev->driver, "driver"));
}

const char *iommu_group_of(struct device *dev)
{
	return or_null(follow(dev, &dev->iommu_group, "iommu_group"));
}

bool is_vf(struct device *dev)
{
	return *follow(dev, &dev->pf, "physfn");
}

bool is_vf_of(struct device *dev, const struct device *pf)
{
	return !strcmp(follow(dev, &dev->pf, "physfn"), pf->bdf);
}

/* "flr,bus", from sysfs' words; "" if there is none */
const char *reset_of(struct device *dev)
{
	char value[256] = "", *file, *space;

	if (!dev->reset) {
		file = text("sys/bus/pci/devices/%s/reset_method", dev->bdf);
		if (tree_read(file, value, sizeof(value)) < 0)
			*value = '\0';
		value[strcspn(value, "\n")] = '\0';
		dev->reset = copy(value);
		plain_ascii(dev->reset);
		free(file);
	}
	for (space = dev->reset; (space = strchr(space, ' ')); )
		*space = ',';
	return dev->reset;
}

bool is_bridge(struct device *dev)
{
	return dev->has_window || class_of(dev) == PCI_CLASS_BRIDGE_PCI ||
	       class_of(dev) == PCI_CLASS_BRIDGE_CARDBUS;
}
