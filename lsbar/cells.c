// SPDX-License-Identifier: GPL-2.0
/* What the columns show, and the table of them */
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

char unknown_cell[] = "?";

static char *hex(uint64_t n)
{
	return text("0x%llx", (unsigned long long)n);
}

static char *decimal(uint64_t n)
{
	return text("%llu", (unsigned long long)n);
}

static char *text_or_none(const char *s)
{
	return s ? copy(s) : NULL;
}

static char *yes_no(enum answer answer)
{
	return answer == DONT_KNOW ? unknown_cell :
	       copy(answer == YES ? "yes" : "no");
}

static char *word(const char *name)
{
	return !strcmp(name, "-") ? NULL :
	       !strcmp(name, "?") ? unknown_cell : copy(name);
}

static char *cell_bdf(const struct view *v, const struct row *r)
{
	return copy(r->bar->dev->bdf);
}

static char *cell_bar(const struct view *v, const struct row *r)
{
	if (r->bar->guessed)
		return unknown_cell;
	return bar_label(r->bar);
}

static char *cell_size(const struct view *v, const struct row *r)
{
	if (r->bar->no_size || is_empty(r->bar) || !r->bar->at.end || !size_of(r->bar->at))
		return unknown_cell;
	return human_size(size_of(r->bar->at), v->bytes || v->format == JSON);
}

static char *address(const struct row *r, uint64_t n)
{
	return is_assigned(r->bar) ? hex(n) : NULL;
}

static char *cell_start(const struct view *v, const struct row *r)
{
	return address(r, r->bar->at.start);
}

static char *cell_end(const struct view *v, const struct row *r)
{
	if (r->bar->no_size && is_assigned(r->bar))
		return unknown_cell;
	return address(r, r->bar->at.end);
}

static char *cell_page(const struct view *v, const struct row *r)
{
	return address(r, pages_of(r->bar->at, v->page).start);
}

static char *cell_offset(const struct view *v, const struct row *r)
{
	return address(r, r->bar->at.start % v->page);
}

static char *cell_pages(const struct view *v, const struct row *r)
{
	struct range pages = pages_of(r->bar->at, v->page);

	if (!is_assigned(r->bar))
		return NULL;
	if (r->bar->no_size)
		return unknown_cell;
	return decimal((pages.end - pages.start) / v->page + 1);
}

static char *cell_align(const struct view *v, const struct row *r)
{
	uint64_t start = r->bar->at.start;

	if (!is_assigned(r->bar))
		return NULL;
	return human_size(start & -start, v->bytes || v->format == JSON);
}

static char *cell_type(const struct view *v, const struct row *r)
{
	return text("mem%s%s", r->bar->flags & RES_MEM_64 ? " 64bit" : "",
		    r->bar->flags & RES_PREFETCH ? " pref" : "");
}

static char *cell_flags(const struct view *v, const struct row *r)
{
	return hex(r->bar->flags);
}

static void add_name(FILE *out, const struct resource *resource)
{
	char *name = resource_name(resource);

	fprintf(out, "%s\n", name);
	free(name);
}

/* One per line, to be split into an array or cut at \x0a */
static char *other_names(const struct finding *f)
{
	char *names = NULL;
	size_t i, len;
	FILE *out = checked(open_memstream(&names, &len));

	for (i = 0; i < f->nr_others; i++)
		add_name(out, f->others[i]);
	if (f->more)
		fputs(f->nr_others ? "...\n" : "?\n", out);
	if (fclose(out))
		die("out of memory");
	names[len - 1] = '\0';	/* lines are separated, not ended */
	return names;
}

/* For people, one line per BAR: --map shows them all */
static char *first_name(const struct finding *f)
{
	char *name, *cell;

	if (!f->nr_others)
		return copy("?");
	name = resource_name(f->others[0]);
	if (f->nr_others == 1)
		return name;
	cell = text("%s (+%zu%s)", name, f->nr_others - 1, f->more ? "..." : "");
	free(name);
	return cell;
}

static char *cell_shares_with(const struct view *v, const struct row *r)
{
	const struct finding *f = &r->finding;

	if (f->verdict == UNKNOWN)
		return unknown_cell;
	if (!f->nr_others && !f->more)
		return v->format == TABLE && f->fitness == MISALIGNED ?
		       copy("- (misaligned)") : NULL;
	return v->format == TABLE ? first_name(f) : other_names(f);
}

static char *cell_verdict(const struct view *v, const struct row *r)
{
	return word(verdict_name(r->finding.verdict));
}

static char *cell_fitness(const struct view *v, const struct row *r)
{
	return word(fitness_name(r->finding.fitness));
}

static char *cell_status(const struct view *v, const struct row *r)
{
	return word(status_name(r->bar->status));
}

static char *cell_vfio(const struct view *v, const struct row *r)
{
	return yes_no(vfio_maps(v->sys, r->bar, &r->finding, v->page));
}

static char *cell_xen(const struct view *v, const struct row *r)
{
	return yes_no(xen_exposes(v->sys, r->bar));
}

static char *cell_driver(const struct view *v, const struct row *r)
{
	if (v->sys->no_drivers)
		return unknown_cell;
	return text_or_none(driver_of(r->bar->dev));
}

static char *cell_iommu(const struct view *v, const struct row *r)
{
	if (v->sys->no_groups)
		return unknown_cell;
	return text_or_none(iommu_group_of(r->bar->dev));
}

static char *cell_holder(const struct view *v, const struct row *r)
{
	char *holder = holder_of(v->sys, r->bar);

	return holder || v->sys->addresses || !is_assigned(r->bar) ?
	       holder : unknown_cell;
}

static char *cell_reset(const struct view *v, const struct row *r)
{
	const char *reset = reset_of(r->bar->dev);

	if (v->sys->no_drivers)
		return unknown_cell;
	return *reset ? copy(reset) : NULL;
}

static char *cell_set(const struct view *v, const struct row *r)
{
	return v->sets ? decimal(r->bar->dev->guest) : NULL;
}

static bool filled(const struct row *r, int field)
{
	pci_fill(r->bar->dev, field);
	return r->bar->dev->pci->known_fields & field;
}

static char *cell_numa(const struct view *v, const struct row *r)
{
	if (!filled(r, PCI_FILL_NUMA_NODE) || r->bar->dev->pci->numa_node < 0)
		return NULL;
	return decimal(r->bar->dev->pci->numa_node);
}

static char *cell_vendor(const struct view *v, const struct row *r)
{
	return filled(r, PCI_FILL_IDENT) ?
	       text("0x%04x", r->bar->dev->pci->vendor_id) : unknown_cell;
}

static char *cell_device(const struct view *v, const struct row *r)
{
	return filled(r, PCI_FILL_IDENT) ?
	       text("0x%04x", r->bar->dev->pci->device_id) : unknown_cell;
}

static char *cell_class(const struct view *v, const struct row *r)
{
	return filled(r, PCI_FILL_CLASS) ?
	       text("0x%04x", r->bar->dev->pci->device_class) : unknown_cell;
}

static char *cell_name(const struct view *v, const struct row *r)
{
	const struct pci_dev *pci = r->bar->dev->pci;
	char name[256] = "";

	if (!filled(r, PCI_FILL_IDENT))
		return unknown_cell;
	/* Without a hwdb, libpci leaks memory each time it tries to open it */
	pci_lookup_name(v->sys->pci, name, sizeof(name), PCI_LOOKUP_VENDOR |
			PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_HWDB,
			pci->vendor_id, pci->device_id);
	plain_ascii(name);
	return copy(name);
}

static char *cell_plan(const struct view *v, const struct row *r)
{
	return word(move_name(r->plan.move));
}

static char *cell_cure(const struct view *v, const struct row *r)
{
	return word(cure_name(r->cure));
}

static char *cell_window(const struct view *v, const struct row *r)
{
	const struct resource *window = r->plan.window;
	char *name, *cell;

	if (!window)
		return is_assigned(r->bar) ? unknown_cell : NULL;
	name = resource_name(window);
	cell = text("0x%llx-0x%llx %s", (unsigned long long)window->at.start,
		    (unsigned long long)window->at.end, name);
	free(name);
	return cell;
}

static char *cell_needs(const struct view *v, const struct row *r)
{
	return r->plan.window ? decimal(r->plan.needs) : NULL;
}

static char *cell_free(const struct view *v, const struct row *r)
{
	if (!r->plan.window)
		return NULL;
	return r->plan.free_known ? decimal(r->plan.free) : unknown_cell;
}

static char *cell_fits(const struct view *v, const struct row *r)
{
	if (r->plan.move != MOVE && r->plan.move != PLACE &&
	    r->plan.move != MOVE_UNKNOWN)
		return NULL;
	return yes_no(r->plan.fits);
}

static char *cell_after(const struct view *v, const struct row *r)
{
	return word(verdict_name(r->plan.after));
}

#define RIGHT	SCOLS_FL_RIGHT
#define NUMBER	JSON_NUMBER
#define BOOL	JSON_BOOL

const struct column columns[] = {
	{ "BDF", "address of the device", cell_bdf },
	{ "BAR", "number of the BAR, or ROM", cell_bar },
	{ "SIZE", "its size", cell_size, RIGHT, NUMBER },
	{ "START", "its first address", cell_start },
	{ "END", "its last address", cell_end },
	{ "PAGE", "first address of the page it starts in", cell_page },
	{ "OFFSET", "where in that page it starts", cell_offset },
	{ "PAGES", "how many pages it touches", cell_pages, RIGHT, NUMBER },
	{ "ALIGN", "greatest power of two that divides its start", cell_align,
	  RIGHT, NUMBER },
	{ "TYPE", "mem, 64bit if so, pref if prefetchable", cell_type },
	{ "FLAGS", "the kernel's flags of the resource", cell_flags },
	{ "SHARES-WITH", "what else is in its pages", cell_shares_with, 0,
	  JSON_ARRAY },
	{ "VERDICT", "isolated, shares or unassigned", cell_verdict },
	{ "FITNESS", "for passthrough: fit, misaligned, own or foreign",
	  cell_fitness },
	{ "STATUS", "what the kernel says: isolated, shares or unassigned",
	  cell_status },
	{ "VFIO-MMAP", "would VFIO let it be mapped?", cell_vfio, 0, BOOL },
	{ "XEN-EXPOSES", "would Xen let a guest reach what is next to it?", cell_xen,
	  0, BOOL },
	{ "DRIVER", "driver of the device", cell_driver },
	{ "IOMMU-GROUP", "number of its IOMMU group", cell_iommu, RIGHT },
	{ "HOLDER", "who holds it: a region's name, or the driver", cell_holder },
	{ "RESET", "ways to reset the device", cell_reset },
	{ "SET", "with --sets: number of the set", cell_set, RIGHT, NUMBER },
	{ "NUMA", "NUMA node of the device", cell_numa, RIGHT, NUMBER },
	{ "VENDOR", "vendor ID", cell_vendor },
	{ "DEVICE", "device ID", cell_device },
	{ "CLASS", "class of the device", cell_class },
	{ "NAME", "names of vendor and device", cell_name },
	{ "PLAN", "what pci=passthrough_align would do with it", cell_plan,
	  .plan = true },
	{ "WINDOW", "window of the bridge or host that it is in", cell_window,
	  .plan = true },
	{ "NEEDS", "pages needed for all that moves in that window", cell_needs,
	  RIGHT, NUMBER, true },
	{ "FREE", "whole pages free there once all that has moved out", cell_free,
	  RIGHT, NUMBER, true },
	{ "FITS", "is there a page for it?", cell_fits, 0, BOOL, true },
	{ "AFTER", "the verdict to expect", cell_after, .plan = true },
	{ "CURE", "what makes it fit on this kernel", cell_cure, .plan = true },
};

const size_t nr_columns = sizeof(columns) / sizeof(columns[0]);

/* Exact and in bytes, whatever is shown */
char *plain_cell(const struct view *v, const struct column *column,
		 const struct row *row)
{
	struct view exact = *v;
	char *cell;

	exact.format = JSON;
	cell = column->cell(&exact, row);
	return !cell ? copy("") : cell == unknown_cell ? copy("?") : cell;
}
