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

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/sprintf.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-random.h"
#include "synth-state.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Where to start; 0 for anywhere");

static unsigned int count = 1500;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "How many machines to try, for each size of a page");

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
 * @lost_to_core: how many lost something when the core took its room
 * @lost_to_pages: how many lost something after boot to pages that were taken
 */
struct property {
	struct synth_host *host;
	struct synth_state off[2];
	struct synth_state on[2];
	struct synth_verdict verdict;
	const char *kind;
	unsigned int lost_to_core;
	unsigned int lost_to_pages;
};

static bool skipped(const char *kind)
{
	const char *p = strstr(skip, kind);

	return p && (p == skip || p[-1] == ',') &&
	       (!p[strlen(kind)] || p[strlen(kind)] == ',');
}

/* Look at what became of the machine, now */
static void check(struct property *p, const struct synth_state *before,
		  u64 touched, u64 renewed, struct synth_state *state)
{
	synth_check_machine(p->host, &p->verdict);
	if (p->host->flags & SYNTH_ON)
		synth_check_pages(p->host, before, touched, renewed, &p->verdict);
	if (p->verdict.kind && skipped(p->verdict.kind))
		p->verdict.kind = NULL;
	synth_state_take(p->host, state);
}

static void run(struct property *p, const struct synth_story *story, u16 flags,
		struct synth_state *state)
{
	int ret = synth_host_boot(p->host, &story->machine, flags);
	u64 touched = synth_story_touched(story);

	if (ret)
		synth_wrong(&p->verdict, "boot", "error %d", ret);
	check(p, NULL, 0, 0, &state[0]);
	synth_story_run(p->host, story, &p->verdict);
	/* What keeps its place when another BAR is resized is nobody's business */
	check(p, &state[0], story->op == SYNTH_OP_RESIZE ? 0 : touched,
	      story->op == SYNTH_OP_RESCAN ? touched : 0, &state[1]);
}

/*
 * Where there is too little room for what is hot-added or resized, the core
 * takes it from others, and does not always give it back.  A bridge that is
 * removed and rescanned may want more windows than firmware gave it.
 */
static bool takes_room(const struct synth_host *host, const struct synth_story *story)
{
	bool bridge = story->machine.fn[story->row - 1].flags & SYNTH_TYPE1;

	if (story->op == SYNTH_OP_RESIZE)
		return synth_host_log(host, "Failed to resize", NULL);

	return (story->op == SYNTH_OP_HOT_ADD || (story->op == SYNTH_OP_RESCAN && bridge)) &&
	       synth_host_log(host, "releasing", NULL);
}

static void compare(struct property *p, const struct synth_story *story)
{
	struct synth_verdict later = {};

	synth_check_disturbed(p->host, &p->off[0], &p->on[0], &p->verdict);
	synth_check_lost(p->host, &p->off[0], &p->on[0], NULL, &p->verdict);

	synth_check_lost(p->host, &p->off[1], &p->on[1], &p->on[0], &later);

	if (takes_room(p->host, story)) {
		p->lost_to_core += !!later.kind;
		return;
	}

	synth_check_later(p->host, p->off, p->on, synth_story_touched(story), &p->verdict);
	if (!later.kind)
		return;

	/* After boot a page that is taken is taken */
	if (synth_has_same_bars(p->host, &p->off[0], &p->on[0]))
		synth_wrong(&p->verdict, later.kind, "%s", later.text);
	else
		p->lost_to_pages++;
}

static void run_one(struct property *p, const struct synth_story *story)
{
	int loglevel = quiet_begin();

	p->verdict.kind = NULL;

	run(p, story, 0, p->off);
	synth_host_off(p->host);
	if (!p->verdict.kind) {
		run(p, story, SYNTH_ON, p->on);
		compare(p, story);
		synth_host_off(p->host);
	}

	quiet_end(loglevel);
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

static resource_size_t tried_size;

static resource_size_t tried_page_size(void)
{
	return tried_size;
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
	tried_size = *(const unsigned int *)test->param_value;
	kunit_activate_static_stub(test, pci_page_size, tried_page_size);
	kunit_info(test, "seed %u, %u machines\n", first, count);

	for (i = 0; i < count && failed < failures; i++) {
		synth_random(story, first + i);
		if (fails(p, story)) {
			report(test, p, story, first + i);
			failed++;
		}
		if (i && !(i % 10000))
			kunit_info(test, "%u machines so far\n", i);
		cond_resched();
	}

	kunit_info(test, "%u machines in %lld ms; after boot %u lost something to pages, %u when the core took room\n",
		   i, ktime_ms_delta(ktime_get(), start), p->lost_to_pages,
		   p->lost_to_core);
}

static const unsigned int page_sizes[] = { SZ_4K, SZ_16K, SZ_64K };

static void describe(const unsigned int *size, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "pages_of_%uK", *size / SZ_1K);
}

KUNIT_ARRAY_PARAM(page_size, page_sizes, describe);

static struct kunit_case pci_random_cases[] = {
	KUNIT_CASE_PARAM_ATTR(pci_assign_random, page_size_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	{}
};

static struct kunit_suite pci_random_suite = {
	.name = "pci_random",
	.test_cases = pci_random_cases,
};

kunit_test_suite(pci_random_suite);

MODULE_DESCRIPTION("Property test of PCI resource assignment");
MODULE_LICENSE("GPL");
