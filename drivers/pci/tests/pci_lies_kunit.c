// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that lie
 *
 * Whatever a function does with what is written to it, the kernel must not lose
 * another one because of it.  On, small BARs still get their pages, or a
 * warning says why not, and nothing is lost that is there Off.
 */

#include <kunit/test.h>
#include <linux/pci.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-fault.h"
#include "synth-pages.h"
#include "synth-race.h"

#define WIN		(SYNTH_LOW + SZ_4M)
#define PREF		(SYNTH_HIGH + SZ_4M)

/* A liar on the root bus, one behind a bridge, and each beside honest ones */
static const struct synth_topology topology = {
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), SYNTH_P64(SZ_16M, SYNTH_HIGH) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0), .mem = { SZ_2M, WIN }, .pref = { SZ_1M, PREF } },
		{ SYNTH_DEV(1, 0), .under = 1,
		  .bar = { SYNTH_M32(256, WIN), SYNTH_M32(SZ_64K, WIN + SZ_64K),
			   SYNTH_P64(64, PREF) },
		  .bar[PCI_ROM_RESOURCE] = SYNTH_ROM(SZ_2K, WIN + 0x800) },
		{ SYNTH_DEV(2, 0), .under = 1,
		  .bar = { SYNTH_M32(256, WIN + 256), {}, SYNTH_P64(128, PREF + 128) } },
		{ SYNTH_DEV(2, 0),
		  .bar = { SYNTH_M32(256, PAGE(0)), SYNTH_M32(16, PAGE(0) + 256) },
		  .bar[PCI_ROM_RESOURCE] = SYNTH_ROM(SZ_2K, PAGE(2)) },
		{ SYNTH_DEV(3, 0),
		  .bar = { SYNTH_M32(256, PAGE(0) + 512), SYNTH_M32(SZ_64K, SYNTH_LOW + SZ_64K) } },
		{ SYNTH_DEV(4, 0, SYNTH_ABSENT), .bar = { SYNTH_M32(256), SYNTH_M64(16) } },
	},
};

/* Who lies */
static const unsigned int rows[] = { 1, 2, 4 };

/* As on x86, with pci=realloc, or all is assigned afresh */
static const u16 flags[] = { SYNTH_SURVEY, SYNTH_SURVEY | SYNTH_REALLOC, 0 };

/**
 * struct lie - a lie
 * @name: for messages
 * @mask: SYNTH_LIE_SIZE or another
 * @doubles: BAR 0 is where BAR 0 of another function is
 */
struct lie {
	const char *name;
	u8 mask;
	bool doubles;
};

static const struct lie lies[] = {
	{ "none" },
	{ "other_size", SYNTH_LIE_SIZE },
	{ "readonly_windows", SYNTH_LIE_READONLY },
	{ "only_32_bits", SYNTH_LIE_32 },
	{ "always_decodes", SYNTH_LIE_DECODE_ON },
	{ "never_decodes", SYNTH_LIE_DECODE_OFF },
	{ "rom_is_on", SYNTH_LIE_ROM },
	{ "endless_capabilities", SYNTH_LIE_LOOP },
	{ "anothers_address", .doubles = true },
};

/**
 * struct liar - how something lies
 * @host: the host
 * @topology: with the liar
 * @act: what the kernel does after boot, before it removes and rescans the liar
 * @row: of the liar
 * @off: what becomes of the topology Off: booted, after @act, found again
 * @on: likewise, On
 * @verdict: what is wrong
 * @loglevel: for quiet_end()
 */
struct liar {
	struct synth_host *host;
	struct synth_topology topology;
	const struct synth_act *act;
	unsigned int row;
	struct synth_state off[3], on[3];
	struct synth_verdict verdict;
	int loglevel;
};

static void make_liar(struct liar *l, const struct lie *lie, u16 flags)
{
	struct synth_fn *fn;

	l->topology = topology;
	l->topology.flags = flags;
	fn = &l->topology.fn[l->row - 1];
	fn->lies = lie->mask;
	if (lie->doubles && !(fn->flags & SYNTH_TYPE1))
		fn->bar[0].addr = l->topology.fn[l->row].bar[0].addr;
}

static void check(struct liar *l, const struct synth_state *before, u64 touched,
		  u64 renewed, struct synth_state *state)
{
	synth_check_host(l->host, &l->verdict);
	synth_check_owners(l->host, &l->verdict);
	if (l->host->flags & SYNTH_ON)
		synth_check_pages(l->host, before, touched, renewed, &l->verdict);
	synth_state_take(l->host, state);
}

/* The liar and what is behind it, see topology */
static u64 touched(const struct liar *l)
{
	return l->row == 1 ? 0xe : BIT_ULL(l->row);
}

static void run(struct liar *l, u16 flags, struct synth_state *state)
{
	int ret = synth_host_boot(l->host, &l->topology, flags);

	if (ret)
		synth_wrong(&l->verdict, "boot", "error %d", ret);
	check(l, NULL, 0, 0, &state[0]);

	l->act->run(l->host, l->row, &l->verdict);
	check(l, &state[0], touched(l), 0, &state[1]);

	synth_host_remove(l->host, l->row);
	synth_host_rescan(l->host);
	check(l, &state[1], touched(l), touched(l), &state[2]);
}

static void compare(struct liar *l)
{
	synth_check_disturbed(l->host, &l->off[0], &l->on[0], &l->verdict);
	synth_check_lost(l->host, &l->off[0], &l->on[0], NULL, &l->verdict);
	synth_check_later(l->host, l->off, l->on, touched(l), &l->verdict);
	synth_check_lost(l->host, &l->off[1], &l->on[1], &l->on[0], &l->verdict);
	synth_check_later(l->host, l->off + 1, l->on + 1, touched(l), &l->verdict);
	synth_check_lost(l->host, &l->off[2], &l->on[2], &l->on[1], &l->verdict);
}

static void fail(struct kunit *test, struct liar *l)
{
	quiet_end(l->loglevel);
	KUNIT_FAIL(test, "%s: row %u, flags %#x, %s: %s: %s\n",
		   l->host->flags & SYNTH_ON ? "On" : "Off", l->row, l->topology.flags,
		   l->act->name, l->verdict.kind, l->verdict.text);
	l->loglevel = quiet_begin();
}

static void try(struct kunit *test, struct liar *l)
{
	l->verdict.kind = NULL;
	synth_watch_begin("row %u lies, %s", l->row, l->act->name);
	run(l, 0, l->off);
	if (!l->verdict.kind) {
		synth_host_off(l->host);
		run(l, SYNTH_ON, l->on);
	}
	if (!l->verdict.kind)
		compare(l);
	if (l->verdict.kind)
		fail(test, l);
	synth_host_off(l->host);
	synth_watch_end();
}

static void pci_lies(struct kunit *test)
{
	struct liar *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	const struct lie *lie = test->param_value;
	int i, j, k;

	KUNIT_ASSERT_NOT_NULL(test, l);
	l->host = synth_host_new(test);

	/* With an unfinished line, quiet_begin() would time out */
	kunit_info(test, "%s\n", lie->name);
	l->loglevel = quiet_begin();
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			l->row = rows[i];
			make_liar(l, lie, flags[j]);
			for (k = 0; k < synth_nr_acts; k++) {
				l->act = &synth_acts[k];
				if (!(l->act->flags & ACT_BOOT))
					try(test, l);
			}
		}
	}
	quiet_end(l->loglevel);
}

static void describe(const struct lie *lie, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%s", lie->name);
}

KUNIT_ARRAY_PARAM(lie, lies, describe);

static int suite_init(struct kunit_suite *suite)
{
	return synth_acts_begin();
}

static void suite_exit(struct kunit_suite *suite)
{
	synth_acts_end();
}

static struct kunit_case pci_lies_cases[] = {
	KUNIT_CASE_PARAM(pci_lies, lie_gen_params),
	{}
};

static struct kunit_suite pci_lies_suite = {
	.name = "pci_lies",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.test_cases = pci_lies_cases,
};

kunit_test_init_section_suite(pci_lies_suite);

MODULE_DESCRIPTION("Test of PCI functions that lie");
MODULE_LICENSE("GPL");
