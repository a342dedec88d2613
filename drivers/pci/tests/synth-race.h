/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One act in the middle of another
 */

#ifndef _PCI_SYNTH_RACE_H
#define _PCI_SYNTH_RACE_H

#include <linux/completion.h>
#include <linux/notifier.h>

#include "synth-act.h"

struct kunit;

/**
 * struct synth_race - two acts at once
 * @test: test that they belong to
 * @host: on which they happen
 * @act: the first one and the second one
 * @row: the function that each of them happens to
 * @at: access to config space by the first act at which the second one begins
 * @at_lock: it begins when the first takes its next lock after that
 * @accesses: how many the first act has made
 * @others: how many the second had made when it had to wait for a lock
 * @began: the second has begun
 * @done: it has ended
 * @waits: it has to wait for a lock that the first one holds
 * @ended_at: access of the first act before which the second one has ended, 0 if
 *	      it ended after all of them
 * @verdict: what is wrong
 * @first: thread of the first act
 * @second: thread of the second one
 * @gone: when it has ended
 * @events: of the PCI bus, each of which counts as an access
 */
struct synth_race {
	struct kunit *test;
	struct synth_host *host;
	const struct synth_act *act[2];
	unsigned int row[2];
	unsigned int at;
	bool at_lock;
	unsigned int accesses;
	unsigned int others;
	bool began;
	bool done;
	bool waits;
	unsigned int ended_at;
	struct synth_verdict verdict;
	struct task_struct *first;
	struct task_struct *second;
	struct completion gone;
	struct notifier_block events;
};

int synth_race(struct synth_race *race);

/* synth-known.c */
bool synth_known(const struct synth_race *race, const char *kind);

/* Anything that takes longer will never end */
#define SYNTH_WATCH	(20 * HZ)

void synth_watch_begin(const char *fmt, ...) __printf(1, 2);
void synth_watch_end(void);

#endif /* _PCI_SYNTH_RACE_H */
