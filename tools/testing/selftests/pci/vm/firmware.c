// SPDX-License-Identifier: GPL-2.0
/*
 * First-stage "firmware": init of a first kernel, which found BARs without
 * addresses and gave them some.  This lays out the memory BARs again, the way
 * some firmware does, through config space, and starts the kernel under test
 * with kexec.  That one finds what a BIOS would have left it.
 *
 * Each BAR stays within the window (of its host or bridge) that it is in, and
 * windows and large BARs stay where they are.
 *
 * In the initramfs: /kernel, /initrd, /cmdline of the kernel to start; /multiboot
 * if that is one for Xen; /first is a test to run before.
 * On the kernel's command line:
 *   vm.layout=NAME    see layouts[]
 *   vm.decode=WHAT    memory decode: keep (default), on or off
 *   vm.rom=WHAT       expansion ROMs: keep (default) or on
 *   vm.trace=yes      leave a mark in QEMU's trace
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware.h"
#include "guest.h"

#define MAX_BARS 8192
#define MAX_RANGES 16384
#define SKIPPED (4 << 8)	/* KSFT_SKIP, as waitpid() has it */

struct range {
	uint64_t start, end;
};

struct mapped {			/* a line of /proc/iomem */
	struct range at;
	char name[128];
	int depth;
	bool window, small;	/* small: it is a small BAR, which may move */
};

struct layout {
	const char *name;
	/* Put this many into each page; 0: leave all alone */
	int per_page;
	/* Every Nth gets address 0, or one that another has; 0: none */
	int zero, overlap;
	bool low;	/* those that are above 4G go below */
};

/*
 * "pack" puts unlike BARs at their natural alignment one after the other, as
 * old BIOSes do: the first in each page is page aligned, the others are not.
 * The rest is firmware with bugs.
 */
static const struct layout layouts[] = {
	{ "keep", .per_page = 0 },
	{ "isolate", .per_page = 1 },
	{ "pack", .per_page = 4 },
	{ "zero", .per_page = 4, .zero = 3 },
	{ "overlap", .per_page = 4, .overlap = 3 },
	{ "low", .per_page = 4, .low = true },
};

static struct place places[MAX_BARS];
static struct plan plan = { .places = places };
static struct mapped map[MAX_RANGES];
static size_t n_map;
static uint64_t page;

static bool overlap(struct range a, struct range b)
{
	return a.start <= b.end && b.start <= a.end;
}

static bool within(struct range a, struct range outer)
{
	return outer.start <= a.start && a.end <= outer.end;
}

static struct range range_of(const struct bar *bar)
{
	return (struct range) { bar->start, bar->end };
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

static int add_bar(const struct bar *bar, void *unused)
{
	(void)unused;
	if (!bar_assigned(bar))
		return 0;
	if (plan.n == MAX_BARS)
		guest_die("firmware: more than %d BARs", MAX_BARS);
	places[plan.n++] = (struct place) { .bar = *bar, .address = bar->start };
	return 0;
}

/* A host bridge's is called after its node in a device tree, if there is one. */
static bool is_window(const char *name)
{
	return !strncmp(name, "PCI Bus ", 8) || !strncmp(name, "pcie@", 5);
}

static void read_map(void)
{
	char line[256];
	FILE *in = fopen("/proc/iomem", "re");

	if (!in)
		guest_die("firmware: cannot open /proc/iomem: %m");
	while (fgets(line, sizeof(line), in)) {
		struct mapped *m = &map[n_map++];

		if (n_map == MAX_RANGES)
			guest_die("firmware: more than %d lines in /proc/iomem",
				  MAX_RANGES);
		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %127[^\n]",
			   &m->at.start, &m->at.end, m->name) != 3)
			guest_die("firmware: not a line of /proc/iomem: %s",
				  line);
		m->depth = strspn(line, " ") / 2;
		m->window = is_window(m->name);
	}
	fclose(in);
}

/* where it has to be */

/* The innermost window: the map lists what encloses before what is enclosed. */
static const struct mapped *window_of(const struct bar *bar)
{
	const struct mapped *window = NULL;
	size_t i;

	for (i = 0; i < n_map; i++)
		if (map[i].window && within(range_of(bar), map[i].at))
			window = &map[i];
	return window;
}

static uint64_t size_of(struct range at)
{
	return at.end - at.start + 1;
}

/* The largest of the same bus that is below 4G. */
static const struct mapped *low_window(const struct mapped *of)
{
	const struct mapped *low = NULL;
	size_t i;

	for (i = 0; i < n_map; i++)
		if (map[i].window && !strcmp(map[i].name, of->name) &&
		    map[i].at.end <= UINT32_MAX &&
		    (!low || size_of(map[i].at) > size_of(low->at)))
			low = &map[i];
	if (!low)
		guest_die("firmware: %s has nothing below 4G", of->name);
	return low;
}

/* The window that a BAR has to be in. */
static const struct mapped *home_of(const struct mapped *window,
				    const struct layout *layout)
{
	return layout->low && window && window->at.start > UINT32_MAX ?
		low_window(window) : window;
}

static bool is_small_bar(struct range at)
{
	size_t i;

	for (i = 0; i < plan.n; i++)
		if (places[i].bar.start == at.start &&
		    places[i].bar.end == at.end && bar_is_small(&places[i].bar))
			return true;
	return false;
}

/* Once for each: there can be thousands */
static void relate(const struct layout *layout)
{
	size_t i;

	for (i = 0; i < plan.n; i++) {
		places[i].window = window_of(&places[i].bar);
		places[i].home = home_of(places[i].window, layout);
	}
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
		at.end = at.start + bar_size(bar) - 1;
		end = occupied(window, at);
		if (!end)
			break;
		from = end + 1;
	}
	if (!within(at, window->at))
		guest_die("firmware: no room for BAR %d of %s in its window",
			  bar->nr, bar->dev);
	return at.start;
}

static uint64_t lowest_small(const struct mapped *window)
{
	uint64_t lowest = UINT64_MAX;
	size_t i;

	for (i = 0; i < plan.n; i++)
		if (places[i].window == window && places[i].bar.start < lowest &&
		    bar_is_small(&places[i].bar))
			lowest = places[i].bar.start;
	return lowest == UINT64_MAX ? window->at.start : lowest & ~(page - 1);
}

static bool each(int nth, size_t placed)
{
	return nth && placed % nth == 0;
}

/* What firmware with bugs makes of an address. */
static uint64_t spoilt(const struct layout *layout, const struct place *place,
		       const struct place *before, size_t placed)
{
	if (each(layout->zero, placed))
		return 0;
	if (each(layout->overlap, placed) && before)
		return before->address & ~(bar_size(&place->bar) - 1);
	return place->address;
}

static void lay_out(const struct mapped *window, const struct layout *layout)
{
	uint64_t from = lowest_small(window);
	const struct place *before = NULL;
	size_t i, placed = 0;

	for (i = 0; i < plan.n; i++) {
		struct place *place = &places[i];
		uint64_t size = bar_size(&place->bar);
		bool first = each(layout->per_page, placed);

		if (place->home != window || !bar_is_small(&place->bar))
			continue;
		place->address = find_room(window, from, first ? page : size,
					   &place->bar);
		from = place->address + size;
		place->address = spoilt(layout, place, before, ++placed);
		before = place;
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

/* starting the other kernel */

/* What it prints is on the console; a skipped case is not a failure. */
static void run_first(void)
{
	int status;
	pid_t pid;

	if (access("/first", X_OK))
		return;
	pid = fork();
	if (!pid) {
		execl("/first", "first", NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || (status && status != SKIPPED))
		guest_die("firmware: /first fails, status 0x%x", status);
}

static void start_kernel(void)
{
	static char cmdline[4096];
	int kernel = open("/kernel", O_RDONLY | O_CLOEXEC);
	int initrd = open("/initrd", O_RDONLY | O_CLOEXEC);

	if (kernel < 0 || initrd < 0 ||
	    !guest_read("/cmdline", cmdline, sizeof(cmdline)))
		guest_die("firmware: /kernel, /initrd or /cmdline missing: %m");
	initrd = initrd_with_tables(initrd, &plan);
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
	run_first();
	page = sysconf(_SC_PAGESIZE);
	layout = chosen_layout();
	guest_each_device(unbind);
	each_bar_or_rom(true, add_bar, NULL);
	read_map();
	relate(layout);
	lay_out_all(layout);
	program_all(&plan);
	guest_mark("K");
	execl("/multiboot", "multiboot", NULL);
	start_kernel();
}
