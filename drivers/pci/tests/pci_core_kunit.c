// SPDX-License-Identifier: GPL-2.0
/*
 * Test of how the PCI core assigns resources at boot
 *
 * Each case is a topology and what the core must make of it, with any options.
 * Some are named after the bug on bugzilla.kernel.org that had such a topology.
 */

#include "pci_core_kunit.h"

/* Usable addresses from firmware are kept, wherever they are */
static void claims(struct kunit *test)
{
	enum { DEV = 1, BRIDGE, BEHIND };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = { SYNTH_M32(SZ_1M, LOW(5)),
						    SYNTH_M32(256, LOW(9) + 0x300) } },
			{ SYNTH_BRIDGE(2, 0), .mem = { SZ_4M, LOW(16) } },
			{ SYNTH_DEV(0, 0), .under = BRIDGE,
			  .bar = { SYNTH_M32(SZ_64K, LOW(18)),
				   [6] = SYNTH_ROM(SZ_32K, LOW(19)) } },
		},
	};
	struct synth_host *host = boot(test, &topology);

	EXPECT_ADDR(test, host, DEV, 0, LOW(5));
	EXPECT_ADDR(test, host, DEV, 1, LOW(9) + 0x300);
	EXPECT_ADDR(test, host, BRIDGE, PCI_BRIDGE_MEM_WINDOW, LOW(16));
	expect_window(test, host, BRIDGE, PCI_BRIDGE_MEM_WINDOW, SZ_4M);
	EXPECT_ADDR(test, host, BEHIND, 0, LOW(18));
	EXPECT_ADDR(test, host, BEHIND, 6, LOW(19));
}

/* What firmware left out is assigned around it, in the existing windows */
static void assigns_the_rest(struct kunit *test)
{
	enum { DEV = 1, BRIDGE, BEHIND };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = { SYNTH_M32(SZ_1M, LOW(1)),
						    SYNTH_M32(SZ_2M) } },
			{ SYNTH_BRIDGE(2, 0), .mem = { SZ_2M, LOW(4) } },
			{ SYNTH_DEV(0, 0), .under = BRIDGE,
			  .bar = { SYNTH_M32(SZ_1M, LOW(4)), SYNTH_M32(SZ_512K) } },
			{ SYNTH_DEV(3, 0), .bar[6] = SYNTH_ROM(SZ_64K) },
		},
	};
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	EXPECT_ADDR(test, host, DEV, 0, LOW(1));
	EXPECT_ADDR(test, host, BEHIND, 0, LOW(4));
	expect_in(test, host, BEHIND, 1, BRIDGE, PCI_BRIDGE_MEM_WINDOW);
}

/* Two BARs at one address, and one in no window: each gets an address of its own */
static void moves_what_clashes(struct kunit *test)
{
	enum { FIRST = 1 };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(SZ_64K, LOW(1)) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_64K, LOW(1)) },
			{ SYNTH_DEV(3, 0), .bar[0] = SYNTH_M32(SZ_64K, LOW(128)) },
		},
	};
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	EXPECT_ADDR(test, host, FIRST, 0, LOW(1));
}

/* All-ones are no windows, so a BAR behind a dead bridge can't be claimed there */
static void dead_bridge(struct kunit *test)
{
	enum { BRIDGE = 1, DEV };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SZ_4G - SZ_16M) },
		.fn = { { SYNTH_BRIDGE(1, 0) },
			{ SYNTH_DEV(1, 0), .under = BRIDGE,
			  .bar[0] = SYNTH_M32(SZ_64K, SZ_4G - SZ_1M) } },
	};
	struct synth_host *host = synth_host_new(test);
	struct resource *res;

	KUNIT_ASSERT_EQ(test, synth_host_scan(host, &topology, 0), 0);
	res = synth_case_res(host, DEV, 0);
	synth_host_plug(host, BRIDGE, false);
	synth_host_assign(host);
	KUNIT_EXPECT_TRUE(test, !res->parent || res->parent->parent);
}

/* Windows are whole MiB, and the one above is exactly their sum */
static void sizes_bridges(struct kunit *test)
{
	enum { TOP = 1, LEFT, LEFT_DEV, RIGHT };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF) },
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .under = TOP },
			{ SYNTH_DEV(0, 0), .under = LEFT,
			  .bar = { SYNTH_M32(SZ_1M), SYNTH_M32(256) } },
			{ SYNTH_BRIDGE(2, 0, SYNTH_NO_PREF), .under = TOP },
			{ SYNTH_DEV(0, 0), .under = RIGHT,
			  .bar = { SYNTH_M32(SZ_4M), SYNTH_M32(SZ_16K) } },
		},
	};
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	expect_window(test, host, TOP, PCI_BRIDGE_MEM_WINDOW, M(7));
	expect_window(test, host, LEFT, PCI_BRIDGE_MEM_WINDOW, M(2));
	expect_window(test, host, RIGHT, PCI_BRIDGE_MEM_WINDOW, M(5));
}

/* A bridge with nothing behind it has no window, and takes no room */
static void unused_windows(struct kunit *test)
{
	enum { TOP = 1, BELOW, DEV };
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			{ SYNTH_BRIDGE(0, 0), .under = TOP },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(SZ_1M) },
		},
	};
	struct synth_host *host = boot(test, &topology);

	EXPECT_ADDR(test, host, DEV, 0, SYNTH_LOW);
	EXPECT_ADDR(test, host, TOP, PCI_BRIDGE_MEM_WINDOW, 0);
	EXPECT_ADDR(test, host, BELOW, PCI_BRIDGE_MEM_WINDOW, 0);
}

/* A device with a BAR of each kind, behind a bridge */
enum { BRIDGE = 1, DEV };

#define EACH_KIND(_flags)						\
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), SYNTH_P64(SZ_1G, SYNTH_HIGH) },	\
	.fn = {								\
		{ SYNTH_BRIDGE(1, 0, _flags) },				\
		{ SYNTH_DEV(0, 0), .under = BRIDGE, .bar = {		\
			SYNTH_M32(SZ_64K), SYNTH_P32(SZ_128K),		\
			SYNTH_P64(SZ_4M), {}, SYNTH_M64(SZ_32K) } },	\
	}

/* Only prefetchable 64-bit BARs can be above 4 GiB */
static void wide_window(struct kunit *test)
{
	static const struct synth_topology topology = { EACH_KIND(0) };
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	expect_in(test, host, DEV, 0, BRIDGE, PCI_BRIDGE_MEM_WINDOW);
	expect_in(test, host, DEV, 1, BRIDGE, PCI_BRIDGE_MEM_WINDOW);
	expect_in(test, host, DEV, 2, BRIDGE, PCI_BRIDGE_PREF_MEM_WINDOW);
	expect_in(test, host, DEV, 4, BRIDGE, PCI_BRIDGE_MEM_WINDOW);
	KUNIT_EXPECT_GE(test, synth_case_addr(host, DEV, 2), SYNTH_HIGH);
	expect_window(test, host, BRIDGE, PCI_BRIDGE_PREF_MEM_WINDOW, SZ_4M);
}

/* A 32-bit prefetchable window is for all prefetchable BARs */
static void narrow_window(struct kunit *test)
{
	static const struct synth_topology topology = { EACH_KIND(SYNTH_PREF32) };
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	expect_in(test, host, DEV, 0, BRIDGE, PCI_BRIDGE_MEM_WINDOW);
	expect_in(test, host, DEV, 1, BRIDGE, PCI_BRIDGE_PREF_MEM_WINDOW);
	expect_in(test, host, DEV, 2, BRIDGE, PCI_BRIDGE_PREF_MEM_WINDOW);
	KUNIT_EXPECT_LT(test, synth_case_addr(host, DEV, 2), SYNTH_HIGH);
}

/* Without one, all BARs are in the other window */
static void no_prefetchable_window(struct kunit *test)
{
	static const struct synth_topology topology = { EACH_KIND(SYNTH_NO_PREF) };
	struct synth_host *host = boot(test, &topology);
	int i;

	expect_all_assigned(test, host);
	for (i = 0; i < 5; i++) {
		if (host->func[DEV - 1].fn->bar[i].size)
			expect_in(test, host, DEV, i, BRIDGE, PCI_BRIDGE_MEM_WINDOW);
	}
}

#define PORT(_slot, _under)	SYNTH_BRIDGE(_slot, 0, SYNTH_NO_IO), .under = _under

/*
 * Bug 220775: a switch whose windows can't be claimed, as something else is in
 * the middle of the outermost one.  Eight windows go into the gap that is left,
 * which begins at 8 MiB and has to hold an aligned 64 MiB.  Another switch, B,
 * is behind port A8 of switch A.
 */
static void bug_220775(struct kunit *test)
{
	enum { DEV1 = 1, DEV8, ROOT, A, A0, A4, A6, A7, A8, A12, A13, B, B4, B6, B7, B8, B12, B13 };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(M(192), SYNTH_LOW),
			 SYNTH_M64(SZ_1G, SYNTH_HIGH) },
		.reserved = { SYNTH_M32(SZ_4K, LOW(148)) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(SZ_8M, LOW(0)) },
			{ SYNTH_DEV(8, 0), .bar = { SYNTH_M32(SZ_1M, LOW(163)),
						    SYNTH_M32(SZ_4M, LOW(164)),
						    SYNTH_M32(SZ_2M, LOW(168)) } },
			{ PORT(2, 0), .mem = { M(98), LOW(64) } },
			{ PORT(0, ROOT), .mem = { M(98), LOW(64) } },
			{ PORT(0, A), .mem = { SZ_1M, LOW(161) } },
			{ PORT(4, A) },
			{ PORT(6, A), .mem = { SZ_1M, LOW(160) } },
			{ PORT(7, A), .mem = { M(3), LOW(154) } },
			{ PORT(8, A), .mem = { M(88), LOW(64) } },
			{ PORT(12, A), .mem = { SZ_1M, LOW(159) } },
			{ PORT(13, A), .mem = { SZ_1M, LOW(158) } },
			{ PORT(0, A8), .mem = { M(88), LOW(64) } },
			{ PORT(4, B), .mem = { M(10), LOW(136) } },
			{ PORT(6, B), .mem = { SZ_1M, LOW(151) } },
			{ PORT(7, B), .mem = { M(67), LOW(64) } },
			{ PORT(8, B), .mem = { SZ_1M, LOW(150) } },
			{ PORT(12, B), .mem = { SZ_1M, LOW(149) } },
			{ PORT(13, B), .mem = { M(2), LOW(147) } },
			{ SYNTH_DEV(0, 0), .under = A0, .bar[0] = SYNTH_M64(SZ_16K, LOW(161)) },
			{ SYNTH_DEV(0, 0), .under = A6, .bar = {
				[2] = SYNTH_M64(SZ_64K, LOW(160)),
				[4] = SYNTH_M64(SZ_16K, LOW(160) + SZ_64K) } },
			{ SYNTH_DEV(0, 0), .under = A7, .bar = {
				[0] = SYNTH_M64(SZ_2M, LOW(154)),
				[2] = SYNTH_M64(SZ_32K, LOW(156)) } },
			{ SYNTH_DEV(0, 0), .under = A12, .bar[0] = SYNTH_M64(SZ_32K, LOW(159)) },
			{ SYNTH_DEV(0, 0), .under = A13, .bar = {
				[5] = SYNTH_M32(SZ_1K, LOW(158) + SZ_512K),
				[6] = SYNTH_ROM(SZ_512K, LOW(158)) } },
			{ SYNTH_DEV(0, 0), .under = B4, .bar = {
				[0] = SYNTH_M64(SZ_1M, LOW(145)),
				[2] = SYNTH_P64(SZ_8M, LOW(136)),
				[6] = SYNTH_ROM(SZ_1M, LOW(144)) } },
			{ SYNTH_DEV(0, 0), .under = B6, .bar[5] = SYNTH_M32(SZ_512, LOW(151)) },
			{ SYNTH_DEV(0, 0), .under = B7, .bar = {
				[0] = SYNTH_M64(SZ_64K, LOW(130)),
				[2] = SYNTH_M64(SZ_2M, LOW(128)),
				[4] = SYNTH_M64(SZ_64M, LOW(64)) } },
			{ SYNTH_DEV(0, 0), .under = B8, .bar[0] = SYNTH_M64(SZ_16K, LOW(150)) },
			{ SYNTH_DEV(0, 0), .under = B12, .bar[0] = SYNTH_M64(SZ_32K, LOW(149)) },
			{ SYNTH_DEV(0, 0), .under = B13, .bar = {
				[5] = SYNTH_M32(SZ_1K, LOW(147) + SZ_512K),
				[6] = SYNTH_ROM(SZ_512K, LOW(147)) } },
		},
	};

	boot_all(test, &topology);
}

/* A graphics card with a switch on it, in the slot of a port */
enum { SLOT = 1, UP, DOWN };

#define SWITCH(_under)		SYNTH_BRIDGE(0, 0, SYNTH_NO_IO), .under = _under
#define CARD(_large, _small)						\
	SYNTH_DEV(0, 0), .under = DOWN, .bar = {			\
		[0] = SYNTH_P64(_large), [2] = SYNTH_P64(_small),	\
		[5] = SYNTH_M32(SZ_512K) }

/* Plug the card in while the kernel is running */
static void plug_card(struct kunit *test, struct synth_host *host)
{
	synth_host_remove(host, UP);
	synth_host_hot_add(host, SLOT);

	synth_case_check(test, host);
	expect_all_assigned(test, host);
}

/*
 * Bug 221205: the large BAR only fits at the end of the port's window, and the
 * small one before it.
 */
static void bug_221205(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW), SYNTH_P64(SZ_1G, SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG | SYNTH_NO_IO),
			  .mem = { SZ_16M, LOW(16) }, .pref = { M(258), HIGH(254) } },
			{ SWITCH(SLOT) }, { SWITCH(UP) }, { CARD(SZ_256M, SZ_2M) },
		},
	};
	struct synth_host *host = boot(test, &topology);

	expect_all_assigned(test, host);
	plug_card(test, host);
	EXPECT_ADDR(test, host, SLOT, PCI_BRIDGE_PREF_MEM_WINDOW, HIGH(254));
}

/*
 * Bug 221493, of the same family: a window that is too small for the card has
 * to grow beyond what is left of it to distribute.
 */
static void bug_221493(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW), SYNTH_P64(G(32), SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_HOTPLUG | SYNTH_NO_IO),
			  .mem = { SZ_16M, LOW(16) }, .pref = { M(448), HIGH(1024) } },
			{ SWITCH(SLOT) }, { SWITCH(UP) }, { CARD(G(8), SZ_32M) },
		},
	};

	plug_card(test, boot(test, &topology));
}

/* Two chips, each behind a port of one switch: 4 GiB and 2 MiB each */
enum { TOP = 1, PORT1, PORT2, PORT3 };

#define CHIP(_slot)							\
	{ SYNTH_BRIDGE(_slot, 0), .under = TOP }
#define CHIP_BARS(_port)						\
	{ SYNTH_DEV(0, 0), .under = _port, .bar = {			\
		[0] = SYNTH_P64(G(4)), [2] = SYNTH_P64(SZ_2M) } }

/*
 * A window that is larger than its alignment leaves a gap before the next one of
 * that alignment.  The window above has to have room for that, too, and no more.
 */
static void two_siblings(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW), SYNTH_P64(G(12), SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			CHIP(1), CHIP(2), CHIP_BARS(PORT1), CHIP_BARS(PORT2),
		},
	};

	boot_all(test, &topology);
}

static void three_siblings(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW), SYNTH_P64(G(16) + SZ_2M, SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			CHIP(1), CHIP(2), CHIP(3),
			CHIP_BARS(PORT1), CHIP_BARS(PORT2), CHIP_BARS(PORT3),
		},
	};

	boot_all(test, &topology);
}

/* If the excess of one fills the gap that the other leaves, both just fit */
static void siblings_without_gap(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW), SYNTH_P64(G(12), SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			CHIP(1), CHIP(2),
			{ SYNTH_DEV(0, 0), .under = PORT1, .bar = {
				[0] = SYNTH_P64(G(4)), [2] = SYNTH_P64(G(2)) } },
			{ SYNTH_DEV(0, 0), .under = PORT2, .bar = {
				[0] = SYNTH_P64(G(4)), [2] = SYNTH_P64(G(2)) } },
		},
	};

	boot_all(test, &topology);
}

/* ... but not if nothing follows that needs it: this just fits */
static void no_gap_behind_the_last(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_64M, SYNTH_LOW),
			 SYNTH_P64(G(4) + SZ_4M, SYNTH_HIGH) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0) },
			CHIP(1), { SYNTH_BRIDGE(2, 0), .under = TOP },
			CHIP_BARS(PORT1),
			{ SYNTH_DEV(0, 0), .under = PORT2, .bar[0] = SYNTH_P64(SZ_2M) },
		},
	};

	boot_all(test, &topology);
}

static struct kunit_case pci_core_cases[] = {
	KUNIT_CASE(claims),
	KUNIT_CASE(assigns_the_rest),
	KUNIT_CASE(moves_what_clashes),
	KUNIT_CASE(dead_bridge),
	KUNIT_CASE(sizes_bridges),
	KUNIT_CASE(unused_windows),
	KUNIT_CASE(wide_window),
	KUNIT_CASE(narrow_window),
	KUNIT_CASE(no_prefetchable_window),
	KUNIT_CASE(bug_220775),
	KUNIT_CASE(bug_221205),
	KUNIT_CASE(bug_221493),
	KUNIT_CASE(two_siblings),
	KUNIT_CASE(three_siblings),
	KUNIT_CASE(siblings_without_gap),
	KUNIT_CASE(no_gap_behind_the_last),
	{}
};

static struct kunit_suite pci_core_suite = {
	.name = "pci_core",
	.test_cases = pci_core_cases,
};

kunit_test_init_section_suite(pci_core_suite);

MODULE_DESCRIPTION("Test of how the PCI core assigns resources");
MODULE_LICENSE("GPL");
