// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align: where there is room and where there is none
 */

#include <kunit/test.h>
#include <linux/align.h>
#include <linux/pci.h>
#include <linux/vmstat.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-pages.h"

/* A root window without a page to spare */
static void no_page_in_root_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SYNTH_PAGE, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x200) },
			{ SYNTH_DEV(3, 0), .bar[0] = SYNTH_M32(256) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0) + 0x100);
	EXPECT_ADDR(test, host, 2, 0, PAGE(0) + 0x200);
	EXPECT_ADDR(test, host, 3, 0, PAGE(0));
	EXPECT_SHARING(test, host, 3, 0);
	EXPECT_LOG(test, host, 3, "shares its page with", NULL);
}

/* A driver that adds a device by itself, as asus-wmi does: that one is named, too */
static void no_page_for_hot_added(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SYNTH_PAGE, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
			{ SYNTH_DEV(2, 0, SYNTH_ABSENT), .bar[0] = SYNTH_M32(256) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);

	synth_host_plug(host, 2, true);
	pci_lock_rescan_remove();
	pci_scan_slot(host->bus, PCI_DEVFN(2, 0));
	pci_bus_assign_resources(host->bus);
	pci_bus_add_devices(host->bus);
	pci_unlock_rescan_remove();

	EXPECT_ADDR(test, host, 2, 0, PAGE(0) + 0x100);
	EXPECT_LOG(test, host, 1, "02.0: BAR 0", "shares its page with");
	EXPECT_LOG(test, host, 0, "01.0: BAR 0", "shares its page with");
}

/*
 * BAR 0 of row 3 never fits, so row 2 is noted down each time to wait for a page.
 * The note has to be freed.
 */
static void nothing_leaks(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SYNTH_PAGE, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256) },
			{ SYNTH_DEV(3, 0), .bar[0] = SYNTH_M32(SZ_1M) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);
	struct pci_dev *dev = synth_host_dev(host, 2);
	struct resource *too_large = synth_case_res(host, 3, 0);
	unsigned long before;
	int i, loglevel;

	if (IS_ENABLED(CONFIG_KASAN_GENERIC) || IS_ENABLED(CONFIG_SMP))
		kunit_skip(test, "what is freed is not counted at once");

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, too_large);
	loglevel = quiet_begin();
	before = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
	for (i = 0; i < 20000; i++) {
		pci_lock_rescan_remove();
		pci_release_resource(dev, 0);
		/* After it has failed, it is none */
		too_large->flags = IORESOURCE_MEM | IORESOURCE_SIZEALIGN;
		resource_set_range(too_large, 0, SZ_1M);
		pci_bus_assign_resources(dev->bus);
		pci_unlock_rescan_remove();
	}
	quiet_end(loglevel);

	/* 64 bytes each time would be 312 pages of 4K */
	KUNIT_EXPECT_LT(test, global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B),
			before + SZ_1M / PAGE_SIZE);
}

/* A BAR stays in its window, even if it would be assigned to another one */
static void same_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = {
			SYNTH_M32(SZ_16M, SYNTH_LOW),
			SYNTH_P64(SZ_16M, SYNTH_HIGH),
		},
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(1)) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_P64(256, PAGE(1) + 0x100) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 2, 0, PAGE(0));
}

/* ... also above 4 GiB, where it would be assigned to the first window */
static void same_high_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = {
			SYNTH_P64(SZ_1M, SYNTH_HIGH),
			SYNTH_P64(SZ_1M, SYNTH_HIGH + SZ_2M),
		},
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = {
				SYNTH_P64(256, SYNTH_HIGH + SZ_2M), {},
				SYNTH_P64(256, SYNTH_HIGH + SZ_2M + 256) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	if (!host->high.parent)
		kunit_skip(test, "no addresses above 4 GiB");

	EXPECT_ISOLATED(test, host, 1, 2);
	KUNIT_EXPECT_GT(test, synth_case_addr(host, 1, 2), SYNTH_HIGH + SZ_2M);
}

/* A root window smaller than a page: the page extends beyond it */
static void no_whole_page_at_all(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SYNTH_PAGE / 2, SYNTH_LOW) },
		.reserved = { SYNTH_M32(256, PAGE(1) - 256) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0));
	EXPECT_SHARING(test, host, 1, 0);
	EXPECT_LOG(test, host, 1, "shares its page with", "Reserved");
}

/* A root window extends above 4 GiB, where a 32-bit BAR can't be */
static void not_beyond_4g(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(4 * SYNTH_PAGE, SZ_4G - SYNTH_PAGE) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = {
				SYNTH_M32(256, SZ_4G - SYNTH_PAGE),
				SYNTH_M32(256, SZ_4G - SYNTH_PAGE + 0x100) } },
		},
	};
	struct synth_host *host;

	if (sizeof(pci_bus_addr_t) == 4)
		kunit_skip(test, "no addresses above 4 GiB");

	host = synth_case_compare(test, &topology);
	EXPECT_ADDR(test, host, 1, 1, SZ_4G - SYNTH_PAGE + 0x100);
	EXPECT_SHARING(test, host, 1, 1);
}

/* The last page below 4 GiB is one, too */
static void up_to_4g(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(2 * SYNTH_PAGE, SZ_4G - 2 * SYNTH_PAGE) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = {
				SYNTH_M32(256, SZ_4G - 2 * SYNTH_PAGE),
				SYNTH_M32(256, SZ_4G - 2 * SYNTH_PAGE + 0x100) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 1, SZ_4G - SYNTH_PAGE);
}

/* A BAR can be sized, but not moved: all others have to move */
static void failed_write(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(1)) },
			{ SYNTH_DEV(2, 0),
			  .bar[0] = SYNTH_M32(256, PAGE(1) + 0x100, SYNTH_WRITE_FAILS),
			  .bar[1] = SYNTH_M32(256, PAGE(1) + 0x200) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 2, 0, PAGE(1) + 0x100);
	KUNIT_EXPECT_EQ(test, synth_cfg_bar(&host->func[1], 0), PAGE(1) + 0x100);
	EXPECT_ISOLATED(test, host, 1, 0);
	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_LOG(test, host, 1, "02.0: BAR 0", "does not take a new address");
	/* A console may be on it, so nothing is printed while it can't be reached */
	EXPECT_LOG(test, host, 0, "error updating", NULL);
}

/* ... and if there are two of them in a page, each is tried once, and stays */
static void failed_writes(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0),
			  .bar[0] = SYNTH_M32(256, PAGE(1) + 0x100, SYNTH_WRITE_FAILS) },
			{ SYNTH_DEV(2, 0),
			  .bar[0] = SYNTH_M32(256, PAGE(1) + 0x200, SYNTH_WRITE_FAILS),
			  .bar[1] = SYNTH_M32(256, PAGE(1) + 0x300) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_SHARING(test, host, 1, 0);
	EXPECT_SHARING(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_LOG(test, host, 1, "01.0: BAR 0", "does not take a new address");
	EXPECT_LOG(test, host, 1, "02.0: BAR 0", "does not take a new address");
}

/* A 64-bit BAR that ignores the upper half of what is written to it */
static void half_written_bar(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = {
			SYNTH_M32(SYNTH_PAGE, PAGE(1)),
			SYNTH_P64(SZ_16M, SYNTH_HIGH),
		},
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(1)) },
			{ SYNTH_DEV(2, 0),
			  .bar[0] = SYNTH_P64(256, PAGE(1) + 0x100, SYNTH_WRITE_FAILS_HI) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	if (!host->high.parent)
		kunit_skip(test, "no addresses above 4 GiB");

	EXPECT_ADDR(test, host, 2, 0, PAGE(1) + 0x100);
	KUNIT_EXPECT_EQ(test, synth_cfg_bar(&host->func[1], 0), PAGE(1) + 0x100);
	KUNIT_EXPECT_TRUE(test, synth_cfg_word(&host->func[1], PCI_COMMAND) &
				PCI_COMMAND_MEMORY);
	EXPECT_LOG(test, host, 1, "02.0: BAR 0", "does not take a new address");
	EXPECT_LOG(test, host, 0, "error updating", NULL);
}

/*
 * The last page of a window extends beyond it, where there is something that
 * can't be moved.
 */
static void window_ends_inside_page(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(2 * SYNTH_PAGE + SYNTH_PAGE / 2, SYNTH_LOW) },
		.reserved = { SYNTH_M32(256, PAGE(3) - 256) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256, PAGE(2)) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0));
	EXPECT_ADDR(test, host, 2, 0, PAGE(1));
	EXPECT_ISOLATED(test, host, 2, 0);
}

static void window_begins_inside_page(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(2 * SYNTH_PAGE, SYNTH_LOW + SYNTH_PAGE / 2) },
		.reserved = { SYNTH_M32(256, PAGE(0) + 256) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + SYNTH_PAGE / 2) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 0, PAGE(1));
	EXPECT_ISOLATED(test, host, 1, 0);
}

/* Its neighbour can't move, so it has to, although it is at the start */
static void fixed_neighbour(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(1)) },
			{ SYNTH_DEV(2, 0, SYNTH_FIXED),
			  .bar[0] = SYNTH_M32(256, PAGE(1) + 0x100) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 2, 0, PAGE(1) + 0x100);
	EXPECT_ISOLATED(test, host, 1, 0);
	EXPECT_ISOLATED(test, host, 2, 0);
}

/* Alone in its page, but not at its start */
static void alone_inside_page(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(1) + 0x100) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(synth_case_addr(host, 1, 0), SYNTH_PAGE));
	EXPECT_ISOLATED(test, host, 1, 0);
}

/* Behind a bridge, pages come from the window that a BAR is in */
static void each_window(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = {
			SYNTH_M32(SZ_16M, SYNTH_LOW),
			SYNTH_P64(SZ_16M, SYNTH_HIGH),
		},
		.fn = {
			{ SYNTH_BRIDGE(1, 0), .mem = { SZ_1M, SYNTH_LOW },
			  .pref = { SZ_1M, SYNTH_HIGH } },
			{ SYNTH_DEV(1, 0), .under = 1, .bar = {
				SYNTH_M32(256, PAGE(0)), SYNTH_M32(256, PAGE(0) + 0x100),
				SYNTH_P64(256, SYNTH_HIGH), {},
				SYNTH_P64(256, SYNTH_HIGH + 256) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	if (!host->high.parent)
		kunit_skip(test, "no addresses above 4 GiB");

	EXPECT_ADDR(test, host, 2, 0, PAGE(0));
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ADDR(test, host, 2, 2, SYNTH_HIGH);
	EXPECT_ISOLATED(test, host, 2, 4);
	KUNIT_EXPECT_GT(test, synth_case_addr(host, 2, 4), SYNTH_HIGH);
}

static struct kunit_case pci_room_cases[] = {
	KUNIT_CASE(no_page_in_root_window),
	KUNIT_CASE(no_page_for_hot_added),
	KUNIT_CASE(nothing_leaks),
	KUNIT_CASE(no_whole_page_at_all),
	KUNIT_CASE(same_window),
	KUNIT_CASE(same_high_window),
	KUNIT_CASE(not_beyond_4g),
	KUNIT_CASE(up_to_4g),
	KUNIT_CASE(window_ends_inside_page),
	KUNIT_CASE(window_begins_inside_page),
	KUNIT_CASE(fixed_neighbour),
	KUNIT_CASE(alone_inside_page),
	KUNIT_CASE(each_window),
	KUNIT_CASE(failed_write),
	KUNIT_CASE(failed_writes),
	KUNIT_CASE(half_written_bar),
	{}
};

static struct kunit_suite pci_room_suite = {
	.name = "pci_room",
	.test_cases = pci_room_cases,
};

kunit_test_init_section_suite(pci_room_suite);

MODULE_DESCRIPTION("Test cases of small BARs where there is no room");
MODULE_LICENSE("GPL");
