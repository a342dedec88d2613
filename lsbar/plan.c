// SPDX-License-Identifier: GPL-2.0
/*
 * What pci=passthrough_align would do on this system.
 *
 * It moves each small BAR that does not start a page to a page of its own, in
 * the window where it is, then those that are next to something that stays, and
 * leaves all else in place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define NOT_COUNTED		UINT64_MAX
#define NOTHING			((struct range) { 1, 0 })

struct planner {
	const struct system *sys;
	uint64_t page;
	enum move *moves;	/* of each BAR */
	uint64_t *needs;	/* pages, of each resource that is a window */
	struct room *room;	/* likewise */
	uint64_t to_place;	/* into any window, or not at all */
	enum planned what;
};

/* Whole pages of a window: now, and once all that moves is out of it */
struct room {
	uint64_t now, later;
};

/* What the parameter leaves alone, or the user asked for by name */
static enum move exempt_from_parameter(const struct system *sys,
				       const struct bar *bar)
{
	enum move move = exempt(sys, bar);
	enum answer named = is_named(sys, bar->dev);

	if (move != MOVE && move != MOVE_UNKNOWN)
		return move;
	return named == YES ? SKIP_NAMED : named == NO ? move : MOVE_UNKNOWN;
}

static enum move move_of(const struct planner *p, const struct bar *bar)
{
	enum move move;

	if (!is_bar(bar) || !is_small(bar, p->page))
		return STAY;
	if (p->what == BY_NAME)
		return bar->dev->faked && is_assigned(bar) ? MOVE : STAY;
	if (is_assigned(bar) && bar->at.start % p->page == 0)
		return STAY;
	move = exempt_from_parameter(p->sys, bar);
	return move == MOVE && !is_assigned(bar) ? PLACE : move;
}

static void plan_bar(struct planner *p, const struct bar *bar, enum move move)
{
	const struct resource *window;

	p->moves[bar - p->sys->bars] = move;
	if (move == PLACE || move == MOVE_UNKNOWN)
		p->to_place++;
	if (move != MOVE)
		return;
	window = window_of(p->sys, bar);
	if (window)
		p->needs[index_position(p->sys->index, window)]++;
}

static bool moves(const struct planner *p, const struct resource *resource)
{
	return resource->bar && p->moves[resource->bar - p->sys->bars] == MOVE;
}

/*
 * What a driver requested in a BAR goes with the BAR; not with one on top of it that
 * the kernel could not claim.
 */
static struct range taken_along(const struct resource *resource, struct range before)
{
	return resource->bar->claimed ? resource->at : before;
}

/* Whole pages in a window, once all that moves is out of it if that is asked */
static uint64_t count_free(const struct planner *p, const struct resource *window,
			   bool later)
{
	struct range gap = window->at, moving = NOTHING;
	struct cursor c = index_in(p->sys->index, window->at);
	const struct resource *resource;
	uint64_t pages = 0;

	while ((resource = index_next(&c))) {
		if (contains(resource->at, window->at))
			continue;
		if (later && moves(p, resource)) {
			moving = taken_along(resource, moving);
			continue;
		}
		if (!resource->bar && contains(moving, resource->at))
			continue;
		if (resource->at.start > gap.start) {
			gap.end = resource->at.start - 1;
			pages += whole_pages(gap, p->page);
		}
		if (resource->at.end >= window->at.end)
			return pages;
		if (resource->at.end >= gap.start)
			gap.start = resource->at.end + 1;
	}
	gap.end = window->at.end;
	return pages + whole_pages(gap, p->page);
}

static struct room room_in(const struct planner *p, const struct resource *window)
{
	struct room *room = &p->room[index_position(p->sys->index, window)];

	if (room->now == NOT_COUNTED) {
		room->now = count_free(p, window, false);
		room->later = count_free(p, window, true);
	}
	return *room;
}

static bool is_alone(const struct planner *p, const struct bar *bar)
{
	enum verdict verdict = judge(p->sys, bar, p->page).verdict;

	return verdict == ISOLATED || (verdict == UNKNOWN && !p->sys->addresses);
}

/*
 * A BAR that is alone in a page moves to its start, which takes no other page. All
 * that the BAR is in must have the whole page.
 */
static bool has_own_page(const struct planner *p, const struct bar *bar)
{
	struct range page = pages_of(bar->at, p->page);
	struct cursor c = index_in(p->sys->index, bar->at);
	const struct resource *resource;

	if (page.end - page.start >= p->page)
		return false;
	while ((resource = index_next(&c)))
		if (!contains(bar->at, resource->at) &&
		    contains(resource->at, bar->at) && !contains(resource->at, page))
			return false;
	return is_alone(p, bar);
}

/* With pci=resource_alignment= all are out of the window at once. */
static bool takes_turns(const struct planner *p)
{
	return p->what == BY_PARAMETER;
}

/*
 * BARs move one by one, and the last one in a page is alone there. So a page must
 * be free to begin with only for one that is not alone now.
 *
 * What is counted as free is really free only if we see all that is there. BARs
 * that have no address yet may end up in any page.
 */
static enum answer fits(const struct planner *p, const struct plan *plan)
{
	uint64_t wanted = plan->needs + p->to_place;

	if (plan->full)
		return NO;
	if (plan->own_page && !p->to_place)
		wanted = 0;
	return plan->free_known && wanted <= plan->free ? YES : DONT_KNOW;
}

struct plan room_for(const struct planner *p, const struct bar *bar)
{
	struct plan plan = { .move = p->moves[bar - p->sys->bars] };
	struct room room;

	if (!is_assigned(bar))
		return plan;
	plan.window = window_of(p->sys, bar);
	if (!plan.window)
		return plan;
	plan.needs = p->needs[index_position(p->sys->index, plan.window)];
	room = room_in(p, plan.window);
	plan.free = room.later;
	plan.free_known = p->sys->addresses;
	plan.own_page = takes_turns(p) && has_own_page(p, bar);
	plan.none_free = takes_turns(p) && !room.now && !plan.own_page;
	plan.full = plan.none_free ||
		    (plan.needs > room.later && !plan.own_page);
	if (plan.move == MOVE || plan.move == MOVE_UNKNOWN)
		plan.fits = fits(p, &plan);
	return plan;
}

/* What is in the pages of a BAR, but for what goes along with one that moves */
struct neighbours {
	struct cursor c;
	struct range moving;
};

static struct neighbours neighbours_of(const struct planner *p,
				       const struct bar *bar)
{
	return (struct neighbours) {
		index_in(p->sys->index, pages_of(bar->at, p->page)), NOTHING
	};
}

static const struct resource *next_neighbour(const struct planner *p,
					     const struct bar *bar,
					     struct neighbours *n)
{
	const struct resource *resource;

	while ((resource = index_next(&n->c))) {
		if (is_part(bar, resource) ||
		    (!resource->bar && contains(n->moving, resource->at)))
			continue;
		if (moves(p, resource))
			n->moving = taken_along(resource, n->moving);
		return resource;
	}
	return NULL;
}

static bool beside_one_that_stays(const struct planner *p, const struct bar *bar)
{
	struct neighbours n = neighbours_of(p, bar);
	const struct resource *resource;

	while ((resource = next_neighbour(p, bar, &n)))
		if (!moves(p, resource))
			return true;
	return false;
}

/* Isolated if all that is in its pages today moves out, and fits elsewhere */
static enum verdict left_alone(const struct planner *p, const struct bar *bar)
{
	struct neighbours n = neighbours_of(p, bar);
	const struct resource *resource;
	bool any = false;

	if (beside_one_that_stays(p, bar))
		return SHARES;
	while ((resource = next_neighbour(p, bar, &n))) {
		if (room_for(p, resource->bar).fits != YES)
			return UNKNOWN;
		any = true;
	}
	return any ? ISOLATED : UNKNOWN;	/* none: only the kernel sees it */
}

/* It starts a page: it moves only if something in that page does not. */
static void plan_neighbour(struct planner *p, const struct bar *bar)
{
	if (p->moves[bar - p->sys->bars] == STAY && is_bar(bar) &&
	    is_small(bar, p->page) && is_assigned(bar) &&
	    beside_one_that_stays(p, bar))
		plan_bar(p, bar, exempt_from_parameter(p->sys, bar));
}

struct planner *planner_new(const struct system *sys, uint64_t page,
			    enum planned what)
{
	struct planner *p = checked(calloc(1, sizeof(*p)));
	size_t i, nr = index_size(sys->index) + 1;

	p->sys = sys;
	p->page = page;
	p->what = what;
	p->moves = checked(calloc(sys->nr_bars + 1, sizeof(*p->moves)));
	p->needs = checked(calloc(nr, sizeof(*p->needs)));
	p->room = checked(calloc(nr, sizeof(*p->room)));
	for (i = 0; i < nr; i++)
		p->room[i].now = NOT_COUNTED;
	for (i = 0; i < sys->nr_bars; i++)
		plan_bar(p, &sys->bars[i], move_of(p, &sys->bars[i]));
	for (i = 0; what == BY_PARAMETER && i < sys->nr_bars; i++)
		plan_neighbour(p, &sys->bars[i]);
	return p;
}

void planner_free(struct planner *p)
{
	if (!p)
		return;
	free(p->moves);
	free(p->needs);
	free(p->room);
	free(p);
}

static enum verdict after(const struct planner *p, const struct bar *bar,
			  const struct plan *plan)
{
	enum verdict now = judge(p->sys, bar, p->page).verdict;

	if (plan->move == MOVE)
		return plan->fits == YES ? ISOLATED : UNKNOWN;
	if (plan->move == PLACE)
		return UNKNOWN;
	now = now == SHARES ? left_alone(p, bar) : now;
	if (plan->move == MOVE_UNKNOWN && (now != ISOLATED || plan->fits != YES))
		return UNKNOWN;		/* one way it does not get there */
	return now;
}

struct plan plan_for(const struct planner *p, const struct bar *bar)
{
	struct plan plan = room_for(p, bar);

	plan.after = after(p, bar, &plan);
	return plan;
}

const char *move_name(enum move move)
{
	static const char * const names[] = {
		[STAY] = "stays",
		[MOVE] = "moves",
		[PLACE] = "gets-address",
		[SKIP_VF] = "skipped:vf",
		[SKIP_FIXED] = "skipped:fixed",
		[SKIP_HOST_BRIDGE] = "skipped:host-bridge",
		[SKIP_NO_CLASS] = "skipped:no-class",
		[SKIP_PIC] = "skipped:interrupt-controller",
		[SKIP_CONSOLE] = "skipped:early-console",
		[SKIP_NAMED] = "skipped:resource_alignment",
		[MOVE_UNKNOWN] = "?",
	};

	return names[move];
}
