// SPDX-License-Identifier: GPL-2.0
/*
 * Property test of writing to resource<N>_shares_page
 *
 * Draws random topologies, boots each without and with pci=passthrough_align,
 * and writes to random BARs.
 *
 *	pci_now_random_kunit.count=100000 pci_now_random_kunit.seed=1
 */

#include <kunit/test.h>
#include <linux/align.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-pages.h"
#include "synth-random.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "First seed; 0 for a random one");

static unsigned int count = 500;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "How many topologies to try");

#define WRITES		12	/* to each topology */

/**
 * struct writes - the test while it runs
 * @host: the host
 * @before: what a topology was like before a write
 * @after: and after it
 * @reads: how many registers of each function were read before it
 * @verdict: what is wrong
 * @results: how often each result occurred, by errno
 */
struct writes {
	struct synth_host *host;
	struct synth_state before;
	struct synth_state after;
	unsigned int reads[SYNTH_MAX_FN];
	struct synth_verdict verdict;
	unsigned int results[EOPNOTSUPP + 1];
};

static bool is_pinned(struct pci_dev *dev, const struct resource *res)
{
	return res->flags & IORESOURCE_PCI_FIXED || !pdev_resources_assignable(dev) ||
	       pci_find_host_bridge(dev->bus)->preserve_config ||
	       pci_has_flag(PCI_PROBE_ONLY) || pci_has_flag(PCI_CLAIM_ONLY);
}

static bool alone_in_page(const struct resource *res)
{
	return !synth_oracle(res, SYNTH_PAGE) &&
	       ALIGN_DOWN(res->start, SYNTH_PAGE) >= res->parent->start &&
	       (res->start | (SYNTH_PAGE - 1)) <= res->parent->end;
}

/* The expected result of a write, as far as it can be predicted */
static bool is_right(struct writes *w, struct pci_dev *dev, unsigned int row, int resno,
		     const struct resource *was, bool room, int ret)
{
	bool done = was->parent && !synth_oracle(was, SYNTH_PAGE) &&
		    IS_ALIGNED(was->start, SYNTH_PAGE);

	switch (ret) {
	case 0:
		return true;
	case -ENXIO:
		return !was->parent;
	case -EOPNOTSUPP:
		return is_pinned(dev, was);
	case -EBUSY:
		return dev->dev.driver;
	case -EIO:
		return w->host->func[row - 1].fn->bar[resno].quirk &
		       (SYNTH_WRITE_FAILS | SYNTH_WRITE_FAILS_HI);
	case -ENOSPC:
		return !done && !room;
	default:
		return false;
	}
}

static void check_others(struct writes *w, unsigned int row, int resno, int ret)
{
	unsigned int i;
	int j;

	for (i = 0; i < w->host->nr; i++) {
		const struct synth_fn_state *b = &w->before.fn[i], *a = &w->after.fn[i];
		const struct synth_func *func = &w->host->func[i];

		if (a->cmd != b->cmd)
			synth_wrong(&w->verdict, "command", "row %u: %#x, was %#x",
				    i + 1, a->cmd, b->cmd);

		for (j = 0; j < SYNTH_NR_RES; j++) {
			if (!ret && i + 1 == row && j == resno)
				continue;
			if (a->res[j].addr != b->res[j].addr || a->res[j].hw != b->res[j].hw ||
			    a->res[j].flags != b->res[j].flags)
				synth_wrong(&w->verdict, "moved", "row %u: resource %d to %#llx",
					    i + 1, j, a->res[j].addr);
		}

		if (i + 1 != row && (a->write_hash != b->write_hash || func->reads != w->reads[i]))
			synth_wrong(&w->verdict, "touched", "row %u", i + 1);
	}
}

static void isolate_bar(struct writes *w, struct pci_dev *dev, unsigned int row, int resno)
{
	struct resource *res = pci_resource_n(dev, resno), was = *res;
	bool room = res->parent && (synth_has_free_page(dev, res) || alone_in_page(res));
	char file[32] = "rom_shares_page";
	unsigned int i;
	int ret;

	if (resno != PCI_ROM_RESOURCE)
		snprintf(file, sizeof(file), "resource%d_shares_page", resno);

	synth_state_take(w->host, &w->before);
	for (i = 0; i < w->host->nr; i++)
		w->reads[i] = w->host->func[i].reads;

	ret = synth_case_write(dev, file, "0");
	if (ret == -ENOENT)
		return;

	synth_state_take(w->host, &w->after);
	w->results[-ret]++;
	if (!is_right(w, dev, row, resno, &was, room, ret))
		synth_wrong(&w->verdict, "result", "row %u: resource %d: %d", row, resno, ret);
	if (!ret && (synth_oracle(res, SYNTH_PAGE) || !IS_ALIGNED(res->start, SYNTH_PAGE)))
		synth_wrong(&w->verdict, "page", "row %u: resource %d shares it", row, resno);
	check_others(w, row, resno, ret);
	synth_check_host(w->host, &w->verdict);
}

static void run(struct writes *w, const struct synth_topology *topology, u16 flags,
		struct rnd_state *rnd)
{
	int loglevel = quiet_begin();
	unsigned int i;

	if (synth_host_boot(w->host, topology, flags))
		synth_wrong(&w->verdict, "boot", "it does not");

	for (i = 0; i < WRITES && !w->verdict.kind; i++) {
		unsigned int row = synth_below(rnd, w->host->nr) + 1;
		int resno = synth_below(rnd, PCI_ROM_RESOURCE + 1);
		struct pci_dev *dev = synth_host_dev(w->host, row);

		if (dev)
			isolate_bar(w, dev, row, resno);
	}

	synth_host_off(w->host);
	quiet_end(loglevel);
}

static void pci_isolate_random(struct kunit *test)
{
	struct writes *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct synth_trial *trial = kunit_kzalloc(test, sizeof(*trial), GFP_KERNEL);
	unsigned int i, first = seed ?: get_random_u32() >> 1;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, w);
	KUNIT_ASSERT_NOT_NULL(test, trial);
	w->host = synth_host_new(test);
	kunit_info(test, "seed %u, %u topologies\n", first, count);

	for (i = 0; i < count && !w->verdict.kind; i++) {
		synth_random(trial, first + i);
		prandom_seed_state(&rnd, first + i);
		run(w, &trial->topology, 0, &rnd);
		if (!w->verdict.kind)
			run(w, &trial->topology, SYNTH_ON, &rnd);
		cond_resched();
	}

	if (w->verdict.kind) {
		synth_print(test, trial);
		KUNIT_FAIL(test, "seed %u: %s: %s: %s\n", first + i - 1,
			   w->host->flags & SYNTH_ON ? "On" : "Off",
			   w->verdict.kind, w->verdict.text);
	}

	for (i = 0; i < ARRAY_SIZE(w->results); i++) {
		if (w->results[i])
			kunit_info(test, "%u writes returned %d\n", w->results[i], -(int)i);
	}
}

static struct kunit_case pci_now_random_cases[] = {
	KUNIT_CASE_SLOW(pci_isolate_random),
	{}
};

static struct kunit_suite pci_now_random_suite = {
	.name = "pci_now_random",
	.test_cases = pci_now_random_cases,
};

kunit_test_init_section_suite(pci_now_random_suite);

MODULE_DESCRIPTION("Property test of isolating a BAR on request");
MODULE_LICENSE("GPL");
