// SPDX-License-Identifier: GPL-2.0
/*
 * What must be the same for a topology Off and On
 */

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/ioport.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-pages.h"

/*
 * A bridge window only matters for what may be plugged in later.  A BAR fixed
 * by Enhanced Allocation gets its place if nothing else happens to be there.
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

/* For what may be plugged in, one window of a bridge is as good as another */
static bool has_another_window(const struct synth_fn_state *off,
			       const struct synth_fn_state *on)
{
	int i;

	for (i = PCI_BRIDGE_RESOURCES; i < SYNTH_NR_RES; i++) {
		if (on->res[i].assigned && !off->res[i].assigned)
			return true;
	}

	return false;
}

/**
 * synth_check_lost - check that On loses nothing
 * @host: the host, On
 * @off: what became of the topology Off
 * @on: what became of it On
 * @before: what it had On before that, NULL at boot
 * @verdict: what is wrong
 *
 * After boot, there is less room On for what had no address before.  And a
 * window for hot-plug may go if more gets an address, or another window of the
 * same bridge.
 */
void synth_check_lost(const struct synth_host *host, const struct synth_state *off,
		      const struct synth_state *on, const struct synth_state *before,
		      struct synth_verdict *verdict)
{
	unsigned int row, now = nr_assigned(host, on);
	bool more = now > nr_assigned(host, off);
	int i;

	/* Something else has got that place; Off it has none */
	if (before && now >= nr_assigned(host, off))
		return;

	for (row = 1; row <= host->nr; row++) {
		const struct synth_fn_state *f = &off->fn[row - 1];
		const struct synth_fn_state *n = &on->fn[row - 1];

		if (f->cmd != n->cmd)
			synth_wrong(verdict, "command", "row %u: %#x Off, %#x On",
				    row, f->cmd, n->cmd);

		for (i = 0; i < SYNTH_NR_RES; i++) {
			if (pci_resource_is_bridge_win(i) &&
			    (more || has_another_window(f, n)))
				continue;

			if (f->res[i].assigned && !n->res[i].assigned &&
			    must_not_get_lost(host->func[row - 1].fn, i) &&
			    (!before || before->fn[row - 1].res[i].assigned))
				synth_wrong(verdict, "lost",
					    "row %u: resource %d (size %#llx) was at %#llx Off",
					    row, i, f->res[i].size, f->res[i].addr);
		}
	}
}

/**
 * synth_has_same_bars - is each BAR in the same place?
 * @host: the host
 * @off: what became of the topology Off
 * @on: what became of it On
 *
 * Return: true if so
 */
bool synth_has_same_bars(const struct synth_host *host, const struct synth_state *off,
			 const struct synth_state *on)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
			if (off->fn[row - 1].res[i].addr != on->fn[row - 1].res[i].addr)
				return false;
		}
	}

	return true;
}

static bool in_same_page(const struct synth_res_state *a,
			 const struct synth_res_state *b)
{
	u64 mask = ~(synth_page() - 1);

	return (a->addr & mask) <= b->addr + b->size - 1 &&
	       (b->addr & mask) <= a->addr + a->size - 1;
}

/*
 * Does something else in the page of a BAR stay there, or did Linux put it there,
 * in another order than Off, as there was no page for it?
 */
static bool has_pinned_neighbour(const struct synth_host *host,
				 const struct synth_state *off,
				 const struct synth_state *on,
				 const struct synth_res_state *bar)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
			const struct synth_res_state *f = &off->fn[row - 1].res[i];
			const struct synth_res_state *n = &on->fn[row - 1].res[i];

			if (f != bar && n->assigned && n->flags & IORESOURCE_MEM &&
			    (f->addr == n->addr || !f->claimed) &&
			    in_same_page(n, bar))
				return true;
		}
	}

	/* Or it is something that is there Off and On */
	return host->topology->reserved[0].size;
}

/* Does a BAR have to move from where it was assigned Off? */
static bool must_move(const struct synth_host *host, const struct synth_state *off,
		      const struct synth_state *on, unsigned int row, int i)
{
	const struct synth_res_state *f = &off->fn[row - 1].res[i];

	if (!synth_wants_page(host, row, i))
		return false;

	return !IS_ALIGNED(f->addr, synth_page()) ||
	       (f->sharing && has_pinned_neighbour(host, off, on, f));
}

/*
 * What was claimed where firmware put it stays there, unless windows had to
 * grow.
 */
static void check_places(const struct synth_host *host, unsigned int row,
			 const struct synth_state *off,
			 const struct synth_state *on,
			 struct synth_verdict *verdict)
{
	int i;

	if (host->flags & SYNTH_REALLOC)
		return;

	for (i = 0; i < SYNTH_NR_RES; i++) {
		const struct synth_res_state *f = &off->fn[row - 1].res[i];
		const struct synth_res_state *n = &on->fn[row - 1].res[i];

		if (!f->assigned || n->addr == f->addr || !f->claimed)
			continue;

		if (!must_move(host, off, on, row, i))
			synth_wrong(verdict, "disturbed",
				    "row %u: resource %d moved from %#llx to %#llx",
				    row, i, f->addr, n->addr);
	}
}

/* Off and On, is each bridge window in the same place, and as large? */
static bool has_same_windows(const struct synth_host *host,
			     const struct synth_state *off,
			     const struct synth_state *on)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		for (i = PCI_BRIDGE_RESOURCES; i < SYNTH_NR_RES; i++) {
			const struct synth_res_state *f = &off->fn[row - 1].res[i];
			const struct synth_res_state *n = &on->fn[row - 1].res[i];

			if (f->addr != n->addr || f->size != n->size)
				return false;
		}
	}

	return true;
}

/* Is everything where firmware put it, so that Off nothing is written? */
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

static unsigned int nr_64(const struct synth_fn *fn)
{
	unsigned int i, nr = 0;

	for (i = 0; i <= PCI_STD_RESOURCE_END; i++)
		nr += synth_is_64(&fn->bar[i]);

	return nr;
}

/*
 * Decode is the same as Off, except during moves.  And where firmware placed
 * everything, so is everything that is written to config space.
 */
static void check_writes(const struct synth_host *host, unsigned int row,
			 const struct synth_fn_state *f,
			 const struct synth_fn_state *n,
			 struct synth_verdict *verdict)
{
	bool placed = is_placed(host, row, f) && !(host->flags & SYNTH_REALLOC);
	const struct synth_fn *fn = host->func[row - 1].fn;
	unsigned int moved = 0, more = 0;
	int i;

	for (i = 0; i <= PCI_STD_RESOURCE_END; i++)
		moved += f->res[i].addr != n->res[i].addr;

	if (placed && moved && f->cmd & PCI_COMMAND_MEMORY &&
	    !(fn->lies & SYNTH_LIE_DECODE_ON) && n->toggles == f->toggles)
		synth_wrong(verdict, "decode", "row %u: a BAR moved while it decoded", row);

	moved += f->res[i].addr != n->res[i].addr;

	/*
	 * Where the pages did not all fit, what Linux places is placed twice,
	 * or once if Off there is no place for it: decode is off while a 64-bit
	 * BAR is written
	 */
	if (!placed)
		more = f->toggles + 2 * nr_64(fn);
	if (n->toggles > f->toggles + 2 * moved + more)
		synth_wrong(verdict, "decode", "row %u: decode toggled %u times Off, %u On",
			    row, f->toggles, n->toggles);

	/* Moving a BAR that ignores a new address was tried */
	if (!moved && placed && f->write_hash != n->write_hash)
		synth_wrong(verdict, "writes", "row %u: other config writes On", row);
}

/* Does everything decode where firmware put it, as the kernel expects? */
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

static bool write_fails(const struct synth_fn *fn)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		if (fn->bar[i].quirk & (SYNTH_WRITE_FAILS | SYNTH_WRITE_FAILS_HI))
			return true;
	}

	return false;
}

/* For a BAR that ignores a new address, a window may move, and move back */
static bool any_write_fails(const struct synth_host *host)
{
	unsigned int row;

	for (row = 1; row <= host->nr; row++) {
		if (write_fails(host->func[row - 1].fn))
			return true;
	}

	return false;
}

/* The kernel must know where a BAR is that firmware placed, as it does Off */
static void check_registers(unsigned int row, const struct synth_fn_state *f,
			    const struct synth_fn_state *n,
			    struct synth_verdict *verdict)
{
	int i;

	for (i = 0; i <= PCI_STD_RESOURCE_END; i++) {
		if (f->res[i].claimed &&
		    f->res[i].assigned && f->res[i].addr == f->res[i].hw &&
		    n->res[i].assigned && n->res[i].addr != n->res[i].hw)
			synth_wrong(verdict, "lie", "row %u: BAR %d at %#llx, hardware at %#llx",
				    row, i, n->res[i].addr, n->res[i].hw);
	}
}

/**
 * synth_check_disturbed - check that On changes nothing that needn't change
 * @host: the host, On
 * @off: what became of the topology Off
 * @on: what became of it On
 * @verdict: what is wrong
 */
void synth_check_disturbed(const struct synth_host *host,
			   const struct synth_state *off,
			   const struct synth_state *on,
			   struct synth_verdict *verdict)
{
	bool same = has_same_windows(host, off, on);
	bool in_vain = any_write_fails(host);
	unsigned int row;

	if (is_orderly(host, off) && on->clashes > off->clashes)
		synth_wrong(verdict, "clash", "decoding BARs overlap %u times Off, %u On",
			    off->clashes, on->clashes);

	/* Except for a window that moves, with everything in it */
	if (same && !in_vain && on->max_decode_off > max(off->max_decode_off, 1U))
		synth_wrong(verdict, "decode", "%u devices don't decode at once",
			    on->max_decode_off);

	for (row = 1; row <= host->nr; row++) {
		check_places(host, row, off, on, verdict);
		if (!(host->flags & SYNTH_REALLOC))
			check_registers(row, &off->fn[row - 1], &on->fn[row - 1], verdict);
		if (same && !in_vain && !write_fails(host->func[row - 1].fn))
			check_writes(host, row, &off->fn[row - 1], &on->fn[row - 1], verdict);
	}
}

/**
 * synth_check_later - check that On disturbs no more than Off after boot
 * @host: the host, On
 * @off: what became of the topology Off, before and after
 * @on: what became of it On, before and after
 * @touched: the rows that it happens to
 * @verdict: what is wrong
 */
void synth_check_later(const struct synth_host *host, const struct synth_state off[2],
		       const struct synth_state on[2], u64 touched,
		       struct synth_verdict *verdict)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		for (i = 0; i <= PCI_ROM_RESOURCE && !(touched & BIT_ULL(row)); i++) {
			const struct synth_res_state *f = &off[0].fn[row - 1].res[i];
			const struct synth_res_state *n = &on[0].fn[row - 1].res[i];

			if (f->assigned && f->addr == off[1].fn[row - 1].res[i].addr &&
			    n->assigned && n->addr != on[1].fn[row - 1].res[i].addr)
				synth_wrong(verdict, "disturbed later",
					    "row %u: resource %d was at %#llx", row, i,
					    n->addr);
		}
	}
}
