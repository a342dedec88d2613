// SPDX-License-Identifier: GPL-2.0
/*
 * Property test of functions that die
 *
 * While a random topology boots, or something happens to it, a random function
 * and everything behind it start to read as all-ones at a random access to
 * config space.  Then it is removed, and what was there before is plugged in
 * again.
 *
 *	pci_death_random_kunit.count=100000 pci_death_random_kunit.seed=1
 */

#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/random.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-fault.h"
#include "synth-pages.h"
#include "synth-race.h"
#include "synth-random.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "First seed; 0 for a random one");

static unsigned int count = 300;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "How many topologies to try");

#define DEATHS		3	/* in each topology */

/**
 * struct deaths - the test while it runs
 * @host: the host
 * @trial: the topology, and what happens to it
 * @number: seed that it was drawn with
 * @flags: SYNTH_ON or 0
 * @victim: row of the function that dies
 * @at: access to config space at which it dies, 0 for never
 * @accesses: number of accesses so far
 * @normal: number of accesses if nothing dies
 * @usual: what becomes of the topology then
 * @booted: what became of it at boot
 * @state: and afterwards
 * @verdict: what is wrong
 */
struct deaths {
	struct synth_host *host;
	struct synth_trial *trial;
	u32 number;
	u16 flags;
	unsigned int victim;
	unsigned int at;
	unsigned int accesses;
	unsigned int normal;
	struct synth_state usual;
	struct synth_state booted;
	struct synth_state state;
	struct synth_verdict verdict;
};

static void at_access(struct synth_host *host)
{
	struct deaths *d = host->hook_data;

	if (++d->accesses == d->at)
		synth_fault_kill(host, d->victim);
}

static void check(struct deaths *d, const struct synth_state *before, u64 touched,
		  u64 renewed)
{
	synth_check_host(d->host, &d->verdict);
	synth_check_owners(d->host, &d->verdict);
	if (d->flags & SYNTH_ON)
		synth_check_pages(d->host, before, touched, renewed, &d->verdict);
}

static void run(struct deaths *d)
{
	u64 touched = synth_trial_touched(d->trial);
	enum synth_op op = d->trial->op;

	d->accesses = 0;
	d->host->hook_data = d;
	d->host->hook = at_access;
	synth_watch_begin("seed %u: row %u dies at access %u", d->number, d->victim, d->at);
	if (synth_host_boot(d->host, &d->trial->topology, d->flags))
		synth_wrong(&d->verdict, "boot", "it does not");
	check(d, NULL, 0, 0);
	synth_state_take(d->host, &d->booted);
	synth_trial_run(d->host, d->trial, &d->verdict);
	synth_watch_end();
	d->host->hook = NULL;

	check(d, &d->booted, op == SYNTH_OP_RESIZE ? 0 : touched,
	      op == SYNTH_OP_RESCAN ? touched : 0);
}

/*
 * All-ones make stock warn: VFs look enabled, and so does an IOAPIC that
 * firmware left disabled: what was sized for it is not assigned
 */
static bool stock_warns(const struct synth_host *host, unsigned int victim)
{
	u64 rows = synth_fault_rows(host, victim);
	unsigned int row;

	for (row = victim; row <= host->nr; row++) {
		const struct synth_fn *fn = host->func[row - 1].fn;

		if (rows & BIT_ULL(row) &&
		    (fn->nr_vfs || (fn->class == PCI_CLASS_SYSTEM_PIC && !synth_fn_cmd(fn))))
			return true;
	}

	return false;
}

/* Without function 0 the others are lost, and other bridges get their buses */
static bool hides_bridge(const struct synth_topology *topology, unsigned int victim)
{
	const struct synth_fn *fn = &topology->fn[victim - 1];
	unsigned int i;

	for (i = 0; i < SYNTH_MAX_FN && !PCI_FUNC(fn->devfn); i++) {
		const struct synth_fn *other = &topology->fn[i];

		if (other != fn && other->flags & SYNTH_TYPE1 && other->under == fn->under &&
		    PCI_SLOT(other->devfn) == PCI_SLOT(fn->devfn))
			return true;
	}

	return false;
}

/* If a bridge was not found, others may have its bus numbers */
static bool found_all_bridges(const struct deaths *d)
{
	unsigned int row;

	for (row = 1; row <= d->host->nr; row++) {
		if (d->trial->topology.fn[row - 1].flags & SYNTH_TYPE1 &&
		    d->usual.fn[row - 1].present && !d->state.fn[row - 1].present)
			return false;
	}

	return true;
}

static void die(struct deaths *d, struct rnd_state *rnd)
{
	d->victim = synth_below(rnd, d->host->nr) + 1;
	d->at = synth_below(rnd, d->normal) + 1;
	if (stock_warns(d->host, d->victim) ||
	    hides_bridge(&d->trial->topology, d->victim))
		return;

	run(d);
	if (d->accesses > SYNTH_MAX_ACCESSES(d->normal))
		synth_wrong(&d->verdict, "loop", "%u accesses, usually %u", d->accesses,
			    d->normal);
	synth_state_take(d->host, &d->state);
	if (d->verdict.kind || !found_all_bridges(d) ||
	    !synth_fault_can_revive(d->host, d->victim))
		return;

	synth_fault_revive(d->host, d->victim);
	check(d, &d->state, 0, BIT_ULL(d->victim));
}

static void try_topology(struct deaths *d, u16 flags, struct rnd_state *rnd)
{
	int i, loglevel = quiet_begin();

	d->flags = flags;
	d->at = 0;
	run(d);
	d->normal = d->accesses;
	synth_state_take(d->host, &d->usual);
	synth_host_off(d->host);

	for (i = 0; i < DEATHS && !d->verdict.kind; i++) {
		die(d, rnd);
		synth_host_off(d->host);
	}
	quiet_end(loglevel);
}

static void pci_die_random(struct kunit *test)
{
	struct deaths *d = kunit_kzalloc(test, sizeof(*d), GFP_KERNEL);
	unsigned int i, first = seed ?: get_random_u32() >> 1;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, d);
	d->trial = kunit_kzalloc(test, sizeof(*d->trial), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, d->trial);
	d->host = synth_host_new(test);
	kunit_info(test, "seed %u, %u topologies\n", first, count);

	for (i = 0; i < count && !d->verdict.kind; i++) {
		d->number = first + i;
		synth_random(d->trial, d->number);
		prandom_seed_state(&rnd, d->number);
		try_topology(d, 0, &rnd);
		if (!d->verdict.kind)
			try_topology(d, SYNTH_ON, &rnd);
		cond_resched();
	}

	if (d->verdict.kind) {
		synth_print(test, d->trial);
		KUNIT_FAIL(test, "seed %u: %s: row %u dies at access %u: %s: %s\n", d->number,
			   d->flags & SYNTH_ON ? "On" : "Off", d->victim, d->at,
			   d->verdict.kind, d->verdict.text);
	}
}

static struct kunit_case pci_death_random_cases[] = {
	KUNIT_CASE_SLOW(pci_die_random),
	{}
};

static struct kunit_suite pci_death_random_suite = {
	.name = "pci_death_random",
	.test_cases = pci_death_random_cases,
};

kunit_test_init_section_suite(pci_death_random_suite);

MODULE_DESCRIPTION("Property test of PCI functions that die");
MODULE_LICENSE("GPL");
