// SPDX-License-Identifier: GPL-2.0
/*
 * Random topologies: where firmware puts BARs and windows
 *
 * Firmware of all kinds: some packs BARs as tightly as it can, some gives each
 * a page, some leaves BARs or windows unassigned, or puts two in one place.
 */

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/pci.h>
#include <linux/prandom.h>

#include "synth-random.h"

/* Address space that is being given out */
enum space {
	SPACE_IO,
	SPACE_LOW,
	SPACE_HIGH,
};

struct layout {
	struct synth_topology *topology;
	unsigned int nr;
	struct rnd_state *rnd;
	bool aligned;	/* each BAR has a page of its own */
	bool sorted;	/* the largest first */
	bool has_high;
	u64 cursor;
};

/* Do all bridges on the way forward addresses above 4 GiB? */
static bool is_high(const struct layout *layout, unsigned int under)
{
	const struct synth_fn *fn = layout->topology->fn;

	for (; under; under = fn[under - 1].under) {
		if (fn[under - 1].flags & (SYNTH_NO_PREF | SYNTH_PREF32))
			return false;
	}

	return layout->has_high;
}

static enum space bar_space(const struct layout *layout, const struct synth_fn *fn,
			    const struct synth_bar *bar)
{
	if (bar->type == SYNTH_BAR_IO)
		return SPACE_IO;
	if (bar->type == SYNTH_BAR_P64 && is_high(layout, fn->under))
		return SPACE_HIGH;

	return SPACE_LOW;
}

static void lay_bar(struct layout *layout, struct synth_bar *bar)
{
	u64 align = bar->size;

	if (layout->aligned && bar->type != SYNTH_BAR_IO)
		align = max(align, synth_page());

	bar->addr = ALIGN(layout->cursor, align);
	layout->cursor = bar->addr + max(bar->size, layout->aligned ? align : 0);
}

static struct synth_bar *next_bar(struct layout *layout, unsigned int under,
				  enum space space)
{
	struct synth_bar *best = NULL;
	unsigned int i;
	int j;

	for (i = 0; i < layout->nr; i++) {
		struct synth_fn *fn = &layout->topology->fn[i];

		if (fn->under != under || fn->flags & SYNTH_ABSENT)
			continue;

		for (j = 0; j <= PCI_ROM_RESOURCE; j++) {
			struct synth_bar *bar = &fn->bar[j];

			if (!bar->size || bar->addr || bar_space(layout, fn, bar) != space)
				continue;
			if (!best || (layout->sorted && bar->size > best->size))
				best = bar;
		}
	}

	return best;
}

static void lay_bus(struct layout *layout, unsigned int under, enum space space);

static void lay_window(struct layout *layout, unsigned int row, enum space space)
{
	struct synth_fn *fn = &layout->topology->fn[row - 1];
	u64 unit = space == SPACE_IO ? SZ_4K : SZ_1M;
	u64 start = ALIGN(layout->cursor, unit);
	struct synth_bar *win;

	if (space == SPACE_HIGH && !is_high(layout, row))
		return;
	if (space == SPACE_IO && fn->flags & SYNTH_NO_IO)
		return;

	layout->cursor = start;
	lay_bus(layout, row, space);
	layout->cursor = ALIGN(layout->cursor, unit);
	if (layout->cursor == start)
		return;

	win = space == SPACE_IO ? &fn->io : space == SPACE_LOW ? &fn->mem : &fn->pref;
	win->addr = start;
	win->size = layout->cursor - start;
}

static void lay_bus(struct layout *layout, unsigned int under, enum space space)
{
	struct synth_bar *bar;
	unsigned int i;

	while ((bar = next_bar(layout, under, space)))
		lay_bar(layout, bar);

	for (i = 0; i < layout->nr; i++) {
		const struct synth_fn *fn = &layout->topology->fn[i];

		if (fn->under == under && fn->flags & SYNTH_TYPE1 &&
		    !(fn->flags & SYNTH_ABSENT))
			lay_window(layout, i + 1, space);
	}
}

/* How much room there is behind what firmware uses */
static u64 random_slack(struct rnd_state *rnd)
{
	switch (synth_below(rnd, 6)) {
	case 0:
		return 0;
	case 1:
		return synth_page() * (1 + synth_below(rnd, 4));
	case 2:
		return SZ_64K * (1 + synth_below(rnd, 16));
	case 3:
		return SZ_1M * (1 + synth_below(rnd, 4));
	default:
		return SZ_64M;
	}
}

static void lay_space(struct layout *layout, enum space space,
		      struct synth_bar *win, u64 start, u64 max)
{
	bool ragged = space == SPACE_LOW && synth_percent(layout->rnd, 10);
	u64 unit = space == SPACE_IO ? SZ_1K : ragged ? SZ_2K : synth_page();

	/* It can even begin inside a page */
	if (ragged && synth_percent(layout->rnd, 50))
		start += SZ_2K;
	layout->cursor = start;
	lay_bus(layout, 0, space);
	win->addr = start;
	win->type = space == SPACE_IO ? SYNTH_BAR_IO :
		    space == SPACE_LOW ? SYNTH_BAR_M32 : SYNTH_BAR_P64;
	win->size = ALIGN(layout->cursor - start, unit);
	win->size += space == SPACE_IO ? SZ_4K : random_slack(layout->rnd);
	win->size = min(max(win->size, unit), max);
}

static void forget_fn(struct synth_fn *fn)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		if (!(fn->bar[i].quirk & SYNTH_EA))
			fn->bar[i].addr = 0;
	}
	fn->io.addr = 0;
	fn->mem.addr = 0;
	fn->pref.addr = 0;
}

/* A BAR gets the place of another one, or one close to it */
static void overlap(struct layout *layout, struct synth_bar *bar)
{
	const struct synth_fn *fn = &layout->topology->fn[synth_below(layout->rnd, layout->nr)];
	const struct synth_bar *other = &fn->bar[0];

	if (bar->type == SYNTH_BAR_IO || other->type == SYNTH_BAR_IO || !other->addr ||
	    (!synth_is_64(bar) && other->addr >= SYNTH_HIGH))
		return;

	bar->addr = ALIGN_DOWN(other->addr, bar->size);
}

static void spoil_fn(struct layout *layout, struct synth_fn *fn)
{
	struct rnd_state *rnd = layout->rnd;
	bool whole = true;
	int i;

	if (synth_percent(rnd, 5))
		forget_fn(fn);

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		struct synth_bar *bar = &fn->bar[i];

		if (!bar->size || bar->quirk & SYNTH_EA)
			continue;
		if (synth_percent(rnd, 8))
			bar->addr = 0;
		else if (synth_percent(rnd, 4))
			overlap(layout, bar);
		whole &= bar->addr || i == PCI_ROM_RESOURCE;
	}

	if (synth_percent(rnd, 4))
		fn->mem.addr = 0;
	if (!(fn->flags & SYNTH_TYPE1) && (!whole || synth_percent(rnd, 30)))
		fn->flags |= SYNTH_DECODE_OFF;
}

static void add_reserved(struct layout *layout, struct synth_bar *win)
{
	struct synth_bar *r = &layout->topology->reserved[0];

	r->type = SYNTH_BAR_M32;
	if (!IS_ALIGNED(win->addr, synth_page())) {
		r->size = SZ_1K;
		r->addr = win->addr - r->size;	/* right before */
		return;
	}

	if (!synth_percent(layout->rnd, 15))
		return;

	r->size = 256 << synth_below(layout->rnd, 6);
	r->addr = win->addr + win->size;	/* right behind */
	if (synth_percent(layout->rnd, 50) && win->size > r->size)
		r->addr -= r->size;		/* right at the end */
}

static void move_bar(struct synth_bar *bar, u64 offset)
{
	if (bar->addr >= SYNTH_LOW && bar->addr < SYNTH_HIGH)
		bar->addr += offset;
}

/* What firmware assigned from SYNTH_LOW to @end comes right before 4 GiB */
static void move_to_edge(struct layout *layout, u64 end)
{
	struct synth_topology *topology = layout->topology;
	u64 offset = BIT_ULL(32) - ALIGN(end, SZ_8M);	/* aligned for everything */
	unsigned int i;
	int j;

	if (end - SYNTH_LOW > SZ_64M || sizeof(pci_bus_addr_t) == 4)
		return;

	move_bar(&topology->win[0], offset);
	move_bar(&topology->reserved[0], offset);
	for (i = 0; i < layout->nr; i++) {
		for (j = 0; j <= PCI_ROM_RESOURCE; j++)
			move_bar(&topology->fn[i].bar[j], offset);
		move_bar(&topology->fn[i].mem, offset);
		move_bar(&topology->fn[i].pref, offset);
	}
}

/**
 * synth_layout - let firmware assign addresses
 * @topology: its functions, without addresses
 * @nr: number of functions
 * @rnd: where random numbers come from
 */
void synth_layout(struct synth_topology *topology, unsigned int nr,
		  struct rnd_state *rnd)
{
	struct layout layout = {
		.topology = topology,
		.nr = nr,
		.rnd = rnd,
		.aligned = synth_percent(rnd, 20),
		.sorted = synth_percent(rnd, 70),
		.has_high = synth_percent(rnd, 60) && sizeof(resource_size_t) > 4,
	};
	bool nothing = synth_percent(rnd, 10), no_windows = synth_percent(rnd, 10);
	unsigned int i;
	u64 end;

	lay_space(&layout, SPACE_LOW, &topology->win[0], SYNTH_LOW, SYNTH_LOW_SIZE);
	end = layout.cursor;
	if (synth_percent(rnd, 80))
		lay_space(&layout, SPACE_IO, &topology->win[1], SYNTH_IO, SYNTH_IO_SIZE);
	if (layout.has_high)
		lay_space(&layout, SPACE_HIGH, &topology->win[2], SYNTH_HIGH, SYNTH_HIGH_SIZE);
	add_reserved(&layout, &topology->win[0]);

	for (i = 0; i < nr; i++) {
		struct synth_fn *fn = &topology->fn[i];

		spoil_fn(&layout, fn);
		if (no_windows)
			fn->mem.addr = 0;
		if (nothing) {
			forget_fn(fn);
			fn->flags |= SYNTH_DECODE_OFF;
		}
	}
	if (synth_percent(rnd, 5))
		move_to_edge(&layout, end);
}
