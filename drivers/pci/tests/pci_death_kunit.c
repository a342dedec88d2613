// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that die at any access to config space
 *
 * While the kernel does something, a function and everything behind it start to
 * read as all-ones at some access.  Then nothing may hang, nothing else may be
 * lost or moved because of it, and nothing may be left half done.  Some come
 * back after a few accesses as something else, and in the end all come back.
 *
 *	pci_death_kunit.step=1
 */

#include <kunit/test.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-fault.h"
#include "synth-pages.h"
#include "synth-race.h"

static unsigned int step;
module_param(step, uint, 0444);
MODULE_PARM_DESC(step, "Let it die at every Nth access; 0 for a few of them");

#define FEW		5	/* accesses, if step is 0 */
#define BACK		5	/* accesses after which some are back */

/**
 * struct death - how something dies
 * @host: the host
 * @topology: what is in it
 * @act: what the kernel does when it dies
 * @row: the function it does that to
 * @flags: SYNTH_ON or 0
 * @victim: row of the function that dies, 0 for none
 * @at: access to config space at which it dies, 0 for never
 * @back: it comes back soon
 * @accesses: number of accesses so far
 * @normal: number of accesses if nothing dies
 * @other: what comes back in place of the victim
 * @before: what the topology was like before
 * @after: what it is like afterwards if nothing dies
 * @state: what it is like
 * @verdict: what is wrong
 * @loglevel: for quiet_end()
 */
struct death {
	struct synth_host *host;
	const struct synth_topology *topology;
	const struct synth_act *act;
	unsigned int row;
	u16 flags;
	unsigned int victim;
	unsigned int at;
	bool back;
	unsigned int accesses;
	unsigned int normal;
	struct synth_fn other;
	struct synth_state before, after, state;
	struct synth_verdict verdict;
	int loglevel;
};

static const struct synth_bar other_bars[] = { SYNTH_M64(64), {}, SYNTH_M32(SZ_64K) };

/* Of the same kind, with other BARs */
static void make_other(struct death *d)
{
	int i;

	d->other = d->topology->fn[d->victim - 1];
	for (i = 0; i <= PCI_ROM_RESOURCE; i++)
		d->other.bar[i].addr = 0;
	if (d->other.flags & SYNTH_TYPE1)
		return;

	d->other.rebar = 0;
	memcpy(d->other.bar, other_bars, sizeof(other_bars));
}

static void at_access(struct synth_host *host)
{
	struct death *d = host->hook_data;

	d->accesses++;
	if (!d->at)
		return;

	if (d->accesses == d->at)
		synth_fault_kill(host, d->victim);
	else if (d->back && d->accesses == d->at + BACK)
		synth_fault_replace(host, d->victim, &d->other);
}

static void run(struct death *d)
{
	struct synth_host *host = d->host;
	bool boots = d->act->flags & ACT_BOOT;

	synth_host_off(host);
	d->verdict.kind = NULL;
	host->topology = d->topology;
	host->flags = d->flags;
	if (!boots)
		synth_host_boot(host, d->topology, d->flags);
	if (!boots && !d->at)
		synth_state_take(host, &d->before);

	d->accesses = 0;
	host->hook_data = d;
	host->hook = at_access;
	synth_watch_begin("%s of row %u, row %u dies at access %u", d->act->name, d->row,
			  d->victim, d->at);
	d->act->run(host, d->row, &d->verdict);
	synth_watch_end();
	host->hook = NULL;
}

/* What was there @before, NULL at boot, may stay where it shares a page */
static void check(struct death *d, const struct synth_state *before, u64 renewed)
{
	synth_check_host(d->host, &d->verdict);
	synth_check_owners(d->host, &d->verdict);
	if (d->flags & SYNTH_ON)
		synth_check_pages(d->host, before, 0, renewed, &d->verdict);
}

static const struct synth_state *before_act(const struct death *d)
{
	return d->act->flags & ACT_BOOT ? NULL : &d->before;
}

/* As a BAR of a function that was dead while it was sized */
static bool wants_too_much(const struct death *d)
{
	return synth_host_log(d->host, "[mem size", "failed to assign");
}

/* Is a resource where it was, or where it would be if nothing had died? */
static void check_other(struct death *d, unsigned int row, int i)
{
	const struct synth_res_state *before = &d->before.fn[row - 1].res[i];
	const struct synth_res_state *after = &d->after.fn[row - 1].res[i];
	const struct synth_res_state *now = &d->state.fn[row - 1].res[i];
	bool had = before->assigned || d->act->flags & ACT_BOOT;

	/* When a required resource fails, the core drops optional ones */
	if (i == PCI_ROM_RESOURCE && wants_too_much(d))
		return;

	if (had && after->assigned && !now->assigned)
		synth_wrong(&d->verdict, "lost", "row %u: resource %d was at %#llx",
			    row, i, before->addr);
	else if (before->assigned && now->assigned && now->addr != before->addr &&
		 now->addr != after->addr)
		synth_wrong(&d->verdict, "disturbed",
			    "row %u: resource %d moved from %#llx to %#llx",
			    row, i, before->addr, now->addr);
}

static void check_others(struct death *d)
{
	unsigned int row;
	int i;

	synth_state_take(d->host, &d->state);
	for (row = 1; row <= d->host->nr; row++) {
		if (d->host->func[row - 1].faulty)
			continue;

		for (i = 0; i <= PCI_ROM_RESOURCE; i++)
			check_other(d, row, i);
		if (d->state.fn[row - 1].cmd != d->after.fn[row - 1].cmd &&
		    d->state.fn[row - 1].cmd != d->before.fn[row - 1].cmd)
			synth_wrong(&d->verdict, "command", "row %u: %#x", row,
				    d->state.fn[row - 1].cmd);
	}
}

static void fail(struct kunit *test, struct death *d, const char *when)
{
	quiet_end(d->loglevel);
	KUNIT_FAIL(test, "%s: row %u dies at access %u of %s of row %u%s%s: %s: %s\n",
		   d->flags & SYNTH_ON ? "On" : "Off", d->victim, d->at,
		   d->act->name, d->row, d->back ? ", another replaces it" : "",
		   when, d->verdict.kind, d->verdict.text);
	d->loglevel = quiet_begin();
}

static bool dies(struct kunit *test, struct death *d)
{
	make_other(d);
	run(d);
	if (d->accesses > SYNTH_MAX_ACCESSES(d->normal))
		synth_wrong(&d->verdict, "loop", "%u accesses, usually %u",
			    d->accesses, d->normal);
	check(d, before_act(d), 0);
	check_others(d);
	if (d->verdict.kind) {
		fail(test, d, "");
		return false;
	}

	if (!synth_fault_can_revive(d->host, d->victim))
		return true;

	synth_fault_revive(d->host, d->victim);
	check(d, &d->state, BIT_ULL(d->victim));
	if (d->verdict.kind)
		fail(test, d, ", and is back");

	return !d->verdict.kind;
}

/* One failure of each kind is enough to read */
static unsigned int try_victim(struct kunit *test, struct death *d)
{
	unsigned int by = step ?: d->normal / FEW + 1, tried = 0;
	int back;

	for (back = 0; back < 2; back++) {
		d->back = back;
		for (d->at = 1 + d->victim % by; d->at <= d->normal; d->at += by) {
			tried++;
			if (!dies(test, d))
				break;
		}
	}

	return tried;
}

static unsigned int try_row(struct kunit *test, struct death *d, unsigned int row)
{
	unsigned int tried = 0;

	d->row = row;
	d->at = 0;
	run(d);
	check(d, before_act(d), 0);
	synth_state_take(d->host, &d->after);
	d->normal = d->accesses;
	if (d->verdict.kind) {
		fail(test, d, "");
		return 0;
	}

	for (d->victim = 1; d->victim <= d->host->nr; d->victim++)
		tried += try_victim(test, d);
	d->victim = 0;

	return tried;
}

static unsigned int try_topology(struct kunit *test, struct death *d)
{
	unsigned int tried = 0;

	d->loglevel = quiet_begin();
	for (d->flags = 0; ; d->flags = SYNTH_ON) {
		tried += try_row(test, d, 2);
		if (d->act->flags & ACT_DEV)
			tried += try_row(test, d, 6);
		if (d->flags)
			break;
	}
	quiet_end(d->loglevel);

	return tried;
}

static void run_death(struct kunit *test, const struct synth_topology *topology)
{
	struct death *d = kunit_kzalloc(test, sizeof(*d), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, d);
	d->host = synth_host_new(test);
	d->topology = topology;
	d->act = test->param_value;
	kunit_info(test, "in the middle of %s\n", d->act->name);
	kunit_info(test, "%u deaths in %s\n", try_topology(test, d), d->act->name);
}

static void pci_death(struct kunit *test)
{
	run_death(test, &synth_acts_topology);
}

/* ... with no free room to move to */
static void pci_death_no_room(struct kunit *test)
{
	run_death(test, &synth_acts_full);
}

static int suite_init(struct kunit_suite *suite)
{
	return synth_acts_begin();
}

static void suite_exit(struct kunit_suite *suite)
{
	synth_acts_end();
}

static struct kunit_case pci_death_cases[] = {
	KUNIT_CASE_PARAM(pci_death, synth_acts_next),
	KUNIT_CASE_PARAM(pci_death_no_room, synth_acts_next),
	{}
};

static struct kunit_suite pci_death_suite = {
	.name = "pci_death",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.test_cases = pci_death_cases,
};

kunit_test_init_section_suite(pci_death_suite);

MODULE_DESCRIPTION("Test of PCI functions that die");
MODULE_LICENSE("GPL");
