// SPDX-License-Identifier: GPL-2.0
/*
 * Find the smallest part of a topology that still fails
 *
 * Take away one part after the other, and keep what is needed.
 */

#include <linux/bits.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "synth-random.h"

struct shrink {
	struct synth_trial *best;	/* fails */
	struct synth_trial *try;	/* may fail */
	synth_fails_fn fails;
	void *data;
	bool progress;
};

/* Two functions in one place, or one that is never found, are invalid */
static bool is_sane(const struct synth_topology *topology)
{
	const struct synth_fn *fn = topology->fn;
	unsigned int i, j;

	for (i = 0; i < SYNTH_MAX_FN && fn[i].flags & SYNTH_FN; i++) {
		bool has_func_0 = !PCI_FUNC(fn[i].devfn);

		for (j = 0; j < SYNTH_MAX_FN && fn[j].flags & SYNTH_FN; j++) {
			if (i == j || fn[i].under != fn[j].under)
				continue;
			if (fn[i].devfn == fn[j].devfn)
				return false;
			if (fn[j].devfn == PCI_DEVFN(PCI_SLOT(fn[i].devfn), 0))
				has_func_0 = !(fn[j].flags & SYNTH_ABSENT);
		}
		if (!has_func_0)
			return false;
	}

	return true;
}

/* Does it still fail with what was just changed?  If not, take that back. */
static bool keep(struct shrink *s)
{
	if (!memcmp(s->best, s->try, sizeof(*s->best)))
		return false;

	if (is_sane(&s->try->topology) && s->fails(s->data, s->try)) {
		*s->best = *s->try;
		s->progress = true;
		return true;
	}

	*s->try = *s->best;
	return false;
}

static unsigned int nr_rows(const struct synth_trial *trial)
{
	unsigned int i = 0;

	while (i < SYNTH_MAX_FN && trial->topology.fn[i].flags & SYNTH_FN)
		i++;

	return i;
}

/* Take out a row; what is behind it moves to the bus that it was on */
static void drop_row(struct synth_trial *trial, unsigned int row)
{
	struct synth_fn *fn = trial->topology.fn;
	unsigned int i, nr = nr_rows(trial), under = fn[row - 1].under;

	for (i = 0; i < nr; i++) {
		if (fn[i].under == row)
			fn[i].under = under;
		if (fn[i].under > row)
			fn[i].under--;
	}

	memmove(&fn[row - 1], &fn[row], (nr - row) * sizeof(*fn));
	memset(&fn[nr - 1], 0, sizeof(*fn));
	if (trial->row > row || trial->row == nr)
		trial->row--;
	if (!trial->row)
		trial->row = 1;
}

/* Take out a row and all that is behind it */
static void drop_tree(struct synth_trial *trial, unsigned int row)
{
	unsigned int i;

	for (i = nr_rows(trial); i > row; i--) {
		if (trial->topology.fn[i - 1].under == row)
			drop_tree(trial, i);
	}
	drop_row(trial, row);
}

static void shrink_rows(struct shrink *s)
{
	unsigned int row;

	for (row = nr_rows(s->best); row; row--) {
		if (row > nr_rows(s->best))
			continue;
		drop_tree(s->try, row);
		if (keep(s))
			continue;
		drop_row(s->try, row);
		keep(s);
	}
}

static void shrink_bar(struct shrink *s, struct synth_bar *bar)
{
	bar->size = 0;
	bar->addr = 0;
	bar->type = 0;
	bar->quirk = 0;
	if (keep(s))
		return;

	bar->quirk = 0;
	keep(s);
	if (bar->type != SYNTH_BAR_ROM)
		bar->type = SYNTH_BAR_M32;
	keep(s);
	bar->addr = 0;
	keep(s);
}

static void shrink_fn(struct shrink *s, struct synth_fn *fn)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		if (fn->bar[i].size)
			shrink_bar(s, &fn->bar[i]);
	}

	memset(&fn->io, 0, sizeof(fn->io));
	keep(s);
	memset(&fn->mem, 0, sizeof(fn->mem));
	keep(s);
	memset(&fn->pref, 0, sizeof(fn->pref));
	keep(s);
	for (i = 0; i < 16; i++) {
		if (BIT(i) & (SYNTH_FN | SYNTH_TYPE1))
			continue;
		fn->flags &= ~BIT(i);
		keep(s);
	}
	fn->class = 0;
	keep(s);
	fn->nr_vfs = 0;
	keep(s);
	fn->rebar = 0;
	keep(s);
	fn->lies = 0;
	keep(s);
}

static void shrink_topology(struct shrink *s)
{
	struct synth_topology *topology = &s->try->topology;
	int i;

	s->try->op = SYNTH_OP_NONE;
	keep(s);
	topology->flags &= ~SYNTH_REALLOC;
	keep(s);
	memset(topology->reserved, 0, sizeof(topology->reserved));
	keep(s);
	for (i = 1; i < SYNTH_MAX_WIN; i++) {
		memset(&topology->win[i], 0, sizeof(topology->win[i]));
		keep(s);
	}
	if (topology->win[0].size != SZ_1M)
		topology->win[0].size = SZ_64M;
	keep(s);
	topology->win[0].size = SZ_1M;
	keep(s);
}

/**
 * synth_shrink - find the smallest topology that still fails
 * @trial: a topology that fails, and what happens to it
 * @fails: does it fail?
 * @data: first argument of @fails
 */
void synth_shrink(struct synth_trial *trial, synth_fails_fn fails, void *data)
{
	struct synth_trial *try __free(kfree) = kmemdup(trial, sizeof(*trial), GFP_KERNEL);
	struct shrink s = { .best = trial, .try = try, .fails = fails, .data = data };
	unsigned int row;

	if (!try)
		return;

	do {
		s.progress = false;
		shrink_rows(&s);
		shrink_topology(&s);
		for (row = 1; row <= nr_rows(s.best); row++)
			shrink_fn(&s, &s.try->topology.fn[row - 1]);
	} while (s.progress);
}
