// SPDX-License-Identifier: GPL-2.0
/*
 * Property test of PCI resource assignment
 *
 * Draws random machines and lets the PCI core enumerate them and assign their
 * resources, without and with pci=passthrough_align.  What fails is made as
 * small as possible and printed, so that it can be pasted as a test case.
 *
 *	pci_random_kunit.count=100000 pci_random_kunit.seed=1
 */

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/random.h>

#include "../pci.h"
#include "synth-random.h"
#include "synth-state.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Where to start; 0 for anywhere");

static unsigned int count = 1000;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "How many machines to try");

static unsigned int failures = 1;
module_param(failures, uint, 0444);
MODULE_PARM_DESC(failures, "After how many failures to stop");

static char *skip = "";
module_param(skip, charp, 0444);
MODULE_PARM_DESC(skip, "Kinds of failures to look away from, separated by commas");

/**
 * struct property - the test while it runs
 * @host: where machines run
 * @off: what became of a machine Off, before and after the op
 * @on: what became of it On
 * @verdict: what is wrong with it
 * @kind: what failure to look for, NULL for any
 */
struct property {
	struct synth_host *host;
	struct synth_state off[2];
	struct synth_state on[2];
	struct synth_verdict verdict;
	const char *kind;
};

static void release_and_assign(struct synth_host *host, unsigned int row,
			       struct synth_verdict *verdict)
{
	struct pci_dev *dev = synth_host_dev(host, row);
	int i;

	for (i = 0; dev && i <= PCI_ROM_RESOURCE; i++) {
		const struct resource *res = pci_resource_n(dev, i);

		if (!res->parent || res->flags & IORESOURCE_PCI_FIXED)
			continue;
		pci_release_resource(dev, i);
		if (!pci_resource_alignment(dev, res))
			synth_wrong(verdict, "alignment 0", "row %u: resource %d released",
				    row, i);
	}

	if (dev) {
		pci_lock_rescan_remove();
		pci_bus_assign_resources(dev->bus);
		pci_unlock_rescan_remove();
	}
}

static void run_op(struct synth_host *host, const struct synth_story *story,
		   struct synth_verdict *verdict)
{
	unsigned int row;

	if (story->row > host->nr)
		return;

	switch (story->op) {
	case SYNTH_OP_RESCAN:
		/* Where bus numbers are assigned afresh, a bridge gets another's */
		if (!pcibios_assign_all_busses() ||
		    !synth_is_bridge(&host->func[story->row - 1]))
			synth_host_remove(host, story->row);
		synth_host_rescan(host);
		break;
	case SYNTH_OP_PLUG:
		for (row = 1; row <= host->nr; row++)
			synth_host_plug(host, row, true);
		synth_host_rescan(host);
		break;
	case SYNTH_OP_RELEASE:
		release_and_assign(host, story->row, verdict);
		break;
	default:
		break;
	}
}

static bool skipped(const char *kind)
{
	const char *p = strstr(skip, kind);

	return p && (p == skip || p[-1] == ',') &&
	       (!p[strlen(kind)] || p[strlen(kind)] == ',');
}

/* Look at what became of the machine, now */
static void check(struct property *p, const struct synth_state *before,
		  unsigned int changed, struct synth_state *state)
{
	synth_check_machine(p->host, &p->verdict);
	if (p->host->flags & SYNTH_ON)
		synth_check_pages(p->host, before, changed, &p->verdict);
	if (p->verdict.kind && skipped(p->verdict.kind))
		p->verdict.kind = NULL;
	synth_state_take(p->host, state);
}

static void run(struct property *p, const struct synth_story *story, u16 flags,
		struct synth_state *state)
{
	int ret = synth_host_boot(p->host, &story->machine, flags);

	if (ret)
		synth_wrong(&p->verdict, "boot", "error %d", ret);
	check(p, NULL, 0, &state[0]);
	run_op(p->host, story, &p->verdict);
	check(p, &state[0], story->op == SYNTH_OP_PLUG ? 0 : story->row,
	      &state[1]);
}

static void compare(struct property *p, const struct synth_story *story)
{
	bool survey = story->machine.flags & SYNTH_SURVEY;

	if (survey && !(story->machine.flags & SYNTH_REALLOC))
		synth_check_disturbed(p->host, &p->off[0], &p->on[0], &p->verdict);
	synth_check_lost(p->host, &p->off[0], &p->on[0], NULL, &p->verdict);
	synth_check_lost(p->host, &p->off[1], &p->on[1], &p->on[0], &p->verdict);
}

static void run_one(struct property *p, const struct synth_story *story)
{
	int loglevel = console_loglevel;

	/* What the core says of each BAR takes longer to print than to do */
	console_loglevel = loglevel > 7 ? loglevel : CONSOLE_LOGLEVEL_SILENT;
	p->verdict.kind = NULL;

	run(p, story, 0, p->off);
	synth_host_off(p->host);
	if (!p->verdict.kind) {
		run(p, story, SYNTH_ON, p->on);
		compare(p, story);
		synth_host_off(p->host);
	}

	console_loglevel = loglevel;
}

static bool fails(void *data, const struct synth_story *story)
{
	struct property *p = data;

	run_one(p, story);
	if (!p->verdict.kind)
		return false;

	return p->kind ? !strcmp(p->kind, p->verdict.kind) :
			 !skipped(p->verdict.kind);
}

static void report(struct kunit *test, struct property *p,
		   struct synth_story *story, u32 number)
{
	const char *kind = p->verdict.kind;

	p->kind = kind;
	synth_shrink(story, fails, p);
	fails(p, story);
	synth_print(test, story);
	KUNIT_FAIL(test, "seed %u: %s: %s: %s\n", number,
		   p->host->flags & SYNTH_ON ? "On" : "Off", kind, p->verdict.text);
	p->kind = NULL;
}

static void pci_assign_random(struct kunit *test)
{
	struct property *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	struct synth_story *story = kunit_kzalloc(test, sizeof(*story), GFP_KERNEL);
	unsigned int i, failed = 0, first = seed ?: get_random_u32() >> 1;
	ktime_t start = ktime_get();

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, story);
	p->host = synth_host_new(test);
	kunit_info(test, "seed %u, %u machines\n", first, count);

	for (i = 0; i < count && failed < failures; i++) {
		synth_random(story, first + i);
		if (fails(p, story)) {
			report(test, p, story, first + i);
			failed++;
		}
		cond_resched();
	}

	kunit_info(test, "%u machines in %lld ms\n", i,
		   ktime_ms_delta(ktime_get(), start));
}

static struct kunit_case pci_random_cases[] = {
	KUNIT_CASE_SLOW(pci_assign_random),
	{}
};

static struct kunit_suite pci_random_suite = {
	.name = "pci_random",
	.test_cases = pci_random_cases,
};

kunit_test_suite(pci_random_suite);

MODULE_DESCRIPTION("Property test of PCI resource assignment");
MODULE_LICENSE("GPL");
