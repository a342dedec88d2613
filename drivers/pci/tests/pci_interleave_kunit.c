// SPDX-License-Identifier: GPL-2.0
/*
 * Interleavings: each act of the kernel in the middle of every other one
 *
 * At each access to config space that the first act makes, and at the next lock
 * that it takes, the second one runs, as far as its locks allow.  In any order,
 * what is true of any topology must be true afterwards, and what is there after
 * both sequential orders must be there.
 *
 *	pci_interleave_kunit.step=1
 */

#include <kunit/test.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-pages.h"
#include "synth-race.h"

static unsigned int step;
module_param(step, uint, 0444);
MODULE_PARM_DESC(step, "Try every Nth access; 0 for some, with a prime step");

#define STEP		(step ?: 7)

/* Functions that two acts happen to */
static const unsigned int rows[][2] = { { 2, 2 }, { 2, 6 }, { 6, 2 }, { 6, 6 } };

/**
 * struct pair - two acts, and what becomes of the topology
 * @race: how they are being tried
 * @flags: SYNTH_ON or 0
 * @topology: what is on the host
 * @before: what the topology is like before
 * @ab: what becomes of it if the second act comes after the first one
 * @ba: what becomes of it if the second act comes before
 * @state: what becomes of it otherwise
 * @tried: how often they were done at once
 * @excluded: at how many accesses they exclude each other
 * @known: how often stock gets it wrong
 * @in_turn: they are being done one after the other
 * @loglevel: for quiet_end()
 */
struct pair {
	struct synth_race race;
	u16 flags;
	struct synth_topology topology;
	struct synth_state before, ab, ba, state;
	unsigned int tried;
	unsigned int excluded;
	unsigned int known;
	bool in_turn;
	int loglevel;
};

static void act(struct pair *pair, int i)
{
	struct synth_race *race = &pair->race;

	race->act[i]->run(race->host, race->row[i], &race->verdict);
}

static bool boots(const struct pair *pair)
{
	return pair->race.act[0]->flags & ACT_BOOT;
}

/* Boot, unless that is what the first act does */
static void turn_on(struct pair *pair)
{
	struct synth_host *host = pair->race.host;

	synth_host_off(host);
	if (boots(pair)) {
		host->topology = &pair->topology;
		host->flags = pair->flags;
	} else {
		synth_host_boot(host, &pair->topology, pair->flags);
		synth_state_take(host, &pair->before);
	}
}

/* Is there, or assigned, after both acts, in whatever order? */
static void check_lost(struct pair *pair)
{
	struct synth_verdict *verdict = &pair->race.verdict;
	unsigned int row;
	int i;

	for (row = 1; row <= pair->race.host->nr; row++) {
		const struct synth_fn_state *ab = &pair->ab.fn[row - 1];
		const struct synth_fn_state *ba = &pair->ba.fn[row - 1];
		const struct synth_fn_state *fn = &pair->state.fn[row - 1];

		if (ab->present == ba->present && fn->present != ab->present)
			synth_wrong(verdict, "lost", "row %u", row);

		for (i = 0; i < SYNTH_NR_RES && fn->present; i++) {
			if (ab->res[i].assigned && ba->res[i].assigned &&
			    !fn->res[i].assigned)
				synth_wrong(verdict, "lost", "row %u: resource %d", row, i);
		}
	}
}

static void check(struct pair *pair)
{
	struct synth_host *host = pair->race.host;

	synth_check_host(host, &pair->race.verdict);
	synth_check_owners(host, &pair->race.verdict);
	if (host->flags & SYNTH_ON)
		synth_check_pages(host, boots(pair) ? NULL : &pair->before, 0, 0,
				  &pair->race.verdict);
}

static void in_turn(struct pair *pair, int first, struct synth_state *state)
{
	turn_on(pair);
	act(pair, first);
	act(pair, !first);
	check(pair);
	synth_state_take(pair->race.host, state);
}

static void fail(struct kunit *test, struct pair *pair)
{
	const struct synth_race *race = &pair->race;

	quiet_end(pair->loglevel);
	KUNIT_FAIL(test, "%s: %s of row %u %s %u of %s of row %u: %s: %s\n",
		   pair->flags & SYNTH_ON ? "On" : "Off", race->act[1]->name,
		   race->row[1], pair->in_turn ? "before or after all" :
		   race->at_lock ? "at the lock after access" : "at access",
		   race->at, race->act[0]->name, race->row[0],
		   race->verdict.kind, race->verdict.text);
	pair->loglevel = quiet_begin();
}

/* Try them at once; returns where to go on, 0 if the first act ends before */
static unsigned int try_at(struct kunit *test, struct pair *pair, unsigned int at)
{
	struct synth_race *race = &pair->race;
	unsigned int next = at + 1;

	turn_on(pair);
	race->accesses = 0;
	race->others = 0;
	race->ended_at = 0;
	race->began = false;
	race->done = false;
	race->waits = false;
	race->verdict.kind = NULL;
	race->at = at;
	synth_watch_begin("%s of row %u at %u of %s of row %u", race->act[1]->name,
			  race->row[1], at, race->act[0]->name, race->row[0]);
	if (synth_race(race))
		KUNIT_FAIL(test, "out of memory\n");
	synth_watch_end();
	if (!race->began)
		return 0;

	check(pair);
	synth_state_take(race->host, &pair->state);
	if (!boots(pair))
		check_lost(pair);
	if (race->verdict.kind && !synth_known(race, race->verdict.kind)) {
		fail(test, pair);
		return 0;
	}

	pair->tried++;
	pair->known += !!race->verdict.kind;
	/* As long as the lock is held, it would have to wait for it again */
	if (race->waits && !race->others) {
		next = race->ended_at ? race->ended_at + 1 : race->accesses + 1;
		pair->excluded += next - at;
	}

	return next;
}

static void try_all(struct kunit *test, struct pair *pair)
{
	unsigned int at, next;

	for (at = pair->race.at_lock ? 0 : 1; ; at = max(next, at + STEP)) {
		next = try_at(test, pair, at);
		if (!next)
			break;
	}
}

static void try_pair(struct kunit *test, struct pair *pair)
{
	struct synth_race *race = &pair->race;

	race->verdict.kind = NULL;
	pair->in_turn = true;
	if (!boots(pair)) {
		in_turn(pair, 0, &pair->ab);
		in_turn(pair, 1, &pair->ba);
		if (race->verdict.kind) {
			fail(test, pair);
			return;
		}
	}

	pair->in_turn = false;
	for (int i = 0; i < 2; i++) {
		race->at_lock = i;
		try_all(test, pair);
	}
}

static void try_rows(struct kunit *test, struct pair *pair)
{
	const struct synth_act *const *act = pair->race.act;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		/* Only acts on devices depend on the row */
		if ((!(act[0]->flags & ACT_DEV) && rows[i][0] != 2) ||
		    (!(act[1]->flags & ACT_DEV) && rows[i][1] != 2))
			continue;

		pair->race.row[0] = rows[i][0];
		pair->race.row[1] = rows[i][1];
		if (synth_known(&pair->race, NULL)) {
			pair->known++;
			continue;
		}
		for (pair->flags = 0; ; pair->flags = SYNTH_ON) {
			try_pair(test, pair);
			if (pair->flags)
				break;
		}
	}
}

static void pci_interleave(struct kunit *test)
{
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	const struct synth_act *first = test->param_value;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pair);
	if (!SYNTH_LOCKLESS)
		kunit_skip(test, "config accesses hold a lock, under which nothing else can run");

	pair->race.test = test;
	pair->race.host = synth_host_new(test);
	pair->race.act[0] = first;
	pair->topology = synth_acts_topology;
	/* What firmware left is claimed before anything else runs */
	if (boots(pair))
		pair->topology.flags &= ~SYNTH_SURVEY;
	kunit_info(test, "in the middle of %s\n", first->name);

	for (i = 0; i < synth_nr_acts; i++) {
		/* It is booted once */
		if (synth_acts[i].flags & ACT_BOOT)
			continue;

		pair->race.act[1] = &synth_acts[i];
		pair->tried = 0;
		pair->excluded = 0;
		pair->known = 0;
		pair->loglevel = quiet_begin();
		try_rows(test, pair);
		quiet_end(pair->loglevel);
		kunit_info(test, "%s in the middle of %s: tried %u times, %u wrong in stock, excluded at %u accesses\n",
			   synth_acts[i].name, first->name, pair->tried, pair->known,
			   pair->excluded);
	}
}

static int suite_init(struct kunit_suite *suite)
{
	return synth_acts_begin();
}

static void suite_exit(struct kunit_suite *suite)
{
	synth_acts_end();
}

static struct kunit_case pci_interleave_cases[] = {
	KUNIT_CASE_PARAM(pci_interleave, synth_acts_next),
	{}
};

static struct kunit_suite pci_interleave_suite = {
	.name = "pci_interleave",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.test_cases = pci_interleave_cases,
};

kunit_test_init_section_suite(pci_interleave_suite);

MODULE_DESCRIPTION("Test of what the PCI core does in the middle of something else");
MODULE_LICENSE("GPL");
