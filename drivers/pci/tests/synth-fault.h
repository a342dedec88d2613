/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that die and come back, and functions that lie
 */

#ifndef _PCI_SYNTH_FAULT_H
#define _PCI_SYNTH_FAULT_H

#include "synth-act.h"

/*
 * How many accesses there may be to find out or undo something.  Each search
 * for an extended capability of a dead function takes 480.
 */
#define SYNTH_MAX_ACCESSES(_n)	(4 * (_n) + 100 + 25 * 480)

u64 synth_fault_rows(const struct synth_host *host, unsigned int row);
void synth_fault_kill(struct synth_host *host, unsigned int row);
void synth_fault_replace(struct synth_host *host, unsigned int row,
			 const struct synth_fn *fn);
bool synth_fault_can_revive(const struct synth_host *host, unsigned int row);
void synth_fault_revive(struct synth_host *host, unsigned int row);
void synth_fault_lie(struct synth_func *func);
bool synth_fault_drops(struct synth_func *func, int where, u32 value);

/* synth-regs.c */
void synth_cfg_init_func(struct synth_host *host, struct synth_func *func);

#endif /* _PCI_SYNTH_FAULT_H */
