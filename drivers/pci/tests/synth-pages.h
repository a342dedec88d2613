/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which BARs of a topology are small, which share a page, and which may
 */

#ifndef _PCI_SYNTH_PAGES_H
#define _PCI_SYNTH_PAGES_H

#include "synth-case.h"
#include "synth-state.h"

/* The small BARs that pci=passthrough_align is about are smaller than this */
#define SYNTH_PAGE		((u64)MAX(SZ_4K, PAGE_SIZE))

/* ... where the size of a page may be another one, see pci_page_size() */
u64 synth_page(void);

int synth_status(struct pci_dev *dev, int resno);
int synth_oracle(const struct resource *res, resource_size_t page_size);
bool synth_is_small(const struct resource *res);
bool synth_wants_page(const struct synth_host *host, unsigned int row, int resno);
bool synth_can_move(const struct synth_host *host, unsigned int row, int resno);

void synth_check_status(struct synth_host *host, struct synth_verdict *verdict);
bool synth_has_free_page(struct pci_dev *dev, const struct resource *res);
void synth_check_pages(struct synth_host *host, const struct synth_state *before,
		       u64 touched, u64 renewed, struct synth_verdict *verdict);
struct synth_host *synth_case_compare(struct kunit *test,
				      const struct synth_topology *topology);
int synth_case_shares(struct synth_host *host, unsigned int row, int resno);

/* Does a BAR have its pages to itself, in sysfs and in fact? */
#define EXPECT_ISOLATED(test, host, row, resno)				\
	KUNIT_EXPECT_EQ(test, synth_case_shares(host, row, resno), 0)
#define EXPECT_SHARING(test, host, row, resno)				\
	KUNIT_EXPECT_EQ(test, synth_case_shares(host, row, resno), 1)

/* Where pages begin */
#define PAGE(n)			(SYNTH_LOW + (n) * SYNTH_PAGE)

/* BARs that leave two pages of a bridge window of 1 MiB, however large they are */
#define SYNTH_FILL(_size)	SYNTH_M32((_size) & ~(2 * SYNTH_PAGE - 1),	\
					  SYNTH_LOW + SZ_1M - 2 * (_size))
#define SYNTH_FILLER_1							\
	.bar = {							\
		SYNTH_FILL(SZ_512K), SYNTH_FILL(SZ_256K),		\
		SYNTH_FILL(SZ_128K), SYNTH_FILL(SZ_64K),		\
	}
#define SYNTH_FILLER_2							\
	.bar = { SYNTH_FILL(SZ_32K), SYNTH_FILL(SZ_16K), SYNTH_FILL(SZ_8K) }

/* One more than has a page there */
#define SYNTH_THREE_SMALL						\
	.bar = { SYNTH_M32(256), SYNTH_M32(256), SYNTH_M32(256) }

/* ... and these two pages */
#define REST			(SYNTH_LOW + SZ_1M - 2 * SYNTH_PAGE)
#define LAST			(REST + SYNTH_PAGE)

#endif /* _PCI_SYNTH_PAGES_H */
