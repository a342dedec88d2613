// SPDX-License-Identifier: GPL-2.0
/*
 * What helps a BAR that is not fit for passthrough, on the running kernel.
 *
 * In this order: a page now, if the kernel can do that; pci=passthrough_align, if
 * it knows that; pci=resource_alignment=, which every kernel knows, but which fakes
 * sizes; another slot. What needs a page is not advised where none is free.
 */
#include <stdlib.h>

#include "lsbar.h"

typedef bool able(const struct view *v, const struct bar *bar);

bool needs_cure(const struct row *row)
{
	return row->finding.fitness == MISALIGNED ||
	       row->finding.fitness == OWN || row->finding.fitness == FOREIGN;
}

/* What the kernel can do is for its own page size. */
static bool is_running(const struct view *v)
{
	return v->page == v->sys->page_size;
}

static bool is_movable(const struct view *v, const struct bar *bar)
{
	return is_bar(bar) && is_small(bar, v->page) && is_assigned(bar) &&
	       exempt(v->sys, bar) == MOVE;
}

/* It takes a page before it leaves the one that it is in. */
static bool is_writable(const struct view *v, const struct bar *bar)
{
	return is_movable(v, bar) && bar->dev->writable &&
	       !room_for(v->planner, bar).none_free;
}

static bool is_fakeable(const struct view *v, const struct bar *bar)
{
	return is_movable(v, bar) && !is_bridge(bar->dev);
}

static bool would_be_lost(const struct view *v, const struct bar *bar)
{
	return is_bar(bar) && is_assigned(bar) &&
	       room_for(v->by_name, bar).fits == NO;
}

/* All small BARs of a device are reassigned; one that finds no page is lost. */
static bool is_fakeable_safely(const struct view *v, const struct bar *bar)
{
	const struct bar *first = v->sys->bars, *end = first + v->sys->nr_bars;
	const struct bar *b;

	if (!is_fakeable(v, bar) || !bar->dev->faked)
		return false;
	for (b = bar; b >= first && b->dev == bar->dev; b--)
		if (would_be_lost(v, b))
			return false;
	for (b = bar + 1; b < end && b->dev == bar->dev; b++)
		if (would_be_lost(v, b))
			return false;
	return true;
}

static bool is_misaligned(const struct view *v, const struct row *row)
{
	return row->bar->at.start % v->page && row->finding.fitness != FOREIGN;
}

static bool stays_misaligned(const struct view *v, const struct row *row)
{
	return is_misaligned(v, row) && row->plan.move != MOVE &&
	       row->plan.move != MOVE_UNKNOWN;
}

/* If all others leave, it is alone, and that is enough if it starts its page. */
static bool others_are(const struct view *v, const struct row *row, able *able)
{
	struct others others = others_of(v->sys, row->bar, v->page);
	const struct resource *resource;
	bool any = false;

	if (is_misaligned(v, row))
		return false;
	while ((resource = next_other(&others))) {
		if (!resource->bar || !able(v, resource->bar))
			return false;
		any = true;
	}
	return any;
}

/* A host's window never grows, and an option already given is no advice. */
static enum cure realloc_or_slot(const struct view *v, const struct row *row)
{
	return row->plan.window && !v->sys->realloc &&
	       !is_host_window(v->sys, row->plan.window) ? REALLOC : SLOT;
}

static enum cure by_parameter(const struct view *v, const struct row *row)
{
	const struct plan *plan = &row->plan;

	if (stays_misaligned(v, row))
		return SLOT;
	if (v->sys->on && is_running(v))
		return realloc_or_slot(v, row);
	if (plan->after == ISOLATED)
		return PARAMETER;
	if (plan->after == SHARES)
		return SLOT;
	return plan->full ? realloc_or_slot(v, row) : PARAMETER;
}

static enum cure by_name(const struct view *v, const struct row *row)
{
	if (is_fakeable_safely(v, row->bar))
		return FAKE_SIZE;
	return !is_fakeable(v, row->bar) &&
	       others_are(v, row, is_fakeable_safely) ? FAKE_OTHERS : SLOT;
}

static enum cure cure_for(const struct view *v, const struct row *row)
{
	if (!needs_cure(row))
		return row->finding.fitness == FITNESS_UNKNOWN ?
		       CURE_UNKNOWN : NO_CURE;
	if (v->sys->probe_only)
		return SLOT;
	if (v->sys->can_isolate && is_running(v)) {
		if (is_writable(v, row->bar))
			return WRITE;
		if (others_are(v, row, is_writable))
			return WRITE_OTHERS;
	}
	return v->sys->has_status ? by_parameter(v, row) : by_name(v, row);
}

static void fake_others(const struct view *v, const struct row *row)
{
	struct others others = others_of(v->sys, row->bar, v->page);
	const struct resource *resource;

	while ((resource = next_other(&others)))
		resource->bar->dev->faked = true;
}

/* Choose the devices to list in pci=resource_alignment=, if they fit. */
static void mark_wanted(const struct view *v)
{
	size_t i;

	for (i = 0; i < v->nr_rows; i++) {
		const struct row *row = &v->rows[i];

		if (!needs_cure(row))
			continue;
		if (is_fakeable(v, row->bar))
			row->bar->dev->faked = true;
		else if (others_are(v, row, is_fakeable))
			fake_others(v, row);
	}
}

/* A window is too full for all of them or for none, so those that are left fit. */
static void mark_faked(const struct view *v)
{
	size_t i;

	for (i = 0; i < v->sys->nr_devices; i++)
		v->sys->devices[i].faked = false;
	for (i = 0; i < v->nr_rows; i++)
		if (v->rows[i].cure == FAKE_SIZE)
			v->rows[i].bar->dev->faked = true;
		else if (v->rows[i].cure == FAKE_OTHERS)
			fake_others(v, &v->rows[i]);
}

void make_cures(struct view *v)
{
	size_t i;

	if (!v->sys->has_status)
		mark_wanted(v);
	v->by_name = planner_new(v->sys, v->page, BY_NAME);
	for (i = 0; i < v->nr_rows; i++)
		v->rows[i].cure = cure_for(v, &v->rows[i]);
	mark_faked(v);
}

const char *cure_name(enum cure cure)
{
	static const char * const names[] = {
		[NO_CURE] = "-",
		[CURE_UNKNOWN] = "?",
		[WRITE] = "write",
		[WRITE_OTHERS] = "write-others",
		[PARAMETER] = "parameter",
		[REALLOC] = "realloc",
		[FAKE_SIZE] = "fake-size",
		[FAKE_OTHERS] = "fake-size-others",
		[SLOT] = "slot",
	};

	return names[cure];
}
