/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random topologies
 */

#ifndef _PCI_SYNTH_RANDOM_H
#define _PCI_SYNTH_RANDOM_H

#include <linux/types.h>

#include "synth-pages.h"

struct rnd_state;

/* What happens to a topology after boot */
enum synth_op {
	SYNTH_OP_NONE,
	SYNTH_OP_RESCAN,	/* remove a device, find it again */
	SYNTH_OP_PLUG,		/* plug in what was absent */
	SYNTH_OP_HOT_ADD,	/* plug in what was absent behind a port */
	SYNTH_OP_RELEASE,	/* release the BARs of a device, assign them again */
	SYNTH_OP_RESIZE,	/* resize BAR 0 of a device */
	SYNTH_NR_OPS,
};

/**
 * struct synth_trial - a topology and what happens to it
 * @topology: the topology
 * @op: what happens
 * @row: to which function
 * @size: new size of BAR 0, as in the capability
 */
struct synth_trial {
	struct synth_topology topology;
	enum synth_op op;
	u8 row;
	u8 size;
};

/* synth-random.c */
void synth_random(struct synth_trial *trial, u32 seed);
void synth_random_lie(struct synth_trial *trial, u32 seed, unsigned int percent);

/* synth-trial.c */
struct synth_verdict;
void synth_trial_draw(struct synth_trial *trial, unsigned int nr,
		      struct rnd_state *rnd);
u64 synth_trial_touched(const struct synth_trial *trial);
void synth_trial_run(struct synth_host *host, const struct synth_trial *trial,
		     struct synth_verdict *verdict);

/* synth-layout.c: where firmware puts BARs and windows */
unsigned int synth_below(struct rnd_state *rnd, unsigned int n);
bool synth_percent(struct rnd_state *rnd, unsigned int percent);
void synth_layout(struct synth_topology *topology, unsigned int nr,
		  struct rnd_state *rnd);

/* synth-print.c */
struct kunit;
void synth_print(struct kunit *test, const struct synth_trial *trial);

/* synth-shrink.c */
typedef bool (*synth_fails_fn)(void *data, const struct synth_trial *trial);
void synth_shrink(struct synth_trial *trial, synth_fails_fn fails, void *data);

#endif /* _PCI_SYNTH_RANDOM_H */
