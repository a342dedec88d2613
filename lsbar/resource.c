// SPDX-License-Identifier: GPL-2.0
/*
 * The BARs of a device, from its resource file in sysfs.
 *
 * libpci reads that file, too, but it drops the low four bits of an address,
 * which Enhanced Allocation may use, leaves out the BARs for VFs, and does not
 * tell a file that ends early from a device that has no more BARs. Each of
 * these would blind us to a neighbour.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

static bool parse_line(char **p, struct bar *bar)
{
	return parse_hex(p, "0x", &bar->at.start, " ") &&
	       parse_hex(p, "0x", &bar->at.end, " ") &&
	       parse_hex(p, "0x", &bar->flags, "\n");
}

static void add_bar(struct system *sys, const struct bar *bar)
{
	sys->bars = grow(sys->bars, sys->nr_bars, sizeof(*sys->bars));
	sys->bars[sys->nr_bars++] = *bar;
}

/*
 * Windows come last, and of VF BARs and windows the kernel shows those that
 * its configuration and the device have.
 */
static bool number_lines(size_t n, int *nr)
{
	size_t i;

	if (n != ROM + 1 && n != 11 && n != WINDOW && n != NR_RESOURCES)
		return false;
	for (i = 0; i < n; i++)
		nr[i] = i > ROM && n == 11 ? i + WINDOW - VF_BAR : i;
	return true;
}

static void add_bars(struct system *sys, struct device *dev, char *p,
		     const char *file)
{
	struct bar bars[NR_RESOURCES + 1] = {};
	int nr[NR_RESOURCES];
	size_t i, n = 0;

	for (; *p && n <= NR_RESOURCES; n++)
		if (!parse_line(&p, &bars[n]) ||
		    (bars[n].at.end < bars[n].at.start && !is_empty(&bars[n])))
			die("cannot use %s: line %zu is not 'start end flags' (is the file cut short?)",
			    tree_path(file), n + 1);
	if (!number_lines(n, nr))
		die("cannot use %s: it has %zu lines, not 7, 11, 13 or 17 (is the file cut short?)",
		    tree_path(file), n);

	for (i = 0; i < n; i++) {
		bars[i].nr = nr[i];
		bars[i].dev = dev;
		dev->has_window |= is_window(&bars[i]) && bars[i].flags;
		if (is_memory(&bars[i]))
			add_bar(sys, &bars[i]);
	}
}

/* False if the device is gone */
bool read_resources(struct system *sys, struct device *dev)
{
	char *file = text("sys/bus/pci/devices/%s/resource", dev->bdf);
	char content[4096];
	ssize_t n = tree_read(file, content, sizeof(content));

	if (n < 0 && (tree_captured() || (n != -ENOENT && n != -ENODEV)))
		die("cannot read %s: %s", tree_path(file), strerror(-n));
	if (n >= 0 && strlen(content) != (size_t)n)
		die("cannot use %s: it has zero bytes", tree_path(file));
	if (n >= 0)
		add_bars(sys, dev, content, file);
	free(file);
	return n >= 0;
}

static enum status parse_status(const char *value)
{
	if (!strcmp(value, "0\n"))
		return STATUS_ISOLATED;
	if (!strcmp(value, "1\n"))
		return STATUS_SHARES;
	return BAD_STATUS;
}

/* A captured tree has an empty file where reading it gave an error. */
enum status read_status(struct device *dev, int nr)
{
	char value[16], *file;
	ssize_t n;

	file = text(nr == ROM ? "sys/bus/pci/devices/%s/rom_shares_page" :
		    "sys/bus/pci/devices/%s/resource%d_shares_page",
		    dev->bdf, nr);
	n = tree_read(file, value, sizeof(value));
	dev->writable |= n != -ENOENT && tree_writable(file);
	free(file);

	if (n == -ENOENT)
		return NO_STATUS;
	if (n == -ENXIO || !n)
		return STATUS_UNASSIGNED;
	return n < 0 ? BAD_STATUS : parse_status(value);
}
