// SPDX-License-Identifier: GPL-2.0
/*
 * Can VFIO map BARs that are smaller than a page?
 *
 * All devices with such a BAR are unbound from their drivers and bound to
 * vfio-pci, so this is not for a system in use; the harness in vm/ runs it.
 * They are all open at the same time, so that the registers of each of them can
 * be seen in a page.
 */

#include <stdint.h>

#include "bars.h"
#include "registers.h"
#include "vfio_dev.h"
#include "kselftest_harness.h"

#define MAX_DEVS	64
#define PATIENCE	600	/* seconds: each test resets all devices */

struct devices {
	struct vfio_groups groups;
	struct vfio_dev dev[MAX_DEVS];
	int status[MAX_DEVS][NR_STD_BARS];	/* before VFIO had them */
	int nr;
	size_t page;
};

FIXTURE(vfio)
{
	struct devices d;
};

/* A BAR of a device bound to vfio-pci */
struct seen {
	const struct vfio_dev *dev;
	struct bar bar;
	struct vfio_region_info info;
	bool small, mappable;
	int status_before;
};

static int is_small(const struct bar *bar, void *unused)
{
	(void)unused;
	return bar_is_small(bar);
}

static void find_devices(struct devices *d)
{
	struct dirent **devs;
	int i, n = scandir(PCI_DEVICES, &devs, NULL, alphasort);

	for (i = 0; i < n; i++) {
		const char *name = devs[i]->d_name;

		if (name[0] != '.' && d->nr < MAX_DEVS && !dev_is_bridge(name) &&
		    iommu_group(name) >= 0 &&
		    each_bar_of(name, is_small, NULL))
			snprintf(d->dev[d->nr++].name, sizeof(d->dev->name),
				 "%.15s", name);
		free(devs[i]);
	}
	if (n >= 0)
		free(devs);
}

static int note_status(const struct bar *bar, void *status)
{
	((int *)status)[bar->nr] = bar_status(bar);
	return 0;
}

FIXTURE_SETUP(vfio)
{
	int i;

	self->d.page = sysconf(_SC_PAGESIZE);
	if (!vfio_usable())
		SKIP(return, "no vfio-pci");
	find_devices(&self->d);
	if (!self->d.nr)
		SKIP(return, "no device with a small BAR has an IOMMU");

	for (i = 0; i < self->d.nr; i++) {
		const char *name = self->d.dev[i].name;

		each_bar_of(name, note_status, self->d.status[i]);
		ASSERT_TRUE(vfio_take(name)) {
			TH_LOG("%s: can't be bound to vfio-pci", name);
		}
	}
	for (i = 0; i < self->d.nr; i++) {
		ASSERT_TRUE(vfio_open(&self->d.groups, &self->d.dev[i])) {
			TH_LOG("%s: can't be opened: %m", self->d.dev[i].name);
		}
	}
}

FIXTURE_TEARDOWN(vfio)
{
	int i;

	for (i = 0; i < self->d.nr; i++)
		close(self->d.dev[i].fd);
	vfio_close_groups(&self->d.groups);
	for (i = 0; i < self->d.nr; i++)
		vfio_give_back(self->d.dev[i].name);
}

static int see_bar(const struct bar *bar, void *array)
{
	((struct bar *)array)[bar->nr] = *bar;
	return 0;
}

/* All BARs, one per call: false when there is none left */
static bool next_bar(const struct devices *d, int *pos, struct seen *s)
{
	for (; *pos < d->nr * NR_STD_BARS; ++*pos) {
		struct bar bars[NR_STD_BARS] = {};
		int nr = *pos % NR_STD_BARS, i = *pos / NR_STD_BARS;

		s->dev = &d->dev[i];
		each_bar_of(s->dev->name, see_bar, bars);
		if (!bar_assigned(&bars[nr]) ||
		    !vfio_region(s->dev, nr, &s->info))
			continue;
		s->bar = bars[nr];
		s->small = bar_is_small(&s->bar);
		s->mappable = s->info.flags & VFIO_REGION_INFO_FLAG_MMAP;
		s->status_before = d->status[i][nr];
		++*pos;
		return true;
	}
	return false;
}

static void *map(const struct devices *d, const struct seen *s)
{
	return mmap(NULL, d->page, PROT_READ, MAP_SHARED, s->dev->fd,
		    s->info.offset);
}

/* vfio-pci maps a BAR that begins a page and has it all, see probe_mmaps() */
TEST_F_TIMEOUT(vfio, flag_tells_what_status_tells, PATIENCE)
{
	struct seen s;
	int pos = 0;

	while (next_bar(&self->d, &pos, &s)) {
		bool isolated = !s.status_before && !(s.bar.start % self->d.page);

		EXPECT_EQ(!s.small || isolated, s.mappable) {
			TH_LOG("%s BAR %d at %#llx, status %d", s.bar.dev,
			       s.bar.nr, s.bar.start, s.status_before);
		}
		ksft_print_msg("vfio: %s BAR %d maps: %s\n", s.bar.dev, s.bar.nr,
			       s.mappable ? "yes" : "no");
	}
}

TEST_F_TIMEOUT(vfio, flag_keeps_its_word, PATIENCE)
{
	struct seen s;
	int pos = 0;

	while (next_bar(&self->d, &pos, &s)) {
		void *page = map(&self->d, &s);

		EXPECT_EQ(s.mappable, page != MAP_FAILED) {
			TH_LOG("%s BAR %d: mmap: %m", s.bar.dev, s.bar.nr);
		}
		if (page != MAP_FAILED)
			munmap(page, self->d.page);
	}
}

/* The slow way, as QEMU does it for a BAR that it can't map */
static uint32_t read_trapped(const struct seen *s, const struct known *k)
{
	off_t at = s->info.offset + k->offset;
	uint32_t value = 0;

	if (k->write && pwrite(s->dev->fd, &k->write, k->width, at) != k->width)
		return 0;
	return pread(s->dev->fd, &value, k->width, at) == k->width ? value : 0;
}

TEST_F_TIMEOUT(vfio, known_registers, PATIENCE)
{
	const struct known *k;
	int pos = 0, compared = 0, mapped = 0;
	struct seen s;

	while (next_bar(&self->d, &pos, &s)) {
		void *page = s.mappable ? map(&self->d, &s) : NULL;

		for (k = known; (k = next_known(&s.bar, k)); k++) {
			uint32_t value = read_trapped(&s, k);

			EXPECT_TRUE(plausible(value, k->width)) {
				TH_LOG("%s %s: %#x", s.bar.dev, k->name, value);
			}
			ksft_print_msg("%s %s: %#x\n", s.bar.dev, k->name, value);
			compared++;
			if (!page)
				continue;
			EXPECT_EQ(value, read_mapped(page, k->offset, k->width)) {
				TH_LOG("%s %s", s.bar.dev, k->name);
			}
			mapped++;
		}
		if (page)
			munmap(page, self->d.page);
	}
	ksft_print_msg("%d registers read, %d of them also through a mapping\n",
		       compared, mapped);
	if (!compared)
		SKIP(return, "no register is known of these devices");
}

TEST_F_TIMEOUT(vfio, rest_of_page_is_empty, PATIENCE)
{
	struct seen s;
	int pos = 0;

	while (next_bar(&self->d, &pos, &s)) {
		void *page;

		if (!s.small || !s.mappable)
			continue;
		page = map(&self->d, &s);
		ASSERT_NE(MAP_FAILED, page);
		EXPECT_TRUE(page_is_empty(&s.bar, page, self->d.page)) {
			TH_LOG("%s BAR %d", s.bar.dev, s.bar.nr);
		}
		munmap(page, self->d.page);
	}
}

/* The control for the last test: resourceN maps a page whatever is in it */
TEST_F_TIMEOUT(vfio, shared_page_is_not_empty, PATIENCE)
{
	int pos = 0, sharing = 0, seen = 0;
	struct seen s;

	while (next_bar(&self->d, &pos, &s)) {
		void *page;

		if (s.status_before != 1)
			continue;
		page = bar_map(&s.bar, "", self->d.page, PROT_READ);
		ASSERT_NE(MAP_FAILED, page);
		seen += !page_is_empty(&s.bar, page, self->d.page);
		sharing++;
		munmap(page, self->d.page);
	}
	ksft_print_msg("%d BARs share their page, other registers show in %d of them\n",
		       sharing, seen);
	if (!sharing)
		SKIP(return, "no BAR shares its page");
	EXPECT_GT(seen, 0);
}

static bool padded(const struct bar *bar, unsigned long long page)
{
	unsigned long long start, end;
	char line[256], name[64];
	bool found = false;
	FILE *f = fopen("/proc/iomem", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, " %llx-%llx : %63[^\n]", &start, &end,
			       name) == 3 &&
			start == bar->end + 1 && end == (bar->start | (page - 1)) &&
			!strcmp(name, "vfio sub-page reserved");
	if (f)
		fclose(f);
	return found;
}

TEST_F_TIMEOUT(vfio, status_stays_while_vfio_has_the_page, PATIENCE)
{
	struct seen s;
	int pos = 0;

	while (next_bar(&self->d, &pos, &s)) {
		EXPECT_EQ(s.small && s.mappable, padded(&s.bar, self->d.page)) {
			TH_LOG("%s BAR %d", s.bar.dev, s.bar.nr);
		}
		EXPECT_EQ(s.status_before, bar_status(&s.bar)) {
			TH_LOG("%s BAR %d", s.bar.dev, s.bar.nr);
		}
	}
}

TEST_HARNESS_MAIN
