// SPDX-License-Identifier: GPL-2.0
/*
 * Random topologies: what is in them
 */

#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include "synth-random.h"

#define MAX_BRIDGES	5
#define MAX_DEPTH	4

/**
 * synth_below - draw a number
 * @rnd: where from
 * @n: how many there are
 *
 * Return: 0 to @n - 1
 */
unsigned int synth_below(struct rnd_state *rnd, unsigned int n)
{
	return prandom_u32_state(rnd) % n;
}

/**
 * synth_percent - draw yes or no
 * @rnd: where from
 * @percent: how likely yes is
 *
 * Return: true for yes
 */
bool synth_percent(struct rnd_state *rnd, unsigned int percent)
{
	return synth_below(rnd, 100) < percent;
}

static u64 random_size(struct rnd_state *rnd)
{
	unsigned int dice = synth_below(rnd, 100);

	if (dice < 65)	/* 16 bytes to half a page */
		return 16ULL << synth_below(rnd, ilog2(synth_page()) - 4);
	if (dice < 85)
		return (u64)synth_page() << synth_below(rnd, 3);
	if (dice < 97)
		return (u64)SZ_64K << synth_below(rnd, 5);

	return (u64)SZ_2M << synth_below(rnd, 3);
}

static u8 random_type(struct rnd_state *rnd)
{
	unsigned int dice = synth_below(rnd, 100);

	if (dice < 60)
		return SYNTH_BAR_M32;
	if (dice < 72)
		return SYNTH_BAR_M64;
	if (dice < 77)
		return SYNTH_BAR_P32;
	if (dice < 90)
		return SYNTH_BAR_P64;

	return SYNTH_BAR_IO;
}

static void random_bar(struct synth_bar *bar, struct rnd_state *rnd)
{
	bar->type = random_type(rnd);
	bar->size = bar->type == SYNTH_BAR_IO ? 4ULL << synth_below(rnd, 7) :
						random_size(rnd);
	if (bar->size < synth_page() && synth_percent(rnd, 2))
		bar->quirk = bar->type == SYNTH_BAR_M32 ? SYNTH_EA : 0;
	else if (synth_percent(rnd, 2) && bar->type != SYNTH_BAR_IO)
		bar->quirk = SYNTH_WRITE_FAILS;
}

static void random_bars(struct synth_fn *fn, struct rnd_state *rnd)
{
	int nr = fn->flags & SYNTH_TYPE1 ? 2 : PCI_STD_NUM_BARS;
	int i = 0;

	if (fn->flags & SYNTH_TYPE1 && synth_percent(rnd, 70))
		return;

	do {
		random_bar(&fn->bar[i], rnd);
		i += synth_is_64(&fn->bar[i]) ? 2 : 1;
	} while (i < nr - 1 && synth_percent(rnd, 45));

	if (synth_percent(rnd, 15)) {
		struct synth_bar *rom = &fn->bar[PCI_ROM_RESOURCE];

		rom->type = SYNTH_BAR_ROM;
		rom->size = (u64)SZ_2K << synth_below(rnd, 7);
		rom->quirk = synth_percent(rnd, 20) ? SYNTH_ROM_ON : 0;
	}
}

static unsigned int depth(const struct synth_topology *topology, unsigned int row)
{
	unsigned int n = 0;

	for (; row; row = topology->fn[row - 1].under)
		n++;

	return n;
}

static unsigned int children(const struct synth_topology *topology, unsigned int row)
{
	unsigned int i, n = 0;

	for (i = 0; i < SYNTH_MAX_FN; i++)
		n += topology->fn[i].flags & SYNTH_FN && topology->fn[i].under == row;

	return n;
}

/* The bus with row @under gets one more function */
static void random_devfn(struct synth_topology *topology, struct synth_fn *fn,
			 unsigned int under, struct rnd_state *rnd)
{
	unsigned int n = children(topology, under);
	bool port = under && synth_is_port(&topology->fn[under - 1]);
	bool share = port || synth_percent(rnd, 25);
	int i;

	/* Behind a port there is only one device */
	fn->devfn = PCI_DEVFN(port ? 0 : n + 1, port ? n : 0);
	fn->under = under;
	if (port || !share)
		return;

	/* Another function of the device before */
	for (i = SYNTH_MAX_FN - 1; i >= 0; i--) {
		const struct synth_fn *other = &topology->fn[i];

		if (other->flags & SYNTH_FN && other->under == under && other != fn) {
			if (PCI_FUNC(other->devfn) < 7)
				fn->devfn = other->devfn + 1;
			return;
		}
	}
}

static unsigned int random_bus(const struct synth_topology *topology,
			       unsigned int nr, struct rnd_state *rnd)
{
	unsigned int row = synth_below(rnd, nr + 1);
	const struct synth_fn *fn;

	if (!row)
		return 0;

	fn = &topology->fn[row - 1];
	if (!(fn->flags & SYNTH_TYPE1) || depth(topology, row) >= MAX_DEPTH ||
	    (synth_is_port(fn) && children(topology, row) >= 8))
		return 0;

	return row;
}

/* A port for hot-plug often is part of a switch that was hot-added itself */
static u16 random_bridge_flags(const struct synth_topology *topology,
			       unsigned int under, struct rnd_state *rnd)
{
	bool hotplug = under && topology->fn[under - 1].flags & SYNTH_HOTPLUG;
	u16 flags = SYNTH_TYPE1;

	if (synth_percent(rnd, hotplug ? 60 : 15))
		flags |= SYNTH_HOTPLUG;
	else if (synth_percent(rnd, 15))
		flags |= SYNTH_PORT;
	else if (synth_percent(rnd, 10))
		flags |= SYNTH_TRANSPARENT;
	if (synth_percent(rnd, 15))
		flags |= SYNTH_NO_IO;
	if (synth_percent(rnd, 15))
		flags |= SYNTH_NO_PREF;
	else if (synth_percent(rnd, 15))
		flags |= SYNTH_PREF32;

	return flags;
}

static void random_fn(struct synth_topology *topology, unsigned int nr,
		      unsigned int *bridges, struct rnd_state *rnd)
{
	struct synth_fn *fn = &topology->fn[nr];
	unsigned int under = random_bus(topology, nr, rnd);

	/* Prefer the latest bridge */
	if (!under && *bridges && synth_percent(rnd, 50))
		under = random_bus(topology, nr, rnd);

	random_devfn(topology, fn, under, rnd);
	fn->flags = SYNTH_FN;
	if (*bridges < MAX_BRIDGES && synth_percent(rnd, 25)) {
		fn->flags |= random_bridge_flags(topology, under, rnd);
		++*bridges;
	}
	random_bars(fn, rnd);

	if (fn->flags & SYNTH_TYPE1)
		return;
	if (synth_percent(rnd, 3)) {
		fn->nr_vfs = 4;
		fn->vf.type = SYNTH_BAR_P64;
		fn->vf.size = synth_page() << synth_below(rnd, 4);
	}
	if (fn->bar[0].size >= SZ_1M && fn->bar[0].type != SYNTH_BAR_IO)
		fn->rebar = 0xff;	/* 1 MiB to 128 MiB */
	if (synth_percent(rnd, 1))
		fn->flags |= SYNTH_CLASSLESS;
	if (synth_percent(rnd, 1))
		fn->class = PCI_CLASS_BRIDGE_HOST;
	if (synth_percent(rnd, 1))
		fn->class = PCI_CLASS_SYSTEM_PIC;
}

/*
 * BARs that leave less than a few pages of the 1 MiB that a window has, or of
 * 3 MiB that begin at a multiple of 2
 */
static void random_filler(struct synth_topology *topology, unsigned int nr,
			  unsigned int under, struct rnd_state *rnd)
{
	struct synth_fn *fn = &topology->fn[nr];
	u64 size = SZ_512K;
	int i = 0;

	random_devfn(topology, fn, under, rnd);
	fn->flags = SYNTH_FN;
	if (synth_percent(rnd, 20)) {
		fn->bar[i].type = SYNTH_BAR_M32;
		fn->bar[i++].size = SZ_2M;
	}
	for (; i < PCI_STD_NUM_BARS && size >= synth_page(); i++, size /= 2) {
		fn->bar[i].type = SYNTH_BAR_M32;
		fn->bar[i].size = size;
	}
}

/**
 * synth_random - draw a topology and what happens to it
 * @trial: where to put it
 * @seed: the same seed gives the same topology
 */
void synth_random(struct synth_trial *trial, u32 seed)
{
	struct synth_topology *topology = &trial->topology;
	unsigned int nr, max, bridges = 0, filled = 0;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, seed);
	memset(trial, 0, sizeof(*trial));

	topology->flags = synth_percent(&rnd, 70) ? SYNTH_SURVEY : 0;
	topology->flags |= synth_percent(&rnd, 25) ? SYNTH_REALLOC : 0;

	max = 10 + synth_below(&rnd, 8);
	for (nr = 0; nr < max; nr++) {
		random_fn(topology, nr, &bridges, &rnd);
		if (topology->fn[nr].flags & SYNTH_TYPE1 &&
		    synth_percent(&rnd, 40) && filled++ < 3) {
			random_filler(topology, nr + 1, nr + 1, &rnd);
			nr++;
		}
	}

	synth_trial_draw(trial, nr, &rnd);
	synth_layout(topology, nr, &rnd);
}

/**
 * synth_random_lie - let a function of a random topology lie
 * @trial: the topology
 * @seed: that it was drawn with; all else stays as it is
 * @percent: percentage of topologies in which a function lies
 */
void synth_random_lie(struct synth_trial *trial, u32 seed, unsigned int percent)
{
	struct synth_topology *topology = &trial->topology;
	struct rnd_state rnd;
	unsigned int nr = 0;

	while (nr < SYNTH_MAX_FN && topology->fn[nr].flags & SYNTH_FN)
		nr++;

	prandom_seed_state(&rnd, ~seed);
	if (synth_percent(&rnd, percent))
		topology->fn[synth_below(&rnd, nr)].lies = BIT(synth_below(&rnd, SYNTH_NR_LIES));
}
