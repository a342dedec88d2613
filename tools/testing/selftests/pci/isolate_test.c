// SPDX-License-Identifier: GPL-2.0
/*
 * Does a BAR get a page of its own when 0 is written to resourceN_shares_page?
 *
 * Runs on any system, as root, and changes nothing: its writes have nothing to
 * do or have to be refused.  With ISOLATE=free in the environment, all BARs of
 * devices without a driver get pages of their own; with ISOLATE=all, those with
 * a driver lose it for as long as that takes.
 */

#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>

#include "isolate.h"
#include "registers.h"
#include "kselftest_harness.h"

#define MAX_BARS	1024
#define HEADER		64	/* bytes of config space */
#define PATIENCE	1800	/* seconds: drivers come and go, on a debug kernel, too */

FIXTURE(bars)
{
	struct bar bar[MAX_BARS];
	uint64_t offset[MAX_BARS];	/* of its register from its address */
	int nr;
	unsigned long long page;
	const char *isolate;	/* free, all or NULL */
};

static int add_bar(const struct bar *bar, void *fixture)
{
	struct _test_data_bars *self = fixture;

	if (self->nr == MAX_BARS)
		return 0;
	self->offset[self->nr] = bar_offset(bar);
	self->bar[self->nr++] = *bar;
	return 0;
}

FIXTURE_SETUP(bars)
{
	int fd;

	self->page = sysconf(_SC_PAGESIZE);
	self->isolate = getenv("ISOLATE");
	each_bar_or_rom(true, add_bar, self);
	if (geteuid())
		SKIP(return, "needs root");
	if (!self->nr)
		SKIP(return, "no PCI device with a memory BAR");

	fd = status_open(&self->bar[0], O_RDWR);
	if (fd < 0)
		SKIP(return, "kernel can't isolate a BAR");
	close(fd);
}

FIXTURE_TEARDOWN(bars)
{
}

static bool moved(const struct _test_data_bars *self, int i)
{
	const struct bar *bar = &self->bar[i];
	struct bar now;

	return !bar_now(bar, &now) || now.start != bar->start || now.end != bar->end ||
	       bar_offset(&now) != self->offset[i];
}

/* Everything is where it was, except for one BAR */
static void expect_others_stay(struct __test_metadata *_metadata,
			       const struct _test_data_bars *self, int except)
{
	int i;

	for (i = 0; i < self->nr; i++) {
		if (i == except)
			continue;
		EXPECT_FALSE(moved(self, i)) {
			TH_LOG("%s BAR %d was at %#llx", self->bar[i].dev,
			       self->bar[i].nr, self->bar[i].start);
		}
	}
}

TEST_F(bars, other_values_are_refused)
{
	static const char * const text[] = { "1", "2", "-1", "no", "\n", "0 0" };
	size_t i;
	int b;

	for (b = 0; b < self->nr; b++) {
		for (i = 0; i < ARRAY_SIZE(text); i++) {
			EXPECT_EQ(-EINVAL, ask(&self->bar[b], text[i])) {
				TH_LOG("%s BAR %d: %s", self->bar[b].dev,
				       self->bar[b].nr, text[i]);
			}
		}
	}
	expect_others_stay(_metadata, self, -1);
}

/* I/O BARs and those that a device does not have */
TEST_F(bars, no_such_bar)
{
	struct bar none, now;
	int b;

	for (b = 0; b < self->nr; b++) {
		none = self->bar[b];
		for (none.nr = 0; none.nr <= ROM + 1; none.nr++) {
			if (bar_now(&none, &now))
				continue;
			EXPECT_EQ(-ENOENT, ask(&none, "0")) {
				TH_LOG("%s BAR %d", none.dev, none.nr);
			}
		}
	}
	expect_others_stay(_metadata, self, -1);
}

TEST_F(bars, needs_a_capability)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = {};
	int fd = status_open(&self->bar[0], O_WRONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, syscall(SYS_capset, &head, none));
	EXPECT_EQ(-EPERM, write_to(fd, "0"));
	expect_others_stay(_metadata, self, -1);
}

TEST_F(bars, nothing_to_do)
{
	int i, done = 0;

	for (i = 0; i < self->nr; i++) {
		if (!has_page(&self->bar[i]))
			continue;
		EXPECT_EQ(0, ask(&self->bar[i], "0"));
		done++;
	}
	expect_others_stay(_metadata, self, -1);
	ksft_print_msg("isolate: %d BARs already have their pages\n", done);
}

TEST_F(bars, not_under_a_driver)
{
	int i, tried = 0;

	if (!self->isolate)
		SKIP(return, "ISOLATE is not set");

	for (i = 0; i < self->nr; i++) {
		int err;

		if (has_page(&self->bar[i]) || !has_driver(&self->bar[i]) ||
		    !bar_assigned(&self->bar[i]))
			continue;
		err = ask(&self->bar[i], "0");
		EXPECT_TRUE(err == -EBUSY || err == -EOPNOTSUPP) {
			TH_LOG("%s BAR %d: %s", self->bar[i].dev,
			       self->bar[i].nr, strerror(-err));
		}
		tried++;
	}
	expect_others_stay(_metadata, self, -1);
	if (!tried)
		SKIP(return, "no device with a driver has a BAR to move");
}

static int isolate(const struct _test_data_bars *self, const struct bar *bar)
{
	bool taken = !strcmp(self->isolate, "all") && has_driver(bar) &&
		     take_driver(bar);
	int err = ask(bar, "0");

	if (taken)
		give_driver(bar);
	return err;
}

static sigjmp_buf fault;

static void on_fault(int sig)
{
	siglongjmp(fault, sig);
}

/* The signal that reading it raises, 0 if none */
static int touch(const void *p)
{
	int sig = sigsetjmp(fault, 1);

	if (!sig)
		read_mapped(p, 0, 1);
	return sig;
}

TEST_F_TIMEOUT(bars, mappings_are_revoked, PATIENCE)
{
	int i, tried = 0;

	if (!self->isolate)
		SKIP(return, "ISOLATE is not set");
	signal(SIGBUS, on_fault);

	for (i = 0; i < self->nr && !tried; i++) {
		const struct bar *bar = &self->bar[i];
		void *p;

		if (bar->nr == ROM || !(bar->start % self->page) ||
		    has_driver(bar) || !bar_assigned(bar))
			continue;
		p = bar_map(bar, "", self->page, PROT_READ);
		if (p == MAP_FAILED)
			continue;
		EXPECT_EQ(0, touch(p));
		if (!ask(bar, "0")) {
			EXPECT_EQ(SIGBUS, touch(p)) {
				TH_LOG("%s BAR %d", bar->dev, bar->nr);
			}
			tried++;
		}
		munmap(p, self->page);
	}
	if (!tried)
		SKIP(return, "no BAR to move");
}

struct header {
	unsigned char byte[HEADER];
};

static struct header read_header(const char *dev)
{
	struct header header = {};
	int fd = dev_open(dev, "config", O_RDONLY);

	if (fd >= 0 && pread(fd, header.byte, HEADER, 0) != HEADER)
		header.byte[0]++;
	if (fd >= 0)
		close(fd);
	/* Errors and interrupts come and go */
	memset(header.byte + PCI_STATUS, 0, 2);
	if ((header.byte[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK) ==
	    PCI_HEADER_TYPE_BRIDGE)
		memset(header.byte + PCI_SEC_STATUS, 0, 2);
	return header;
}

static bool header_changes(const struct bar *bar, const struct header *before)
{
	struct header now = read_header(bar->dev);

	return memcmp(now.byte, before->byte, HEADER);
}

static void read_headers(const struct _test_data_bars *self, struct header *header)
{
	int i;

	for (i = 0; i < self->nr; i++)
		header[i] = read_header(self->bar[i].dev);
}

/* Nobody has written to config space of other devices */
static void expect_headers(struct __test_metadata *_metadata,
			   const struct _test_data_bars *self, const char *except,
			   const struct header *before)
{
	int i;

	for (i = 0; i < self->nr; i++) {
		if (!strcmp(self->bar[i].dev, except))
			continue;
		EXPECT_FALSE(header_changes(&self->bar[i], &before[i])) {
			TH_LOG("%s: config space", self->bar[i].dev);
		}
	}
}

static bool is_for_us(const struct _test_data_bars *self, const struct bar *bar)
{
	return bar_assigned(bar) && !has_page(bar) &&
	       (!has_driver(bar) || !strcmp(self->isolate, "all"));
}

/* 0 or -errno; checks that nothing else has changed */
static int isolate_one(struct __test_metadata *_metadata,
		       struct _test_data_bars *self, int i)
{
	static struct header before[MAX_BARS];
	struct bar now;
	int err;

	read_headers(self, before);
	err = isolate(self, &self->bar[i]);
	expect_others_stay(_metadata, self, err ? -1 : i);
	expect_headers(_metadata, self, self->bar[i].dev, before);

	EXPECT_TRUE(bar_now(&self->bar[i], &now));
	EXPECT_EQ(!err, has_page(&now)) {
		TH_LOG("%s BAR %d at %#llx", now.dev, now.nr, now.start);
	}
	EXPECT_EQ(bar_size(&self->bar[i]), bar_size(&now));
	EXPECT_EQ(self->offset[i], bar_offset(&now));
	EXPECT_TRUE(!err || err == -ENOSPC || err == -EOPNOTSUPP);
	if (err)
		ksft_print_msg("isolate: %s BAR %d: %s\n", now.dev, now.nr,
			       strerror(-err));
	self->bar[i] = now;
	return err;
}

/* One that begins its page can stay, unless another one there can't move */
TEST_F_TIMEOUT(bars, each_gets_its_page, PATIENCE)
{
	int i, aligned, done = 0, left = 0;

	if (!self->isolate)
		SKIP(return, "ISOLATE is not set");

	for (aligned = 0; aligned <= 1; aligned++) {
		for (i = 0; i < self->nr; i++) {
			if (!is_for_us(self, &self->bar[i]) ||
			    aligned != !(self->bar[i].start % self->page))
				continue;
			if (isolate_one(_metadata, self, i))
				left++;
			else
				done++;
		}
	}
	ksft_print_msg("isolate: %d BARs isolated, %d not\n", done, left);
}

TEST_HARNESS_MAIN
