// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align: small BARs get pages of their own
 */

#include <kunit/test.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-pages.h"

/* As tight as firmware can pack them, with a bridge's BAR and a ROM */
static const struct synth_topology packed = {
	.flags = SYNTH_SURVEY,
	.win = {
		SYNTH_M32(SZ_64M, SYNTH_LOW),
		SYNTH_P64(SZ_64M, SYNTH_HIGH),
	},
	.fn = {
		{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
		{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100),
				   .bar[1] = SYNTH_M32(16, PAGE(0) + 0x200),
				   .bar[2] = SYNTH_M64(128, PAGE(0) + 0x280),
				   .bar[4] = SYNTH_P64(64, SYNTH_HIGH + 64) },
		{ SYNTH_DEV(2, 1), .bar[0] = SYNTH_P32(32, PAGE(0) + 0x300) },
		{ SYNTH_BRIDGE(3, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x400) },
		{ SYNTH_DEV(4, 0), .bar[6] = SYNTH_ROM(SZ_2K, PAGE(0) + 0x800) },
		{ SYNTH_DEV(5, 0), .bar[0] = SYNTH_M32(SZ_64K, SYNTH_LOW + SZ_64K) },
	},
};

/* Off: resource_shares_page() tells, and nothing else changes */
static void off_changes_nothing(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0));
	EXPECT_ADDR(test, host, 2, 1, PAGE(0) + 0x200);
	EXPECT_ADDR(test, host, 5, 6, PAGE(0) + 0x800);
	EXPECT_SHARING(test, host, 1, 0);
	EXPECT_SHARING(test, host, 4, 0);
	if (host->high.parent)
		EXPECT_ISOLATED(test, host, 2, 4);
	EXPECT_ISOLATED(test, host, 6, 0);
	EXPECT_LOG(test, host, 0, "passthrough", NULL);
	EXPECT_LOG(test, host, 0, "moved from", NULL);
	EXPECT_LOG(test, host, 0, "shares its page", NULL);
}

/* Nor is anything assigned once more, where memory runs out */
static void off_assigns_no_more(struct kunit *test)
{
	static const struct synth_topology optional = {
		.win = { SYNTH_M32(SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256) },
			{ SYNTH_DEV(2, 0), .bar[6] = SYNTH_ROM(SZ_2M) },
		},
	};
	struct synth_topology *required = kunit_kzalloc(test, sizeof(*required), GFP_KERNEL);
	struct synth_host *host = synth_case_boot(test, &optional, 0);

	EXPECT_LOG(test, host, 1, "01.0: BAR 0", "assigned");

	/* Once with everything, once with what has to be */
	KUNIT_ASSERT_NOT_NULL(test, required);
	*required = optional;
	required->fn[1].bar[0] = (struct synth_bar)SYNTH_M32(SZ_2M);
	synth_case_reboot(test, host, required, 0);
	EXPECT_LOG(test, host, 2, "01.0: BAR 0", "assigned");
}

/* A window that is larger for pages, and a ROM that fits into none */
static void pages_are_tried_once(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_2M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF) },
			{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
			{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
			{ SYNTH_DEV(3, 0), .under = 1, SYNTH_THREE_SMALL },
			{ SYNTH_DEV(2, 0), .bar[6] = SYNTH_ROM(SZ_4M) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, SYNTH_ON);

	EXPECT_LOG(test, host, 2, "80:01.0: bridge window [mem", "assigned");
}

static void each_small_bar(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, SYNTH_ON);
	static const struct {
		u8 row, bar;
	} small[] = {
		{ 1, 0 }, { 2, 0 }, { 2, 1 }, { 2, 2 }, { 2, 4 }, { 3, 0 },
		{ 4, 0 }, { 5, 6 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(small); i++) {
		const struct synth_bar *bar = &packed.fn[small[i].row - 1].bar[small[i].bar];
		struct resource *res = synth_case_res(host, small[i].row, small[i].bar);

		EXPECT_ISOLATED(test, host, small[i].row, small[i].bar);
		KUNIT_EXPECT_EQ(test, resource_size(res), bar->size);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(res->start, SYNTH_PAGE));
	}

	/* A line for each that moved, also for the ROM, which is off */
	EXPECT_LOG(test, host, 6 + !!host->high.parent, "moved from", NULL);
}

/* Only what has to move moves */
static void least_disturbance(struct kunit *test)
{
	struct synth_host *host = synth_case_compare(test, &packed);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0));
	EXPECT_ADDR(test, host, 6, 0, SYNTH_LOW + SZ_64K);
}

/* Firmware that isolates BARs by itself, as most does */
static void nothing_to_do(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)),
					   .bar[1] = SYNTH_M32(256, PAGE(1)) },
			{ SYNTH_BRIDGE(2, 0), .mem = { SZ_1M, SYNTH_LOW + SZ_1M } },
			{ SYNTH_DEV(1, 0), .under = 2,
			  .bar[0] = SYNTH_M32(256, SYNTH_LOW + SZ_1M) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);
	u32 hash[3];
	int i;

	for (i = 0; i < ARRAY_SIZE(hash); i++)
		hash[i] = host->func[i].write_hash;

	synth_case_reboot(test, host, &topology, SYNTH_ON);
	for (i = 0; i < ARRAY_SIZE(hash); i++)
		KUNIT_EXPECT_EQ(test, host->func[i].write_hash, hash[i]);
	EXPECT_LOG(test, host, 1, "0 BARs moved, 3 small BARs isolated, 0 share", NULL);
}

/* The generic way, which ignores what firmware did */
static void assigned_afresh(struct kunit *test)
{
	struct synth_topology *topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, topology);
	*topology = packed;
	topology->flags = 0;

	host = synth_case_boot(test, topology, 0);
	EXPECT_SHARING(test, host, 2, 1);

	synth_case_reboot(test, host, topology, SYNTH_ON);
	EXPECT_ISOLATED(test, host, 1, 0);
	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 2, 1);
	EXPECT_ISOLATED(test, host, 3, 0);
	EXPECT_ISOLATED(test, host, 4, 0);
	EXPECT_ISOLATED(test, host, 5, 6);
}

/*
 * A bridge window that is too small for what is behind it grows, so everything
 * in it is released and assigned again.
 */
static void survives_realloc(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY | SYNTH_REALLOC,
		.win = { SYNTH_M32(SZ_128M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_1M, SYNTH_LOW } },
			{ SYNTH_DEV(1, 0), .under = 1, .bar[0] = SYNTH_M32(32, SYNTH_LOW) },
			{ SYNTH_DEV(2, 0), .under = 1, .bar[0] = SYNTH_M32(32, SYNTH_LOW + 32) },
			{ SYNTH_DEV(3, 0), .under = 1, .bar[0] = SYNTH_M32(32, SYNTH_LOW + 64) },
			{ SYNTH_DEV(4, 0), .under = 1, .bar[0] = SYNTH_M32(SZ_32M) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ISOLATED(test, host, 2, 0);
	EXPECT_ISOLATED(test, host, 3, 0);
	EXPECT_ISOLATED(test, host, 4, 0);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 5, 0), 0);
}

static struct kunit_case pci_isolate_cases[] = {
	KUNIT_CASE(off_changes_nothing),
	KUNIT_CASE(off_assigns_no_more),
	KUNIT_CASE(pages_are_tried_once),
	KUNIT_CASE(each_small_bar),
	KUNIT_CASE(least_disturbance),
	KUNIT_CASE(nothing_to_do),
	KUNIT_CASE(assigned_afresh),
	KUNIT_CASE(survives_realloc),
	{}
};

static struct kunit_suite pci_isolate_suite = {
	.name = "pci_isolate",
	.test_cases = pci_isolate_cases,
};

kunit_test_init_section_suite(pci_isolate_suite);

MODULE_DESCRIPTION("Test cases of isolating small BARs");
MODULE_LICENSE("GPL");
