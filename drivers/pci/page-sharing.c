// SPDX-License-Identifier: GPL-2.0
/*
 * Tell user space which BARs share a page with something else
 *
 * A page is the least that a hypervisor can map into a guest.  A BAR that
 * shares its page can either not be mapped at all, or only together with
 * registers that belong to somebody else.
 */

#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "pci.h"

static ssize_t shares_page_show(struct device *dev, int resno, char *buf)
{
	struct resource *res = pci_resource_n(to_pci_dev(dev), resno);
	int shares = resource_shares_page(res, pci_page_size(), NULL, 0);

	if (shares < 0)
		return shares;

	return sysfs_emit(buf, "%d\n", shares);
}

#define pci_shares_page_attr(_name, _resno)				\
static ssize_t _name##_shares_page_show(struct device *dev,		\
					struct device_attribute *attr,	\
					char *buf)			\
{									\
	return shares_page_show(dev, _resno, buf);			\
}									\
static DEVICE_ATTR_RO(_name##_shares_page)

pci_shares_page_attr(resource0, 0);
pci_shares_page_attr(resource1, 1);
pci_shares_page_attr(resource2, 2);
pci_shares_page_attr(resource3, 3);
pci_shares_page_attr(resource4, 4);
pci_shares_page_attr(resource5, 5);
pci_shares_page_attr(rom, PCI_ROM_RESOURCE);

/* In the order of the resource numbers: is_visible() relies on it */
static struct attribute *shares_page_attrs[] = {
	&dev_attr_resource0_shares_page.attr,
	&dev_attr_resource1_shares_page.attr,
	&dev_attr_resource2_shares_page.attr,
	&dev_attr_resource3_shares_page.attr,
	&dev_attr_resource4_shares_page.attr,
	&dev_attr_resource5_shares_page.attr,
	&dev_attr_rom_shares_page.attr,
	NULL,
};

static umode_t shares_page_is_visible(struct kobject *kobj,
				      struct attribute *a, int n)
{
	struct resource *res = pci_resource_n(to_pci_dev(kobj_to_dev(kobj)), n);

	/* s390 keeps a cookie there, not an address */
	if (IS_ENABLED(CONFIG_S390))
		return 0;

	return res->flags & IORESOURCE_MEM ? a->mode : 0;
}

const struct attribute_group pci_shares_page_attr_group = {
	.attrs = shares_page_attrs,
	.is_visible = shares_page_is_visible,
};
