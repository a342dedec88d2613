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

#endif /* _PCI_SYNTH_CASE_H */
