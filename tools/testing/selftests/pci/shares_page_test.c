// SPDX-License-Identifier: GPL-2.0
/*
 * Which BARs share a page?  Ask /proc/iomem and the resource files, and compare
 * with what the kernel says in resourceN_shares_page and rom_shares_page.
 *
 * Runs on any system, as root: /proc/iomem shows no addresses to others.
 * Nothing is changed, except that BARs of devices that are not in use are
 * sized: no driver, memory decode off.
 */

#include <endian.h>
#include <linux/pci_regs.h>

#include "bars.h"
#include "kselftest_harness.h"

struct range {
	unsigned long long start, end;
};

struct region {
	struct range r;
	char name[64];
};

struct system {
	struct region *iomem;
	size_t nr_iomem;
	struct bar *bars;
	size_t nr_bars;
	unsigned long long page;
	bool on;	/* booted with pci=passthrough_align */
};

FIXTURE(system)
{
	struct system m;
};

static bool overlap(struct range a, struct range b)
{
	return a.start <= b.end && b.start <= a.end;
}

static bool contains(struct range a, struct range b)
{
	return a.start <= b.start && b.end <= a.end;
}

static struct range pages_of(struct range r, unsigned long long page)
{
	return (struct range) { r.start & ~(page - 1), r.end | (page - 1) };
}

static struct range range_of(const struct bar *bar)
{
	return (struct range) { bar->start, bar->end };
}

static const char *bar_name(const struct bar *bar)
{
	static char name[64];

	if (bar->nr == ROM)
		snprintf(name, sizeof(name), "%s ROM", bar->dev);
	else
		snprintf(name, sizeof(name), "%s BAR %d", bar->dev, bar->nr);
	return name;
}

static bool dev_has(const char *dev, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", dev, file);
	return !access(path, F_OK);
}

static const struct region *claimed(const struct system *system,
				    const struct bar *bar)
{
	size_t i;

	for (i = 0; i < system->nr_iomem; i++) {
		const struct region *m = &system->iomem[i];

		if (!strcmp(m->name, bar->dev) && m->r.start == bar->start &&
		    m->r.end == bar->end)
			return m;
	}
	return NULL;
}

/* First thing in the pages of a claimed BAR that is not part of its path */
static const struct region *neighbour(const struct system *system,
				      const struct bar *bar)
{
	struct range own = range_of(bar), pages = pages_of(own, system->page);
	size_t i;

	for (i = 0; i < system->nr_iomem; i++) {
		const struct region *m = &system->iomem[i];

		if (overlap(m->r, pages) && !contains(m->r, own) &&
		    !contains(own, m->r) &&
		    strcmp(m->name, "vfio sub-page reserved"))
			return m;
	}
	return NULL;
}

/* Devices whose BARs the kernel leaves alone, see passthrough-align.c */
static bool may_move(const struct bar *bar)
{
	unsigned long class = dev_number(bar->dev, "class") >> 8;

	return !(bar->flags & IORESOURCE_PCI_FIXED) && !dev_has(bar->dev, "physfn") &&
	       class != 0x0000 && class != 0x0600 && class != 0x0800;
}

static void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))	/* room up to the next power of two */
		return array;
	array = realloc(array, (nr ? 2 * nr : 1) * size);
	if (!array)
		ksft_exit_fail_msg("out of memory\n");
	return array;
}

static void read_iomem(struct system *system)
{
	FILE *f = fopen("/proc/iomem", "r");
	struct region m;
	char line[256];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %llx-%llx : %63[^\n]",
			   &m.r.start, &m.r.end, m.name) != 3)
			continue;
		system->iomem = grow(system->iomem, system->nr_iomem, sizeof(m));
		system->iomem[system->nr_iomem++] = m;
	}
	fclose(f);
}

static int add_bar(const struct bar *bar, void *arg)
{
	struct system *system = arg;

	system->bars = grow(system->bars, system->nr_bars, sizeof(*bar));
	system->bars[system->nr_bars++] = *bar;
	return 0;
}

/* Is @word in the list of a pci= option on the command line? */
static bool pci_option(const char *word)
{
	char line[4096] = "", *arg, *opt, *args, *opts;
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		return false;
	close(fd);

	for (arg = strtok_r(line, "\n ", &args); arg;
	     arg = strtok_r(NULL, "\n ", &args)) {
		if (strncmp(arg, "pci=", 4))
			continue;
		for (opt = strtok_r(arg + 4, ",", &opts); opt;
		     opt = strtok_r(NULL, ",", &opts))
			if (!strcmp(opt, word))
				return true;
	}
	return false;
}

FIXTURE_SETUP(system)
{
	size_t i;

	self->m.page = sysconf(_SC_PAGESIZE);
	self->m.on = pci_option("passthrough_align");
	read_iomem(&self->m);
	each_bar_or_rom(true, add_bar, &self->m);

	if (!self->m.nr_bars)
		SKIP(return, "no PCI device with a memory BAR");
	for (i = 0; i < self->m.nr_iomem; i++)
		if (self->m.iomem[i].r.end)
			return;
	SKIP(return, "/proc/iomem shows no addresses: run as root");
}

FIXTURE_TEARDOWN(system)
{
	free(self->m.iomem);
	free(self->m.bars);
}

TEST_F(system, status_is_true)
{
	size_t i;

	if (bar_status(&self->m.bars[0]) == -ENOENT)
		SKIP(return, "kernel without resourceN_shares_page");

	for (i = 0; i < self->m.nr_bars; i++) {
		const struct bar *bar = &self->m.bars[i];
		const struct region *other = NULL;
		int expected = -ENXIO;

		if (claimed(&self->m, bar)) {
			other = neighbour(&self->m, bar);
			expected = !!other;
		}
		EXPECT_EQ(expected, bar_status(bar)) {
			TH_LOG("%s at %#llx: neighbour is %s",
			       bar_name(bar), bar->start,
			       other ? other->name : "nobody");
		}
	}
}

TEST_F(system, small_bars_have_own_pages)
{
	size_t i;

	if (!self->m.on)
		SKIP(return, "booted without pci=passthrough_align");

	for (i = 0; i < self->m.nr_bars; i++) {
		const struct bar *bar = &self->m.bars[i];
		const struct region *other;

		if (!bar_is_small(bar) || !may_move(bar) ||
		    !claimed(&self->m, bar))
			continue;
		other = neighbour(&self->m, bar);
		EXPECT_TRUE(!other) {
			TH_LOG("%s at %#llx shares its page with %s",
			       bar_name(bar), bar->start, other->name);
		}
	}
}

TEST_F(system, no_bar_without_address)
{
	size_t i;

	if (!self->m.on)
		SKIP(return, "booted without pci=passthrough_align");

	for (i = 0; i < self->m.nr_bars; i++) {
		const struct bar *bar = &self->m.bars[i];

		if (bar->nr == ROM)	/* optional */
			continue;
		EXPECT_TRUE(bar_assigned(bar)) {
			TH_LOG("%s has no address", bar_name(bar));
		}
	}
}

/* Size of a BAR as the device reports it (PCI 3.0, sec 6.2.5.1), 0 if none */
static unsigned long long hardware_size(int fd, int reg)
{
	/* As config space has them: little endian */
	unsigned int old[2] = {}, ones[2] = { ~0U, ~0U }, mask[2] = { 0, ~0U };
	size_t len = sizeof(old[0]);
	unsigned long long size;

	if (pread(fd, old, len, reg) != (ssize_t)len ||
	    le32toh(old[0]) & PCI_BASE_ADDRESS_SPACE_IO)
		return 0;
	if ((le32toh(old[0]) & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
	    PCI_BASE_ADDRESS_MEM_TYPE_64)
		len = sizeof(old);

	if (pread(fd, old, len, reg) != (ssize_t)len ||
	    pwrite(fd, ones, len, reg) != (ssize_t)len ||
	    pread(fd, mask, len, reg) != (ssize_t)len ||
	    pwrite(fd, old, len, reg) != (ssize_t)len)
		return 0;

	size = (unsigned long long)le32toh(mask[1]) << 32 |
	       (le32toh(mask[0]) & ~0xfU);
	return ~size + 1;
}

static bool in_use(const char *dev, int fd)
{
	unsigned short cmd;

	return dev_has(dev, "driver") ||
	       pread(fd, &cmd, sizeof(cmd), PCI_COMMAND) != sizeof(cmd) ||
	       le16toh(cmd) & (PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
}

TEST_F(system, size_is_hardware_size)
{
	size_t i, checked = 0;

	for (i = 0; i < self->m.nr_bars; i++) {
		const struct bar *bar = &self->m.bars[i];
		int fd;

		if (bar->nr == ROM || !bar->start)
			continue;
		fd = dev_open(bar->dev, "config", O_RDWR);
		if (fd < 0)
			SKIP(return, "can't write to config space");
		if (!in_use(bar->dev, fd)) {
			EXPECT_EQ(hardware_size(fd, PCI_BASE_ADDRESS_0 +
						4 * bar->nr), bar_size(bar)) {
				TH_LOG("%s", bar_name(bar));
			}
			checked++;
		}
		close(fd);
	}
	if (!checked)
		SKIP(return, "all devices are in use");
}

TEST_HARNESS_MAIN
