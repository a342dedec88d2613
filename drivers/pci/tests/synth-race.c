// SPDX-License-Identifier: GPL-2.0
/*
 * Run an act in the middle of another one
 *
 * The second act has a thread of its own, with priority over all others.  It is
 * woken when the first act is about to access config space, and the first one
 * goes on when the second has ended, or waits for a lock.  So one CPU is
 * enough, and every run is the same.
 *
 * This covers accesses to config space, and the first lock that is taken after
 * one (where might_sleep() lets others run), but no other lock.
 */

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/device/bus.h>
#include <linux/kthread.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sprintf.h>
#include <linux/timer.h>

#include "../pci.h"
#include "synth-race.h"

/* How long, in jiffies, a thread may sleep if it isn't waiting for a lock */
#define PATIENCE	1

static char watched[120];

static void bark(struct timer_list *unused)
{
	panic("%s: never ends\n", watched);
}

static DEFINE_TIMER(watch, bark);

/**
 * synth_watch_begin - panic if something doesn't end
 * @fmt: what it is
 */
void synth_watch_begin(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(watched, sizeof(watched), fmt, args);
	va_end(args);
	mod_timer(&watch, jiffies + SYNTH_WATCH);
}

/**
 * synth_watch_end - it has ended
 */
void synth_watch_end(void)
{
	timer_delete_sync(&watch);
}

static int second(void *data)
{
	struct synth_race *race = data;

	/* Replaced functions are the test's */
	current->kunit_test = race->test;
	race->act[1]->run(race->host, race->row[1], &race->verdict);
	current->kunit_test = NULL;

	WRITE_ONCE(race->done, true);
	complete(&race->gone);

	return 0;
}

/* A thread that waits for a mutex doesn't go on before the first act does */
static bool waits_for_mutex(struct synth_race *race)
{
	return READ_ONCE(race->second->blocked_on);
}

/* It runs before all others, unless it waits for something */
static void let_second_run(struct synth_race *race)
{
	int i;

	for (i = 0; !READ_ONCE(race->done); i++) {
		if (i)
			schedule_timeout_uninterruptible(1);
		else
			schedule();

		if (READ_ONCE(race->done))
			break;
		if (race->waits || waits_for_mutex(race) || i == PATIENCE) {
			race->waits = true;
			return;
		}
	}

	if (!race->ended_at)
		race->ended_at = race->accesses;
}

static void begin_second(struct synth_race *race)
{
	/* During the scan, the host doesn't know its bus yet */
	if (!race->host->bus)
		race->host->bus = race->host->bridge->bus;

	race->began = true;
	wake_up_process(race->second);
	if (!race->at_lock)
		let_second_run(race);
}

static void at_step(struct synth_race *race)
{
	if (current == race->second && !race->waits)
		race->others++;
	if (current != race->first)
		return;

	race->accesses++;
	if (race->began)
		let_second_run(race);
	else if (race->accesses >= race->at && race->host->bridge->bus)
		begin_second(race);
}

static void at_access(struct synth_host *host)
{
	at_step(host->hook_data);
}

/* A device comes, goes, or gets or loses its driver */
static int at_event(struct notifier_block *nb, unsigned long event, void *dev)
{
	at_step(container_of(nb, struct synth_race, events));

	return NOTIFY_OK;
}

static int make_second(struct synth_race *race)
{
	init_completion(&race->gone);
	race->second = kthread_create(second, race, "pci_interleave");
	if (IS_ERR(race->second))
		return PTR_ERR(race->second);

	sched_set_fifo_low(race->second);
	get_task_struct(race->second);

	return 0;
}

/**
 * synth_race - do two acts at once
 * @race: which and when; the host is on, or off if the first act is to boot it
 *
 * If the first act ends before, the second one is not done.
 *
 * Return: 0 or an error
 */
int synth_race(struct synth_race *race)
{
	struct synth_host *host = race->host;
	int ret = make_second(race);

	if (ret)
		return ret;

	race->first = current;
	host->hook_data = race;
	host->hook = at_access;
	race->events.notifier_call = at_event;
	bus_register_notifier(&pci_bus_type, &race->events);
	/* At the first lock, whatever comes before it */
	if (!race->at && host->bridge)
		begin_second(race);
	race->act[0]->run(host, race->row[0], &race->verdict);
	if (race->began)
		wait_for_completion(&race->gone);
	bus_unregister_notifier(&pci_bus_type, &race->events);
	host->hook = NULL;

	/* One that was never woken ends here */
	kthread_stop(race->second);
	put_task_struct(race->second);

	return 0;
}
