// SPDX-License-Identifier: GPL-2.0
/*
 * A system from text instead of from a tree: what was pasted into a post, or what
 * lsbar-capture --text wrote. What it leaves out is unknown.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "from.h"

#define MAX_TEXT	(64 << 20)
#define USUAL_PAGE	4096
#define FIRST_LINE	"lsbar-capture "
#define LAST_LINE	"end of lsbar-capture"

static char *read_file(const char *file)
{
	FILE *in = strcmp(file, "-") ? fopen(file, "re") : stdin;
	char *content;

	if (!in)
		die("cannot open %s: %s", file, strerror(errno));
	content = read_stream(in, file, MAX_TEXT);
	if (in != stdin)
		fclose(in);
	return content;
}

static void begin_block(struct paste *p, struct pci_address at, const char *kind)
{
	p->blocks = grow(p->blocks, p->nr_blocks, sizeof(*p->blocks));
	p->block = &p->blocks[p->nr_blocks];
	*p->block = (struct block) {
		.at = at, .order = p->nr_blocks++,
		.class = -1, .vendor = -1, .device = -1, .numa_node = -1,
	};
	parse_kind(p->block, kind);
}

/* What only lsbar-capture writes; false if it is something else */

static enum status status_of(const char *value)
{
	if (!*value)
		return STATUS_UNASSIGNED;
	if (value[1] || (*value != '0' && *value != '1'))
		return BAD_STATUS;
	return *value == '0' ? STATUS_ISOLATED : STATUS_SHARES;
}

/* "status 5: r1": readable, and 1 is what it says */
static bool parse_status(struct block *block, const char *line)
{
	int bar = -1, len = 0;
	char mode;

	if (sscanf(line, "status %d: %c%n", &bar, &mode, &len) != 2 || !len ||
	    bar < 0 || bar > ROM)
		return false;
	block->writable |= mode == 'w';
	block->status[bar] = status_of(line + len);
	return true;
}

static void set(char **word, const char *value)
{
	free(*word);
	*word = copy(value);
	plain_ascii(*word);
}

static bool parse_captured(struct paste *p, char *line, char **rest)
{
	unsigned long size;

	if (!strcmp(line, LAST_LINE))
		return p->complete = true;
	if (sscanf(line, "page size: %lu", &size) == 1) {
		p->page_size = size;
		return true;
	}
	if (!strncmp(line, "command line: ", 14)) {
		free(p->cmdline);
		p->cmdline = copy(line + 14);
		return true;
	}
	if (!strcmp(line, "iomem:")) {
		free(p->iomem);
		p->iomem = copy(*rest ? *rest : "");
		return true;
	}
	if (p->block && !strncmp(line, "physfn: ", 8)) {
		set(&p->block->pf, line + 8);
		return true;
	}
	if (p->block && !strncmp(line, "reset: ", 7)) {
		set(&p->block->reset, line + 7);
		return true;
	}
	return p->block && parse_status(p->block, line);
}

static void parse_line(struct paste *p, char *line, char **rest)
{
	struct pci_address at;
	char *kind;

	if (!strncmp(line, FIRST_LINE, strlen(FIRST_LINE)))
		p->captured = true;
	kind = parse_bdf(line, &at);
	if (kind) {
		begin_block(p, at, kind);
		if (!p->captured)
			parse_cut_kind(p, kind, rest);
	} else if (!p->captured || !parse_captured(p, line, rest)) {
		parse_lspci_line(p, line, rest);
	}
}

static void parse(struct paste *p, char *content)
{
	char *rest = content, *line;

	while ((line = next_line(&rest)))
		parse_line(p, line, &rest);
}

/* A device may be shown several times: by lspci -nn, and again by lspci -vv */

static int by_device(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	if (x->at.domain != y->at.domain)
		return x->at.domain < y->at.domain ? -1 : 1;
	if (x->at.bus != y->at.bus)
		return x->at.bus < y->at.bus ? -1 : 1;
	if (x->at.dev != y->at.dev)
		return x->at.dev < y->at.dev ? -1 : 1;
	if (x->at.func != y->at.func)
		return x->at.func < y->at.func ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static bool same_device(const struct block *a, const struct block *b)
{
	return !memcmp(&a->at, &b->at, sizeof(a->at));
}

static bool knows_more(const struct block *a, const struct block *b)
{
	size_t x = a->nr_bars - a->nr_guessed, y = b->nr_bars - b->nr_guessed;

	return x != y ? x > y : a->nr_bars > b->nr_bars;
}

static void prefer(char **have, char **other)
{
	if (!*have) {
		*have = *other;
		*other = NULL;
	}
}

static void free_block(struct block *b)
{
	free(b->driver);
	free(b->iommu_group);
	free(b->pf);
	free(b->reset);
	free(b->bars);
}

static void swap_bars(struct block *a, struct block *b)
{
	struct block old = *a;

	a->bars = b->bars;
	a->nr_bars = b->nr_bars;
	a->nr_guessed = b->nr_guessed;
	b->bars = old.bars;
}

static void merge(struct block *into, struct block *b)
{
	if (knows_more(b, into))
		swap_bars(into, b);
	if (into->class < 0)
		into->class = b->class;
	if (into->vendor < 0) {
		into->vendor = b->vendor;
		into->device = b->device;
	}
	if (into->numa_node < 0)
		into->numa_node = b->numa_node;
	into->is_bridge |= b->is_bridge;
	into->writable |= b->writable;
	prefer(&into->driver, &b->driver);
	prefer(&into->iommu_group, &b->iommu_group);
	prefer(&into->pf, &b->pf);
	free_block(b);
}

static void merge_all(struct paste *p)
{
	size_t i, nr = 0;

	if (p->nr_blocks)
		qsort(p->blocks, p->nr_blocks, sizeof(*p->blocks), by_device);
	for (i = 0; i < p->nr_blocks; i++)
		if (nr && same_device(&p->blocks[nr - 1], &p->blocks[i]))
			merge(&p->blocks[nr - 1], &p->blocks[i]);
		else
			p->blocks[nr++] = p->blocks[i];
	p->nr_blocks = nr;
}

/* and now as a system */

static struct pci_dev *make_pci(struct system *sys, const struct block *b)
{
	struct pci_dev *pci = pci_get_dev(sys->pci, b->at.domain, b->at.bus,
					  b->at.dev, b->at.func);

	if (b->class >= 0) {
		pci->device_class = b->class;
		pci->known_fields |= PCI_FILL_CLASS;
	}
	if (b->vendor >= 0) {
		pci->vendor_id = b->vendor;
		pci->device_id = b->device;
		pci->known_fields |= PCI_FILL_IDENT;
	}
	if (b->numa_node >= 0) {
		pci->numa_node = b->numa_node;
		pci->known_fields |= PCI_FILL_NUMA_NODE;
	}
	return pci;
}

static int by_number(const void *a, const void *b)
{
	return ((const struct bar *)a)->nr - ((const struct bar *)b)->nr;
}

static void add_bars(struct system *sys, struct device *dev, struct block *b)
{
	size_t i;

	if (b->nr_bars)
		qsort(b->bars, b->nr_bars, sizeof(*b->bars), by_number);
	for (i = 0; i < b->nr_bars; i++) {
		if (i && b->bars[i].nr == b->bars[i - 1].nr)
			continue;
		sys->bars = grow(sys->bars, sys->nr_bars, sizeof(*sys->bars));
		sys->bars[sys->nr_bars] = b->bars[i];
		sys->bars[sys->nr_bars].dev = dev;
		if (b->bars[i].nr <= ROM)
			sys->bars[sys->nr_bars].status = b->status[b->bars[i].nr];
		sys->has_status |= sys->bars[sys->nr_bars++].status != NO_STATUS;
	}
}

static void add_device(struct system *sys, struct block *b)
{
	struct device *dev = &sys->devices[sys->nr_devices++];

	dev->pci = make_pci(sys, b);
	snprintf(dev->bdf, sizeof(dev->bdf), "%04x:%02x:%02x.%d", b->at.domain,
		 b->at.bus, b->at.dev, b->at.func);
	sys->no_drivers &= !b->driver;
	sys->no_groups &= !b->iommu_group;
	dev->driver = b->driver ? b->driver : copy("");
	dev->iommu_group = b->iommu_group ? b->iommu_group : copy("");
	dev->pf = b->pf ? b->pf : copy("");
	dev->reset = b->reset ? b->reset : copy("");
	b->driver = b->iommu_group = b->pf = b->reset = NULL;
	dev->has_window = b->is_bridge;
	dev->writable = b->writable;
	sys->can_isolate |= b->writable;
	add_bars(sys, dev, b);
	free_block(b);
}

static void add_all(struct system *sys, struct paste *p)
{
	size_t i;

	sys->no_drivers = sys->no_groups = !p->captured;
	sys->devices = checked(calloc(p->nr_blocks, sizeof(*sys->devices)));
	for (i = 0; i < p->nr_blocks; i++)
		add_device(sys, &p->blocks[i]);
	free(p->blocks);
}

/* Up to the last line, and without quotes */
static void read_captured_iomem(struct system *sys, char *content)
{
	char *line, *rest = content, *clean;
	size_t len;
	FILE *out = checked(open_memstream(&clean, &len));

	while ((line = next_line(&rest)) && strcmp(line, LAST_LINE))
		if (*line)
			fprintf(out, "%s\n", line);
	if (fclose(out))
		die("out of memory");
	read_iomem(sys, clean);
	free(clean);
}

static void check_captured(const struct paste *p, const char *file)
{
	if (p->captured && !p->complete)
		die("cannot use %s: its last line is not '" LAST_LINE "' (is it cut short?)",
		    file);
	if (!p->nr_blocks)
		die("cannot use %s: there is no device in it in lspci's format",
		    file);
}

void system_from(struct system *sys, const char *file, const char *iomem)
{
	struct paste p = { .page_size = USUAL_PAGE };
	char *content = read_file(file);

	sys->pasted = true;
	sys->pci = pci_open_nothing();
	parse(&p, content);
	free(content);
	check_captured(&p, file);
	merge_all(&p);
	add_all(sys, &p);
	if (iomem) {
		content = read_file(iomem);
		read_iomem(sys, content);
		free(content);
	} else if (p.iomem) {
		read_captured_iomem(sys, p.iomem);
	}
	read_options(sys, p.cmdline);
	sys->page_size = checked_page_size(p.page_size, file);
	free(p.iomem);
	free(p.cmdline);
	index_system(sys);
}
