// SPDX-License-Identifier: GPL-2.0
/*
 * What would pci=passthrough_align do on this machine?
 *
 * It moves each small BAR that does not start a page to a page of its own, in
 * the window where it is, then those that are next to something that stays, and
 * leaves all else in place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define CLASS_NOT_DEFINED	0x0000
#define CLASS_HOST_BRIDGE	0x0600
#define CLASS_PIC		0x0800	/* IOAPICs, too */
#define CLASS_USB		0x0c03
#define NOT_COUNTED		UINT64_MAX
#define NOTHING			((struct range) { 1, 0 })

struct planner {
	const struct machine *m;
	uint64_t page;
	enum move *moves;	/* of each BAR */
	uint64_t *needs, *free;	/* pages of each thing that is a window */
	uint64_t to_place;
};

/*
 * Does an early console use it, as arch/x86/kernel/early_printk.c reads the
 * parameter?  Which USB controller "dbgp" means is not to be seen here.
 */
static enum move early_console(const struct machine *m, const struct pci_dev *pci)
{
	const char *serial = m->early ? strstr(m->early, "pciserial,") : NULL;
	unsigned int bus, slot, func;

	if (serial &&
	    (sscanf(serial, "pciserial,%x:%x.%x", &bus, &slot, &func) == 3 ||
	     sscanf(serial, "pciserial,force,%x:%x.%x", &bus, &slot, &func) == 3) &&
	    !pci->domain && pci->bus == bus && pci->dev == slot && pci->func == func)
		return SKIP_CONSOLE;
	if (m->early && strstr(m->early, "dbgp") &&
	    pci->device_class == CLASS_USB)
		return MOVE_UNKNOWN;
	return MOVE;
}

static enum move exempt(const struct machine *m, const struct bar *bar)
{
	struct device *dev = bar->dev;

	if (bar->flags & RES_PCI_FIXED)
		return SKIP_FIXED;
	if (is_vf(dev))
		return SKIP_VF;

	pci_fill(dev, PCI_FILL_CLASS);
	if (!(dev->pci->known_fields & PCI_FILL_CLASS))
		return MOVE_UNKNOWN;
	switch (dev->pci->device_class) {
	case CLASS_NOT_DEFINED:
		return SKIP_NO_CLASS;
	case CLASS_HOST_BRIDGE:
		return SKIP_HOST_BRIDGE;
	case CLASS_PIC:
		return SKIP_PIC;
	}
	return early_console(m, dev->pci);
}

static enum move move_of(const struct machine *m, const struct bar *bar,
			 uint64_t page)
{
	enum move move;

	if (!is_bar(bar) || !is_small(bar, page))
		return STAY;
	if (is_assigned(bar) && bar->at.start % page == 0)
		return STAY;
	move = exempt(m, bar);
	return move == MOVE && !is_assigned(bar) ? PLACE : move;
}

static void plan_bar(struct planner *p, const struct bar *bar, enum move move)
{
	const struct thing *window;

	p->moves[bar - p->m->bars] = move;
	if (move == PLACE)
		p->to_place++;
	if (move != MOVE)
		return;
	window = window_of(p->m, bar);
	if (window)
		p->needs[index_position(p->m->index, window)]++;
}

static bool moves(const struct planner *p, const struct thing *thing)
{
	return thing->bar && p->moves[thing->bar - p->m->bars] == MOVE;
}

/* What a driver requested in a BAR goes with the BAR. */
static struct range taken_along(const struct thing *thing)
{
	return thing->bar->claimed ? thing->at : NOTHING;
}

/* Whole pages in a window, once all that moves is out of it */
static uint64_t count_free(const struct planner *p, const struct thing *window)
{
	struct range gap = window->at, moving = NOTHING;
	struct cursor c = index_in(p->m->index, window->at);
	const struct thing *thing;
	uint64_t pages = 0;

	while ((thing = index_next(&c))) {
		if (contains(thing->at, window->at))
			continue;
		if (moves(p, thing)) {
			moving = taken_along(thing);
			continue;
		}
		if (!thing->bar && contains(moving, thing->at))
			continue;
		if (thing->at.start > gap.start) {
			gap.end = thing->at.start - 1;
			pages += whole_pages(gap, p->page);
		}
		if (thing->at.end >= window->at.end)
			return pages;
		if (thing->at.end >= gap.start)
			gap.start = thing->at.end + 1;
	}
	gap.end = window->at.end;
	return pages + whole_pages(gap, p->page);
}

static uint64_t free_pages_in(const struct planner *p,
			      const struct thing *window)
{
	uint64_t *free = &p->free[index_position(p->m->index, window)];

	if (*free == NOT_COUNTED)
		*free = count_free(p, window);
	return *free;
}

/*
 * What is counted as free is really free only if we see all that is there. BARs
 * that have no address yet may end up in any window.
 */
static enum answer fits(const struct planner *p, const struct plan *plan)
{
	if (!plan->window)
		return DONT_KNOW;
	if (plan->needs > plan->free)
		return NO;
	return plan->free_known && plan->needs + p->to_place <= plan->free ?
	       YES : DONT_KNOW;
}

static struct plan move_plan(const struct planner *p, const struct bar *bar)
{
	struct plan plan = { .move = p->moves[bar - p->m->bars] };

	if (!is_assigned(bar))
		return plan;
	plan.window = window_of(p->m, bar);
	if (!plan.window)
		return plan;
	plan.needs = p->needs[index_position(p->m->index, plan.window)];
	plan.free = free_pages_in(p, plan.window);
	plan.free_known = p->m->addresses;
	if (plan.move == MOVE)
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
		index_in(p->m->index, pages_of(bar->at, p->page)), NOTHING
	};
}

static const struct thing *next_neighbour(const struct planner *p,
					  const struct bar *bar,
					  struct neighbours *n)
{
	const struct thing *thing;

	while ((thing = index_next(&n->c))) {
		if (is_part(bar, thing) ||
		    (!thing->bar && contains(n->moving, thing->at)))
			continue;
		if (moves(p, thing))
			n->moving = taken_along(thing);
		return thing;
	}
	return NULL;
}

static bool beside_one_that_stays(const struct planner *p, const struct bar *bar)
{
	struct neighbours n = neighbours_of(p, bar);
	const struct thing *thing;

	while ((thing = next_neighbour(p, bar, &n)))
		if (!moves(p, thing))
			return true;
	return false;
}

/* Isolated if all that is in its pages today moves out, and fits elsewhere */
static enum verdict left_alone(const struct planner *p, const struct bar *bar)
{
	struct neighbours n = neighbours_of(p, bar);
	const struct thing *thing;

	if (beside_one_that_stays(p, bar))
		return SHARES;
	while ((thing = next_neighbour(p, bar, &n)))
		if (move_plan(p, thing->bar).fits != YES)
			return UNKNOWN;
	return p->m->addresses ? ISOLATED : UNKNOWN;
}

/* It starts a page: it moves only if something in that page does not. */
static void plan_neighbour(struct planner *p, const struct bar *bar)
{
	if (p->moves[bar - p->m->bars] == STAY && is_bar(bar) &&
	    is_small(bar, p->page) && is_assigned(bar) &&
	    beside_one_that_stays(p, bar))
		plan_bar(p, bar, exempt(p->m, bar));
}

struct planner *planner_new(const struct machine *m, uint64_t page)
{
	struct planner *p = checked(calloc(1, sizeof(*p)));
	size_t i, nr = index_size(m->index) + 1;

	p->m = m;
	p->page = page;
	p->moves = checked(calloc(m->nr_bars + 1, sizeof(*p->moves)));
	p->needs = checked(calloc(nr, sizeof(*p->needs)));
	p->free = checked(calloc(nr, sizeof(*p->free)));
	for (i = 0; i < nr; i++)
		p->free[i] = NOT_COUNTED;
	for (i = 0; i < m->nr_bars; i++)
		plan_bar(p, &m->bars[i], move_of(m, &m->bars[i], page));
	for (i = 0; i < m->nr_bars; i++)
		plan_neighbour(p, &m->bars[i]);
	return p;
}

void planner_free(struct planner *p)
{
	if (!p)
		return;
	free(p->moves);
	free(p->needs);
	free(p->free);
	free(p);
}

static enum verdict after(const struct planner *p, const struct bar *bar,
			  const struct plan *plan)
{
	enum verdict now = judge(p->m, bar, p->page).verdict;

	if (plan->move == MOVE)
		return plan->fits == YES ? ISOLATED : UNKNOWN;
	if (plan->move == PLACE || plan->move == MOVE_UNKNOWN)
		return UNKNOWN;
	return now == SHARES ? left_alone(p, bar) : now;
}

struct plan plan_for(const struct planner *p, const struct bar *bar)
{
	struct plan plan = move_plan(p, bar);

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
		[MOVE_UNKNOWN] = "?",
	};

	return names[move];
}
