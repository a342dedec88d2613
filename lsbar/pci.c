// SPDX-License-Identifier: GPL-2.0
/* What libpci knows: the list of devices, their ids, names, and filters. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lsbar.h"

#define BUS "sys/bus/pci"

/* Which files libpci reads for what we ask it */
static const struct {
	int field;
	const char *file;
} needs[] = {
	{ PCI_FILL_IDENT,	"vendor" },
	{ PCI_FILL_IDENT,	"device" },
	{ PCI_FILL_CLASS,	"class" },
#ifdef PCI_FILL_CLASS_EXT	/* libpci 3.8 */
	{ PCI_FILL_CLASS_EXT,	"class" },
	{ PCI_FILL_CLASS_EXT,	"revision" },
#endif
	{ PCI_FILL_NUMA_NODE,	"numa_node" },
};

static void __attribute__((noreturn)) pci_error(char *fmt, ...)
{
	char message[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	die("cannot read %s: %s", tree_path(BUS), message);
}

static void pci_warning(char *fmt, ...)
{
	char message[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	complain("%s", message);
}

struct pci_access *pci_open(void)
{
	struct pci_access *pci = pci_alloc();
	char *path = tree_path(BUS);

	pci->error = pci_error;
	pci->warning = pci_warning;
	pci->method = PCI_ACCESS_SYS_BUS_PCI;
	if (pci_set_param(pci, "sysfs.path", path))
		die("this libpci can't be told where sysfs is");
	pci_init(pci);
	free(path);
	return pci;
}

/* For devices that we add, and the filters: the dump of an empty file */
struct pci_access *pci_open_nothing(void)
{
	struct pci_access *pci = pci_alloc();

	pci->error = pci_error;
	pci->warning = pci_warning;
	pci->method = PCI_ACCESS_DUMP;
	if (pci_set_param(pci, "dump.name", "/dev/null"))
		die("this libpci can't read dumps");
	pci_init(pci);
	return pci;
}

static void check_directory(void)
{
	char *path = tree_path(BUS "/devices");

	if (strlen(path) > 512)
		die("the path of the tree is too long: %s", path);
	tree_check_directory(BUS "/devices");
	if (access(path, R_OK | X_OK))
		die("cannot read %s: %s (is sysfs mounted, and does the system have PCI?)",
		    path, strerror(errno));
	free(path);
}

static int by_address(const void *a, const void *b)
{
	const struct pci_dev *x = ((const struct device *)a)->pci;
	const struct pci_dev *y = ((const struct device *)b)->pci;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	if (x->bus != y->bus)
		return x->bus - y->bus;
	return x->dev != y->dev ? x->dev - y->dev : x->func - y->func;
}

void pci_list(struct system *sys)
{
	struct pci_dev *p;

	check_directory();
	pci_scan_bus(sys->pci);
	for (p = sys->pci->devices; p; p = p->next) {
		struct device *dev;

		sys->devices = grow(sys->devices, sys->nr_devices,
				    sizeof(*sys->devices));
		dev = &sys->devices[sys->nr_devices++];
		*dev = (struct device) { .pci = p };
		snprintf(dev->bdf, sizeof(dev->bdf), "%04x:%02x:%02x.%d",
			 p->domain, p->bus, p->dev, p->func);
	}
	if (sys->nr_devices)
		qsort(sys->devices, sys->nr_devices, sizeof(*sys->devices),
		      by_address);
}

static bool is_number(const char *file)
{
	char value[64], *end;

	if (tree_read(file, value, sizeof(value)) < 0)
		return false;
	strtol(value, &end, 0);
	return end != value && !strcmp(end, "\n");
}

/*
 * libpci ends the program over a missing file, and takes garbage for 0: ask
 * only for what is there.
 */
static bool available(const struct device *dev, size_t i)
{
	char *file = text(BUS "/devices/%s/%s", dev->bdf, needs[i].file);
	bool there = is_number(file);

	free(file);
	return there;
}

void pci_fill(struct device *dev, int fields)
{
	size_t i;

	fields &= ~dev->pci->known_fields;
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (fields & needs[i].field && !available(dev, i))
			fields &= ~needs[i].field;
	if (fields)
		pci_fill_info(dev->pci, fields);
}

/* -1 if it can't be read */
int class_of(struct device *dev)
{
	pci_fill(dev, PCI_FILL_CLASS);
	return dev->pci->known_fields & PCI_FILL_CLASS ?
	       dev->pci->device_class : -1;
}
