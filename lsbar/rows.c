// SPDX-License-Identifier: GPL-2.0
/* Which BARs are looked at */
#include <stdlib.h>
#include <string.h>

#include "options.h"

typedef char *parser(struct pci_filter *filter, char *arg);

static void parse_filter(struct pci_filter *filter, parser *parse,
			 const char *what, const char *arg)
{
	char *writable = copy(arg), *error = parse(filter, writable);

	if (error)
		die_usage("invalid %s: '%s': %s", what, arg, error);
	free(writable);
}

static bool contradicts(int before, int after)
{
	return before >= 0 && after != before;
}

/* As lspci merges them, but contradictions must not be dropped silently */
static struct pci_filter merge(struct system *sys, parser *parse,
			       const char *what, const char **args, size_t nr)
{
	struct pci_filter f, old;
	size_t i;

	pci_filter_init(sys->pci, &f);
	for (i = 0; i < nr; i++) {
		old = f;
		parse_filter(&f, parse, what, args[i]);
		if (contradicts(old.domain, f.domain) ||
		    contradicts(old.bus, f.bus) ||
		    contradicts(old.slot, f.slot) ||
		    contradicts(old.func, f.func) ||
		    contradicts(old.vendor, f.vendor) ||
		    contradicts(old.device, f.device) ||
		    contradicts(old.device_class, f.device_class))
			die_usage("'%s' contradicts a %s before it; give several devices without an option",
				  args[i], what);
	}
	return f;
}

/* What the filter would read by itself is read here, where it is checked. */
static bool matches(struct pci_filter *filter, struct device *dev)
{
	unsigned int needs = 0;

	if (filter->vendor >= 0 || filter->device >= 0)
		needs |= PCI_FILL_IDENT;
	if (filter->device_class >= 0)
		needs |= PCI_FILL_CLASS;
#ifdef PCI_FILL_CLASS_EXT	/* libpci 3.8 knows programming interfaces */
	if (filter->prog_if >= 0)
		needs |= PCI_FILL_CLASS_EXT;
#endif
	pci_fill(dev, needs);
	if ((dev->pci->known_fields & needs) != needs)
		die("cannot tell whether to show %s: its vendor, device, class or revision can't be read",
		    dev->bdf);
	return pci_filter_match(filter, dev->pci);
}

static void narrow(struct system *sys, parser *parse, const char *what,
		   const char **args, size_t nr_args)
{
	struct pci_filter filter = merge(sys, parse, what, args, nr_args);
	size_t i, nr = 0;

	if (!nr_args)
		return;

	for (i = 0; i < sys->nr_devices; i++) {
		struct device *dev = &sys->devices[i];

		dev->selected = dev->selected && matches(&filter, dev);
		nr += dev->selected;
	}
	if (!nr)
		die("'%s': no such device", args[nr_args - 1]);
}

static void mark(struct system *sys, const char *arg)
{
	struct pci_filter filter = merge(sys, pci_filter_parse_slot, "device",
					 &arg, 1);
	size_t i, nr = 0;

	if (!*arg)
		die_usage("invalid device: '': it names none");
	for (i = 0; i < sys->nr_devices; i++)
		if (matches(&filter, &sys->devices[i])) {
			sys->devices[i].selected = true;
			nr++;
		}
	if (!nr)
		die("'%s': no such device", arg);
}

void select_devices(struct system *sys, const struct options *o)
{
	size_t i;

	for (i = 0; i < sys->nr_devices; i++)
		sys->devices[i].selected = !*o->devices;
	for (i = 0; o->devices[i]; i++)
		mark(sys, o->devices[i]);
	narrow(sys, pci_filter_parse_slot, "slot", o->slots, o->nr_slots);
	narrow(sys, pci_filter_parse_id, "device ID", o->ids, o->nr_ids);
	for (i = 0; i < sys->nr_devices; i++)
		sys->devices[i].guest = sys->devices[i].selected && *o->devices;
}

void make_rows(struct view *v)
{
	size_t i;

	for (i = 0; i < v->sys->nr_bars; i++) {
		const struct bar *bar = &v->sys->bars[i];

		if (!is_bar(bar) || !bar->dev->selected)
			continue;
		v->rows = grow(v->rows, v->nr_rows, sizeof(*v->rows));
		v->rows[v->nr_rows++] = (struct row) {
			.bar = bar,
			.finding = judge(v->sys, bar, v->page),
		};
	}
}

void make_plan(struct view *v)
{
	size_t i;

	v->planner = planner_new(v->sys, v->page, BY_PARAMETER);
	for (i = 0; i < v->nr_rows; i++)
		v->rows[i].plan = plan_for(v->planner, v->rows[i].bar);
	make_cures(v);
}

void free_view(struct view *v)
{
	planner_free(v->planner);
	planner_free(v->by_name);
	free(v->rows);
	free(v->none);
}

bool is_interesting(const struct view *v, const struct row *row)
{
	return is_small(row->bar, v->page) ||
	       row->finding.verdict == SHARES ||
	       row->finding.verdict == UNKNOWN;
}

bool shares(const struct view *v, const struct row *row)
{
	return row->finding.verdict == SHARES;
}

bool concerns_plan(const struct view *v, const struct row *row)
{
	return row->plan.move != STAY || row->finding.verdict == SHARES ||
	       v->all;
}

void keep_rows(struct view *v, bool (*keep)(const struct view *v,
					    const struct row *row))
{
	size_t i, nr = 0;

	for (i = 0; i < v->nr_rows; i++)
		if (keep(v, &v->rows[i]))
			v->rows[nr++] = v->rows[i];
	v->nr_rows = nr;
}

struct tally tally_rows(const struct view *v)
{
	struct tally tally = {};
	size_t i;

	for (i = 0; i < v->nr_rows; i++) {
		tally.verdicts[v->rows[i].finding.verdict]++;
		tally.differ += v->rows[i].finding.differs;
	}
	return tally;
}
