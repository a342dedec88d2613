// SPDX-License-Identifier: GPL-2.0
/*
 * Turn a synthetic PCI host on and off
 */

#include <kunit/test.h>
#include <linux/ioport.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_choices.h>

#include "../pci.h"
#include "synth-pages.h"
#include "synth-survey.h"

static void fix_bar(struct pci_dev *dev)
{
	dev->resource[0].flags |= IORESOURCE_PCI_FIXED;
}
DECLARE_PCI_FIXUP_HEADER(SYNTH_VENDOR, SYNTH_DEVICE_FIXED, fix_bar);

static void power_on(struct synth_host *host, const struct synth_topology *topology,
		     u16 flags)
{
	unsigned int i;

	host->topology = topology;
	host->flags = topology->flags | flags;
	host->clashes = 0;
	host->nr_decode_off = 0;
	host->max_decode_off = 0;
	memset(host->func, 0, sizeof(host->func));

	for (i = 0; i < SYNTH_MAX_FN && topology->fn[i].flags & SYNTH_FN; i++) {
		host->func[i].fn = &topology->fn[i];
		host->func[i].present = !(topology->fn[i].flags & SYNTH_ABSENT);
	}
	host->nr = i;

	synth_cfg_init(host);
	kmsg_dump_rewind(&host->log);
	host->log.cur_seq = host->log.next_seq;
}

/* All suites are kunit_test_init_section_suite(): __init code is still there */
static void __ref set_realloc(bool on)
{
	pci_realloc_get_opt((char *)str_on_off(on));
}

static void set_options(const struct synth_host *host)
{
	pci_passthrough_align = host->flags & SYNTH_ON;
	set_realloc(host->flags & SYNTH_REALLOC);
}

static void set_sysdata(struct synth_host *host)
{
	host->bridge->busnr = SYNTH_BUSNR;
	host->bridge->ops = &synth_pci_ops;
#if defined(CONFIG_X86) && !defined(CONFIG_UML)
	host->sysdata.node = NUMA_NO_NODE;
	host->bridge->sysdata = &host->sysdata;
#else
	host->bridge->sysdata = host;
#endif
}

/* Turn the host on, and find its devices; @flags are added to the topology's */
int synth_host_scan(struct synth_host *host, const struct synth_topology *topology,
		    u16 flags)
{
	int ret;

	power_on(host, topology, flags);
	set_options(host);

	host->bridge = pci_alloc_host_bridge(0);
	if (!host->bridge)
		return -ENOMEM;

	set_sysdata(host);
	synth_windows_add(host);
	synth_reserved_add(host);

	if (!(host->flags & SYNTH_SURVEY))
		return 0;

	pci_lock_rescan_remove();
	ret = pci_scan_root_bus_bridge(host->bridge);
	pci_unlock_rescan_remove();
	if (!ret)
		host->bus = host->bridge->bus;

	return ret;
}

/* The PCI device of a function, without a reference; NULL if there is none */
struct pci_dev *synth_host_dev(struct synth_host *host, unsigned int row)
{
	struct synth_func *func = &host->func[row - 1];
	struct pci_dev *dev;

	/* Bus 0 may belong to the real system */
	if (!func->busnr)
		return NULL;

	dev = pci_get_domain_bus_and_slot(pci_domain_nr(host->bus), func->busnr,
					  func->fn->devfn);
	pci_dev_put(dev);

	return dev;
}

static void note_claimed(struct synth_host *host)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		struct pci_dev *dev = synth_host_dev(host, row);

		for (i = 0; dev && i < SYNTH_NR_RES; i++) {
			if (pci_resource_n(dev, i)->parent)
				host->func[row - 1].claimed |= BIT(i);
		}
	}
}

/* Claim what firmware left, assign the rest; pci_host_probe() does all in one */
void synth_host_assign(struct synth_host *host)
{
	synth_survey(host->bus);
	note_claimed(host);
	pci_assign_unassigned_root_bus_resources(host->bus);

	pci_lock_rescan_remove();
	pci_bus_add_devices(host->bus);
	pci_unlock_rescan_remove();
}

/* Boot a topology; @flags are added to its own */
int synth_host_boot(struct synth_host *host, const struct synth_topology *topology,
		    u16 flags)
{
	int ret = synth_host_scan(host, topology, flags);

	if (ret)
		return ret;

	if (host->flags & SYNTH_SURVEY) {
		synth_host_assign(host);
		return 0;
	}

	ret = pci_host_probe(host->bridge);
	if (!ret)
		host->bus = host->bridge->bus;

	return ret;
}

/* Turn the host off, if it is on */
void synth_host_off(struct synth_host *host)
{
	if (host->bus) {
		pci_lock_rescan_remove();
		pci_stop_root_bus(host->bus);
		pci_remove_root_bus(host->bus);
		pci_unlock_rescan_remove();
	}
	if (host->bridge)
		pci_free_host_bridge(host->bridge);

	host->bus = NULL;
	host->bridge = NULL;
	synth_windows_free(host);
	pci_passthrough_align = host->was_on;
	set_realloc(false);
}

static void synth_host_free(void *data)
{
	struct synth_host *host = data;

	synth_host_off(host);
	synth_apertures_free(host);
}

/* A host, which is off, and goes away with the test */
struct synth_host *synth_host_new(struct kunit *test)
{
	struct synth_host *host = kunit_kzalloc(test, sizeof(*host), GFP_KERNEL);
	bool has_room;

	KUNIT_ASSERT_NOT_NULL(test, host);

	host->was_on = pci_passthrough_align;

	has_room = synth_apertures_find(host);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, synth_host_free, host), 0);
	KUNIT_ASSERT_TRUE(test, has_room);

	return host;
}

/* Remove a device from the kernel */
void synth_host_remove(struct synth_host *host, unsigned int row)
{
	struct pci_dev *dev = synth_host_dev(host, row);

	if (dev)
		pci_stop_and_remove_bus_device_locked(dev);
}

/* Plug a function in or pull it out; synth_host_rescan() tells the kernel */
void synth_host_plug(struct synth_host *host, unsigned int row, bool present)
{
	host->func[row - 1].present = present;
	synth_cfg_renumber(host);
}

/* Look for new devices */
void synth_host_rescan(struct synth_host *host)
{
	pci_lock_rescan_remove();
	pci_rescan_bus(host->bus);
	pci_unlock_rescan_remove();
}

/* Add what was plugged in behind a port, as the port's driver does */
void synth_host_hot_add(struct synth_host *host, unsigned int row)
{
	struct pci_dev *port = synth_host_dev(host, row), *dev;

	if (!port || !port->subordinate)
		return;

	pci_lock_rescan_remove();
	pci_scan_slot(port->subordinate, PCI_DEVFN(0, 0));
	for_each_pci_bridge(dev, port->subordinate) {
		if (!dev->subordinate)
			pci_hp_add_bridge(dev);
	}
	pci_assign_unassigned_bridge_resources(port);
	pci_bus_add_devices(port->subordinate);
	pci_unlock_rescan_remove();
}

/* Number of lines with both texts logged since the host was turned on */
unsigned int synth_host_log(const struct synth_host *host, const char *text,
			    const char *more)
{
	struct kmsg_dump_iter log = host->log;
	unsigned int nr = 0;
	char line[256];
	size_t len;

	while (kmsg_dump_get_line(&log, false, line, sizeof(line) - 1, &len)) {
		line[len] = '\0';
		if (strstr(line, text) && (!more || strstr(line, more)))
			nr++;
	}

	return nr;
}
