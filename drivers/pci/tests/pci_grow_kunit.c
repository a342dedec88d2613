// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align: bridge windows that are full
 */

#include <kunit/test.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-pages.h"

/* Three BARs in the last page but one, and one page is free */
static const struct synth_topology full_window = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_1M, SYNTH_LOW } },
		{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
		{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
		{ SYNTH_DEV(3, 0), .under = 1, .bar[0] = SYNTH_M32(256, REST + 0x100) },
		{ SYNTH_DEV(4, 0), .under = 1, .bar[0] = SYNTH_M32(256, REST + 0x200) },
		{ SYNTH_DEV(5, 0), .under = 1, .bar[0] = SYNTH_M32(256, REST + 0x300) },
	},
};

#define EXPECT_WINDOW(test, host, row, addr, size)			\
	do {								\
		EXPECT_ADDR(test, host, row, PCI_BRIDGE_MEM_WINDOW, addr);	\
		KUNIT_EXPECT_EQ(test, resource_size(synth_case_res(host, row,	\
				PCI_BRIDGE_MEM_WINDOW)), size);		\
	} while (0)

static void no_page_in_window(struct kunit *test)
{
	struct synth_host *host = synth_case_compare(test, &full_window);

	EXPECT_ADDR(test, host, 4, 0, LAST);
	EXPECT_ISOLATED(test, host, 4, 0);
	EXPECT_ADDR(test, host, 5, 0, REST + 0x200);
	EXPECT_SHARING(test, host, 5, 0);
	EXPECT_ADDR(test, host, 6, 0, REST + 0x300);
	EXPECT_SHARING(test, host, 6, 0);

	EXPECT_LOG(test, host, 1, "04.0: BAR 0", "shares its page with");
	EXPECT_LOG(test, host, 1, "05.0: BAR 0", "shares its page with");
	EXPECT_LOG(test, host, 0, "03.0: BAR 0", "shares its page with");
	EXPECT_LOG(test, host, 1, "1 BARs moved, 1 small BARs isolated, 2 share a page", NULL);

	/* The parameter doesn't imply pci=realloc */
	EXPECT_WINDOW(test, host, 1, SYNTH_LOW, SZ_1M);
}

/* The topology above with pci=realloc, to be changed before boot */
static struct synth_topology *realloc_topology(struct kunit *test)
{
	struct synth_topology *topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, topology);
	*topology = full_window;
	topology->flags |= SYNTH_REALLOC;

	return topology;
}

/* ... with another bridge, whose window firmware put right behind the full one */
static struct synth_topology *wedged_topology(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);

	topology->fn[6] = (struct synth_fn) {
		SYNTH_BRIDGE(2, 0, SYNTH_NO_PREF), .mem = { SZ_1M, SYNTH_LOW + SZ_1M },
	};
	topology->fn[7] = (struct synth_fn) {
		SYNTH_DEV(1, 0), .under = 7, .bar[0] = SYNTH_M32(SZ_64K, SYNTH_LOW + SZ_1M),
	};

	return topology;
}

static void realloc_makes_room(struct kunit *test)
{
	struct synth_host *host = synth_case_compare(test, realloc_topology(test));

	EXPECT_ISOLATED(test, host, 4, 0);
	EXPECT_ISOLATED(test, host, 5, 0);
	EXPECT_ISOLATED(test, host, 6, 0);
	EXPECT_LOG(test, host, 0, "shares its page with", NULL);
	EXPECT_LOG(test, host, 1, "expanded from", NULL);
	EXPECT_WINDOW(test, host, 1, SYNTH_LOW, SZ_2M);
}

/* Firmware puts everything elsewhere */
static void move(struct synth_topology *topology, u64 offset)
{
	struct synth_fn *fn;
	int i;

	for (fn = topology->fn; fn->flags & SYNTH_FN; fn++) {
		for (i = 0; i < PCI_STD_NUM_BARS; i++)
			fn->bar[i].addr += fn->bar[i].size ? offset : 0;
		fn->mem.addr += fn->mem.size ? offset : 0;
	}
}

/* Where there is room only below the window */
static void realloc_grows_down(struct kunit *test)
{
	struct synth_topology *topology = wedged_topology(test);
	struct synth_host *host;

	topology->win[0].size = 3 * SZ_1M;
	move(topology, SZ_1M);
	host = synth_case_compare(test, topology);
	EXPECT_ISOLATED(test, host, 5, 0);
	EXPECT_ISOLATED(test, host, 6, 0);
	EXPECT_WINDOW(test, host, 1, SYNTH_LOW, SZ_2M);
	EXPECT_ADDR(test, host, 2, 0, topology->fn[1].bar[0].addr);
}

/* A BAR that has to move only when its neighbour turns out to stay */
static void realloc_for_the_last(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);
	struct synth_host *host;

	topology->fn[3].bar[0].addr = REST;
	topology->fn[4].flags |= SYNTH_FIXED;
	topology->fn[5].bar[0].addr = LAST;
	host = synth_case_compare(test, topology);
	EXPECT_ADDR(test, host, 5, 0, REST + 0x200);
	EXPECT_ISOLATED(test, host, 4, 0);
	EXPECT_ISOLATED(test, host, 5, 0);
	EXPECT_ISOLATED(test, host, 6, 0);
	EXPECT_WINDOW(test, host, 1, SYNTH_LOW, SZ_2M);
}

/* Nothing can grow: neither the root window nor a window that doesn't exist */
static void realloc_has_no_room(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);
	struct synth_host *host;

	topology->win[0].size = SZ_1M;
	host = synth_case_compare(test, topology);
	EXPECT_SHARING(test, host, 5, 0);
	EXPECT_SHARING(test, host, 6, 0);
	EXPECT_WINDOW(test, host, 1, SYNTH_LOW, SZ_1M);
	synth_host_off(host);

	topology->fn[0].flags |= SYNTH_TRANSPARENT;
	topology->fn[0].mem.addr = 0;
	host = synth_case_compare(test, topology);
	EXPECT_SHARING(test, host, 5, 0);
	EXPECT_SHARING(test, host, 6, 0);
	EXPECT_LOG(test, host, 0, "expanded from", NULL);
}

/* Is everything where it was, whatever wants a page? */
static void expect_pinned(struct kunit *test, const struct synth_topology *topology)
{
	struct synth_host *host = synth_case_compare(test, topology);
	int i;

	EXPECT_WINDOW(test, host, 1, topology->fn[0].mem.addr, SZ_1M);
	for (i = 0; i < 4; i++) {
		if (topology->fn[1].bar[i].size)
			EXPECT_ADDR(test, host, 2, i, topology->fn[1].bar[i].addr);
	}
	EXPECT_SHARING(test, host, 5, 0);
	EXPECT_SHARING(test, host, 6, 0);
	EXPECT_LOG(test, host, 0, "expanded from", NULL);
	KUNIT_EXPECT_EQ(test, synth_cfg_word(&host->func[1], PCI_COMMAND),
			synth_fn_cmd(&topology->fn[1]));
	synth_host_off(host);
}

#define END_32	BIT_ULL(32)

/* The window has grown, and ends there */
static void expect_below_4g(struct kunit *test, const struct synth_topology *topology)
{
	struct synth_host *host = synth_case_compare(test, topology);

	EXPECT_ISOLATED(test, host, 5, 0);
	EXPECT_ISOLATED(test, host, 6, 0);
	EXPECT_WINDOW(test, host, 1, END_32 - SZ_2M, SZ_2M);
	synth_host_off(host);
}

/* A window with 32 bits can grow up to 4 GiB */
static void realloc_up_to_4g(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);

	topology->win[0] = (struct synth_bar)SYNTH_M32(SZ_2M, END_32 - SZ_2M);
	move(topology, END_32 - SZ_2M - SYNTH_LOW);
	expect_below_4g(test, topology);
}

static void realloc_not_beyond_4g(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);

	if (sizeof(pci_bus_addr_t) == 4)
		kunit_skip(test, "no addresses above 4 GiB");

	topology->win[0] = (struct synth_bar)SYNTH_M32(SZ_8M, END_32 - SZ_2M);
	move(topology, END_32 - SZ_1M - SYNTH_LOW);
	expect_below_4g(test, topology);

	/* No room before it, either */
	topology->win[0].addr += SZ_1M;
	expect_pinned(test, topology);
}

/* A window that grew for a BAR that then ignores its new address */
static void realloc_in_vain(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);

	topology->fn[4].bar[0].quirk = SYNTH_WRITE_FAILS;
	topology->fn[5].bar[0].quirk = SYNTH_WRITE_FAILS;
	expect_pinned(test, topology);
}

/* 0 is not an address */
static void realloc_not_at_0(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);

	topology->win[0] = (struct synth_bar)SYNTH_M32(SZ_2M, SYNTH_BOTTOM);
	move(topology, SZ_1M - SYNTH_LOW);
	expect_pinned(test, topology);
}

/* A window that the kernel assigns has room for pages, without pci=realloc */
static void new_window(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);
	struct synth_host *host;

	topology->flags = 0;
	host = synth_case_compare(test, topology);
	EXPECT_ISOLATED(test, host, 4, 0);
	EXPECT_ISOLATED(test, host, 5, 0);
	EXPECT_ISOLATED(test, host, 6, 0);
	KUNIT_EXPECT_EQ(test, resource_size(synth_case_res(host, 1, PCI_BRIDGE_MEM_WINDOW)),
			SZ_2M);
	EXPECT_LOG(test, host, 0, "moved from", NULL);
}

/* ... and does not grow if they just fit */
static void new_window_fits(struct kunit *test)
{
	struct synth_topology *topology = realloc_topology(test);
	struct synth_host *host;

	topology->flags = 0;
	topology->fn[5] = (struct synth_fn) {};
	host = synth_case_compare(test, topology);
	EXPECT_ISOLATED(test, host, 4, 0);
	EXPECT_ISOLATED(test, host, 5, 0);
	EXPECT_WINDOW(test, host, 1, SYNTH_LOW, SZ_1M);
	EXPECT_LOG(test, host, 0, "moved from", NULL);
}

static struct kunit_case pci_grow_cases[] = {
	KUNIT_CASE(no_page_in_window),
	KUNIT_CASE(realloc_makes_room),
	KUNIT_CASE(realloc_grows_down),
	KUNIT_CASE(realloc_for_the_last),
	KUNIT_CASE(realloc_has_no_room),
	KUNIT_CASE(realloc_up_to_4g),
	KUNIT_CASE(realloc_not_beyond_4g),
	KUNIT_CASE(realloc_in_vain),
	KUNIT_CASE(realloc_not_at_0),
	KUNIT_CASE(new_window),
	KUNIT_CASE(new_window_fits),
	{}
};

static struct kunit_suite pci_grow_suite = {
	.name = "pci_grow",
	.test_cases = pci_grow_cases,
};

kunit_test_init_section_suite(pci_grow_suite);

MODULE_DESCRIPTION("Test cases of isolating small BARs in full bridge windows");
MODULE_LICENSE("GPL");
