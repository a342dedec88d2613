// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align: what happens after boot
 *
 * Small BARs keep pages of their own, whatever releases and places them again,
 * and those that are in use stay where they are.
 */

#include <kunit/test.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-pages.h"

/* Small BARs in one page */
static const struct synth_topology packed = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
		{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100),
				   .bar[1] = SYNTH_M32(16, PAGE(0) + 0x200),
				   .bar[2] = SYNTH_M64(128, PAGE(0) + 0x280) },
		{ SYNTH_DEV(2, 1), .bar[0] = SYNTH_P32(32, PAGE(0) + 0x300) },
	},
};

static void remove_and_rescan(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, SYNTH_ON);

	synth_host_remove(host, 1);
	synth_host_remove(host, 2);
	synth_host_remove(host, 3);
	synth_host_rescan(host);

	KUNIT_EXPECT_NOT_NULL(test, synth_host_dev(host, 2));
	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 1, 0);
	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 3, 0);
}

/* BARs that are hot-added next to isolated ones stay out of their pages */
static void hot_add(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(8 * SZ_64K, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(16, PAGE(1)) },
			{ SYNTH_DEV(3, 0, SYNTH_ABSENT),
			  .bar[0] = SYNTH_M32(16), .bar[1] = SYNTH_M32(16) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);

	KUNIT_EXPECT_NULL(test, synth_host_dev(host, 3));
	synth_host_plug(host, 3, true);
	synth_host_rescan(host);

	synth_case_check(test, host);
	EXPECT_ADDR(test, host, 1, 0, PAGE(0));
	EXPECT_ISOLATED(test, host, 1, 0);
	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 3, 0);
	EXPECT_ISOLATED(test, host, 3, 1);
}

/* Firmware may have placed what is hot-added; what was there before stays */
static void hot_add_claimed(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(8 * SZ_64K, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
			{ SYNTH_DEV(2, 0, SYNTH_ABSENT),
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);

	synth_host_plug(host, 2, true);
	pci_lock_rescan_remove();
	pci_scan_slot(host->bus, PCI_DEVFN(2, 0));
	KUNIT_EXPECT_EQ(test, pci_claim_resource(synth_host_dev(host, 2), 0), 0);
	pci_assign_unassigned_bus_resources(host->bus);
	pci_bus_add_devices(host->bus);
	pci_unlock_rescan_remove();

	synth_case_check(test, host);
	EXPECT_ADDR(test, host, 1, 0, PAGE(0));
	EXPECT_ISOLATED(test, host, 2, 0);
}

static const struct synth_topology resizable = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_128M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0, SYNTH_PORT | SYNTH_NO_PREF),
		  .mem = { SZ_32M, SYNTH_LOW } },
		{ SYNTH_DEV(0, 0, SYNTH_DECODE_OFF), .under = 1, .rebar = 0x3f,
		  .bar[0] = SYNTH_M32(SZ_1M, SYNTH_LOW),
		  .bar[1] = SYNTH_M32(256, SYNTH_LOW + SZ_1M),
		  .bar[2] = SYNTH_M32(256, SYNTH_LOW + SZ_1M + 256) },
		{ SYNTH_DEV(0, 1), .under = 1,
		  .bar[0] = SYNTH_M32(256, SYNTH_LOW + SZ_1M + 512) },
	},
};

static void resize_to_8m(struct kunit *test, struct synth_host *host, unsigned int row)
{
	struct pci_dev *dev = synth_host_dev(host, row);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	pci_lock_rescan_remove();
	KUNIT_EXPECT_EQ(test, pci_resize_resource(dev, 0, 3, 0), 0);
	pci_unlock_rescan_remove();

	KUNIT_EXPECT_EQ(test, pci_resource_len(dev, 0), SZ_8M);
	synth_case_check(test, host);
}

/* A resized BAR takes the other BARs of its device along */
static void resize_bar(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &resizable, SYNTH_ON);

	resize_to_8m(test, host, 2);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 2, 2);
	EXPECT_ISOLATED(test, host, 3, 0);
}

/* ... also if there is no bridge whose window has to change */
static void resize_on_root_bus(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0, SYNTH_DECODE_OFF), .rebar = 0x3f,
			  .bar[0] = SYNTH_M32(SZ_1M, SYNTH_LOW),
			  .bar[1] = SYNTH_M32(256, SYNTH_LOW + SZ_1M),
			  .bar[2] = SYNTH_M32(256, SYNTH_LOW + SZ_1M + 256) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);

	resize_to_8m(test, host, 1);
	EXPECT_ISOLATED(test, host, 1, 1);
	EXPECT_ISOLATED(test, host, 1, 2);
}

/* ... and if there is no room for it, they get back what they had */
static void resize_that_fails(struct kunit *test)
{
	struct synth_topology *topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);
	struct synth_host *host;
	struct pci_dev *dev;
	u64 addr;

	KUNIT_ASSERT_NOT_NULL(test, topology);
	*topology = resizable;
	topology->fn[0].mem.size = SZ_2M;
	topology->win[0].size = SZ_2M;

	host = synth_case_boot(test, topology, SYNTH_ON);
	dev = synth_host_dev(host, 2);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	addr = synth_case_addr(host, 2, 2);

	pci_lock_rescan_remove();
	KUNIT_EXPECT_LT(test, pci_resize_resource(dev, 0, 5, 0), 0);
	pci_unlock_rescan_remove();

	synth_case_check(test, host);
	EXPECT_ADDR(test, host, 2, 0, SYNTH_LOW);
	EXPECT_ADDR(test, host, 2, 2, addr);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 2, 2);
	EXPECT_ISOLATED(test, host, 3, 0);
}

/* A BAR that is released and assigned again gets a page of its own */
static void release_and_assign(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, SYNTH_ON);
	struct pci_dev *dev = synth_host_dev(host, 2);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	for (i = 0; i < 3; i++) {
		struct resource *res = pci_resource_n(dev, i);

		KUNIT_EXPECT_EQ(test, pci_release_resource(dev, i), 0);
		KUNIT_EXPECT_NE(test, pci_resource_alignment(dev, res), 0);
		KUNIT_EXPECT_EQ(test, synth_status(dev, i), -ENXIO);
	}

	pci_lock_rescan_remove();
	pci_bus_assign_resources(dev->bus);
	pci_unlock_rescan_remove();

	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 2, 2);
}

/* ... also if a driver assigns it, or pci_map_rom() */
static void assigned_alone(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, SYNTH_ON);
	struct pci_dev *dev = synth_host_dev(host, 2);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, pci_release_resource(dev, 0), 0);
	KUNIT_EXPECT_EQ(test, pci_assign_resource(dev, 0), 0);

	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 2, 0);
}

/*
 * A bridge is there already when something is added behind it.  Its own BAR is
 * assigned without a page first, as the window for what is added does not fit.
 */
static void bar_of_bridge(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_2M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG | SYNTH_NO_PREF),
			  .bar[0] = SYNTH_M32(256, PAGE(0)) },
			{ SYNTH_DEV(0, 0, SYNTH_ABSENT), .under = 1,
			  .bar[0] = SYNTH_M32(SZ_16M) },
			{ SYNTH_DEV(2, 0, SYNTH_FIXED),
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);
	struct pci_dev *bridge = synth_host_dev(host, 1);

	KUNIT_ASSERT_NOT_NULL(test, bridge);
	KUNIT_EXPECT_EQ(test, pci_release_resource(bridge, 0), 0);
	synth_host_plug(host, 2, true);
	synth_host_hot_add(host, 1);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 1, 0), 0);
	EXPECT_ISOLATED(test, host, 1, 0);
}

/* As the admin does it, who has to unbind the driver first */
static void resize_by_sysfs(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &resizable, SYNTH_ON);
	struct pci_dev *dev = synth_host_dev(host, 2);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, synth_case_write(dev, "resource0_resize", "3"), 0);

	KUNIT_EXPECT_EQ(test, pci_resource_len(dev, 0), SZ_8M);
	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 2, 2);
	EXPECT_ISOLATED(test, host, 3, 0);
}

/* A slot of a hot-plug port, with a device of two functions to plug in */
static void hot_add_behind_port(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG | SYNTH_NO_PREF),
			  .mem = { SZ_2M, SYNTH_LOW + SZ_2M } },
			{ SYNTH_DEV(0, 0, SYNTH_ABSENT), .under = 1, .bar = {
				SYNTH_M32(256), SYNTH_M32(16), SYNTH_M32(SZ_64K) } },
			{ SYNTH_DEV(0, 1, SYNTH_ABSENT), .under = 1, .bar = {
				SYNTH_M32(256), SYNTH_M64(16) } },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);

	synth_host_plug(host, 2, true);
	synth_host_plug(host, 3, true);
	synth_host_hot_add(host, 1);

	synth_case_check(test, host);
	EXPECT_ADDR(test, host, 1, PCI_BRIDGE_MEM_WINDOW, SYNTH_LOW + SZ_2M);
	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 2, 2);
	EXPECT_ISOLATED(test, host, 3, 0);
	EXPECT_ISOLATED(test, host, 3, 1);
}

/* Registers that are lost in a reset or suspend are restored */
static void save_and_restore(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, SYNTH_ON);
	struct pci_dev *dev = synth_host_dev(host, 2);
	u64 addr = synth_case_addr(host, 2, 0);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, pci_save_state(dev), 0);
	for (i = 0; i < 3; i++)
		pci_write_config_dword(dev, PCI_BASE_ADDRESS_0 + 4 * i, 0);
	KUNIT_EXPECT_EQ(test, synth_cfg_bar(&host->func[1], 0), 0);

	pci_restore_state(dev);
	KUNIT_EXPECT_EQ(test, synth_cfg_bar(&host->func[1], 0), addr);
	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 2, 0);
}

static int probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	return 0;
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(SYNTH_VENDOR, SYNTH_DEVICE) },
	{}
};

static struct pci_driver driver = {
	.name = "pci_survive_kunit",
	.id_table = ids,
	.probe = probe,
};

static void unregister_driver(void *unused)
{
	pci_unregister_driver(&driver);
}

/* Somebody may have mapped it: no free page is worth moving it */
static void in_use(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(2 * SYNTH_PAGE, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x200) },
			{ SYNTH_DEV(3, 0), .bar[0] = SYNTH_M32(SYNTH_PAGE, PAGE(1)) },
			{ SYNTH_DEV(4, 0, SYNTH_ABSENT), .bar[0] = SYNTH_M32(256) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);
	unsigned int toggles = host->func[0].toggles;

	KUNIT_ASSERT_EQ(test, pci_register_driver(&driver), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_driver, NULL), 0);
	KUNIT_EXPECT_NOT_NULL(test, synth_host_dev(host, 1)->driver);
	EXPECT_SHARING(test, host, 1, 0);
	EXPECT_SHARING(test, host, 2, 0);

	synth_host_remove(host, 3);
	synth_host_plug(host, 3, false);
	synth_host_plug(host, 4, true);
	synth_host_rescan(host);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0) + 0x100);
	EXPECT_ADDR(test, host, 2, 0, PAGE(0) + 0x200);
	KUNIT_EXPECT_EQ(test, host->func[0].toggles, toggles);
	EXPECT_ADDR(test, host, 4, 0, PAGE(1));
	EXPECT_ISOLATED(test, host, 4, 0);
}

static struct kunit_case pci_survive_cases[] = {
	KUNIT_CASE(remove_and_rescan),
	KUNIT_CASE(hot_add),
	KUNIT_CASE(hot_add_claimed),
	KUNIT_CASE(hot_add_behind_port),
	KUNIT_CASE(resize_bar),
	KUNIT_CASE(resize_on_root_bus),
	KUNIT_CASE(resize_that_fails),
	KUNIT_CASE(resize_by_sysfs),
	KUNIT_CASE(release_and_assign),
	KUNIT_CASE(assigned_alone),
	KUNIT_CASE(bar_of_bridge),
	KUNIT_CASE(save_and_restore),
	KUNIT_CASE(in_use),
	{}
};

static struct kunit_suite pci_survive_suite = {
	.name = "pci_survive",
	.test_cases = pci_survive_cases,
};

kunit_test_init_section_suite(pci_survive_suite);

MODULE_DESCRIPTION("Test cases of what small BARs go through after boot");
MODULE_LICENSE("GPL");
