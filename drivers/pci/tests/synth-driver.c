// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers for the functions of a topology
 *
 * They do what most drivers do, and check that BARs stay where they are.
 */

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "../pci.h"
#include "synth-act.h"

/* Where BARs were when a device was bound */
struct synth_bound {
	resource_size_t start[PCI_STD_NUM_BARS];
};

static int enable(struct pci_dev *dev)
{
	int ret = pcim_enable_device(dev);

	if (ret)
		return ret;

	ret = pcim_request_all_regions(dev, "synthetic");
	if (ret)
		return ret;

	pci_set_master(dev);

	return 0;
}

static int probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	struct synth_bound *bound = devm_kzalloc(&dev->dev, sizeof(*bound), GFP_KERNEL);
	int i, ret;

	if (!bound)
		return -ENOMEM;

	ret = enable(dev);
	if (ret)
		return ret;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		bound->start[i] = pci_resource_start(dev, i);
	pci_set_drvdata(dev, bound);

	return 0;
}

/* The last device whose BAR was elsewhere when it was unbound */
static struct pci_dev *moved_dev;
static int moved_bar;

static void unbind(struct pci_dev *dev)
{
	struct synth_bound *bound = pci_get_drvdata(dev);
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		if (bound->start[i] != pci_resource_start(dev, i)) {
			moved_dev = dev;
			moved_bar = i;
		}
	}
	pci_clear_master(dev);
}

static struct pci_driver driver = {
	.name = "synthetic",
	.probe = probe,
	.remove = unbind,
};

/* As drivers of graphics cards do: with no lock but the device's */
static int probe_and_resize(struct pci_dev *dev, const struct pci_device_id *id)
{
	u16 cmd;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	pci_write_config_word(dev, PCI_COMMAND, cmd & ~PCI_COMMAND_MEMORY);
	if (pci_resize_resource(dev, 0, NEW_SIZE, 0))
		pci_dbg(dev, "BAR 0 keeps its size\n");
	pci_write_config_word(dev, PCI_COMMAND, cmd);

	return probe(dev, id);
}

static struct pci_driver resizing_driver = {
	.name = "synthetic-resizing",
	.probe = probe_and_resize,
	.remove = unbind,
};

/**
 * synth_driver_bind - bind a driver, and unbind it
 * @dev: PCI device
 * @resizes: the driver resizes BAR 0
 *
 * Return: number of a BAR that moved while the driver was bound, or -1
 */
int synth_driver_bind(struct pci_dev *dev, bool resizes)
{
	struct pci_driver *drv = resizes ? &resizing_driver : &driver;

	moved_dev = NULL;
	device_set_driver_override(&dev->dev, drv->name);
	if (!device_driver_attach(&drv->driver, &dev->dev))
		device_release_driver(&dev->dev);
	device_set_driver_override(&dev->dev, NULL);

	return moved_dev == dev ? moved_bar : -1;
}

/**
 * synth_drivers_register - the drivers can be bound
 *
 * Return: 0 or an error
 */
int synth_drivers_register(void)
{
	int ret = pci_register_driver(&driver);

	if (ret)
		return ret;

	ret = pci_register_driver(&resizing_driver);
	if (ret)
		pci_unregister_driver(&driver);

	return ret;
}

/**
 * synth_drivers_unregister - they can no longer
 */
void synth_drivers_unregister(void)
{
	pci_unregister_driver(&resizing_driver);
	pci_unregister_driver(&driver);
}
