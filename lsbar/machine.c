// SPDX-License-Identifier: GPL-2.0
/* All that there is to know of the machine, as of one moment */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lsbar.h"

#define MAX_IOMEM	(64 << 20)
#define MAX_TRIES	10
#define ALIGNMENT	"resource_alignment="

/* A device has a status for each memory BAR or for none */
static void read_statuses(struct machine *m)
{
	const struct device *without = NULL;
	size_t i;

	for (i = 0; i < m->nr_bars; i++) {
		struct bar *bar = &m->bars[i];

		if (!is_bar(bar) || bar->dev == without)
			continue;
		bar->status = read_status(bar->dev, bar->nr);
		m->has_status |= bar->status != NO_STATUS;
		m->can_isolate |= bar->dev->writable;
		if (bar->status == NO_STATUS)
			without = bar->dev;
	}
}

static bool read_devices(struct machine *m)
{
	size_t i;

	m->pci = pci_open();
	pci_list(m);
	for (i = 0; i < m->nr_devices; i++)
		if (!read_resources(m, &m->devices[i]))
			return false;
	read_statuses(m);
	return true;
}

static void set(char **word, const char *value)
{
	free(*word);
	*word = copy(value);
}

static bool same(const char *a, const char *b)
{
	return !a || !b ? a == b : !strcmp(a, b);
}

/* False if something came, went or moved meanwhile */
static bool read_once(struct machine *m)
{
	char *before = tree_read_all("proc/iomem", MAX_IOMEM);
	bool ok = read_devices(m);
	char *after = tree_read_all("proc/iomem", MAX_IOMEM);

	ok = ok && same(before, after);
	if (ok && after)
		read_iomem(m, after);
	free(before);
	free(after);
	return ok;
}

/* The options of pci=, see pci_setup() in the kernel */
static void read_pci_options(struct machine *m, char *options)
{
	char *one, *rest;

	for (one = strtok_r(options, ",", &rest); one;
	     one = strtok_r(NULL, ",", &rest)) {
		if (!strcmp(one, "passthrough_align"))
			m->on = true;
		else if (!strncmp(one, "realloc=", 8))
			m->realloc = !strncmp(one + 8, "on", 2);
		else if (!strncmp(one, "realloc", 7))
			m->realloc = true;
		else if (!strncmp(one, ALIGNMENT, strlen(ALIGNMENT)))
			set(&m->align, one + strlen(ALIGNMENT));
	}
}

/* Of two early consoles the kernel takes the first. */
void read_options(struct machine *m, char *cmdline)
{
	char *arg, *rest;

	for (arg = cmdline ? strtok_r(cmdline, " \n", &rest) : NULL; arg;
	     arg = strtok_r(NULL, " \n", &rest)) {
		if (!strncmp(arg, "pci=", 4))
			read_pci_options(m, arg + 4);
		else if (!strncmp(arg, "earlyprintk=", 12) && !m->early)
			m->early = copy(arg + 12);
	}
}

static void read_cmdline(struct machine *m)
{
	char *cmdline = tree_read_all("proc/cmdline", 1 << 20);

	read_options(m, cmdline);
	free(cmdline);
}

/* What it is set to now goes before what it was booted with. */
static void read_alignment(struct machine *m)
{
	char *now = tree_read_all("sys/bus/pci/resource_alignment", 1 << 16);

	if (now) {
		now[strcspn(now, "\n")] = '\0';
		set(&m->align, now);
	}
	free(now);
}

/* Firmware's wish, as of_pci_check_probe_only() in the kernel reads it */
static void read_probe_only(struct machine *m)
{
	char value[4];
	ssize_t n = tree_read_start("proc/device-tree/chosen/linux,pci-probe-only",
				    value, sizeof(value));

	m->probe_only = n == sizeof(value) && memcmp(value, "\0\0\0", 4);
}

uint64_t checked_page_size(uint64_t size, const char *file)
{
	if (size < SMALLEST_PAGE || size & (size - 1))
		die("cannot use %s: it is not the size of a page in bytes",
		    file);
	return size;
}

static uint64_t captured_page_size(void)
{
	char value[32] = "", *end, *path;
	unsigned long size;

	if (tree_read("page_size", value, sizeof(value)) < 0)
		return 0;
	path = tree_path("page_size");
	size = strtoul(value, &end, 10);
	size = checked_page_size(strcmp(end, "\n") ? 0 : size, path);
	free(path);
	return size;
}

void machine_read(struct machine *m)
{
	int tries = 0;

	while (!read_once(m)) {
		machine_free(m);
		if (++tries == MAX_TRIES)
			die("the devices of this machine keep changing: try again when they are done");
	}
	read_cmdline(m);
	read_alignment(m);
	read_probe_only(m);
	m->page_size = tree_captured() ? captured_page_size() :
		       (uint64_t)sysconf(_SC_PAGESIZE);
	index_machine(m);
}

static void free_device(struct device *dev)
{
	free(dev->driver);
	free(dev->iommu_group);
	free(dev->pf);
	free(dev->reset);
}

void machine_free(struct machine *m)
{
	size_t i;

	index_free(m->index);
	for (i = 0; i < m->nr_iomem; i++)
		free(m->iomem[i].name);
	free(m->iomem);
	free(m->bars);
	for (i = 0; i < m->nr_devices; i++) {
		free_device(&m->devices[i]);
		if (m->pasted)	/* else libpci has it in its list */
			pci_free_dev(m->devices[i].pci);
	}
	free(m->devices);
	free(m->early);
	free(m->align);
	if (m->pci)
		pci_cleanup(m->pci);
	*m = (struct machine) {};
}
