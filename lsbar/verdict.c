// SPDX-License-Identifier: GPL-2.0
/*
 * Does a BAR share a page?
 *
 * A page is the smallest unit that can be mapped, so a BAR is isolated only if
 * there is nothing else in any page that it touches. Calling one isolated that is
 * not would hand somebody else's registers to a guest. Thus: sharing may be
 * concluded from anything that we see; isolation only if we see everything.
 */
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

/* vfio-pci keeps others out of the rest of a page with it */
#define PADDING "vfio sub-page reserved"

static int by_claim(const struct range *a, const char *a_name,
		    const struct range *b, const char *b_name)
{
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return strcmp(a_name, b_name);
}

static int by_range_and_device(const void *a, const void *b)
{
	const struct bar *x = *(struct bar **)a, *y = *(struct bar **)b;

	return by_claim(&x->at, x->dev->bdf, &y->at, y->dev->bdf);
}

static int is_claim_of(const void *key, const void *element)
{
	const struct resource *claim = key;
	const struct bar *bar = *(struct bar **)element;

	return by_claim(&claim->at, claim->name, &bar->at, bar->dev->bdf);
}

/* BARs that have an address. What is in /proc/iomem needn't be taken twice. */
static bool is_resource(const struct system *sys, const struct bar *bar)
{
	return is_assigned(bar) && !(is_window(bar) && sys->addresses);
}

static struct bar **assigned_bars(const struct system *sys, size_t *nr)
{
	struct bar **bars = checked(calloc(sys->nr_bars + 1, sizeof(*bars)));
	size_t i;

	*nr = 0;
	for (i = 0; i < sys->nr_bars; i++)
		if (is_resource(sys, &sys->bars[i]))
			bars[(*nr)++] = &sys->bars[i];
	qsort(bars, *nr, sizeof(*bars), by_range_and_device);
	return bars;
}

/* Everything that lies at an address, each resource once */
void index_system(struct system *sys)
{
	size_t nr_bars, nr = 0, i;
	struct bar **bars = assigned_bars(sys, &nr_bars), **bar;
	struct resource *resources = checked(calloc(nr_bars + sys->nr_iomem + 1,
						      sizeof(*resources)));

	for (i = 0; i < nr_bars; i++)
		resources[nr++] = (struct resource) { bars[i]->at, bars[i] };

	for (i = 0; sys->addresses && i < sys->nr_iomem; i++) {
		bar = bsearch(&sys->iomem[i], bars, nr_bars, sizeof(*bars),
			      is_claim_of);
		if (bar)
			(*bar)->claimed = true;
		else
			resources[nr++] = sys->iomem[i];
	}
	free(bars);
	sys->index = index_new(resources, nr);
}

bool is_padding(const struct resource *resource)
{
	return !resource->bar && !strcmp(resource->name, PADDING);
}

/* Is a resource the BAR, a part of it, or what it is routed through? */
bool is_part(const struct bar *bar, const struct resource *resource)
{
	const struct bar *other = resource->bar;

	if (other == bar)
		return true;
	if (!other)
		return contains(resource->at, bar->at) ||
		       contains(bar->at, resource->at) || is_padding(resource);
	if (!contains(other->at, bar->at))
		return false;
	if (is_window(other))
		return true;
	return !is_bar(other) && is_vf_of(bar->dev, other->dev);
}

/* Like a region that a driver requested in a neighbour */
static bool is_inside(const struct resource *other, const struct resource *resource)
{
	return !resource->bar && other && contains(other->at, resource->at);
}

/* Is it passed through along with the BAR? */
static bool goes_along(const struct bar *bar, const struct resource *resource)
{
	const struct device *dev = resource->bar ? resource->bar->dev : NULL;

	return dev && (dev == bar->dev ||
		       (dev->guest && dev->guest == bar->dev->guest));
}

struct others others_of(const struct system *sys, const struct bar *bar,
			uint64_t page)
{
	return (struct others) {
		bar, index_in(sys->index, pages_of(bar->at, page)), NULL
	};
}

const struct resource *next_other(struct others *o)
{
	const struct resource *resource;

	while ((resource = index_next(&o->c))) {
		if (is_part(o->bar, resource) || is_inside(o->widest, resource))
			continue;
		if (!o->widest || resource->at.end > o->widest->at.end)
			o->widest = resource;
		return resource;
	}
	return NULL;
}

/* Not all of many, but one that is foreign if there is any */
static void find_others(const struct system *sys, const struct bar *bar,
			uint64_t page, struct finding *f)
{
	struct others others = others_of(sys, bar, page);
	const struct resource *resource;

	while (!(f->more && f->foreign) && (resource = next_other(&others))) {
		if (!f->foreign && !goes_along(bar, resource))
			f->foreign = resource;
		if (f->nr_others == MAX_OTHERS)
			f->more = true;
		else
			f->others[f->nr_others++] = resource;
	}
}

static bool fills_pages(const struct bar *bar, uint64_t page)
{
	return contains(bar->at, pages_of(bar->at, page));
}

static enum verdict own_verdict(const struct system *sys, const struct bar *bar,
				uint64_t page, struct finding *f)
{
	if (!is_assigned(bar))
		return UNASSIGNED;
	find_others(sys, bar, page, f);
	if (f->nr_others)
		return SHARES;
	/* Not in /proc/iomem: the kernel does not know what is there, either */
	if (sys->addresses)
		return bar->claimed ? ISOLATED : UNKNOWN;
	return fills_pages(bar, page) ? ISOLATED : UNKNOWN;
}

/*
 * What we see and what the kernel says, put together. Without addresses in
 * /proc/iomem the kernel sees more than we do, so it is to be believed where we
 * do not know. Otherwise the two must agree, and if not, the worse counts.
 */
static void heed_kernel(const struct system *sys, const struct bar *bar,
			struct finding *f)
{
	bool blind = !sys->addresses && f->verdict == UNKNOWN;

	switch (bar->status) {
	case NO_STATUS:
		break;
	case BAD_STATUS:
		f->differs = true;
		f->verdict = f->verdict == SHARES ? SHARES : UNKNOWN;
		break;
	case STATUS_SHARES:
		f->differs = f->verdict != SHARES && !blind;
		f->verdict = SHARES;
		break;
	case STATUS_ISOLATED:
		f->differs = f->verdict != ISOLATED && !blind;
		if (blind)
			f->verdict = ISOLATED;
		else if (f->differs && f->verdict != SHARES)
			f->verdict = UNKNOWN;
		break;
	case STATUS_UNASSIGNED:
		f->differs = bar->claimed;
		if (f->verdict != SHARES)
			f->verdict = bar->claimed ? UNKNOWN : UNASSIGNED;
		break;
	}
}

/*
 * What we do not see is foreign, since everybody can see BARs. If we do not see
 * everything, there may be something foreign.
 */
static enum fitness fitness(const struct system *sys, const struct bar *bar,
			    uint64_t page, const struct finding *f)
{
	switch (f->verdict) {
	case UNASSIGNED:
		return NO_ADDRESS;
	case ISOLATED:
		return bar->at.start % page ? MISALIGNED : FIT;
	case SHARES:
		if (f->foreign || !f->nr_others)
			return FOREIGN;
		return sys->addresses && bar->claimed && !f->differs ?
		       OWN : FITNESS_UNKNOWN;
	case UNKNOWN:
		break;
	}
	return FITNESS_UNKNOWN;
}

struct finding judge(const struct system *sys, const struct bar *bar,
		     uint64_t page)
{
	struct finding f = {};

	f.verdict = own_verdict(sys, bar, page, &f);
	/* A shadow has no resource, so the kernel's word is about nothing */
	if (page == sys->page_size && !(bar->flags & RES_ROM_SHADOW &&
					bar->nr == ROM))
		heed_kernel(sys, bar, &f);
	f.more |= f.verdict == SHARES && !f.nr_others;
	f.fitness = fitness(sys, bar, page, &f);
	return f;
}

const char *verdict_name(enum verdict v)
{
	static const char * const names[] = {
		[UNKNOWN] = "?",
		[ISOLATED] = "isolated",
		[SHARES] = "shares",
		[UNASSIGNED] = "unassigned",
	};

	return names[v];
}

const char *fitness_name(enum fitness f)
{
	static const char * const names[] = {
		[NO_ADDRESS] = "-",
		[FIT] = "fit",
		[MISALIGNED] = "misaligned",
		[OWN] = "own",
		[FITNESS_UNKNOWN] = "?",
		[FOREIGN] = "foreign",
	};

	return names[f];
}

const char *status_name(enum status s)
{
	static const char * const names[] = {
		[NO_STATUS] = "-",
		[BAD_STATUS] = "?",
		[STATUS_ISOLATED] = "isolated",
		[STATUS_SHARES] = "shares",
		[STATUS_UNASSIGNED] = "unassigned",
	};

	return names[s];
}
