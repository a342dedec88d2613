// SPDX-License-Identifier: GPL-2.0
/* All that there is to know of the system, as of one moment */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lsbar.h"

#define MAX_IOMEM	(64 << 20)
#define MAX_TRIES	10
#define ALIGNMENT	"resource_alignment="

/* A device has a status for each memory BAR or for none */
static void read_statuses(struct system *sys)
{
	const struct device *without = NULL;
	size_t i;

	for (i = 0; i < sys->nr_bars; i++) {
		struct bar *bar = &sys->bars[i];

		if (!is_bar(bar) || bar->dev == without)
			continue;
		bar->status = read_status(bar->dev, bar->nr);
		sys->has_status |= bar->status != NO_STATUS;
		sys->can_isolate |= bar->dev->writable;
		if (bar->status == NO_STATUS)
			without = bar->dev;
	}
}

static bool read_devices(struct system *sys)
{
	size_t i;

	sys->pci = pci_open();
	pci_list(sys);
	for (i = 0; i < sys->nr_devices; i++)
		if (!read_resources(sys, &sys->devices[i]))
			return false;
	read_statuses(sys);
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
static bool read_once(struct system *sys)
{
	char *before = tree_read_all("proc/iomem", MAX_IOMEM);
	bool ok = read_devices(sys);
	char *after = tree_read_all("proc/iomem", MAX_IOMEM);

	ok = ok && same(before, after);
	if (ok && after)
		read_iomem(sys, after);
	free(before);
	free(after);
	return ok;
}

/* The options of pci=, see pci_setup() in the kernel */
static void read_pci_options(struct system *sys, char *options)
{
	char *option, *rest;

	for (option = strtok_r(options, ",", &rest); option;
	     option = strtok_r(NULL, ",", &rest)) {
		if (!strcmp(option, "passthrough_align"))
			sys->on = true;
		else if (!strncmp(option, "realloc=", 8))
			sys->realloc = !strncmp(option + 8, "on", 2);
		else if (!strncmp(option, "realloc", 7))
			sys->realloc = true;
		else if (!strncmp(option, ALIGNMENT, strlen(ALIGNMENT)))
			set(&sys->align, option + strlen(ALIGNMENT));
	}
}

/* Of two early consoles the kernel takes the first. */
void read_options(struct system *sys, char *cmdline)
{
	char *arg, *rest;

	for (arg = cmdline ? strtok_r(cmdline, " \n", &rest) : NULL; arg;
	     arg = strtok_r(NULL, " \n", &rest)) {
		if (!strncmp(arg, "pci=", 4))
			read_pci_options(sys, arg + 4);
		else if (!strncmp(arg, "earlyprintk=", 12) && !sys->early)
			sys->early = copy(arg + 12);
	}
}

static void read_cmdline(struct system *sys)
{
	char *cmdline = tree_read_all("proc/cmdline", 1 << 20);

	read_options(sys, cmdline);
	free(cmdline);
}

/* The current setting overrides the one from boot. */
static void read_alignment(struct system *sys)
{
	char *now = tree_read_all("sys/bus/pci/resource_alignment", 1 << 16);

	if (now) {
		now[strcspn(now, "\n")] = '\0';
		set(&sys->align, now);
	}
	free(now);
}

/* Firmware's wish, as of_pci_check_probe_only() in the kernel reads it */
static void read_probe_only(struct system *sys)
{
	char value[4];
	ssize_t n = tree_read_start("proc/device-tree/chosen/linux,pci-probe-only",
				    value, sizeof(value));

	sys->probe_only = n == sizeof(value) && memcmp(value, "\0\0\0", 4);
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

void system_read(struct system *sys)
{
	int tries = 0;

	while (!read_once(sys)) {
		system_free(sys);
		if (++tries == MAX_TRIES)
			die("the devices of this system keep changing: try again when they are stable");
	}
	read_cmdline(sys);
	read_alignment(sys);
	read_probe_only(sys);
	sys->page_size = tree_captured() ? captured_page_size() :
		       (uint64_t)sysconf(_SC_PAGESIZE);
	index_system(sys);
}

static void free_device(struct device *dev)
{
	free(dev->driver);
	free(dev->iommu_group);
	free(dev->pf);
	free(dev->reset);
}

void system_free(struct system *sys)
{
	size_t i;

	index_free(sys->index);
	for (i = 0; i < sys->nr_iomem; i++)
		free(sys->iomem[i].name);
	free(sys->iomem);
	free(sys->bars);
	for (i = 0; i < sys->nr_devices; i++) {
		free_device(&sys->devices[i]);
		if (sys->pasted)	/* else libpci has it in its list */
			pci_free_dev(sys->devices[i].pci);
	}
	free(sys->devices);
	free(sys->early);
	free(sys->align);
	if (sys->pci)
		pci_cleanup(sys->pci);
	*sys = (struct system) {};
}
