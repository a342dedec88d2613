// SPDX-License-Identifier: GPL-2.0
/* For scripts: is a device fit for passthrough? Silence means yes. */
#include <stdlib.h>

#include "lsbar.h"

static bool is_slow(const struct view *v, const struct row *row)
{
	return row->bar->nr != ROM && !is_bridge(row->bar->dev) &&
	       vfio_maps(v->sys, row->bar, &row->finding, v->page) == NO;
}

/* A BAR by itself: 0, 2, 3 or 5, the exit status that it asks for */
static int status_of(const struct view *v, const struct row *row)
{
	switch (row->finding.fitness) {
	case FOREIGN:
		return EXIT_SHARES;
	case FITNESS_UNKNOWN:
		return EXIT_UNKNOWN;
	case MISALIGNED:
		return v->xen ? EXIT_SHARES : EXIT_SLOW;
	case OWN:
		return EXIT_SLOW;
	case FIT:
		return is_slow(v, row) ? EXIT_SLOW : EXIT_SUCCESS;
	case NO_ADDRESS:
		break;
	}
	return EXIT_SUCCESS;
}

static int worse(int a, int b)
{
	static const int rank[] = {
		[EXIT_SUCCESS] = 0, [EXIT_SLOW] = 1, [EXIT_UNKNOWN] = 2,
		[EXIT_SHARES] = 3, [EXIT_DIFFER] = 4,
	};

	return rank[a] > rank[b] ? a : b;
}

/* Rows of one device, of which one is the worst */
struct part {
	const struct row *worst;
	size_t nr;		/* rows that are as bad */
	const struct row *no_address;
	int status;
};

static void add_row(struct part *part, const struct view *v,
		    const struct row *row)
{
	int status = status_of(v, row);

	if (row->finding.fitness == NO_ADDRESS && row->bar->nr != ROM)
		part->no_address = row;
	if (status && part->worst &&
	    row->finding.fitness == part->worst->finding.fitness)
		part->nr++;
	if (status != part->status && worse(status, part->status) == status) {
		part->worst = row;
		part->status = status;
		part->nr = 1;
	}
}

static char *with_whom(const struct finding *f)
{
	const struct resource *first = f->foreign ? f->foreign : f->others[0];
	char *name, *all;

	if (!f->nr_others)
		return copy("something that only root can see");
	name = resource_name(first);
	all = f->nr_others == 1 ? copy(name) :
	      text("%s and %s%zu more", name, f->more ? "at least " : "",
		   f->nr_others - 1);
	free(name);
	return all;
}

/*
 * VFIO, and so KVM, goes by what the kernel knows is there, and maps what is as
 * large as a page whatever comes after it. Xen's pages may be smaller.
 */
static const char *harm(const struct view *v, const struct row *row)
{
	bool vfio = vfio_maps(v->sys, row->bar, &row->finding, v->page) == YES;
	bool xen = xen_exposes(v->sys, row->bar) != NO;

	if (vfio)
		return xen ? "Xen, UIO and even VFIO expose that" :
			     "UIO and even VFIO expose that";
	return xen ? "Xen and UIO expose that; with VFIO it is only slow" :
		     "UIO exposes that; with VFIO it is only slow";
}

static char *why(const struct view *v, const struct row *row)
{
	char *who = with_whom(&row->finding), *reason;

	switch (row->finding.fitness) {
	case FOREIGN:
		reason = text("shares a page with %s: %s", who, harm(v, row));
		break;
	case OWN:
		reason = text("shares a page only with what goes to the same guest, %s: that does no harm, but VFIO does not map it, which is slow",
			      who);
		break;
	case MISALIGNED:
		reason = text("is alone in its page, but does not begin it: VFIO does not map it, which is slow, and a Xen HVM guest gets the page after it");
		break;
	default:
		reason = text("is fit, but its window ends in its page: VFIO does not map it, which is slow");
	}
	free(who);
	return reason;
}

static char *likewise(const struct part *part)
{
	return part->nr > 1 ? text(", like %zu more of its BARs,", part->nr - 1) :
			      copy("");
}

static void tell_part(const struct view *v, const struct part *part)
{
	const struct row *row = part->worst;
	char *name = bar_name(row->bar), *reason = why(v, row);
	char *size = human_size(size_of(row->bar->at), v->bytes);
	char *like = likewise(part);

	printf("%s (0x%llx, size %s)%s %s; %s.\n", name,
	       (unsigned long long)row->bar->at.start, size, like, reason,
	       advice(v, row));
	free(name);
	free(reason);
	free(size);
	free(like);
}

static void tell_unknown(const struct view *v, const struct row *row)
{
	char *name = bar_name(row->bar);

	printf("%s: cannot tell whether it shares a page: %s.\n", name,
	       row->finding.differs ? "the kernel says something else" :
	       v->sys->pasted && !v->sys->addresses ? "lspci does not show what else is there, so give /proc/iomem with --iomem" :
	       v->sys->addresses ? "the kernel does not list its address in /proc/iomem" :
	       tree_captured() ? "the tree has no addresses in proc/iomem, so capture it as root" :
	       "run this as root, to see the addresses in /proc/iomem");
	free(name);
}

/* A ROM without an address is common, and no loss. */
static void tell_no_address(const struct row *row)
{
	char *name = bar_name(row->bar);

	printf("%s has no address, so nobody can use it.\n", name);
	free(name);
}

/* One sentence per device, about its worst BAR */
static int check_device(const struct view *v, size_t *i)
{
	const struct device *dev = v->rows[*i].bar->dev;
	struct part part = {};

	for (; *i < v->nr_rows && v->rows[*i].bar->dev == dev; ++*i)
		add_row(&part, v, &v->rows[*i]);
	if (part.status == EXIT_UNKNOWN)
		tell_unknown(v, part.worst);
	else if (part.status)
		tell_part(v, &part);
	else if (part.no_address)
		tell_no_address(part.no_address);
	return part.status;
}

/*
 * hvmloader aligns a BAR only to its size, so that small ones share a page again,
 * for which Xen may crash the guest.  See "domain_crash" in its log.
 */
static int check_packing(const struct view *v)
{
	size_t i, nr = 0;

	for (i = 0; i < v->nr_rows; i++)
		nr += v->rows[i].bar->nr != ROM && is_assigned(v->rows[i].bar) &&
		      is_small(v->rows[i].bar, SMALLEST_PAGE);
	if (nr < 2)
		return EXIT_SUCCESS;
	printf("These %zu BARs are smaller than a page. hvmloader packs them into one page of a Xen HVM guest, whatever the host does, and Xen may crash the guest; a PV guest is not affected.\n",
	       nr);
	return EXIT_SLOW;
}

int check(const struct view *v)
{
	struct tally tally = tally_rows(v);
	int status = EXIT_SUCCESS;
	size_t i = 0;

	while (i < v->nr_rows)
		status = worse(status, check_device(v, &i));
	if (v->xen)
		status = worse(status, check_packing(v));
	print_advice(v);
	return tally.differ ? EXIT_DIFFER : status;
}
