// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align: virtual functions
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-pages.h"

/* As sriov_numvfs_store() does */
static int enable_vfs(struct pci_dev *dev, int nr)
{
	int ret;

	pci_lock_rescan_remove();
	ret = pci_enable_sriov(dev, nr);
	pci_unlock_rescan_remove();

	return ret;
}

static void disable_vfs(struct pci_dev *dev)
{
	pci_lock_rescan_remove();
	pci_disable_sriov(dev);
	pci_unlock_rescan_remove();
}

/* Virtual functions share what the physical function got for them */
static void virtual_functions(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_PORT) },
			{ SYNTH_DEV(0, 0), .under = 1, .nr_vfs = 2,
			  .bar[0] = SYNTH_M32(256),
			  .vf = SYNTH_M64(MAX(SZ_4K, PAGE_SIZE)) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);
	struct pci_dev *dev = synth_host_dev(host, 2), *vf;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, enable_vfs(dev, 2), 0);
	KUNIT_EXPECT_EQ(test, pci_num_vf(dev), 2);
	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 2, 0);

	vf = pci_get_domain_bus_and_slot(pci_domain_nr(dev->bus), dev->bus->number, 1);
	KUNIT_EXPECT_NOT_NULL(test, vf);
	if (vf) {
		KUNIT_EXPECT_EQ(test, pci_resource_start(vf, 0),
				pci_resource_start(dev, PCI_IOV_RESOURCES));
		KUNIT_EXPECT_EQ(test, synth_status(vf, 0), 0);
	}
	pci_dev_put(vf);
	disable_vfs(dev);
}

static resource_size_t large_page(void)
{
	return SZ_1M;
}

/* ... even if that has no page for each of them */
static void small_virtual_functions(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_PORT) },
			{ SYNTH_DEV(0, 0), .under = 1, .nr_vfs = 2,
			  .bar[0] = SYNTH_M32(256), .vf = SYNTH_M64(SZ_64K) },
		},
	};
	struct synth_host *host = synth_host_new(test);
	struct pci_dev *dev, *vf;

	kunit_activate_static_stub(test, pci_page_size, large_page);
	synth_case_reboot(test, host, &topology, SYNTH_ON);
	dev = synth_host_dev(host, 2);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, enable_vfs(dev, 2), 0);
	synth_host_rescan(host);

	vf = pci_get_domain_bus_and_slot(pci_domain_nr(dev->bus), dev->bus->number, 2);
	KUNIT_EXPECT_NOT_NULL(test, vf);
	if (vf)
		KUNIT_EXPECT_EQ(test, pci_resource_start(vf, 0),
				pci_resource_start(dev, PCI_IOV_RESOURCES) + SZ_64K);
	EXPECT_LOG(test, host, 0, "moved from", "00.1: ");
	EXPECT_LOG(test, host, 0, "moved from", "00.2: ");
	pci_dev_put(vf);
	disable_vfs(dev);
}

static struct kunit_case pci_iov_cases[] = {
	KUNIT_CASE(virtual_functions),
	KUNIT_CASE(small_virtual_functions),
	{}
};

static struct kunit_suite pci_iov_suite = {
	.name = "pci_iov",
	.test_cases = pci_iov_cases,
};

kunit_test_init_section_suite(pci_iov_suite);

MODULE_DESCRIPTION("Test cases of isolating small BARs of virtual functions");
MODULE_LICENSE("GPL");
