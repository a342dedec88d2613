/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common parts of the tests of how the PCI core assigns resources
 */

#ifndef _PCI_CORE_KUNIT_H
#define _PCI_CORE_KUNIT_H

#include <kunit/test.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "../pci.h"
#include "synth-case.h"

#define M(n)		((n) * (u64)SZ_1M)
#define LOW(n)		(SYNTH_LOW + M(n))
#define HIGH(n)		(SYNTH_HIGH + M(n))
#define G(n)		((n) * (u64)SZ_1G)

/* Each BAR and ROM in the table has an address */
static inline void expect_all_assigned(struct kunit *test, struct synth_host *host)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		const struct synth_func *func = &host->func[row - 1];

		for (i = 0; func->present && i <= PCI_ROM_RESOURCE; i++) {
			if (func->fn->bar[i].size)
				KUNIT_EXPECT_NE_MSG(test, synth_case_addr(host, row, i), 0,
						    "row %u: resource %d", row, i);
		}
	}
}

static inline void skip_without_high(struct kunit *test, struct synth_host *host)
{
	if (!host->high.parent)
		kunit_skip(test, "no addresses above 4 GiB to spare");
}

/* Boot a topology; needs addresses above 4 GiB if it has a second window */
static inline struct synth_host *boot(struct kunit *test, const struct synth_topology *topology)
{
	struct synth_host *host = synth_host_new(test);

	if (topology->win[1].size && topology->win[1].type != SYNTH_BAR_IO)
		skip_without_high(test, host);
	synth_case_reboot(test, host, topology, 0);

	return host;
}

static inline void boot_all(struct kunit *test, const struct synth_topology *topology)
{
	expect_all_assigned(test, boot(test, topology));
}

static inline void expect_window(struct kunit *test, struct synth_host *host,
				 unsigned int row, int resno, u64 size)
{
	struct resource *win = synth_case_res(host, row, resno);

	KUNIT_ASSERT_NOT_NULL(test, win);
	KUNIT_EXPECT_NOT_NULL_MSG(test, win->parent, "row %u: %pR", row, win);
	KUNIT_EXPECT_EQ_MSG(test, resource_size(win), size, "row %u: %pR", row, win);
}

/* Is BAR @resno of @row in window @win of bridge @bridge? */
static inline void expect_in(struct kunit *test, struct synth_host *host, unsigned int row,
			     int resno, unsigned int bridge, int win)
{
	struct resource *res = synth_case_res(host, row, resno);

	KUNIT_ASSERT_NOT_NULL(test, res);
	KUNIT_EXPECT_PTR_EQ_MSG(test, res->parent, synth_case_res(host, bridge, win),
				"row %u: %pR", row, res);
}

#endif /* _PCI_CORE_KUNIT_H */
