/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common parts of the tests of writing to resource<N>_shares_page
 */

#ifndef _PCI_NOW_KUNIT_H
#define _PCI_NOW_KUNIT_H

#include <kunit/test.h>
#include <linux/pci.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "../pci.h"
#include "synth-pages.h"

/* All in one page, with a BAR of a bridge and a ROM among them */
static const struct synth_topology packed = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
		{ SYNTH_DEV(2, 0), .bar = {
			SYNTH_M32(256, PAGE(0) + 0x100), {}, SYNTH_M64(256, PAGE(0) + 0x200) } },
		{ SYNTH_DEV(3, 0, SYNTH_DECODE_OFF), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x300) },
		{ SYNTH_BRIDGE(4, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x400) },
		{ SYNTH_DEV(5, 0), .bar[6] = SYNTH_ROM(SZ_2K, PAGE(0) + 0x800) },
		{ SYNTH_DEV(6, 0), .bar[5] = SYNTH_M32(SZ_64K, SYNTH_LOW + SZ_1M) },
	},
};

/* Behind a bridge whose window has no free page */
static const struct synth_topology full = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_1M, SYNTH_LOW } },
		{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
		{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
		{ SYNTH_DEV(3, 0), .under = 1, .bar[0] = SYNTH_M32(SYNTH_PAGE, REST) },
		{ SYNTH_DEV(4, 0), .under = 1, .bar[0] = SYNTH_M32(256, LAST + 0x200) },
		{ SYNTH_DEV(5, 0), .under = 1, .bar[0] = SYNTH_M32(256, LAST + 0x300) },
	},
};

/* What a topology was like before a write */
struct before {
	struct synth_state state;
	unsigned int accesses[SYNTH_MAX_FN];
	unsigned int moved;
};

static inline unsigned int accesses(const struct synth_func *func)
{
	return func->reads + func->writes;
}

static inline struct before *take(struct kunit *test, struct synth_host *host)
{
	struct before *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, before);
	synth_state_take(host, &before->state);
	for (i = 0; i < host->nr; i++)
		before->accesses[i] = accesses(&host->func[i]);
	before->moved = synth_host_log(host, "moved from", NULL);

	return before;
}

/* Everything is where it was, and no register of another device was read */
static inline void expect_as_before(struct kunit *test, struct synth_host *host,
				    const struct before *before, unsigned int row,
				    int resno)
{
	struct before *now = take(test, host);
	unsigned int i;
	int j;

	synth_case_check(test, host);
	for (i = 0; i < host->nr; i++) {
		KUNIT_EXPECT_EQ(test, now->state.fn[i].cmd, before->state.fn[i].cmd);
		for (j = 0; j < SYNTH_NR_RES; j++) {
			const struct synth_res_state *a = &before->state.fn[i].res[j];
			const struct synth_res_state *b = &now->state.fn[i].res[j];

			if (i + 1 == row && j == resno)
				continue;
			KUNIT_EXPECT_EQ(test, b->addr, a->addr);
			KUNIT_EXPECT_EQ(test, b->hw, a->hw);
			KUNIT_EXPECT_EQ(test, b->flags, a->flags);
		}
		if (i + 1 != row)
			KUNIT_EXPECT_EQ(test, now->accesses[i], before->accesses[i]);
	}
	KUNIT_EXPECT_EQ(test, now->state.clashes, before->state.clashes);
}

static inline int write_to(struct synth_host *host, unsigned int row, int resno, const char *text)
{
	struct pci_dev *dev = synth_host_dev(host, row);
	char file[32] = "rom_shares_page";

	if (!dev)
		return -ENODEV;

	if (resno != PCI_ROM_RESOURCE)
		snprintf(file, sizeof(file), "resource%d_shares_page", resno);

	return synth_case_write(dev, file, text);
}

/* How many keep a device from being suspended? */
static inline int pm_users(struct synth_host *host, unsigned int row)
{
#ifdef CONFIG_PM
	struct pci_dev *dev = synth_host_dev(host, row);

	return dev ? atomic_read(&dev->dev.power.usage_count) : -1;
#else
	return 0;
#endif
}

static inline void isolate(struct kunit *test, struct synth_host *host, unsigned int row, int resno)
{
	const struct before *before = take(test, host);
	struct resource *res = synth_case_res(host, row, resno);
	int users = pm_users(host, row);

	KUNIT_EXPECT_EQ(test, write_to(host, row, resno, "0"), 0);
	KUNIT_EXPECT_EQ(test, pm_users(host, row), users);
	EXPECT_ISOLATED(test, host, row, resno);
	KUNIT_EXPECT_TRUE(test, res && IS_ALIGNED(res->start, SYNTH_PAGE));
	expect_as_before(test, host, before, row, resno);
	EXPECT_LOG(test, host, before->moved + 1, "moved from", NULL);
}

static inline void refused(struct kunit *test, struct synth_host *host, unsigned int row,
			   int resno, int error)
{
	const struct before *before = take(test, host);

	KUNIT_EXPECT_EQ(test, write_to(host, row, resno, "0"), error);
	expect_as_before(test, host, before, error == -EIO ? row : 0, -1);
	EXPECT_LOG(test, host, before->moved, "moved from", NULL);
}

static inline void isolate_each(struct kunit *test, struct synth_host *host)
{
	isolate(test, host, 2, 0);
	isolate(test, host, 2, 2);
	isolate(test, host, 3, 0);
	isolate(test, host, 4, 0);
	isolate(test, host, 5, 6);
	EXPECT_ISOLATED(test, host, 1, 0);
}

#endif /* _PCI_NOW_KUNIT_H */
