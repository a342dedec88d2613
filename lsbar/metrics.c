// SPDX-License-Identifier: GPL-2.0
/* For a fleet: Prometheus, and Kubernetes Node Feature Discovery */
#include <stdlib.h>

#include "lsbar.h"

/* OpenMetrics, which grew out of node_exporter's text format */

static void head(const char *name, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void gauge(const char *name, const char *help, uint64_t value)
{
	head(name, help);
	printf("%s %llu\n", name, (unsigned long long)value);
}

/* There is no newline in it, see plain_ascii(). */
static void put_label(const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putchar('\\');
		putchar(*value);
	}
}

static void print_bar(const struct row *row)
{
	char *bar = bar_label(row->bar);
	const char *driver = driver_of(row->bar->dev);

	printf("lsbar_bar_shares_page{bar=\"%s\",bdf=\"%s\",driver=\"",
	       bar, row->bar->dev->bdf);
	put_label(driver ? driver : "");
	printf("\"} %d\n", row->finding.verdict == SHARES);
	free(bar);
}

/* What is unknown has no sample, as any value would be false. */
static void print_bars(const struct view *v)
{
	size_t i;

	head("lsbar_bar_shares_page",
	     "1 if a memory BAR shares a page with something else.");
	for (i = 0; i < v->nr_rows; i++)
		if (v->rows[i].finding.verdict == ISOLATED ||
		    v->rows[i].finding.verdict == SHARES)
			if (v->all || is_interesting(v, &v->rows[i]))
				print_bar(&v->rows[i]);
}

void print_openmetrics(const struct view *v)
{
	struct tally tally = tally_rows(v);

	gauge("lsbar_page_size_bytes", "Page size that these metrics assume.",
	      v->page);
	gauge("lsbar_passthrough_align",
	      "1 if the kernel was booted with pci=passthrough_align.",
	      v->sys->on);
	gauge("lsbar_disagreements",
	      "Memory BARs on which the kernel and lsbar disagree.",
	      tally.differ);
	head("lsbar_bars", "Memory BARs, by verdict.");
	printf("lsbar_bars{verdict=\"isolated\"} %zu\n"
	       "lsbar_bars{verdict=\"shares\"} %zu\n"
	       "lsbar_bars{verdict=\"unassigned\"} %zu\n"
	       "lsbar_bars{verdict=\"unknown\"} %zu\n",
	       tally.verdicts[ISOLATED], tally.verdicts[SHARES],
	       tally.verdicts[UNASSIGNED], tally.verdicts[UNKNOWN]);
	print_bars(v);
	printf("# EOF\n");
}

/* Feature files: name=value, which become labels of the node */

static const char *isolated(size_t shares, size_t unknown)
{
	return shares ? "false" : unknown ? "unknown" : "true";
}

struct kind {
	uint16_t class, vendor, device;
	enum verdict verdict;
};

static int by_kind(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;

	if (x->class != y->class)
		return x->class - y->class;
	if (x->vendor != y->vendor)
		return x->vendor - y->vendor;
	return x->device - y->device;
}

static size_t get_kinds(const struct view *v, struct kind *kinds)
{
	unsigned int fields = PCI_FILL_IDENT | PCI_FILL_CLASS;
	size_t i, nr = 0;

	for (i = 0; i < v->nr_rows; i++) {
		struct device *dev = v->rows[i].bar->dev;
		struct pci_dev *pci = dev->pci;

		pci_fill(dev, fields);
		if ((pci->known_fields & fields) == fields)
			kinds[nr++] = (struct kind) {
				pci->device_class, pci->vendor_id,
				pci->device_id, v->rows[i].finding.verdict
			};
	}
	qsort(kinds, nr, sizeof(*kinds), by_kind);
	return nr;
}

static void print_kinds(const struct kind *kinds, size_t nr)
{
	size_t i, shares = 0, unknown = 0;

	for (i = 0; i < nr; i++) {
		shares += kinds[i].verdict == SHARES;
		unknown += kinds[i].verdict == UNKNOWN;
		if (i + 1 < nr && !by_kind(&kinds[i], &kinds[i + 1]))
			continue;
		printf("lsbar.pci-%04x_%04x_%04x.isolated=%s\n",
		       kinds[i].class, kinds[i].vendor, kinds[i].device,
		       isolated(shares, unknown));
		shares = unknown = 0;
	}
}

void print_features(const struct view *v)
{
	struct kind *kinds = checked(calloc(v->nr_rows + 1, sizeof(*kinds)));
	struct tally tally = tally_rows(v);

	printf("lsbar.isolated=%s\n",
	       isolated(tally.verdicts[SHARES], tally.verdicts[UNKNOWN]));
	printf("lsbar.bars-sharing=%zu\n", tally.verdicts[SHARES]);
	printf("lsbar.bars-unknown=%zu\n", tally.verdicts[UNKNOWN]);
	printf("lsbar.page-size=%llu\n", (unsigned long long)v->page);
	printf("lsbar.passthrough-align=%s\n", v->sys->on ? "true" : "false");
	print_kinds(kinds, get_kinds(v, kinds));
	free(kinds);
}
