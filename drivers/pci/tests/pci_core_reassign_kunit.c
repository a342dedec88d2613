// SPDX-License-Identifier: GPL-2.0
/*
 * Test of how the PCI core reassigns resources: hot-plug, pci=realloc,
 * BARs whose size or alignment changes
 */

#include <kunit/static_stub.h>

#include "pci_core_kunit.h"

/* A hot-plug port gets windows for devices that may be added */
static void hotplug_spare(struct kunit *test)
{
	enum { PORT = 1, CARD };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = { { SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG) },
			{ SYNTH_DEV(0, 0, SYNTH_ABSENT), .under = PORT,
			  .bar = { SYNTH_M32(SZ_1M), SYNTH_P32(SZ_1M) } } },
	};
	struct synth_host *host = boot(test, &topology);
	u64 mem = synth_case_addr(host, PORT, PCI_BRIDGE_MEM_WINDOW);

	expect_window(test, host, PORT, PCI_BRIDGE_MEM_WINDOW, pci_hotplug_mmio_size);
	expect_window(test, host, PORT, PCI_BRIDGE_PREF_MEM_WINDOW, pci_hotplug_mmio_pref_size);

	synth_host_plug(host, CARD, true);
	synth_host_hot_add(host, PORT);
	synth_case_check(test, host);
	expect_all_assigned(test, host);
	EXPECT_ADDR(test, host, PORT, PCI_BRIDGE_MEM_WINDOW, mem);
}

/* ... and does without if other devices need the room */
static void spare_is_optional(struct kunit *test)
{
	enum { PORT = 1 };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_2M, SYNTH_LOW) },
		.fn = { { SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG) },
			{ SYNTH_DEV(0, 0), .under = PORT, .bar[0] = SYNTH_M32(SZ_64K) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_1M) } },
	};
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	expect_window(test, host, PORT, PCI_BRIDGE_MEM_WINDOW, SZ_1M);
}

/* A window that has only what it needs has nothing to give back */
static void nothing_optional(struct kunit *test)
{
	enum { TOP = 1, PORT, BRIDGE };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_2M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(4, 0) },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG), .under = TOP },
			{ SYNTH_BRIDGE(0, 0), .under = PORT },
			{ SYNTH_DEV(0, 0), .under = BRIDGE,
			  .bar = { SYNTH_M32(SZ_1M), SYNTH_M32(SZ_1K) } },
			{ SYNTH_DEV(0, 1), .under = PORT, .bar[0] = SYNTH_M32(SZ_2K) },
		},
	};

	boot(test, &topology);
}

/* A bridge's registers can't express a window that ends inside a MiB */
static void whole_windows(struct kunit *test)
{
	enum { TOP = 1, PORT, INNER };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG), .under = TOP },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG), .under = PORT },
			{ SYNTH_DEV(0, 0), .under = INNER, .bar[0] = SYNTH_M32(SZ_8K) },
			{ SYNTH_DEV(0, 1), .under = PORT, .bar[0] = SYNTH_M32(128) },
		},
	};
	struct synth_host *host = boot(test, &topology);
	struct resource *win = synth_case_res(host, INNER, PCI_BRIDGE_MEM_WINDOW);

	expect_all_assigned(test, host);
	KUNIT_EXPECT_EQ_MSG(test, resource_size(win) % SZ_1M, 0, "%pR", win);
}

/*
 * A BAR fixed by Enhanced Allocation stays in a window further up when
 * resources are distributed among the bridges beside it once more.
 */
static void fixed_in_window_above(struct kunit *test)
{
	enum { TOP = 1, PORT, DEV, BRIDGE, FIXED };
	static const struct synth_topology topology = {
		.flags = SYNTH_REALLOC,
		.win = { SYNTH_M32(0x450000, SYNTH_LOW), {}, SYNTH_P64(M(5), SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(2, 0) },
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG), .under = TOP },
			{ SYNTH_DEV(0, 0), .under = PORT },
			{ SYNTH_BRIDGE(0, 2, SYNTH_HOTPLUG | SYNTH_PREF32), .under = PORT },
			{ SYNTH_DEV(0, 3), .under = PORT,
			  .bar = { [0] = SYNTH_M32(SZ_1K, SYNTH_LOW + 0x18f000, SYNTH_EA),
				   [4] = SYNTH_M32(512) } },
			{ SYNTH_DEV(5, 0), .bar[6] = SYNTH_ROM(SZ_8K) },
		},
	};
	struct synth_host *host = boot(test, &topology);

	EXPECT_ADDR(test, host, FIXED, 0, SYNTH_LOW + 0x18f000);
}

/* So does one behind a transparent bridge */
static void transparent_in_window_above(struct kunit *test)
{
	enum { PORT = 1, TRANSPARENT, DEV };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG), .mem = { SZ_16M, LOW(16) } },
			{ SYNTH_BRIDGE(0, 0, SYNTH_TRANSPARENT), .under = PORT },
			{ SYNTH_DEV(1, 0), .under = TRANSPARENT,
			  .bar[0] = SYNTH_M32(SZ_64K, LOW(17)) },
			{ SYNTH_BRIDGE(2, 0), .under = TRANSPARENT },
		},
	};
	struct synth_host *host = boot(test, &topology);

	expect_in(test, host, DEV, 0, PORT, PCI_BRIDGE_MEM_WINDOW);
	synth_host_hot_add(host, PORT);
	synth_case_check(test, host);
	EXPECT_ADDR(test, host, DEV, 0, LOW(17));
}

/* ... and the log names what keeps a BAR from growing */
static void resize_behind_transparent(struct kunit *test)
{
	enum { PORT = 1, TRANSPARENT, INNER, CARD };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_PORT), .mem = { SZ_16M, LOW(16) } },
			{ SYNTH_BRIDGE(0, 0, SYNTH_PORT | SYNTH_TRANSPARENT), .under = PORT },
			{ SYNTH_BRIDGE(0, 0, SYNTH_PORT), .under = TRANSPARENT,
			  .mem = { SZ_2M, LOW(17) } },
			{ SYNTH_DEV(0, 0, SYNTH_DECODE_OFF), .under = INNER,
			  .rebar = BIT(0) | BIT(3), .bar[0] = SYNTH_M32(SZ_1M, LOW(17)) },
			{ SYNTH_DEV(0, 1), .under = INNER, .bar[0] = SYNTH_M32(SZ_64K, LOW(18)) },
		},
	};
	struct synth_host *host = boot(test, &topology);
	struct pci_dev *dev = synth_host_dev(host, CARD);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	expect_in(test, host, INNER, PCI_BRIDGE_MEM_WINDOW, PORT, PCI_BRIDGE_MEM_WINDOW);
	pci_lock_rescan_remove();
	KUNIT_EXPECT_EQ(test, pci_resize_resource(dev, 0, 3, 0), -ENOSPC);
	pci_unlock_rescan_remove();
	synth_case_check(test, host);
	EXPECT_ADDR(test, host, CARD, 0, LOW(17));
	EXPECT_LOG(test, host, 2, "was not released", NULL);
	EXPECT_LOG(test, host, 2, "was not released", ": bridge window [");
}

/* A window from firmware is too small: one BAR behind it has no room */
enum { SMALL = 1, BEHIND, BESIDE };

#define TOO_SMALL							\
	.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },			\
	.fn = {								\
		{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_1M, LOW(8) } },	\
		{ SYNTH_DEV(0, 0), .under = SMALL, .bar = {		\
			SYNTH_M32(SZ_64K, LOW(8)), SYNTH_M32(SZ_2M) } },	\
		{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_1M, LOW(9)) },	\
	}

static void pinned_window(struct kunit *test)
{
	static const struct synth_topology topology = { .flags = SYNTH_SURVEY, TOO_SMALL };
	struct synth_host *host = boot(test, &topology);

	EXPECT_ADDR(test, host, SMALL, PCI_BRIDGE_MEM_WINDOW, LOW(8));
	EXPECT_ADDR(test, host, BEHIND, 0, LOW(8));
	EXPECT_ADDR(test, host, BEHIND, 1, 0);
}

static void realloc_rounds(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY | SYNTH_REALLOC, TOO_SMALL
	};
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	expect_window(test, host, SMALL, PCI_BRIDGE_MEM_WINDOW, M(3));
	EXPECT_ADDR(test, host, BESIDE, 0, LOW(9));
}

/*
 * Bug 220016: a device that can't get what it wants triggers these rounds, and
 * others lose what firmware gave them.  The report does not show the whole
 * system: USB and SATA controllers behind a switch in the chipset.
 */
static void bug_220016(struct kunit *test)
{
	enum { ROOT1 = 1, UP, DOWN0, DOWN1, USB, SATA, ROOT2 };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY | SYNTH_REALLOC,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0), .mem = { SZ_4M, LOW(16) } },
			{ SYNTH_BRIDGE(0, 0), .under = ROOT1, .mem = { SZ_4M, LOW(16) } },
			{ SYNTH_BRIDGE(0, 0), .under = UP, .mem = { SZ_1M, LOW(16) } },
			{ SYNTH_BRIDGE(1, 0), .under = UP, .mem = { SZ_1M, LOW(17) } },
			{ SYNTH_DEV(0, 0), .under = DOWN0, .bar[0] = SYNTH_M64(SZ_32K, LOW(16)) },
			{ SYNTH_DEV(0, 0), .under = DOWN1, .bar = {
				[5] = SYNTH_M32(SZ_1K, LOW(17) + SZ_512K),
				[6] = SYNTH_ROM(SZ_512K) } },
			{ SYNTH_BRIDGE(2, 0), .mem = { SZ_1M, LOW(24) } },
			{ SYNTH_DEV(0, 0), .under = ROOT2, .nr_vfs = 64,
			  .bar[0] = SYNTH_M64(SZ_64K, LOW(24)), .vf = SYNTH_M64(SZ_2M) },
		},
	};

	boot_all(test, &topology);
}

/* A removed device comes back, and so does everything behind it */
static void remove_and_rescan(struct kunit *test)
{
	enum { BRIDGE = 1 };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_DEV(0, 0), .under = BRIDGE,
			  .bar = { SYNTH_M32(SZ_1M), SYNTH_P32(SZ_64K),
				   [6] = SYNTH_ROM(SZ_32K) } },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_64K) },
		},
	};
	struct synth_host *host = boot(test, &topology);
	unsigned int row;

	for (row = 1; row <= host->nr; row++) {
		synth_host_remove(host, row);
		KUNIT_EXPECT_NULL(test, synth_host_dev(host, row));
		synth_host_rescan(host);
		synth_case_check(test, host);
		expect_all_assigned(test, host);
	}
}

/* A BAR is where Enhanced Allocation says */
static void enhanced_allocation(struct kunit *test)
{
	enum { DEV = 1, FIXED };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(SZ_64K) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_64K, LOW(3), SYNTH_EA) },
		},
	};
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	EXPECT_ADDR(test, host, FIXED, 0, LOW(3));
}

/* All virtual functions have room, each where the registers say */
static void virtual_functions(struct kunit *test)
{
	enum { PORT = 1, CARD };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_PORT) },
			{ SYNTH_DEV(0, 0), .under = PORT, .nr_vfs = 4,
			  .bar[0] = SYNTH_M32(SZ_64K), .vf = SYNTH_M64(SZ_64K) },
		},
	};
	struct synth_host *host = boot(test, &topology);

#ifdef CONFIG_PCI_IOV
	struct resource *res = synth_case_res(host, CARD, PCI_IOV_RESOURCES);

	KUNIT_ASSERT_NOT_NULL(test, res);
	KUNIT_EXPECT_NOT_NULL(test, res->parent);
	KUNIT_EXPECT_EQ(test, resource_size(res), 4 * SZ_64K);
#else
	kunit_skip(test, "needs CONFIG_PCI_IOV");
#endif
	expect_all_assigned(test, host);
}

/* BAR 0 can be 1, 8 or 64 MiB, and there is no room for 64 */
enum { PORT = 1, CARD };

static const struct synth_topology resizable = {
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0, SYNTH_PORT) },
		{ SYNTH_DEV(0, 0, SYNTH_DECODE_OFF), .under = PORT,
		  .rebar = BIT(0) | BIT(3) | BIT(6),
		  .bar = { SYNTH_M32(SZ_1M), SYNTH_M32(SZ_64K) } },
		{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_64K) },
	},
};

static void resize(struct kunit *test, unsigned int size, int wanted)
{
	struct synth_host *host = boot(test, &resizable);
	struct pci_dev *dev = synth_host_dev(host, CARD);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	pci_lock_rescan_remove();
	KUNIT_EXPECT_EQ(test, pci_resize_resource(dev, 0, size, 0), wanted);
	pci_unlock_rescan_remove();
	synth_case_check(test, host);
	expect_all_assigned(test, host);
	KUNIT_EXPECT_EQ(test, pci_resource_len(dev, 0), wanted ? SZ_1M : M(1 << size));
}

static void resize_bar(struct kunit *test)
{
	resize(test, 3, 0);
}

/* ... and without room, everything stays as it was */
static void resize_that_fails(struct kunit *test)
{
	resize(test, 6, -ENOSPC);
}

static resource_size_t align_64k(void)
{
	return SZ_64K;
}

enum { TWO_BARS = 1 };

static const struct synth_topology small_bars = {
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_DEV(1, 0), .bar = { SYNTH_M32(256), SYNTH_M32(128) } },
		{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_4K) },
	},
};

static struct synth_host *boot_aligned(struct kunit *test)
{
	kunit_activate_static_stub(test, pcibios_default_alignment, align_64k);

	return boot(test, &small_bars);
}

/* A BAR aligned by the architecture stays so when it is assigned again */
static void default_alignment(struct kunit *test)
{
	struct synth_host *host = boot_aligned(test);
	struct pci_dev *dev = synth_host_dev(host, TWO_BARS);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, synth_case_addr(host, TWO_BARS, i) % SZ_64K, 0);
		pci_lock_rescan_remove();
		pci_release_resource(dev, i);
		KUNIT_EXPECT_EQ(test, pci_resource_alignment(dev, &dev->resource[i]), SZ_64K);
		KUNIT_EXPECT_EQ(test, pci_assign_resource(dev, i), 0);
		pci_unlock_rescan_remove();
		KUNIT_EXPECT_EQ(test, synth_case_addr(host, TWO_BARS, i) % SZ_64K, 0);
	}
	synth_case_check(test, host);
}

/* Until then, its alignment is not shown as an address */
static void alignment_is_not_shown(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct synth_host *host = boot_aligned(test);
	struct pci_dev *dev = synth_host_dev(host, TWO_BARS);
	struct resource *res;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	res = &dev->resource[0];
	pci_lock_rescan_remove();
	pci_release_resource(dev, 0);
	res->flags &= ~IORESOURCE_SIZEALIGN;
	res->flags |= IORESOURCE_STARTALIGN;
	resource_set_range(res, SZ_64K, 256);
	KUNIT_EXPECT_GT(test, synth_case_read(dev, "resource", buf), 0);
	KUNIT_EXPECT_EQ(test, pci_assign_resource(dev, 0), 0);
	pci_unlock_rescan_remove();

	KUNIT_EXPECT_EQ(test, strncmp(buf, "0x0000000000000000 0x00000000000000ff ", 38), 0);
	synth_case_check(test, host);
}

static struct kunit_case pci_core_reassign_cases[] = {
	KUNIT_CASE(hotplug_spare),
	KUNIT_CASE(spare_is_optional),
	KUNIT_CASE(nothing_optional),
	KUNIT_CASE(whole_windows),
	KUNIT_CASE(fixed_in_window_above),
	KUNIT_CASE(transparent_in_window_above),
	KUNIT_CASE(resize_behind_transparent),
	KUNIT_CASE(pinned_window),
	KUNIT_CASE(realloc_rounds),
	KUNIT_CASE(bug_220016),
	KUNIT_CASE(remove_and_rescan),
	KUNIT_CASE(enhanced_allocation),
	KUNIT_CASE(virtual_functions),
	KUNIT_CASE(resize_bar),
	KUNIT_CASE(resize_that_fails),
	KUNIT_CASE(default_alignment),
	KUNIT_CASE(alignment_is_not_shown),
	{}
};

static struct kunit_suite pci_core_reassign_suite = {
	.name = "pci_core_reassign",
	.test_cases = pci_core_reassign_cases,
};

kunit_test_init_section_suite(pci_core_reassign_suite);

MODULE_DESCRIPTION("Test of how the PCI core reassigns resources");
MODULE_LICENSE("GPL");
