/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the test cases on synthetic machines have in common
 */

#ifndef _PCI_SYNTH_CASE_H
#define _PCI_SYNTH_CASE_H

#include <kunit/test.h>

#include "synth-host.h"
#include "synth-state.h"

struct synth_host *synth_case_boot(struct kunit *test,
				   const struct synth_machine *machine, u16 flags);
void synth_case_reboot(struct kunit *test, struct synth_host *host,
		       const struct synth_machine *machine, u16 flags);
void synth_case_check(struct kunit *test, struct synth_host *host);
struct synth_host *synth_case_compare(struct kunit *test,
				      const struct synth_machine *machine);
u64 synth_case_addr(struct synth_host *host, unsigned int row, int resno);
int synth_case_shares(struct synth_host *host, unsigned int row, int resno);
struct resource *synth_case_res(struct synth_host *host, unsigned int row, int resno);
ssize_t synth_case_read(struct pci_dev *dev, const char *file, char *buf);
int synth_case_write(struct pci_dev *dev, const char *file, const char *text);
int synth_case_write_bus(const char *file, const char *text);

/* Where a BAR is, by the bus address that the kernel has for it */
#define EXPECT_ADDR(test, host, row, resno, addr)			\
	KUNIT_EXPECT_EQ(test, synth_case_addr(host, row, resno), (u64)(addr))

/* Has a BAR its pages for itself, as sysfs says and as it is? */
#define EXPECT_ISOLATED(test, host, row, resno)				\
	KUNIT_EXPECT_EQ(test, synth_case_shares(host, row, resno), 0)
#define EXPECT_SHARING(test, host, row, resno)				\
	KUNIT_EXPECT_EQ(test, synth_case_shares(host, row, resno), 1)

/* How many lines of the kernel log have both texts */
#define EXPECT_LOG(test, host, nr, text, more)				\
	KUNIT_EXPECT_EQ(test, synth_host_log(host, text, more), nr)

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

#endif /* _PCI_SYNTH_CASE_H */
