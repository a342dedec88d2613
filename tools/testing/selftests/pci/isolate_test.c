// SPDX-License-Identifier: GPL-2.0
/*
 * Does a BAR get a page of its own when 0 is written to resourceN_shares_page?
 *
 * Runs on any machine, as root, and changes nothing: it writes where nothing is
 * to be done, or what has to be refused.  With ISOLATE=free in the environment,
 * all BARs of devices without a driver get pages of their own; with ISOLATE=all,
 * those with one lose it for as long as that takes.
 */

#include <linux/capability.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>

#include "bars.h"
#include "registers.h"
#include "kselftest_harness.h"

#define MAX_BARS	1024
#define HEADER		64	/* bytes of config space */
#define PATIENCE	300	/* seconds: drivers come and go */

FIXTURE(bars)
{
	struct bar bar[MAX_BARS];
	int nr;
	unsigned long long page;
	const char *isolate;	/* free, all or NULL */
};

static int add_bar(const struct bar *bar, void *fixture)
{
	struct _test_data_bars *self = fixture;

	if (self->nr < MAX_BARS)
		self->bar[self->nr++] = *bar;
	return 0;
}

static int status_open(const struct bar *bar)
{
	char file[32] = "rom_shares_page";

	if (bar->nr != ROM)
		snprintf(file, sizeof(file), "resource%d_shares_page", bar->nr);
	return dev_open(bar->dev, file, O_WRONLY);
}

static int write_to(int fd, const char *text)
{
	int err = write(fd, text, strlen(text)) < 0 ? -errno : 0;

	close(fd);
	return err;
}

/* 0 or -errno */
static int ask(const struct bar *bar, const char *text)
{
	int fd = status_open(bar);

	return fd < 0 ? -errno : write_to(fd, text);
}

FIXTURE_SETUP(bars)
{
	char file[32];
	int fd;

	self->page = sysconf(_SC_PAGESIZE);
	self->isolate = getenv("ISOLATE");
	each_bar_or_rom(true, add_bar, self);
	if (geteuid())
		SKIP(return, "needs root");
	if (!self->nr)
		SKIP(return, "no PCI device with a memory BAR");

	snprintf(file, sizeof(file), self->bar[0].nr == ROM ? "rom_shares_page" :
		 "resource%d_shares_page", self->bar[0].nr);
	fd = dev_open(self->bar[0].dev, file, O_RDWR);
	if (fd < 0)
		SKIP(return, "kernel can't isolate a BAR");
	close(fd);
}

FIXTURE_TEARDOWN(bars)
{
}

static bool has_page(const struct _test_data_bars *self, const struct bar *bar)
{
	return !(bar->start % self->page) && !bar_status(bar);
}

static bool has_driver(const struct bar *bar)
{
	char driver[32];

	dev_link(bar->dev, "driver", driver, sizeof(driver));
	return *driver;
}

struct search {
	struct bar bar;
	bool found;
};

static int same_bar(const struct bar *bar, void *arg)
{
	struct search *search = arg;

	if (bar->nr != search->bar.nr)
		return 0;
	search->bar = *bar;
	search->found = true;
	return 1;
}

static bool moved(const struct bar *bar)
{
	struct search now = { .bar = *bar };

	each_of_first(bar->dev, ROM + 1, same_bar, &now);
	return !now.found || now.bar.start != bar->start || now.bar.end != bar->end;
}

/* Everything is where it was, but for one BAR */
static void expect_others_stay(struct __test_metadata *_metadata,
			       const struct _test_data_bars *self, int except)
{
	int i;

	for (i = 0; i < self->nr; i++) {
		if (i == except)
			continue;
		EXPECT_FALSE(moved(&self->bar[i])) {
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

TEST_F(bars, needs_a_capability)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = {};
	int fd = status_open(&self->bar[0]);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, syscall(SYS_capset, &head, none));
	EXPECT_EQ(-EPERM, write_to(fd, "0"));
}

TEST_F(bars, nothing_to_do)
{
	int i, done = 0;

	for (i = 0; i < self->nr; i++) {
		if (!has_page(self, &self->bar[i]))
			continue;
		EXPECT_EQ(0, ask(&self->bar[i], "0"));
		done++;
	}
	expect_others_stay(_metadata, self, -1);
	ksft_print_msg("isolate: %d BARs have their pages\n", done);
}

TEST_F(bars, not_under_a_driver)
{
	int i, tried = 0;

	if (!self->isolate)
		SKIP(return, "ISOLATE is not set");

	for (i = 0; i < self->nr; i++) {
		int err;

		if (has_page(self, &self->bar[i]) || !has_driver(&self->bar[i]) ||
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
		SKIP(return, "no driver has one to move");
}

/* Who has the device gets it back */
static bool take_driver(const struct bar *bar)
{
	return dev_write(bar->dev, "driver/unbind", bar->dev);
}

static void give_driver(const struct bar *bar)
{
	int fd = open("/sys/bus/pci/drivers_probe", O_WRONLY | O_CLOEXEC);

	write_text(fd, bar->dev);
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

/* The signal that reading it gives, 0 if none */
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
	return bar_assigned(bar) && !has_page(self, bar) &&
	       (!has_driver(bar) || !strcmp(self->isolate, "all"));
}

/* 0 or -errno, with all checked that may not change */
static int isolate_one(struct __test_metadata *_metadata,
		       struct _test_data_bars *self, int i)
{
	static struct header before[MAX_BARS];
	struct search now = { .bar = self->bar[i] };
	int err;

	read_headers(self, before);
	err = isolate(self, &self->bar[i]);
	expect_others_stay(_metadata, self, err ? -1 : i);
	expect_headers(_metadata, self, now.bar.dev, before);
	each_of_first(now.bar.dev, ROM + 1, same_bar, &now);

	EXPECT_EQ(!err, has_page(self, &now.bar)) {
		TH_LOG("%s BAR %d at %#llx", now.bar.dev, now.bar.nr, now.bar.start);
	}
	EXPECT_EQ(bar_size(&self->bar[i]), bar_size(&now.bar));
	EXPECT_TRUE(!err || err == -ENOSPC || err == -EOPNOTSUPP);
	if (err)
		ksft_print_msg("isolate: %s BAR %d: %s\n", now.bar.dev, now.bar.nr,
			       strerror(-err));
	self->bar[i] = now.bar;
	return err;
}

/* One that begins its page can stay, unless another one there can't go */
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
