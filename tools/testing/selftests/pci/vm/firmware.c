// SPDX-License-Identifier: GPL-2.0
/*
 * First-stage "firmware": init of a first kernel, which found BARs without
 * addresses and gave them some.  This lays the memory BARs out anew, the way
 * some firmware does, through config space, and starts the kernel under test
 * with kexec.  That one finds what a BIOS would have left it.
 *
 * Each BAR stays within the window (of its host or bridge) that it is in, and
 * windows and large BARs stay where they are.
 *
 * In the initramfs: /kernel, /initrd, /cmdline of the kernel to start.
 * On the kernel's command line:
 *   vm.layout=NAME    see layouts[]
 *   vm.decode=WHAT    memory decode: keep (default), on or off
 *   vm.trace=yes      leave a mark in QEMU's trace
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

#define MAX_BARS 8192
#define MAX_RANGES 16384
#define ROM_BAR 6

/* include/linux/ioport.h */
#define IORESOURCE_MEM 0x00000200
#define IORESOURCE_UNSET 0x20000000

struct range {
	uint64_t start, end;
};

struct mapped {			/* a line of /proc/iomem */
	struct range at;
	int depth;
	bool window, small;	/* small: it is a small BAR, which may move */
};

struct bar {
	char bdf[16];
	int index;
	struct range at;	/* where the first kernel put it */
	uint64_t size, address;	/* address: where it shall be */
	const struct mapped *window;
};

struct layout {
	const char *name;
	/* Fill a page with so many, then begin the next; 0: leave all alone */
	int per_page;
};

/*
 * "pack" puts unlike BARs at their natural alignment one after the other, as
 * old BIOSes do: the first in each page is page aligned, the others are not.
 */
static const struct layout layouts[] = {
	{ "keep", 0 },
	{ "isolate", 1 },
	{ "pack", 4 },
};

static struct bar bars[MAX_BARS];
static struct mapped map[MAX_RANGES];
static size_t n_bars, n_map;
static uint64_t page;

static bool overlap(struct range a, struct range b)
{
	return a.start <= b.end && b.start <= a.end;
}

static bool within(struct range a, struct range outer)
{
	return outer.start <= a.start && a.end <= outer.end;
}

static bool small(const struct bar *bar)
{
	return bar->size < (page > 4096 ? page : 4096);
}

static uint64_t align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* what is there */

static void unbind(const char *bdf)
{
	const char *path = guest_device_path(bdf, "driver/unbind");

	if (!guest_write(path, bdf) && errno != ENOENT)
		guest_die("firmware: cannot unbind %s: %m", bdf);
}

static void add_bar(const char *bdf, int index, struct range at)
{
	struct bar *bar = &bars[n_bars++];

	if (n_bars == MAX_BARS)
		guest_die("firmware: more than %d BARs", MAX_BARS);
	snprintf(bar->bdf, sizeof(bar->bdf), "%s", bdf);
	bar->index = index;
	bar->at = at;
	bar->size = at.end - at.start + 1;
	bar->address = at.start;
}

static void read_bars(const char *bdf)
{
	const char *path = guest_device_path(bdf, "resource");
	FILE *in = fopen(path, "re");
	uint64_t flags;
	struct range at;
	int i;

	if (!in)
		guest_die("firmware: cannot open %s: %m", path);
	for (i = 0; i <= ROM_BAR; i++) {
		if (fscanf(in, "%" SCNx64 " %" SCNx64 " %" SCNx64, &at.start,
			   &at.end, &flags) != 3)
			guest_die("firmware: %s has no line %d", path, i);
		if ((flags & IORESOURCE_MEM) && !(flags & IORESOURCE_UNSET) &&
		    at.start)
			add_bar(bdf, i, at);
	}
	fclose(in);
}

/* A host bridge's is called after its node in a device tree, if there is one. */
static bool is_window(const char *name)
{
	return !strncmp(name, "PCI Bus ", 8) || !strncmp(name, "pcie@", 5);
}

static void read_map(void)
{
	char line[256], name[128];
	FILE *in = fopen("/proc/iomem", "re");

	if (!in)
		guest_die("firmware: cannot open /proc/iomem: %m");
	while (fgets(line, sizeof(line), in)) {
		struct mapped *m = &map[n_map++];

		if (n_map == MAX_RANGES)
			guest_die("firmware: more than %d lines in /proc/iomem",
				  MAX_RANGES);
		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %127[^\n]",
			   &m->at.start, &m->at.end, name) != 3)
			guest_die("firmware: not a line of /proc/iomem: %s",
				  line);
		m->depth = strspn(line, " ") / 2;
		m->window = is_window(name);
	}
	fclose(in);
}

/* where it shall be */

/* The innermost window: the map lists what encloses before what is enclosed. */
static const struct mapped *window_of(const struct bar *bar)
{
	const struct mapped *window = NULL;
	size_t i;

	for (i = 0; i < n_map; i++)
		if (map[i].window && within(bar->at, map[i].at))
			window = &map[i];
	return window;
}

static bool is_small_bar(struct range at)
{
	size_t i;

	for (i = 0; i < n_bars; i++)
		if (small(&bars[i]) && bars[i].at.start == at.start &&
		    bars[i].at.end == at.end)
			return true;
	return false;
}

/* Once for each: there can be thousands */
static void relate(void)
{
	size_t i;

	for (i = 0; i < n_bars; i++)
		bars[i].window = window_of(&bars[i]);
	for (i = 0; i < n_map; i++)
		map[i].small = is_small_bar(map[i].at);
}

/* Does anything that stays where it is lie there? Returns its end, or 0. */
static uint64_t occupied(const struct mapped *window, struct range at)
{
	const struct mapped *m;

	for (m = window + 1; m < map + n_map && m->depth > window->depth; m++)
		if (m->depth == window->depth + 1 && overlap(m->at, at) &&
		    !m->small)
			return m->at.end;
	return 0;
}

static uint64_t find_room(const struct mapped *window, uint64_t from,
			  uint64_t align, const struct bar *bar)
{
	struct range at;
	uint64_t end;

	for (;;) {
		at.start = align_up(from, align);
		at.end = at.start + bar->size - 1;
		end = occupied(window, at);
		if (!end)
			break;
		from = end + 1;
	}
	if (!within(at, window->at))
		guest_die("firmware: no room for BAR %d of %s in its window",
			  bar->index, bar->bdf);
	return at.start;
}

static uint64_t lowest_small(const struct mapped *window)
{
	uint64_t lowest = window->at.end;
	size_t i;

	for (i = 0; i < n_bars; i++)
		if (small(&bars[i]) && bars[i].window == window &&
		    bars[i].at.start < lowest)
			lowest = bars[i].at.start;
	return lowest & ~(page - 1);
}

static void lay_out(const struct mapped *window, const struct layout *layout)
{
	uint64_t from = lowest_small(window);
	size_t i, placed = 0;

	for (i = 0; i < n_bars; i++) {
		struct bar *bar = &bars[i];
		bool first = placed % layout->per_page == 0;

		if (!small(bar) || bar->window != window)
			continue;
		bar->address = find_room(window, from, first ? page : bar->size,
					 bar);
		from = bar->address + bar->size;
		placed++;
	}
}

static void lay_out_all(const struct layout *layout)
{
	size_t i;

	for (i = 0; i < n_map; i++)
		if (map[i].window && layout->per_page)
			lay_out(&map[i], layout);
}

static const struct layout *chosen_layout(void)
{
	const char *name = guest_param("vm.layout");
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(layouts); i++)
		if (!strcmp(layouts[i].name, name))
			return &layouts[i];
	guest_die("firmware: unknown vm.layout=%s", name ? name : "");
}

/* putting it there */

static int open_config(const char *bdf)
{
	const char *path = guest_device_path(bdf, "config");
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		guest_die("firmware: cannot open %s: %m", path);
	return fd;
}

/* Config space is little endian, and so are the machines with kexec here. */
static uint32_t get(int fd, int offset, size_t size)
{
	uint32_t value = 0;

	if (pread(fd, &value, size, offset) != (ssize_t)size)
		guest_die("firmware: cannot read config space: %m");
	return value;
}

static void put(int fd, int offset, size_t size, uint32_t value)
{
	if (pwrite(fd, &value, size, offset) != (ssize_t)size)
		guest_die("firmware: cannot write config space: %m");
}

static void put_rom(int fd, uint64_t address)
{
	int bridge = get(fd, PCI_HEADER_TYPE, 1) & PCI_HEADER_TYPE_MASK;
	int offset = bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;
	uint32_t low = get(fd, offset, 4) & ~PCI_ROM_ADDRESS_MASK;

	put(fd, offset, 4, address | low);
}

static void put_bar(int fd, int index, uint64_t address)
{
	int offset = PCI_BASE_ADDRESS_0 + 4 * index;
	uint32_t low = get(fd, offset, 4) & ~PCI_BASE_ADDRESS_MEM_MASK;

	put(fd, offset, 4, address | low);
	if ((low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
	    PCI_BASE_ADDRESS_MEM_TYPE_64)
		put(fd, offset + 4, 4, address >> 32);
}

static void program(const struct bar *bar)
{
	int fd = open_config(bar->bdf);
	uint16_t command = get(fd, PCI_COMMAND, 2);

	printf("firmware: %s BAR %d 0x%" PRIx64 " -> 0x%" PRIx64 "\n",
	       bar->bdf, bar->index, bar->at.start, bar->address);
	put(fd, PCI_COMMAND, 2, command & ~PCI_COMMAND_MEMORY);
	if (bar->index == ROM_BAR)
		put_rom(fd, bar->address);
	else
		put_bar(fd, bar->index, bar->address);
	put(fd, PCI_COMMAND, 2, command);
	close(fd);
}

static void decode(const struct bar *bar, bool on)
{
	int fd = open_config(bar->bdf);
	uint16_t command = get(fd, PCI_COMMAND, 2);

	put(fd, PCI_COMMAND, 2, on ? command | PCI_COMMAND_MEMORY :
				     command & ~PCI_COMMAND_MEMORY);
	close(fd);
}

static void program_all(void)
{
	const char *how = guest_param("vm.decode");
	size_t i;

	for (i = 0; i < n_bars; i++)
		if (bars[i].address != bars[i].at.start)
			program(&bars[i]);
	for (i = 0; how && strcmp(how, "keep") && i < n_bars; i++)
		decode(&bars[i], !strcmp(how, "on"));
}

static void start_kernel(void)
{
	static char cmdline[4096];
	int kernel = open("/kernel", O_RDONLY | O_CLOEXEC);
	int initrd = open("/initrd", O_RDONLY | O_CLOEXEC);

	if (kernel < 0 || initrd < 0 ||
	    !guest_read("/cmdline", cmdline, sizeof(cmdline)))
		guest_die("firmware: /kernel, /initrd or /cmdline missing: %m");
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1,
		    cmdline, 0UL))
		guest_die("firmware: kexec_file_load: %m");
	reboot(LINUX_REBOOT_CMD_KEXEC);
	guest_die("firmware: kexec: %m");
}

int main(void)
{
	const struct layout *layout;

	setvbuf(stdout, NULL, _IOLBF, 0);
	guest_mount();
	page = sysconf(_SC_PAGESIZE);
	layout = chosen_layout();
	guest_each_device(unbind);
	guest_each_device(read_bars);
	read_map();
	relate();
	lay_out_all(layout);
	program_all();
	guest_mark("K");
	start_kernel();
}
