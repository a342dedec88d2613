// SPDX-License-Identifier: GPL-2.0
/*
 * Property test of PCI resource assignment
 *
 * Draws random topologies and lets the PCI core enumerate them and assign their
 * resources, without and with pci=passthrough_align.  A topology that fails is
 * shrunk and printed, so that it can be pasted as a test case.
 *
 *	pci_random_kunit.count=100000 pci_random_kunit.seed=1
 *
 * A topology that takes much longer than others fails, too.  If the kernel
 * panics or hangs in a topology, the panic names the seed.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/pci.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/sort.h>
#include <linux/sprintf.h>
#include <linux/timer.h>

#include "../pci.h"
#include "quiet.h"
#include "synth-pages.h"
#include "synth-random.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "First seed; 0 for a random one");

static unsigned int count = 1500;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "How many topologies to try, for each page size");

static unsigned int failures = 1;
module_param(failures, uint, 0444);
MODULE_PARM_DESC(failures, "Stop after this many failures");

static unsigned int lies = 5;
module_param(lies, uint, 0444);
MODULE_PARM_DESC(lies, "Percentage of topologies in which a function lies");

static char *skip = "";
module_param(skip, charp, 0444);
MODULE_PARM_DESC(skip, "Kinds of failures to ignore, separated by commas");

static unsigned int patience = 60;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience, "Panic if a topology takes this many seconds");

static unsigned int slow = 100;
module_param(slow, uint, 0444);
MODULE_PARM_DESC(slow, "Fail a topology that takes this many times the median");

#define NR_SAMPLES	101	/* topologies that the median is taken of */
#define NR_TRIES	10	/* a busy system can slow down any topology, but not each time */
#define REST_MS		20	/* between them: a thread that slept runs first */

/**
 * struct property - the test while it runs
 * @host: the host
 * @off: what became of a topology Off, before and after the op
 * @on: what became of it On
 * @verdict: what is wrong with it
 * @kind: what failure to look for, NULL for any
 * @lost_to_core: how many lost something when the core took its room
 * @lost_to_pages: how many lost something after boot to pages that were taken
 * @trial: the topology, and what happens to it
 * @failed: how many topologies failed
 * @limit: nanoseconds that a topology may take, 0 as long as the median isn't known
 * @samples: nanoseconds that the first topologies took
 * @nr_samples: how many of them there are
 * @slowest: which seed took longest
 * @longest: how long that was
 */
struct property {
	struct synth_host *host;
	struct synth_state off[2];
	struct synth_state on[2];
	struct synth_verdict verdict;
	const char *kind;
	unsigned int lost_to_core;
	unsigned int lost_to_pages;
	struct synth_trial *trial;
	unsigned int failed;
	u64 limit;
	u64 samples[NR_SAMPLES];
	unsigned int nr_samples;
	u32 slowest;
	u64 longest;
};

/* The topology that is running, for the panic message */
static u32 running_seed;
static resource_size_t tried_size;

static resource_size_t tried_page_size(void)
{
	return tried_size;
}

static int name_seed(struct notifier_block *nb, unsigned long action, void *data)
{
	pr_emerg("pci_random: seed %u, pages of %lluK\n", running_seed,
		 (u64)tried_size / SZ_1K);

	return NOTIFY_DONE;
}

static struct notifier_block panic_notifier = {
	.notifier_call = name_seed,
	.priority = INT_MAX,	/* UML exits in the second one */
};

static void lost_patience(struct timer_list *timer)
{
	panic("pci_random: a topology took more than %u s", patience);
}

static DEFINE_TIMER(watchdog, lost_patience);

static bool skipped(const char *kind)
{
	const char *p = strstr(skip, kind);

	return p && (p == skip || p[-1] == ',') &&
	       (!p[strlen(kind)] || p[strlen(kind)] == ',');
}

/* Look at what became of the topology, now */
static void check(struct property *p, const struct synth_state *before,
		  u64 touched, u64 renewed, struct synth_state *state)
{
	synth_check_host(p->host, &p->verdict);
	if (p->host->flags & SYNTH_ON)
		synth_check_pages(p->host, before, touched, renewed, &p->verdict);
	if (p->verdict.kind && skipped(p->verdict.kind))
		p->verdict.kind = NULL;
	synth_state_take(p->host, state);
}

static void run(struct property *p, const struct synth_trial *trial, u16 flags,
		struct synth_state *state)
{
	int ret = synth_host_boot(p->host, &trial->topology, flags);
	u64 touched = synth_trial_touched(trial);

	if (ret)
		synth_wrong(&p->verdict, "boot", "error %d", ret);
	check(p, NULL, 0, 0, &state[0]);
	synth_trial_run(p->host, trial, &p->verdict);
	/* A BAR that stays when another one is resized need not be isolated */
	check(p, &state[0], trial->op == SYNTH_OP_RESIZE ? 0 : touched,
	      trial->op == SYNTH_OP_RESCAN ? touched : 0, &state[1]);
}

/*
 * If there is too little room for what is hot-added or resized, the core takes
 * it from others, and does not always give it back.  A bridge that is removed
 * and rescanned may want more windows than firmware gave it.
 */
static bool takes_room(const struct synth_host *host, const struct synth_trial *trial)
{
	bool bridge = trial->topology.fn[trial->row - 1].flags & SYNTH_TYPE1;

	if (trial->op == SYNTH_OP_RESIZE)
		return synth_host_log(host, "Failed to resize", NULL);

	return (trial->op == SYNTH_OP_HOT_ADD || (trial->op == SYNTH_OP_RESCAN && bridge)) &&
	       synth_host_log(host, "releasing", NULL);
}

static void compare(struct property *p, const struct synth_trial *trial)
{
	struct synth_verdict later = {};

	synth_check_disturbed(p->host, &p->off[0], &p->on[0], &p->verdict);
	synth_check_lost(p->host, &p->off[0], &p->on[0], NULL, &p->verdict);

	synth_check_lost(p->host, &p->off[1], &p->on[1], &p->on[0], &later);

	if (takes_room(p->host, trial)) {
		p->lost_to_core += !!later.kind;
		return;
	}

	synth_check_later(p->host, p->off, p->on, synth_trial_touched(trial), &p->verdict);
	if (!later.kind)
		return;

	/* After boot a page that is taken is taken */
	if (synth_has_same_bars(p->host, &p->off[0], &p->on[0]))
		synth_wrong(&p->verdict, later.kind, "%s", later.text);
	else
		p->lost_to_pages++;
}

/* Returns how many nanoseconds it took */
static u64 run_trial(struct property *p, const struct synth_trial *trial)
{
	int loglevel = quiet_begin();
	ktime_t start = ktime_get();
	u64 took;

	p->verdict.kind = NULL;
	mod_timer(&watchdog, jiffies + secs_to_jiffies(patience));

	run(p, trial, 0, p->off);
	synth_host_off(p->host);
	if (!p->verdict.kind) {
		run(p, trial, SYNTH_ON, p->on);
		compare(p, trial);
		synth_host_off(p->host);
	}

	took = ktime_to_ns(ktime_sub(ktime_get(), start));
	timer_delete_sync(&watchdog);
	quiet_end(loglevel);

	return took;
}

static void add_sample(struct property *p, u64 took)
{
	if (p->nr_samples == NR_SAMPLES)
		return;

	p->samples[p->nr_samples++] = took;
	if (took > p->longest) {
		p->longest = took;
		p->slowest = running_seed;
	}
}

static void run_in_time(struct property *p, const struct synth_trial *trial)
{
	u64 took = run_trial(p, trial);
	int i;

	add_sample(p, took);
	if (!p->limit)
		return;

	for (i = 1; took > p->limit && !p->verdict.kind && i < NR_TRIES; i++) {
		msleep(REST_MS);
		took = min(took, run_trial(p, trial));
	}
	if (took > p->limit)
		synth_wrong(&p->verdict, "slow", "took %llu us, %u times the median is %llu us",
			    div_u64(took, NSEC_PER_USEC), slow,
			    div_u64(p->limit, NSEC_PER_USEC));
}

static bool fails(void *data, const struct synth_trial *trial)
{
	struct property *p = data;

	run_in_time(p, trial);
	if (!p->verdict.kind)
		return false;

	return p->kind ? !strcmp(p->kind, p->verdict.kind) :
			 !skipped(p->verdict.kind);
}

static void report(struct kunit *test, struct property *p,
		   struct synth_trial *trial, u32 number)
{
	const char *kind = p->verdict.kind;

	p->kind = kind;
	synth_shrink(trial, fails, p);
	fails(p, trial);
	synth_print(test, trial);
	KUNIT_FAIL(test, "seed %u: %s: %s: %s\n", number,
		   p->host->flags & SYNTH_ON ? "On" : "Off", kind, p->verdict.text);
	p->kind = NULL;
}

static int compare_u64(const void *a, const void *b)
{
	return cmp_int(*(const u64 *)a, *(const u64 *)b);
}

static void set_limit(struct property *p)
{
	sort(p->samples, p->nr_samples, sizeof(p->samples[0]), compare_u64, NULL);
	p->limit = slow * p->samples[p->nr_samples / 2];
}

static void try_seed(struct kunit *test, struct property *p, u32 number)
{
	running_seed = number;
	synth_random(p->trial, number);
	synth_random_lie(p->trial, number, lies);
	if (!fails(p, p->trial))
		return;

	report(test, p, p->trial, number);
	p->failed++;
}

/* Only after some topologies is it known what is slow; was one of them? */
static void try_slowest(struct kunit *test, struct property *p)
{
	set_limit(p);
	if (p->longest > p->limit)
		try_seed(test, p, p->slowest);
}

static void stop_watching(void *unused)
{
	timer_delete_sync(&watchdog);
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
}

static int start_watching(struct kunit *test)
{
	atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);

	return kunit_add_action_or_reset(test, stop_watching, NULL);
}

static void pci_assign_random(struct kunit *test)
{
	struct property *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	unsigned int i, first = seed ?: get_random_u32() >> 1;
	ktime_t start = ktime_get();

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->trial = kunit_kzalloc(test, sizeof(*p->trial), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->trial);
	KUNIT_ASSERT_EQ(test, start_watching(test), 0);
	p->host = synth_host_new(test);
	tried_size = *(const unsigned int *)test->param_value;
	kunit_activate_static_stub(test, pci_page_size, tried_page_size);
	kunit_info(test, "seed %u, %u topologies\n", first, count);

	for (i = 0; i < count && p->failed < failures; i++) {
		try_seed(test, p, first + i);
		if (i + 1 == min(count, NR_SAMPLES))
			try_slowest(test, p);
		if (i && !(i % 10000))
			kunit_info(test, "%u topologies so far\n", i);
		cond_resched();
	}

	kunit_info(test, "%u topologies in %lld ms, median %llu us\n", i,
		   ktime_ms_delta(ktime_get(), start),
		   div_u64(p->samples[p->nr_samples / 2], NSEC_PER_USEC));
	kunit_info(test, "after boot %u lost something to pages, %u when the core took room\n",
		   p->lost_to_pages, p->lost_to_core);
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

kunit_test_init_section_suite(pci_random_suite);

MODULE_DESCRIPTION("Property test of PCI resource assignment");
MODULE_LICENSE("GPL");
