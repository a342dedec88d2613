// SPDX-License-Identifier: GPL-2.0
/*
 * Whose registers does a mapping of resourceN show?  mmap() maps whole pages, so
 * it shows those of all BARs in the page; where the status of a BAR says 0, it
 * has to show no others.
 *
 * It only reads registers that may be read at any time, whatever a driver does
 * with the device, and the rest of pages that hold no other BAR.
 */

#include <linux/pci_regs.h>

#include "bars.h"
#include "registers.h"
#include "kselftest_harness.h"

#define MAX_BARS	1024

FIXTURE(maps)
{
	struct bar bar[MAX_BARS];
	char *page[MAX_BARS];	/* mapped, or MAP_FAILED */
	int nr;
	unsigned long long size;	/* of a page */
};

static bool decodes_memory(const char *dev)
{
	int fd = dev_open(dev, "config", O_RDONLY);
	unsigned char low = 0;
	bool ok = fd >= 0 && pread(fd, &low, 1, PCI_COMMAND) == 1;

	if (fd >= 0)
		close(fd);
	return ok && (low & PCI_COMMAND_MEMORY);
}

/* Small BARs that answer */
static int add_bar(const struct bar *bar, void *fixture)
{
	struct _test_data_maps *self = fixture;

	if (bar_size(bar) >= self->size || !bar_assigned(bar) ||
	    !decodes_memory(bar->dev))
		return 0;
	if (self->nr == MAX_BARS)
		return 1;
	self->page[self->nr] = bar_map(bar, "", self->size, PROT_READ);
	self->bar[self->nr++] = *bar;
	return 0;
}

FIXTURE_SETUP(maps)
{
	self->size = sysconf(_SC_PAGESIZE);
	ASSERT_EQ(0, each_bar(add_bar, self));
	ASSERT_NE(0, self->nr) TH_LOG("no small BAR answers");
}

FIXTURE_TEARDOWN(maps)
{
	int i;

	for (i = 0; i < self->nr; i++)
		if (self->page[i] != MAP_FAILED)
			munmap(self->page[i], self->size);
}

TEST_F(maps, a_page_and_no_more)
{
	int i;

	for (i = 0; i < self->nr; i++) {
		EXPECT_NE(MAP_FAILED, self->page[i]) {
			TH_LOG("%s BAR %d", self->bar[i].dev, self->bar[i].nr);
		}
		EXPECT_EQ(MAP_FAILED, bar_map(&self->bar[i], "", 2 * self->size,
					      PROT_READ)) {
			TH_LOG("%s BAR %d: two pages", self->bar[i].dev,
			       self->bar[i].nr);
		}
	}
}

/* A register of one BAR, through the mapping of another that is in its page */
static uint32_t look(const struct _test_data_maps *self, int through, int at,
		     const struct known *k)
{
	size_t offset = (self->bar[at].start & (self->size - 1)) + k->offset;

	return read_mapped(self->page[through], offset, k->width);
}

static bool in_one_page(const struct _test_data_maps *self, int i, int j)
{
	return self->page[i] != MAP_FAILED && self->page[j] != MAP_FAILED &&
	       bars_meet(&self->bar[i], &self->bar[j], self->size);
}

TEST_F(maps, show_the_bar)
{
	int i, seen = 0;

	for (i = 0; i < self->nr; i++) {
		const struct known *k;

		for (k = known; (k = next_known(&self->bar[i], k)); k++) {
			if (k->write || !in_one_page(self, i, i))
				continue;
			EXPECT_TRUE(plausible(look(self, i, i, k), k->width)) {
				TH_LOG("%s %s", self->bar[i].dev, k->name);
			}
			seen++;
		}
	}
	ksft_print_msg("resource: %d registers seen\n", seen);
	EXPECT_NE(0, seen);
}

/* All known registers of these; a status of 0 promises that there are none */
TEST_F(maps, show_others_that_share_the_page)
{
	int i, j, seen = 0;

	for (i = 0; i < self->nr; i++)
		for (j = 0; j < self->nr; j++) {
			const struct known *k;

			if (i == j || !in_one_page(self, i, j))
				continue;
			EXPECT_NE(0, bar_status(&self->bar[i])) {
				TH_LOG("%s BAR %d", self->bar[i].dev,
				       self->bar[i].nr);
			}
			for (k = known; (k = next_known(&self->bar[j], k)); k++) {
				if (k->write)
					continue;
				EXPECT_EQ(look(self, j, j, k),
					  look(self, i, j, k)) {
					TH_LOG("%s %s", self->bar[j].dev,
					       k->name);
				}
				seen++;
			}
		}
	ksft_print_msg("resource: %d registers seen through the mapping of another BAR\n",
		       seen);
}

TEST_F(maps, show_nobody_if_the_page_is_its_own)
{
	int i, alone = 0;

	for (i = 0; i < self->nr; i++) {
		if (bar_status(&self->bar[i]) || self->page[i] == MAP_FAILED)
			continue;
		EXPECT_TRUE(page_is_empty(&self->bar[i], self->page[i],
					  self->size)) {
			TH_LOG("%s BAR %d", self->bar[i].dev, self->bar[i].nr);
		}
		alone++;
	}
	ksft_print_msg("resource: %d BARs alone in their pages\n", alone);
}

TEST_HARNESS_MAIN
