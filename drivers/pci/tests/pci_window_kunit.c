// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of bridge windows
 *
 * The first two were found by pci_random: a hotplug bridge gets what the others
 * on its bus leave over, which may be little, or not a multiple of 1 MiB.
 */

#include <kunit/test.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "../pci.h"
#include "synth-pages.h"

/* A window that has only what it needs has nothing to give back */
static void nothing_optional(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_2M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(4, 0) },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG), .under = 1 },
			{ SYNTH_BRIDGE(0, 0), .under = 2 },
			{ SYNTH_DEV(0, 0), .under = 3,
			  .bar = { SYNTH_M32(SZ_1M), SYNTH_M32(SZ_1K) } },
			{ SYNTH_DEV(0, 1), .under = 2, .bar[0] = SYNTH_M32(SZ_2K) },
		},
	};

	synth_case_compare(test, &topology);
}

/* A bridge's registers can't express a window that ends inside a MiB */
static void whole_windows(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG), .under = 1 },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG), .under = 2 },
			{ SYNTH_DEV(0, 0), .under = 3, .bar[0] = SYNTH_M32(SZ_8K) },
			{ SYNTH_DEV(0, 1), .under = 2, .bar[0] = SYNTH_M32(128) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);
	struct resource *win;
	unsigned int row;

	for (row = 1; row <= 3; row++) {
		win = synth_case_res(host, row, PCI_BRIDGE_MEM_WINDOW);
		KUNIT_ASSERT_NOT_NULL(test, win);
		KUNIT_EXPECT_NOT_NULL(test, win->parent);
		KUNIT_EXPECT_EQ_MSG(test, resource_size(win) % SZ_1M, 0, "row %u: %pR",
				    row, win);
	}
}

#define GIB(n)	((n) * (u64)SZ_1G)

/*
 * Windows of 6.5 GiB, aligned to 4 GiB: what is beyond 4 GiB does not fit into
 * the gap of 1.5 GiB that the one before leaves.  This is just enough.
 */
static void siblings_with_large_excess(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW),
			 SYNTH_P64(GIB(14) + SZ_512M, SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_BRIDGE(1, 0), .under = 1 },
			{ SYNTH_BRIDGE(2, 0), .under = 1 },
			{ SYNTH_BRIDGE(1, 0), .under = 2 },
			{ SYNTH_BRIDGE(1, 0), .under = 3 },
			{ SYNTH_DEV(1, 0), .under = 4, .bar = {
				[0] = SYNTH_P64(GIB(4)), [2] = SYNTH_P64(GIB(1)) } },
			{ SYNTH_DEV(1, 0), .under = 5, .bar = {
				[0] = SYNTH_P64(GIB(4)), [2] = SYNTH_P64(GIB(1)) } },
			{ SYNTH_DEV(2, 0), .under = 2, .bar = {
				[0] = SYNTH_P64(GIB(1)), [2] = SYNTH_P64(SZ_512M) } },
			{ SYNTH_DEV(2, 0), .under = 3, .bar = {
				[0] = SYNTH_P64(GIB(1)), [2] = SYNTH_P64(SZ_512M) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);
	unsigned int row;

	if (!host->high.parent)
		kunit_skip(test, "no addresses above 4 GiB");

	for (row = 6; row <= 9; row++) {
		KUNIT_EXPECT_NE(test, synth_case_addr(host, row, 0), 0);
		KUNIT_EXPECT_NE(test, synth_case_addr(host, row, 2), 0);
	}
}

/* A port gets the I/O ports that a function beside it leaves, and no more */
static void io_for_port(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), SYNTH_IOB(SYNTH_IO_SIZE, SYNTH_IO) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG), .mem = { SZ_2M, SYNTH_LOW },
			  .io = { SZ_8K, SYNTH_IO } },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG), .under = 1 },
			{ SYNTH_DEV(0, 1, SYNTH_ABSENT), .under = 1, .bar[0] = SYNTH_IOB(16) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);
	struct pci_dev *port = synth_host_dev(host, 2);

	if (!host->io.parent)
		kunit_skip(test, "no I/O ports to spare");

	KUNIT_ASSERT_NOT_NULL(test, port);
	KUNIT_EXPECT_EQ(test, pci_release_resource(port, PCI_BRIDGE_IO_WINDOW), 0);
	synth_host_plug(host, 3, true);
	synth_host_hot_add(host, 1);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 3, 0), 0);
	KUNIT_EXPECT_EQ(test, pci_resource_len(port, PCI_BRIDGE_IO_WINDOW), SZ_4K);
}

/* A window that is released can be sized and assigned again */
static void released_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), SYNTH_IOB(SYNTH_IO_SIZE, SYNTH_IO) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_DEV(1, 0), .under = 1,
			  .bar = { SYNTH_M32(SZ_64K), SYNTH_IOB(16) } },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);
	struct pci_dev *bridge = synth_host_dev(host, 1), *dev = synth_host_dev(host, 2);

	if (!host->io.parent)
		kunit_skip(test, "no I/O ports to spare");

	KUNIT_ASSERT_NOT_NULL(test, bridge);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	pci_lock_rescan_remove();
	pci_release_resource(dev, 0);
	pci_release_resource(dev, 1);
	KUNIT_EXPECT_EQ(test, pci_release_resource(bridge, PCI_BRIDGE_MEM_WINDOW), 0);
	KUNIT_EXPECT_EQ(test, pci_release_resource(bridge, PCI_BRIDGE_IO_WINDOW), 0);
	pci_assign_unassigned_bus_resources(host->bus);
	pci_unlock_rescan_remove();

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 2, 0), 0);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 2, 1), 0);
	synth_case_check(test, host);
}

static struct kunit_case pci_window_cases[] = {
	KUNIT_CASE(nothing_optional),
	KUNIT_CASE(whole_windows),
	KUNIT_CASE(siblings_with_large_excess),
	KUNIT_CASE(io_for_port),
	KUNIT_CASE(released_window),
	{}
};

static struct kunit_suite pci_window_suite = {
	.name = "pci_window",
	.test_cases = pci_window_cases,
};

kunit_test_init_section_suite(pci_window_suite);

MODULE_DESCRIPTION("Test of bridge windows on synthetic PCI hosts");
MODULE_LICENSE("GPL");
