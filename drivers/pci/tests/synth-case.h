/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common parts of the test cases
 */

#ifndef _PCI_SYNTH_CASE_H
#define _PCI_SYNTH_CASE_H

#include <kunit/test.h>

#include "synth-check.h"
#include "synth-host.h"

struct synth_host *synth_case_boot(struct kunit *test,
				   const struct synth_topology *topology, u16 flags);
void synth_case_reboot(struct kunit *test, struct synth_host *host,
		       const struct synth_topology *topology, u16 flags);
void synth_case_check(struct kunit *test, struct synth_host *host);
u64 synth_case_addr(struct synth_host *host, unsigned int row, int resno);
struct resource *synth_case_res(struct synth_host *host, unsigned int row, int resno);
ssize_t synth_case_read(struct pci_dev *dev, const char *file, char *buf);
int synth_case_write(struct pci_dev *dev, const char *file, const char *text);
int synth_case_write_bus(const char *file, const char *text);

/* Is a BAR at this bus address, as the kernel sees it? */
#define EXPECT_ADDR(test, host, row, resno, addr)			\
	KUNIT_EXPECT_EQ(test, synth_case_addr(host, row, resno), (u64)(addr))

/* Do this many lines of the kernel log have both texts? */
#define EXPECT_LOG(test, host, nr, text, more)				\
	KUNIT_EXPECT_EQ(test, synth_host_log(host, text, more), nr)

#endif /* _PCI_SYNTH_CASE_H */
