// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel does with a topology
 *
 * Each act takes the locks that its callers take on real systems, and keeps a
 * reference to its device, so that it can run beside another one.
 */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/pci.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "../pci.h"
#include "synth-act.h"
#include "synth-pages.h"

static struct vfsmount *sysfs;

static struct pci_dev *get_dev(struct synth_host *host, unsigned int row)
{
	const struct synth_func *func = &host->func[row - 1];

	if (!host->bus || !func->busnr)
		return NULL;

	return pci_get_domain_bus_and_slot(pci_domain_nr(host->bus), func->busnr,
					   func->fn->devfn);
}

static void boot(struct synth_host *host, unsigned int row,
		 struct synth_verdict *verdict)
{
	int ret = synth_host_boot(host, host->topology, host->flags);

	if (ret)
		synth_wrong(verdict, "boot", "error %d", ret);
}

static unsigned int hotplug_port(const struct synth_host *host)
{
	unsigned int row = host->nr;

	while (row && !(host->func[row - 1].fn->flags & SYNTH_HOTPLUG))
		row--;

	return row;
}

/* Plug in what is absent behind the hot-plug port, or all the rest */
static void plug(struct synth_host *host, unsigned int port, bool behind)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		const struct synth_fn *fn = host->func[i].fn;

		if (fn->flags & SYNTH_ABSENT && (port && fn->under == port) == behind)
			host->func[i].present = true;
	}
	synth_cfg_renumber(host);
}

static void hot_add(struct synth_host *host, unsigned int row,
		    struct synth_verdict *verdict)
{
	unsigned int port = hotplug_port(host);

	if (!port)
		return;

	plug(host, port, true);
	synth_host_hot_add(host, port);
}

static void rescan(struct synth_host *host, unsigned int row,
		   struct synth_verdict *verdict)
{
	plug(host, hotplug_port(host), false);
	synth_host_rescan(host);
}

static void remove(struct synth_host *host, unsigned int row,
		   struct synth_verdict *verdict)
{
	struct pci_dev *dev = get_dev(host, row);

	if (dev)
		pci_stop_and_remove_bus_device_locked(dev);
	pci_dev_put(dev);
}

static void resize(struct synth_host *host, unsigned int row,
		   struct synth_verdict *verdict)
{
	struct pci_dev *dev = get_dev(host, row);

	if (dev)
		synth_case_write(dev, "resource0_resize", __stringify(NEW_SIZE));
	pci_dev_put(dev);
}

/* As pci_map_rom() does, but without the mapping: there is nothing to read */
static void map_rom(struct synth_host *host, unsigned int row,
		    struct synth_verdict *verdict)
{
	struct pci_dev *dev = get_dev(host, row);
	struct resource *rom;

	if (!dev)
		return;

	rom = pci_resource_n(dev, PCI_ROM_RESOURCE);
	if (rom->flags && (rom->parent || !pci_assign_resource(dev, PCI_ROM_RESOURCE))) {
		if (!pci_enable_rom(dev))
			pci_disable_rom(dev);
	}
	pci_dev_put(dev);
}

/* In the order in which removal takes these locks; what is in use stays */
static void release_and_assign(struct synth_host *host, unsigned int row,
			       struct synth_verdict *verdict)
{
	struct pci_dev *dev = get_dev(host, row);
	int i;

	if (!dev)
		return;

	pci_lock_rescan_remove();
	device_lock(&dev->dev);
	if (device_is_registered(&dev->dev) && !dev->driver) {
		for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
			if (pci_resource_n(dev, i)->parent)
				pci_release_resource(dev, i);
		}
		pci_bus_assign_resources(dev->bus);
	}
	device_unlock(&dev->dev);
	pci_unlock_rescan_remove();
	pci_dev_put(dev);
}

/* Nothing comes in between, so the status has to be right */
static void read_status_of(struct pci_dev *dev, unsigned int row,
			   struct synth_verdict *verdict)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		const struct resource *res = pci_resource_n(dev, i);
		int status = synth_status(dev, i);

		if (status >= 0 && status != synth_oracle(res, pci_page_size()))
			synth_wrong(verdict, "status", "row %u: %s %pR says %d", row,
				    pci_resource_name(dev, i), res, status);
	}
}

static void read_status(struct synth_host *host, unsigned int row,
			struct synth_verdict *verdict)
{
	struct pci_dev *dev;

	for (row = 1; row <= host->nr; row++) {
		dev = get_dev(host, row);
		if (dev)
			read_status_of(dev, row, verdict);
		pci_dev_put(dev);
	}
}

/* As a user does it: removing the device waits for that */
static void write_file(struct pci_dev *dev, const char *name, const char *text)
{
	struct file *file;
	char path[60];
	loff_t pos = 0;

	snprintf(path, sizeof(path), "bus/pci/devices/%s/%s", pci_name(dev), name);
	file = file_open_root_mnt(sysfs, path, O_WRONLY, 0);
	if (IS_ERR(file))
		return;

	kernel_write(file, text, strlen(text), &pos);
	__fput_sync(file);
}

/* BAR 1 shares its page with BAR 2, and with those of others */
static void isolate(struct synth_host *host, unsigned int row,
		    struct synth_verdict *verdict)
{
	struct pci_dev *dev = get_dev(host, row);

	if (dev && sysfs)
		write_file(dev, "resource1_shares_page", "0");
	pci_dev_put(dev);
}

static void bind_to(struct synth_host *host, unsigned int row, bool resize,
		    struct synth_verdict *verdict)
{
	struct pci_dev *dev = get_dev(host, row);
	int moved = dev ? synth_driver_bind(dev, resize) : -1;

	if (moved >= 0)
		synth_wrong(verdict, "moved", "row %u: BAR %d, while a driver was bound",
			    row, moved);
	pci_dev_put(dev);
}

static void bind(struct synth_host *host, unsigned int row,
		 struct synth_verdict *verdict)
{
	bind_to(host, row, false, verdict);
}

static void bind_and_resize(struct synth_host *host, unsigned int row,
			    struct synth_verdict *verdict)
{
	bind_to(host, row, true, verdict);
}

const struct synth_act synth_acts[] = {
	{ "boot", ACT_BOOT, boot },
	{ "hot_add", ACT_ADDS, hot_add },
	{ "rescan", ACT_ADDS, rescan },
	{ "remove", ACT_DEV, remove },
	{ "resize", ACT_DEV | ACT_SORTS, resize },
	{ "map_rom", ACT_DEV, map_rom },
	{ "release_and_assign", ACT_DEV | ACT_SORTS, release_and_assign },
	{ "read_status", 0, read_status },
	{ "isolate", ACT_DEV, isolate },
	{ "bind", ACT_DEV, bind },
	{ "bind_and_resize", ACT_DEV | ACT_SORTS, bind_and_resize },
};

const unsigned int synth_nr_acts = ARRAY_SIZE(synth_acts);

/**
 * synth_acts_next - for KUNIT_CASE_PARAM(): a test of each act
 * @test: the test
 * @prev: act before, NULL for the first one
 * @desc: where to put its name
 *
 * Return: the next act
 */
const void *synth_acts_next(struct kunit *test, const void *prev, char *desc)
{
	const struct synth_act *act = prev ? (const struct synth_act *)prev + 1 : synth_acts;

	if (act == synth_acts + synth_nr_acts)
		return NULL;

	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", act->name);

	return act;
}

/**
 * synth_acts_begin - get ready for acts
 *
 * Return: 0 or an error
 */
int synth_acts_begin(void)
{
	struct file_system_type *type = get_fs_type("sysfs");

	if (type) {
		sysfs = kern_mount(type);
		put_filesystem(type);
	}
	if (IS_ERR(sysfs))
		sysfs = NULL;

	return synth_drivers_register();
}

/**
 * synth_acts_end - there are no more acts
 */
void synth_acts_end(void)
{
	synth_drivers_unregister();
	if (sysfs)
		kern_unmount(sysfs);
	sysfs = NULL;
}
