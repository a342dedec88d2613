// SPDX-License-Identifier: GPL-2.0
/*
 * What may not be different for a synthetic machine Off and On
 */

#include <linux/align.h>
#include <linux/ioport.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-state.h"

/*
 * A bridge window is only a means, but for what may be plugged in later.  What
 * Enhanced Allocation fixes gets its place if nothing else happens to be there.
 */
static bool must_not_get_lost(const struct synth_fn *fn, int i)
{
	if (pci_resource_is_bridge_win(i))
		return fn->flags & SYNTH_HOTPLUG;

	return i > PCI_ROM_RESOURCE || !(fn->bar[i].quirk & SYNTH_EA);
}

static unsigned int nr_assigned(const struct synth_host *host,
				const struct synth_state *state)
{
	unsigned int row, nr = 0;
	int i;

	for (row = 1; row <= host->nr; row++) {
		for (i = 0; i < SYNTH_NR_RES; i++)
			nr += state->fn[row - 1].res[i].assigned;
	}

	return nr;
}

/**
 * synth_check_lost - check that On loses nothing
 * @host: the host, On
 * @off: what became of the machine Off
 * @on: what became of it On
 * @before: what it was On before something happened to it, or NULL; what comes
 *	    later may find no room where pages have been taken
 * @verdict: what is wrong
 */
void synth_check_lost(const struct synth_host *host, const struct synth_state *off,
		      const struct synth_state *on, const struct synth_state *before,
		      struct synth_verdict *verdict)
{
	unsigned int row;
	int i;

	/* Something else has got that place; Off it has none */
	if (before && nr_assigned(host, on) >= nr_assigned(host, off))
		return;

	for (row = 1; row <= host->nr; row++) {
		const struct synth_fn_state *f = &off->fn[row - 1];
		const struct synth_fn_state *n = &on->fn[row - 1];

		if (f->cmd != n->cmd)
			synth_wrong(verdict, "command", "row %u: %#x Off, %#x On",
				    row, f->cmd, n->cmd);

		for (i = 0; i < SYNTH_NR_RES; i++) {
			if (before && !before->fn[row - 1].res[i].assigned)
				continue;
			if (f->res[i].assigned && !n->res[i].assigned &&
			    must_not_get_lost(host->func[row - 1].fn, i))
				synth_wrong(verdict, "lost",
					    "row %u: resource %d (size %#llx) was at %#llx Off",
					    row, i, f->res[i].size, f->res[i].addr);
		}
	}
}

/* A BAR at the start of a page only moves if what is beside it can't */
static bool may_move(const struct synth_host *host, unsigned int row, int i,
		     const struct synth_fn_state *off)
{
	return synth_must_move(host, row, i) ||
	       (off->res[i].sharing && synth_wants_page(host, row, i));
}

/* What was claimed where firmware put it stays there */
static void check_claimed(const struct synth_host *host, unsigned int row,
			  const struct synth_fn_state *f,
			  const struct synth_fn_state *n,
			  struct synth_verdict *verdict)
{
	int i;

	for (i = 0; i < SYNTH_NR_RES; i++) {
		if (!f->res[i].claimed || may_move(host, row, i, f))
			continue;

		if (n->res[i].addr != f->res[i].addr)
			synth_wrong(verdict, "disturbed",
				    "row %u: resource %d moved from %#llx to %#llx",
				    row, i, f->res[i].addr, n->res[i].addr);
	}
}

static bool has_moving_bar(const struct synth_host *host, unsigned int row,
			   const struct synth_fn_state *off)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		if (may_move(host, row, i, off))
			return true;
	}

	return false;
}

/* Is everything where firmware put it, so that Off there is nothing to write? */
static bool is_placed(const struct synth_host *host, unsigned int row,
		      const struct synth_fn_state *state)
{
	const struct synth_fn *fn = host->func[row - 1].fn;
	int i;

	/* The VFs' BARs are assigned if there is room */
	if (fn->nr_vfs)
		return false;

	for (i = 0; i < SYNTH_NR_RES; i++) {
		bool exists = i <= PCI_ROM_RESOURCE ? fn->bar[i].size :
						      state->res[i].flags;

		if (exists && !state->res[i].claimed)
			return false;
	}

	return true;
}

/* Does nothing decode but where firmware put it, and the kernel knows? */
static bool is_orderly(const struct synth_host *host, const struct synth_state *off)
{
	unsigned int row;

	for (row = 1; row <= host->nr; row++) {
		if (off->fn[row - 1].cmd & PCI_COMMAND_MEMORY &&
		    !is_placed(host, row, &off->fn[row - 1]))
			return false;
	}

	return true;
}

/**
 * synth_check_disturbed - check that On changes nothing that needn't change
 * @host: the host, On, where firmware's addresses were claimed
 * @off: what became of the machine Off
 * @on: what became of it On
 * @verdict: what is wrong
 */
void synth_check_disturbed(const struct synth_host *host,
			   const struct synth_state *off,
			   const struct synth_state *on,
			   struct synth_verdict *verdict)
{
	unsigned int row;

	if (is_orderly(host, off) && on->clashes > off->clashes)
		synth_wrong(verdict, "clash", "decoding BARs overlap %u times Off, %u On",
			    off->clashes, on->clashes);

	for (row = 1; row <= host->nr; row++) {
		const struct synth_fn_state *f = &off->fn[row - 1];
		const struct synth_fn_state *n = &on->fn[row - 1];
		bool moving = has_moving_bar(host, row, f);

		check_claimed(host, row, f, n, verdict);

		/* What has no address yet may be written more than once */
		if (is_placed(host, row, f) && n->toggles > f->toggles + (moving ? 2 : 0))
			synth_wrong(verdict, "decode", "row %u: decode toggled %u times Off, %u On",
				    row, f->toggles, n->toggles);

		if (!moving && is_placed(host, row, f) && f->trace != n->trace)
			synth_wrong(verdict, "writes", "row %u: other config writes On",
				    row);
	}
}
