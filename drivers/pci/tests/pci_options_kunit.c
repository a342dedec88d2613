// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align together with other options
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/sprintf.h>

#include "../pci.h"
#include "synth-pages.h"

/* Devices whose BARs share a page */
static const struct synth_topology packed = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
		{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100),
				   .bar[1] = SYNTH_M32(256, PAGE(0) + 0x200) },
		{ SYNTH_DEV(3, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x300) },
	},
};

static void clear_resource_alignment(void *unused)
{
	synth_case_write_bus("resource_alignment", "");
}

/* In domain 0, or in 1 if the system has PCI of its own */
static void set_resource_alignment(struct kunit *test, unsigned int order)
{
	char list[64];

	snprintf(list, sizeof(list), "%u@80:02.0;%u@0001:80:02.0", order, order);
	KUNIT_ASSERT_EQ(test, synth_case_write_bus("resource_alignment", list), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, clear_resource_alignment,
							NULL), 0);
}

/* A device that is named gets the alignment given for it */
static void with_resource_alignment(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);

	set_resource_alignment(test, 16);
	KUNIT_ASSERT_EQ(test, synth_host_boot(host, &packed, SYNTH_ON), 0);
	KUNIT_EXPECT_EQ(test, resource_size(synth_case_res(host, 2, 0)), SZ_64K);
	KUNIT_EXPECT_EQ(test, resource_size(synth_case_res(host, 2, 1)), SZ_64K);
	EXPECT_ISOLATED(test, host, 2, 0);
	KUNIT_EXPECT_EQ(test, resource_size(synth_case_res(host, 3, 0)), 256);
	EXPECT_ISOLATED(test, host, 3, 0);
	EXPECT_ISOLATED(test, host, 1, 0);
}

/* ... even if that is less than a page */
static void with_small_resource_alignment(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);

	set_resource_alignment(test, 9);
	KUNIT_ASSERT_EQ(test, synth_host_boot(host, &packed, SYNTH_ON), 0);
	KUNIT_EXPECT_EQ(test, resource_size(synth_case_res(host, 2, 0)), SZ_512);
	EXPECT_SHARING(test, host, 2, 0);
	EXPECT_SHARING(test, host, 2, 1);
	EXPECT_LOG(test, host, 0, "moved from", "02.0");
}

static resource_size_t default_alignment(void)
{
	return SZ_64K;
}

/* As on powernv, where all BARs are aligned anyway */
static void with_default_alignment(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);
	unsigned int row;

	kunit_activate_static_stub(test, pcibios_default_alignment, default_alignment);
	synth_case_reboot(test, host, &packed, SYNTH_ON);

	for (row = 1; row <= 3; row++) {
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(synth_case_addr(host, row, 0), SZ_64K));
		EXPECT_ISOLATED(test, host, row, 0);
	}
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(synth_case_addr(host, 2, 1), SZ_64K));
	EXPECT_ISOLATED(test, host, 2, 1);
}

/* ... and stay so, but not I/O BARs, or those of a host bridge */
static void default_alignment_survives(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), SYNTH_IOB(SYNTH_IO_SIZE, SYNTH_IO) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = { SYNTH_M32(256), SYNTH_IOB(16),
			  [PCI_ROM_RESOURCE] = SYNTH_ROM(SZ_2K) } },
			{ SYNTH_DEV(2, 0), .class = PCI_CLASS_BRIDGE_HOST,
			  .bar[0] = SYNTH_M32(256) },
		},
	};
	struct synth_host *host = synth_host_new(test);
	struct pci_dev *dev;
	int i;

	kunit_activate_static_stub(test, pcibios_default_alignment, default_alignment);
	synth_case_reboot(test, host, &topology, 0);
	dev = synth_host_dev(host, 1);
	KUNIT_ASSERT_NOT_NULL(test, dev);

	pci_lock_rescan_remove();
	for (i = 0; i <= PCI_ROM_RESOURCE; i += PCI_ROM_RESOURCE) {
		struct resource *res = pci_resource_n(dev, i);

		KUNIT_EXPECT_EQ(test, resource_alignment(res), resource_size(res));
		pci_release_resource(dev, i);
		KUNIT_EXPECT_EQ(test, pci_resource_alignment(dev, res), SZ_64K);
	}
	pci_bus_assign_resources(dev->bus);
	pci_unlock_rescan_remove();
	for (i = 0; i <= PCI_ROM_RESOURCE; i += PCI_ROM_RESOURCE)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(synth_case_addr(host, 1, i), SZ_64K));

	if (host->io.parent)
		KUNIT_EXPECT_EQ(test, pci_resource_alignment(dev, pci_resource_n(dev, 1)), 16);
	dev = synth_host_dev(host, 2);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, pci_resource_alignment(dev, pci_resource_n(dev, 0)), 256);
}

static void only_an_alignment(struct kunit *test)
{
	static const struct {
		unsigned long flags;
		resource_size_t start;
	} cases[] = {
		{ 0, SZ_64K },
		{ IORESOURCE_UNSET, SZ_64K },
		{ IORESOURCE_STARTALIGN, SZ_64K },
		{ IORESOURCE_UNSET | IORESOURCE_STARTALIGN, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resource res = DEFINE_RES_MEM(SZ_64K, 256), shown;

		res.flags |= cases[i].flags;
		shown = pci_resource_shown(&res);
		KUNIT_EXPECT_EQ(test, shown.start, cases[i].start);
		KUNIT_EXPECT_EQ(test, resource_size(&shown), 256);
	}
}

/* Until they are assigned, their start isn't an address, and isn't shown */
static void no_alignment_as_address(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	unsigned long long start, end;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	kunit_activate_static_stub(test, pcibios_default_alignment, default_alignment);
	KUNIT_ASSERT_EQ(test, synth_host_scan(host, &packed, SYNTH_ON), 0);
	KUNIT_ASSERT_NOT_NULL(test, synth_host_dev(host, 2));

	KUNIT_EXPECT_GT(test, synth_case_read(synth_host_dev(host, 2), "resource", buf), 0);
	ret = sscanf(buf, "0x%llx 0x%llx", &start, &end);
	KUNIT_ASSERT_EQ(test, ret, 2);
	KUNIT_EXPECT_EQ(test, start, 0);
	KUNIT_EXPECT_EQ(test, end, 255);
	KUNIT_EXPECT_EQ(test, synth_status(synth_host_dev(host, 2), 0), -ENXIO);
	EXPECT_LOG(test, host, 0, "mem 0x00010000-0x000100ff", NULL);

	synth_host_assign(host);
	synth_case_check(test, host);
}

static resource_size_t large_page(void)
{
	return SZ_256K;
}

/* ... where the larger alignment wins */
static void with_less_default_alignment(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);
	unsigned int row;

	kunit_activate_static_stub(test, pcibios_default_alignment, default_alignment);
	kunit_activate_static_stub(test, pci_page_size, large_page);
	synth_case_reboot(test, host, &packed, SYNTH_ON);

	for (row = 1; row <= 3; row++) {
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(synth_case_addr(host, row, 0), SZ_256K));
		EXPECT_ISOLATED(test, host, row, 0);
	}
	EXPECT_ISOLATED(test, host, 2, 1);
}

/* With pci=realloc nothing is lost, whatever else is there */
static void with_realloc(struct kunit *test)
{
	struct synth_topology *topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, topology);
	*topology = packed;
	topology->flags |= SYNTH_REALLOC;

	host = synth_case_compare(test, topology);
	EXPECT_ADDR(test, host, 1, 0, PAGE(0));
	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 3, 0);
}

static struct kunit_case pci_options_cases[] = {
	KUNIT_CASE(with_resource_alignment),
	KUNIT_CASE(with_small_resource_alignment),
	KUNIT_CASE(with_default_alignment),
	KUNIT_CASE(default_alignment_survives),
	KUNIT_CASE(only_an_alignment),
	KUNIT_CASE(no_alignment_as_address),
	KUNIT_CASE(with_less_default_alignment),
	KUNIT_CASE(with_realloc),
	{}
};

static struct kunit_suite pci_options_suite = {
	.name = "pci_options",
	.test_cases = pci_options_cases,
};

kunit_test_init_section_suite(pci_options_suite);

MODULE_DESCRIPTION("Test cases of isolating small BARs with other options");
MODULE_LICENSE("GPL");
