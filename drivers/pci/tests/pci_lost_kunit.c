// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align: nothing is lost that is assigned Off
 *
 * Most of these were found by pci_random.
 */

#include <kunit/test.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-pages.h"

/*
 * If nothing is claimed, an address that firmware left must not keep a bridge
 * window from what it needs.
 */
static void stale_address(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(128, SYNTH_LOW + 0x300) },
			{ SYNTH_BRIDGE(2, 0, SYNTH_NO_PREF) },
			{ SYNTH_DEV(1, 0), .under = 2, .bar[0] = SYNTH_M32(SZ_16K) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 3, 0), 0);
}

/* A ROM that was claimed is not lost when something else fails */
static void claimed_rom(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG) },
			{ SYNTH_DEV(2, 0),
			  .bar[6] = SYNTH_ROM(SZ_2K, SYNTH_LOW + SYNTH_PAGE + SZ_2K) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 2, 6), 0);
}

/* Pages behind one bridge don't take the window of another one */
static void window_of_another(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY | SYNTH_REALLOC,
		.win = { SYNTH_M32(SZ_2M + SZ_512K, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF) },
			{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
			{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .under = 1, SYNTH_THREE_SMALL },
			{ SYNTH_BRIDGE(2, 0, SYNTH_NO_PREF) },
			{ SYNTH_DEV(1, 0), .under = 5, .bar[0] = SYNTH_M32(SYNTH_PAGE) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 6, 0), 0);
}

/* Pages behind a bridge don't take the place of a ROM beside it */
static void rom_beside_bridge(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_1M + SZ_512K, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF) },
			{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
			{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .under = 1, SYNTH_THREE_SMALL },
			{ SYNTH_DEV(2, 0), .bar[6] = SYNTH_ROM(SZ_32K) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 5, 6), 0);
}

/* A prefetchable BAR that is claimed in another window needs none of its own */
static void no_new_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(5 * SZ_1M + 2 * SYNTH_PAGE, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0), .mem = { 3 * SZ_1M, SYNTH_LOW + SZ_2M } },
			{ SYNTH_DEV(1, 0), .under = 1,
			  .bar[0] = SYNTH_P64(16, SYNTH_LOW + 3 * SZ_1M + 64) },
			{ SYNTH_DEV(5, 0),
			  .bar[0] = SYNTH_M32(32, SYNTH_LOW + SZ_1M + SZ_64K + 64) },
			{ SYNTH_DEV(5, 1), .bar[0] = SYNTH_M32(SZ_1M) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 3, 0);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 4, 0), 0);
}

/* What a hot-plug port reserves takes precedence over a page */
static void spare_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(7 * SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG | SYNTH_NO_PREF),
			  .bar[0] = SYNTH_M32(SZ_4M, SYNTH_LOW) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(64, SYNTH_LOW + SZ_4M + 64) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ISOLATED(test, host, 2, 0);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 1, PCI_BRIDGE_MEM_WINDOW), 0);
}

/* What is behind a transparent bridge is assigned last, from the same window */
static void transparent_bridge(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_1M + 2 * SYNTH_PAGE, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_TRANSPARENT | SYNTH_NO_PREF),
			  .mem = { SZ_1M, SYNTH_LOW } },
			{ SYNTH_DEV(1, 0), .under = 1, .bar = {
				SYNTH_M32(SZ_1M, SYNTH_LOW), SYNTH_M32(SYNTH_PAGE) } },
			{ SYNTH_DEV(2, 0), .bar = { SYNTH_M32(16), SYNTH_M32(16) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 2, 1), 0);
}

/* Nothing is assigned on a bus while windows further down wait for their pages */
static void empty_bus(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_BRIDGE(2, 0) },
			{ SYNTH_BRIDGE(1, 0), .under = 2 },
			{ SYNTH_DEV(1, 0), .under = 3, SYNTH_FILLER_1 },
			{ SYNTH_DEV(2, 0), .under = 3, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .under = 3, SYNTH_THREE_SMALL },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ISOLATED(test, host, 6, 0);
	EXPECT_ISOLATED(test, host, 6, 1);
	EXPECT_ISOLATED(test, host, 6, 2);
}

/* What needs 1 MiB behind a bridge, 2 with its VFs, and 3 with pages for small BARs */
#define FULL_PORT(_slot)	{ SYNTH_BRIDGE(_slot, 0, SYNTH_PORT | SYNTH_NO_PREF) }
#define FULL_1(_row)		{ SYNTH_DEV(0, 0), .under = _row, SYNTH_FILLER_1 }
#define FULL_2(_row)							\
	{ SYNTH_DEV(0, 1), .under = _row, SYNTH_FILLER_2,		\
	  .vf = SYNTH_M64(2 * SYNTH_PAGE), .nr_vfs = SZ_512K / SYNTH_PAGE }
#define FULL_3(_row)		{ SYNTH_DEV(0, 2), .under = _row, SYNTH_THREE_SMALL }

/* If there is no room for pages, VFs have theirs as Off: at once, and no more */
static void no_room_for_pages(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(3 * SZ_2M, SYNTH_LOW) },
		.fn = {
			FULL_PORT(1), FULL_1(1), FULL_2(1), FULL_3(1),
			FULL_PORT(2), FULL_1(5), FULL_2(5), FULL_3(5),
			FULL_PORT(3), FULL_1(9), FULL_2(9), FULL_3(9),
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);
	unsigned int row;

	if (!IS_ENABLED(CONFIG_PCI_IOV))
		kunit_skip(test, "no SR-IOV");

	for (row = 1; row <= 9; row += 4)
		KUNIT_EXPECT_EQ(test, SZ_2M,
				resource_size(synth_case_res(host, row, PCI_BRIDGE_MEM_WINDOW)));
	EXPECT_LOG(test, host, 0, "reassigned; expanded", NULL);
}

/* ... also if something does not fit at all; the second bridge wants pages only */
static void too_large(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_4M, SYNTH_LOW) },
		.fn = {
			FULL_PORT(1), FULL_1(1), FULL_2(1), FULL_3(1),
			FULL_PORT(2), FULL_1(5), FULL_3(5),
			{ SYNTH_DEV(0, 3), .under = 5, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .bar[0] = SYNTH_M32(SZ_16M) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);
	struct resource *win = synth_case_res(host, 1, PCI_BRIDGE_MEM_WINDOW);

	if (!IS_ENABLED(CONFIG_PCI_IOV))
		kunit_skip(test, "no SR-IOV");

	KUNIT_EXPECT_EQ(test, resource_size(win), SZ_2M);
	KUNIT_EXPECT_FALSE(test, win->flags & IORESOURCE_STARTALIGN);
	win = synth_case_res(host, 5, PCI_BRIDGE_MEM_WINDOW);
	KUNIT_EXPECT_EQ(test, resource_size(win), SZ_1M);
	EXPECT_LOG(test, host, 0, "failed to expand", NULL);
}

/*
 * If BAR 0 of row 5 fails, ROMs are assigned once more. The small one goes beside
 * the BAR of half a page, not into the page that the other one needs.
 */
static void optional_roms(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), {}, SYNTH_P64(SZ_16M, SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0), .pref = { SZ_2M + SZ_1M, SYNTH_HIGH } },
			{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
			{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .under = 1, .bar = {
				[0] = SYNTH_P64(64, SYNTH_HIGH), [2] = SYNTH_M32(SYNTH_PAGE / 2),
				[6] = SYNTH_ROM(SYNTH_PAGE) } },
			{ SYNTH_DEV(4, 0), .under = 1, .bar = {
				[0] = SYNTH_P64(SZ_2M), [6] = SYNTH_ROM(SZ_2K) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 4, 6), 0);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 5, 6), 0);
}

/* A window that grows for pages holds a BAR that is never assigned again */
static void window_with_host_bridge(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY | SYNTH_REALLOC,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_1M, SYNTH_LOW } },
			{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
			{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .under = 1, .class = PCI_CLASS_BRIDGE_HOST,
			  .bar[0] = SYNTH_M32(256, SYNTH_LOW + SZ_1M - 256) },
			{ SYNTH_DEV(4, 0), .under = 1, .bar = {
				SYNTH_M32(256, SYNTH_LOW + SZ_1M - SYNTH_PAGE),
				SYNTH_M32(256, SYNTH_LOW + SZ_1M - SYNTH_PAGE + 256),
				SYNTH_M32(256, SYNTH_LOW + SZ_1M - SYNTH_PAGE + 512) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 4, 0, SYNTH_LOW + SZ_1M - 256);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 5, 2), 0);
}

/* What a hot-add leaves over for a bridge is not always a whole window */
static void ragged_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG | SYNTH_NO_PREF),
			  .mem = { SZ_2M, SYNTH_LOW } },
			{ SYNTH_BRIDGE(0, 0, SYNTH_HOTPLUG | SYNTH_NO_PREF), .under = 1 },
			{ SYNTH_DEV(0, 1), .under = 1, .bar[0] = SYNTH_M32(128, SYNTH_LOW) },
			{ SYNTH_DEV(0, 2, SYNTH_ABSENT), .under = 1, .bar[0] = SYNTH_M32(64) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	synth_host_plug(host, 4, true);
	synth_host_hot_add(host, 1);
	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 3, 0);
	EXPECT_ISOLATED(test, host, 4, 0);
}

/*
 * A BAR that has no room in stock must not go into a window that is larger for
 * pages, not even when the pages don't all fit: BAR 0 of row 5 would fill it.
 */
static void room_for_pages(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), {}, SYNTH_P64(SZ_16M, SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0), .pref = { SZ_2M + SZ_1M, SYNTH_HIGH } },
			{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
			{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .under = 1, .bar = {
				SYNTH_P64(64, SYNTH_HIGH), {},
				SYNTH_M32(256), SYNTH_M32(256), SYNTH_M32(256) } },
			{ SYNTH_DEV(4, 0), .under = 1, .bar[0] = SYNTH_P64(SZ_2M) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, synth_case_addr(host, 5, 0), 0);
	/* At the end, that room is there again */
	EXPECT_ISOLATED(test, host, 4, 2);
	EXPECT_ISOLATED(test, host, 4, 3);
	EXPECT_ISOLATED(test, host, 4, 4);
}

/* Nor may a window shrink at the end where its largest BAR is */
static void largest_bar_ends_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW + SZ_2K) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_BRIDGE(1, 0), .under = 1 },
			{ SYNTH_DEV(0, 0), .under = 2, SYNTH_FILLER_1 },
			{ SYNTH_DEV(0, 1), .under = 2, SYNTH_FILLER_2 },
			{ SYNTH_DEV(0, 2), .under = 2, SYNTH_THREE_SMALL },
			{ SYNTH_DEV(0, 3), .under = 2, .bar[0] = SYNTH_M32(SZ_8M) },
			{ SYNTH_DEV(3, 0), .under = 1, .bar[0] = SYNTH_M32(SZ_4M) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_NE(test, synth_case_addr(host, 6, 0), 0);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 3, 0), 0);
}

static struct kunit_case pci_lost_cases[] = {
	KUNIT_CASE(stale_address),
	KUNIT_CASE(claimed_rom),
	KUNIT_CASE(window_of_another),
	KUNIT_CASE(rom_beside_bridge),
	KUNIT_CASE(no_new_window),
	KUNIT_CASE(spare_window),
	KUNIT_CASE(transparent_bridge),
	KUNIT_CASE(empty_bus),
	KUNIT_CASE(no_room_for_pages),
	KUNIT_CASE(too_large),
	KUNIT_CASE(optional_roms),
	KUNIT_CASE(window_with_host_bridge),
	KUNIT_CASE(ragged_window),
	KUNIT_CASE(room_for_pages),
	KUNIT_CASE(largest_bar_ends_window),
	{}
};

static struct kunit_suite pci_lost_suite = {
	.name = "pci_lost",
	.test_cases = pci_lost_cases,
};

kunit_test_init_section_suite(pci_lost_suite);

MODULE_DESCRIPTION("Test cases of what must not get lost to small BARs");
MODULE_LICENSE("GPL");
