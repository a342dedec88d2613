/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must be true of any topology
 */

#ifndef _PCI_SYNTH_CHECK_H
#define _PCI_SYNTH_CHECK_H

#include "synth-host.h"

/**
 * struct synth_verdict - the first failure
 * @kind: what was checked, NULL if all is well
 * @text: what was found
 */
struct synth_verdict {
	const char *kind;
	char text[200];
};

__printf(3, 4)
void synth_wrong(struct synth_verdict *verdict, const char *kind, const char *fmt, ...);
bool synth_out_of_reach(const struct resource *res);
void synth_check_host(struct synth_host *host, struct synth_verdict *verdict);

#endif /* _PCI_SYNTH_CHECK_H */
