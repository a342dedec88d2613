/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that die and come back, and such that lie
 */

#ifndef _PCI_SYNTH_FAULT_H
#define _PCI_SYNTH_FAULT_H

#include "synth-act.h"

void synth_fault_kill(struct synth_host *host, unsigned int row);
void synth_fault_replace(struct synth_host *host, unsigned int row,
			 const struct synth_fn *fn);
void synth_fault_forget(struct synth_host *host);
void synth_fault_lie(struct synth_func *func);
bool synth_fault_drops(struct synth_func *func, int where, u32 value);

/* synth-regs.c */
void synth_cfg_init_func(struct synth_host *host, struct synth_func *func);

#endif /* _PCI_SYNTH_FAULT_H */
