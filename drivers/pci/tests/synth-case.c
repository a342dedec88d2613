// SPDX-License-Identifier: GPL-2.0
/*
 * Common parts of the test cases
 */

#include <kunit/test.h>
#include <linux/device/bus.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "../pci.h"
#include "synth-pages.h"

/* Fail unless everything is right that must be in any topology */
void synth_case_check(struct kunit *test, struct synth_host *host)
{
	struct synth_verdict verdict = {};

	synth_check_host(host, &verdict);
	if (host->flags & SYNTH_ON)
		synth_check_pages(host, NULL, 0, 0, &verdict);
	if (verdict.kind)
		KUNIT_FAIL(test, "%s: %s", verdict.kind, verdict.text);
}

/* Boot a topology in place of the current one; fail unless all is well */
void synth_case_reboot(struct kunit *test, struct synth_host *host,
		       const struct synth_topology *topology, u16 flags)
{
	synth_host_off(host);
	KUNIT_ASSERT_EQ(test, synth_host_boot(host, topology, flags), 0);
	synth_case_check(test, host);
}

/* Boot a topology; fail unless all is well */
struct synth_host *synth_case_boot(struct kunit *test,
				   const struct synth_topology *topology, u16 flags)
{
	struct synth_host *host = synth_host_new(test);

	synth_case_reboot(test, host, topology, flags);

	return host;
}

/* A resource of a function; NULL if that has no PCI device */
struct resource *synth_case_res(struct synth_host *host, unsigned int row, int resno)
{
	struct pci_dev *dev = synth_host_dev(host, row);

	return dev ? pci_resource_n(dev, resno) : NULL;
}

/* Bus address of a resource, 0 if it has none */
u64 synth_case_addr(struct synth_host *host, unsigned int row, int resno)
{
	struct resource *res = synth_case_res(host, row, resno);
	struct pci_bus_region region;

	if (!res || !res->parent)
		return 0;

	pcibios_resource_to_bus(synth_host_dev(host, row)->bus, &region, res);

	return region.start;
}

/* The attribute behind a file in sysfs; it stays as long as the file does */
static void *find_attr(struct kobject *kobj, const char *file)
{
	struct kernfs_node *kn = kernfs_find_and_get(kobj->sd, file);
	void *attr = kn ? kn->priv : NULL;

	kernfs_put(kn);

	return attr;
}

/* Read a file of a device in sysfs: its length, or a negative error code */
ssize_t synth_case_read(struct pci_dev *dev, const char *file, char *buf)
{
	struct attribute *attr = find_attr(&dev->dev.kobj, file);
	struct device_attribute *dattr;

	if (!attr)
		return -ENOENT;

	dattr = container_of(attr, struct device_attribute, attr);

	return dattr->show(&dev->dev, dattr, buf);
}

/* Write to a file of a device in sysfs: 0, or a negative error code */
int synth_case_write(struct pci_dev *dev, const char *file, const char *text)
{
	struct kernfs_node *kn = kernfs_find_and_get(dev->dev.kobj.sd, file);
	struct device_attribute *dattr;
	ssize_t ret;

	if (!kn)
		return -ENOENT;

	/* As for a write to the file, which can drop this protection */
	kernfs_unbreak_active_protection(kn);
	dattr = container_of(kn->priv, struct device_attribute, attr);
	ret = dattr->store ? dattr->store(&dev->dev, dattr, text, strlen(text)) : -EIO;
	kernfs_break_active_protection(kn);
	kernfs_put(kn);

	return ret < 0 ? ret : 0;
}

/* Write to a file of the PCI bus in sysfs: 0, or a negative error code */
int synth_case_write_bus(const char *file, const char *text)
{
	struct attribute *attr = find_attr(&bus_get_kset(&pci_bus_type)->kobj, file);
	struct bus_attribute *battr;
	ssize_t ret;

	if (!attr)
		return -ENOENT;

	battr = container_of(attr, struct bus_attribute, attr);
	ret = battr->store(&pci_bus_type, text, strlen(text));

	return ret < 0 ? ret : 0;
}
