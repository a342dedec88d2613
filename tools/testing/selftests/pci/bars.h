/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory BARs, as sysfs shows them.
 */
#ifndef SELFTESTS_PCI_BARS_H
#define SELFTESTS_PCI_BARS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PCI_DEVICES	"/sys/bus/pci/devices"
#define PCI_RESCAN	"/sys/bus/pci/rescan"
#define NR_STD_BARS	6
#define ROM		6	/* the number of the expansion ROM */
#define CLASS_BRIDGE	0x06
#define OTHER_BRIDGE	0x0680	/* to something else: an endpoint */

/* include/linux/ioport.h; the resource file shows them */
#define IORESOURCE_PCI_FIXED	0x00000010
#define IORESOURCE_MEM		0x00000200
#define IORESOURCE_UNSET	0x20000000

struct bar {
	unsigned long long start, end, flags;
	char dev[16];
	int nr;
};

static inline unsigned long long bar_size(const struct bar *bar)
{
	return bar->end - bar->start + 1;
}

static inline bool bar_assigned(const struct bar *bar)
{
	return bar->start && !(bar->flags & IORESOURCE_UNSET);
}

/* Is it one of those that pci=passthrough_align applies to? */
static inline bool bar_is_small(const struct bar *bar)
{
	unsigned long long page = sysconf(_SC_PAGESIZE);

	return bar_size(bar) < (page > 4096 ? page : 4096);
}

/* Does @b touch a page that @a touches? */
static inline bool bars_meet(const struct bar *a, const struct bar *b,
			     unsigned long long page)
{
	return b->start <= (a->end | (page - 1)) &&
	       b->end >= (a->start & ~(page - 1));
}

static inline int dev_open(const char *dev, const char *file, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", dev, file);
	return open(path, flags | O_CLOEXEC);
}

static inline int dev_read(const char *dev, const char *file, char *text,
			   size_t size)
{
	int fd = dev_open(dev, file, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);
	int err = len < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return err;
}

static inline bool write_text(int fd, const char *text)
{
	bool ok = fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static inline bool dev_write(const char *dev, const char *file, const char *text)
{
	return write_text(dev_open(dev, file, O_WRONLY), text);
}

/* Look for new devices */
static inline bool pci_rescan(void)
{
	return write_text(open(PCI_RESCAN, O_WRONLY | O_CLOEXEC), "1");
}

/* Where a link in a device's directory leads to, "" if there is none */
static inline void dev_link(const char *dev, const char *file, char *name,
			    size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", dev, file);
	len = readlink(path, target, sizeof(target) - 1);
	target[len < 0 ? 0 : len] = '\0';
	snprintf(name, size, "%s", len < 0 ? "" : strrchr(target, '/') + 1);
}

/* Value of a file with one number, 0 if there is none */
static inline unsigned long dev_number(const char *dev, const char *file)
{
	char text[32];

	dev_read(dev, file, text, sizeof(text));
	return strtoul(text, NULL, 16);
}

static inline bool dev_is_bridge(const char *dev)
{
	unsigned long class = dev_number(dev, "class") >> 8;

	return class >> 8 == CLASS_BRIDGE && class != OTHER_BRIDGE;
}

/* What the kernel says about a BAR: 0, 1 or -errno */
static inline int bar_status(const struct bar *bar)
{
	char file[32] = "rom_shares_page", text[8];
	int err;

	if (bar->nr != ROM)
		snprintf(file, sizeof(file), "resource%d_shares_page", bar->nr);
	err = dev_read(bar->dev, file, text, sizeof(text));
	if (err)
		return err;
	if (!strcmp(text, "0\n"))
		return 0;
	return strcmp(text, "1\n") ? -EBADMSG : 1;
}

/* Map resourceN, with @suffix after its name; MAP_FAILED if that fails */
static inline void *bar_map(const struct bar *bar, const char *suffix, size_t len,
			    int prot)
{
	char file[32];
	void *p;
	int fd;

	snprintf(file, sizeof(file), "resource%d%s", bar->nr, suffix);
	fd = dev_open(bar->dev, file, O_RDWR);
	if (fd < 0)
		return MAP_FAILED;
	p = mmap(NULL, len, prot, MAP_SHARED, fd, 0);
	close(fd);
	return p;
}

/*
 * Call @fn for each memory BAR among the first @nr BARs of a device; it can
 * stop that by returning a value other than 0
 */
static inline int each_of_first(const char *dev, int nr,
				int (*fn)(const struct bar *bar, void *arg),
				void *arg)
{
	char path[PATH_MAX];
	struct bar bar;
	int ret = 0;
	FILE *f;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource", dev);
	f = fopen(path, "re");
	if (!f)
		return 0;
	snprintf(bar.dev, sizeof(bar.dev), "%.15s", dev);
	for (bar.nr = 0; bar.nr < nr && !ret; bar.nr++) {
		if (fscanf(f, "%llx %llx %llx", &bar.start, &bar.end,
			   &bar.flags) != 3)
			break;
		if (bar.flags & IORESOURCE_MEM)
			ret = fn(&bar, arg);
	}
	fclose(f);
	return ret;
}

/* The same for all BARs of a device, except for its ROM */
static inline int each_bar_of(const char *dev,
			      int (*fn)(const struct bar *bar, void *arg),
			      void *arg)
{
	return each_of_first(dev, NR_STD_BARS, fn, arg);
}

/* ... and of all devices, with their ROMs or without */
static inline int each_bar_or_rom(bool roms,
				  int (*fn)(const struct bar *bar, void *arg),
				  void *arg)
{
	struct dirent **devs;
	int i, ret = 0, n = scandir(PCI_DEVICES, &devs, NULL, alphasort);

	for (i = 0; i < n; i++) {
		if (!ret && devs[i]->d_name[0] != '.')
			ret = each_of_first(devs[i]->d_name,
					    roms ? ROM + 1 : NR_STD_BARS, fn, arg);
		free(devs[i]);
	}
	if (n >= 0)
		free(devs);
	return ret;
}

static inline int each_bar(int (*fn)(const struct bar *bar, void *arg),
			   void *arg)
{
	return each_bar_or_rom(false, fn, arg);
}

#endif
