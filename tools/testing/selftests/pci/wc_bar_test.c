// SPDX-License-Identifier: GPL-2.0
/*
 * resourceN_wc maps the page of a prefetchable BAR write-combining.  Does the
 * BAR have that page to itself?  Writes to anything else in there could be
 * reordered.
 *
 * Reads x86's page attributes from debugfs.  Nothing is changed.
 */

#include "bars.h"
#include "kselftest_harness.h"

#define MEMTYPES	"/sys/kernel/debug/x86/pat_memtype_list"
#define MAX_BARS	1024

FIXTURE(prefetchable)
{
	struct bar bar[MAX_BARS];
	int nr;
	unsigned long long page;
};

static int add_bar(const struct bar *bar, void *fixture)
{
	struct _test_data_prefetchable *self = fixture;

	if (self->nr == MAX_BARS)
		return 1;
	self->bar[self->nr++] = *bar;
	return 0;
}

FIXTURE_SETUP(prefetchable)
{
	self->page = sysconf(_SC_PAGESIZE);
	if (access(MEMTYPES, R_OK))
		SKIP(return, "no " MEMTYPES);
	ASSERT_EQ(0, each_bar(add_bar, self));
}

FIXTURE_TEARDOWN(prefetchable)
{
}

/* The write-combining range that contains @at */
static bool find_wc(unsigned long long at, struct bar *range)
{
	char line[128], type[32];
	bool found = false;
	FILE *f = fopen(MEMTYPES, "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "PAT: [mem %llx-%llx] %31s", &range->start,
			       &range->end, type) == 3 &&
			range->start <= at && at < range->end &&
			!strcmp(type, "write-combining");
	if (f)
		fclose(f);
	range->end--;	/* it shows where the next one may begin */
	return found;
}

TEST_F(prefetchable, maps_no_other_bar)
{
	int i, j, mapped = 0, sharing = 0;

	for (i = 0; i < self->nr; i++) {
		const struct bar *bar = &self->bar[i];
		struct bar range = {};
		int others = 0;
		void *p;

		if (bar_size(bar) >= self->page || !bar_assigned(bar))
			continue;
		p = bar_map(bar, "_wc", self->page, PROT_READ | PROT_WRITE);
		if (p == MAP_FAILED && errno == ENOENT)	/* not prefetchable */
			continue;
		ASSERT_NE(MAP_FAILED, p) {
			TH_LOG("%s BAR %d: %m", bar->dev, bar->nr);
		}
		EXPECT_TRUE(find_wc(bar->start, &range)) {
			TH_LOG("%s BAR %d is not write-combining", bar->dev, bar->nr);
		}
		for (j = 0; j < self->nr; j++)
			others += j != i && bar_assigned(&self->bar[j]) &&
				  self->bar[j].start <= range.end &&
				  self->bar[j].end >= range.start;
		EXPECT_EQ(bar_status(bar), !!others) {
			TH_LOG("%s BAR %d at %#llx is mapped with %d others",
			       bar->dev, bar->nr, bar->start, others);
		}
		sharing += !!others;
		mapped++;
		munmap(p, self->page);
	}
	ksft_print_msg("write-combining: %d small BARs, %d of them with others\n",
		       mapped, sharing);
	if (!mapped)
		SKIP(return, "no small BAR is prefetchable");
}

TEST_HARNESS_MAIN
