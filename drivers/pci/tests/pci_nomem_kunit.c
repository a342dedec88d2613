// SPDX-License-Identifier: GPL-2.0
/*
 * No memory for any one allocation
 *
 * Each allocation that the kernel makes while it does something fails once.
 * Then nothing may be left half done, and nothing else may be lost.
 *
 * Not while devices are added, or resources sorted to be assigned: stock goes
 * on if device_add() fails to register something, and pdev_sort_resources()
 * panics.
 */

#include <kunit/test.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/sched.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-fault.h"
#include "synth-pages.h"
#include "synth-race.h"

static unsigned int step = 1;
module_param(step, uint, 0444);
MODULE_PARM_DESC(step, "Let every Nth allocation fail");

/**
 * struct nomem - how memory fails
 * @host: the host
 * @act: what the kernel does meanwhile
 * @row: the function it does that to
 * @flags: SYNTH_ON or 0
 * @nth: which allocation fails
 * @before: what the topology was like before
 * @state: what it is like
 * @verdict: what is wrong
 * @loglevel: for quiet_end()
 */
struct nomem {
	struct synth_host *host;
	const struct synth_act *act;
	unsigned int row;
	u16 flags;
	unsigned int nth;
	struct synth_state before, state;
	struct synth_verdict verdict;
	int loglevel;
};

/* A file of debugfs that sets a variable */
static void *find_variable(const char *file)
{
	struct dentry *dir = debugfs_lookup("failslab", NULL);
	struct dentry *dentry = dir ? debugfs_lookup(file, dir) : NULL;
	void *variable = dentry ? d_inode(dentry)->i_private : NULL;

	dput(dentry);
	dput(dir);

	return variable;
}

/* Only allocations that may sleep count here; don't log each one */
static bool make_them_fail(void)
{
	bool *ignored = find_variable("ignore-gfp-wait");
	unsigned long *verbose = find_variable("verbose");

	if (!ignored || !verbose)
		return false;

	*ignored = false;
	*verbose = 0;

	return true;
}

/* Did the allocation fail, or were there fewer? */
static bool run(struct nomem *m)
{
	struct synth_host *host = m->host;
	bool boots = m->act->flags & ACT_BOOT, failed;

	synth_host_off(host);
	m->verdict.kind = NULL;
	host->topology = &synth_acts_topology;
	host->flags = m->flags;
	if (!boots) {
		synth_host_boot(host, &synth_acts_topology, m->flags);
		synth_state_take(host, &m->before);
	}

	synth_watch_begin("%s of row %u, allocation %u fails", m->act->name, m->row, m->nth);
	current->fail_nth = m->nth;
	m->act->run(host, m->row, &m->verdict);
	failed = !current->fail_nth;
	current->fail_nth = 0;
	synth_watch_end();

	return failed;
}

static bool is_touched(const struct nomem *m, unsigned int row)
{
	return m->act->flags & ACT_DEV && row == m->row;
}

/* Functions that it does not happen to are as they were */
static void check_others(struct nomem *m)
{
	unsigned int row;
	int i;

	synth_state_take(m->host, &m->state);
	for (row = 1; row <= m->host->nr; row++) {
		const struct synth_fn_state *before = &m->before.fn[row - 1];
		const struct synth_fn_state *now = &m->state.fn[row - 1];

		for (i = 0; i <= PCI_ROM_RESOURCE && !is_touched(m, row); i++) {
			if (before->res[i].assigned && !now->res[i].assigned)
				synth_wrong(&m->verdict, "lost", "row %u: resource %d", row, i);
		}
	}
}

static void check(struct nomem *m)
{
	/* Then there is no host, which is fine */
	if (!m->host->bus) {
		m->verdict.kind = NULL;
		return;
	}

	synth_check_host(m->host, &m->verdict);
	synth_check_owners(m->host, &m->verdict);
	if (!(m->act->flags & ACT_BOOT))
		check_others(m);
}

static void fail(struct kunit *test, struct nomem *m)
{
	quiet_end(m->loglevel);
	KUNIT_FAIL(test, "%s: allocation %u of %s of row %u fails: %s: %s\n",
		   m->flags & SYNTH_ON ? "On" : "Off", m->nth, m->act->name, m->row,
		   m->verdict.kind, m->verdict.text);
	m->loglevel = quiet_begin();
}

static unsigned int try_row(struct kunit *test, struct nomem *m, unsigned int row)
{
	unsigned int tried = 0;

	m->row = row;
	for (m->nth = 1; run(m); m->nth += step) {
		tried++;
		check(m);
		if (m->verdict.kind) {
			fail(test, m);
			break;
		}
	}

	return tried;
}

static unsigned int try_rows(struct kunit *test, struct nomem *m)
{
	unsigned int tried = 0;

	m->loglevel = quiet_begin();
	for (m->flags = 0; ; m->flags = SYNTH_ON) {
		tried += try_row(test, m, 2);
		if (m->act->flags & ACT_DEV)
			tried += try_row(test, m, 6);
		if (m->flags)
			break;
	}
	quiet_end(m->loglevel);

	return tried;
}

static void pci_nomem(struct kunit *test)
{
	struct nomem *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->act = test->param_value;
	if (m->act->flags & (ACT_BOOT | ACT_ADDS | ACT_SORTS))
		kunit_skip(test, "stock doesn't survive that");
	if (!make_them_fail())
		kunit_skip(test, "no failslab in debugfs");

	m->host = synth_host_new(test);
	kunit_info(test, "in the middle of %s\n", m->act->name);
	kunit_info(test, "%u failures in %s\n", try_rows(test, m), m->act->name);
}

static int suite_init(struct kunit_suite *suite)
{
	return synth_acts_begin();
}

static void suite_exit(struct kunit_suite *suite)
{
	synth_acts_end();
}

static struct kunit_case pci_nomem_cases[] = {
	KUNIT_CASE_PARAM(pci_nomem, synth_acts_next),
	{}
};

static struct kunit_suite pci_nomem_suite = {
	.name = "pci_nomem",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.test_cases = pci_nomem_cases,
};

kunit_test_init_section_suite(pci_nomem_suite);

MODULE_DESCRIPTION("Test of PCI resource assignment without memory");
MODULE_LICENSE("GPL");
