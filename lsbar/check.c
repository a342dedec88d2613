// SPDX-License-Identifier: GPL-2.0
/* For scripts: is a device fit to be passed through? Silence says yes. */
#include <stdlib.h>

#include "lsbar.h"

#define PARAMETER "pci=passthrough_align"

static bool is_skipped(enum move move)
{
	return move >= SKIP_VF && move <= SKIP_CONSOLE;
}

/* What to do about a BAR that shares */
static const char *advice(const struct view *v, const struct row *row)
{
	const struct plan *plan = &row->plan;

	if (is_skipped(plan->move))
		return PARAMETER " leaves this device alone, so put one of the two into another slot";
	if (v->m->on && v->page == v->m->page_size)
		return "the kernel was booted with " PARAMETER ", so add realloc to it, or use another slot";
	if (plan->move == MOVE && plan->fits == NO)
		return "there is no free page in its window, so boot with " PARAMETER ",realloc";
	if (plan->after == ISOLATED)
		return "boot with " PARAMETER;
	if (plan->after == UNKNOWN)
		return "boot with " PARAMETER ", and with realloc added if that is not enough";
	return PARAMETER " moves neither of the two, so put one into another slot";
}

static char *with_whom(const struct finding *f)
{
	char *name, *all;

	if (!f->nr_others)
		return text("something that only root can see");
	name = thing_name(f->others[0]);
	all = f->nr_others == 1 ? copy(name) :
	      text("%s and %s%zu more", name, f->more ? "at least " : "",
		   f->nr_others - 1);
	free(name);
	return all;
}

static void tell_sharing(const struct view *v, const struct row *row)
{
	char *name = bar_name(row->bar), *who = with_whom(&row->finding);
	char *size = human_size(size_of(row->bar->at), v->bytes);

	printf("%s (0x%llx, size %s) shares a page with %s: a guest that gets it gets their registers, too; %s.\n",
	       name, (unsigned long long)row->bar->at.start, size, who,
	       advice(v, row));
	free(name);
	free(who);
	free(size);
}

static void tell_unknown(const struct view *v, const struct row *row)
{
	char *name = bar_name(row->bar);

	printf("%s: cannot tell whether it shares a page: %s.\n", name,
	       row->finding.differs ? "the kernel says something else" :
	       v->m->addresses ? "the kernel does not list its address in /proc/iomem" :
	       tree_captured() ? "the tree has no addresses in proc/iomem, so capture it as root" :
	       "run this as root, who sees the addresses in /proc/iomem");
	free(name);
}

/* A ROM without an address is common, and no loss. */
static void tell_unassigned(const struct row *row)
{
	char *name = bar_name(row->bar);

	if (row->bar->nr != ROM)
		printf("%s has no address, so nobody can use it.\n", name);
	free(name);
}

static void tell(const struct view *v, const struct row *row)
{
	switch (row->finding.verdict) {
	case SHARES:
		tell_sharing(v, row);
		break;
	case UNKNOWN:
		tell_unknown(v, row);
		break;
	case UNASSIGNED:
		tell_unassigned(row);
		break;
	case ISOLATED:
		break;
	}
}

int check(const struct view *v)
{
	struct tally tally = tally_rows(v);
	size_t i;

	for (i = 0; i < v->nr_rows; i++)
		tell(v, &v->rows[i]);
	if (tally.verdicts[SHARES] && !v->m->has_status)
		printf("(The kernel that runs there does not know " PARAMETER ".)\n");

	if (tally.differ)
		return EXIT_DIFFER;
	if (tally.verdicts[SHARES])
		return EXIT_SHARES;
	return tally.verdicts[UNKNOWN] ? EXIT_UNKNOWN : EXIT_SUCCESS;
}
