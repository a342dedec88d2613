/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What became of a topology, and whether that is right
 */

#ifndef _PCI_SYNTH_STATE_H
#define _PCI_SYNTH_STATE_H

#include <linux/types.h>

#include "synth-check.h"

/**
 * struct synth_res_state - what became of a resource
 * @addr: bus address, if it is assigned
 * @hw: bus address in the register of a BAR other than the ROM
 * @size: in bytes
 * @flags: IORESOURCE flags
 * @assigned: it is in the resource tree
 * @claimed: it is where firmware put it
 * @sharing: it is small and shares its page
 */
struct synth_res_state {
	u64 addr;
	u64 hw;
	u64 size;
	unsigned long flags;
	bool assigned;
	bool claimed;
	bool sharing;
};

/**
 * struct synth_fn_state - what became of a function
 * @present: it has a PCI device
 * @cmd: command register
 * @toggles: how often memory decode was turned off or on
 * @write_hash: hash of all writes to its config space
 * @res: its resources
 */
struct synth_fn_state {
	bool present;
	u16 cmd;
	unsigned int toggles;
	u32 write_hash;
	struct synth_res_state res[SYNTH_NR_RES];
};

/**
 * struct synth_state - what became of a topology
 * @clashes: how often a decoding BAR came to overlap another one
 * @max_decode_off: how many functions had their memory decode turned off at once
 * @fn: what became of each function, by row - 1
 */
struct synth_state {
	unsigned int clashes;
	unsigned int max_decode_off;
	struct synth_fn_state fn[SYNTH_MAX_FN];
};

/* synth-state.c */
void synth_state_take(struct synth_host *host, struct synth_state *state);

/* synth-compare.c: what has to be true Off and On */
bool synth_has_same_bars(const struct synth_host *host, const struct synth_state *off,
			 const struct synth_state *on);
void synth_check_lost(const struct synth_host *host, const struct synth_state *off,
		      const struct synth_state *on, const struct synth_state *before,
		      struct synth_verdict *verdict);
void synth_check_disturbed(const struct synth_host *host,
			   const struct synth_state *off,
			   const struct synth_state *on,
			   struct synth_verdict *verdict);
void synth_check_later(const struct synth_host *host, const struct synth_state off[2],
		       const struct synth_state on[2], u64 touched,
		       struct synth_verdict *verdict);

#endif /* _PCI_SYNTH_STATE_H */
