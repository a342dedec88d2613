// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a random topology after boot
 */

#include <linux/bits.h>
#include <linux/ioport.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/sprintf.h>

#include "../pci.h"
#include "synth-pages.h"
#include "synth-random.h"

/* Without function 0, the others would not be found */
static bool can_be_absent(const struct synth_topology *topology, unsigned int nr,
			  const struct synth_fn *fn)
{
	unsigned int i;

	if (fn->flags & SYNTH_TYPE1)
		return false;

	for (i = 0; i < nr; i++) {
		const struct synth_fn *other = &topology->fn[i];

		if (!PCI_FUNC(fn->devfn) && other != fn && other->under == fn->under &&
		    PCI_SLOT(other->devfn) == PCI_SLOT(fn->devfn))
			return false;
	}

	return true;
}

static void plug_in_later(struct synth_topology *topology, unsigned int nr,
			  struct rnd_state *rnd)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct synth_fn *fn = &topology->fn[i];

		if (can_be_absent(topology, nr, fn) && synth_percent(rnd, 20))
			fn->flags |= SYNTH_ABSENT;
	}
}

static bool has_bridge(const struct synth_topology *topology, unsigned int nr,
		       unsigned int under)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (topology->fn[i].under == under && topology->fn[i].flags & SYNTH_TYPE1)
			return true;
	}

	return false;
}

/* Empty the slot of a port, if there is one; bridges stay, and what they need */
static unsigned int empty_slot(struct synth_topology *topology, unsigned int nr,
			       bool with_bridge)
{
	unsigned int i, port = nr;

	while (port && !(synth_is_port(&topology->fn[port - 1]) &&
			 has_bridge(topology, nr, port) == with_bridge))
		port--;

	for (i = 0; port && i < nr; i++) {
		struct synth_fn *fn = &topology->fn[i];

		if (fn->under == port && (!with_bridge || can_be_absent(topology, nr, fn)))
			fn->flags |= SYNTH_ABSENT;
	}

	return port;
}

static unsigned int find_rebar(const struct synth_topology *topology, unsigned int nr)
{
	while (nr && !topology->fn[nr - 1].rebar)
		nr--;

	return nr;
}

/**
 * synth_trial_draw - draw what happens to a topology
 * @trial: the topology; functions can become absent
 * @nr: number of functions
 * @rnd: where random numbers come from
 */
void synth_trial_draw(struct synth_trial *trial, unsigned int nr,
		      struct rnd_state *rnd)
{
	struct synth_topology *topology = &trial->topology;

	trial->op = synth_below(rnd, SYNTH_NR_OPS);
	trial->row = synth_below(rnd, nr) + 1;
	trial->size = synth_below(rnd, 8);

	switch (trial->op) {
	case SYNTH_OP_PLUG:
		plug_in_later(topology, nr, rnd);
		break;
	case SYNTH_OP_HOT_ADD:
		trial->row = empty_slot(topology, nr, synth_percent(rnd, 50)) ?:
			     empty_slot(topology, nr, false) ?: trial->row;
		break;
	case SYNTH_OP_RESIZE:
		trial->row = find_rebar(topology, nr) ?: trial->row;
		break;
	default:
		break;
	}
}

/* Where bus numbers are assigned afresh, a bridge would get another's */
static bool is_pinned(const struct synth_trial *trial)
{
	return pcibios_assign_all_busses() &&
	       trial->topology.fn[trial->row - 1].flags & SYNTH_TYPE1;
}

/**
 * synth_trial_touched - which functions does it happen to?
 * @trial: the topology and what happens to it
 *
 * Return: bitmask of rows, without what is plugged in
 */
u64 synth_trial_touched(const struct synth_trial *trial)
{
	u64 touched = BIT_ULL(trial->row);
	unsigned int i;

	if (trial->op == SYNTH_OP_NONE || trial->op == SYNTH_OP_PLUG ||
	    trial->op == SYNTH_OP_HOT_ADD ||
	    (trial->op == SYNTH_OP_RESCAN && is_pinned(trial)))
		return 0;

	/* A bridge comes before what is behind it */
	for (i = 0; i < SYNTH_MAX_FN - 1; i++) {
		if (touched & BIT_ULL(trial->topology.fn[i].under))
			touched |= BIT_ULL(i + 1);
	}

	return touched;
}

static void release_bars(struct synth_host *host, unsigned int row,
			 struct pci_dev *dev, struct synth_verdict *verdict)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		const struct resource *res = pci_resource_n(dev, i);

		if (!res->parent || res->flags & IORESOURCE_PCI_FIXED)
			continue;
		pci_release_resource(dev, i);
		if (!pci_resource_alignment(dev, res))
			synth_wrong(verdict, "alignment 0", "row %u: resource %d released",
				    row, i);
	}
}

static void release_and_assign(struct synth_host *host, unsigned int row,
			       struct synth_verdict *verdict)
{
	struct pci_dev *dev = synth_host_dev(host, row);

	if (!dev)
		return;

	pci_lock_rescan_remove();
	release_bars(host, row, dev, verdict);
	pci_bus_assign_resources(dev->bus);
	pci_unlock_rescan_remove();
}

static void resize(struct synth_host *host, const struct synth_trial *trial)
{
	struct pci_dev *dev = synth_host_dev(host, trial->row);
	char size[4];

	if (!dev || !host->func[trial->row - 1].fn->rebar)
		return;

	snprintf(size, sizeof(size), "%u", trial->size);
	synth_case_write(dev, "resource0_resize", size);
}

/**
 * synth_trial_run - let it happen
 * @host: the host, with the topology booted
 * @trial: the topology and what happens to it
 * @verdict: what is wrong
 */
void synth_trial_run(struct synth_host *host, const struct synth_trial *trial,
		     struct synth_verdict *verdict)
{
	unsigned int row;

	if (trial->row > host->nr)
		return;

	switch (trial->op) {
	case SYNTH_OP_RESCAN:
		if (!is_pinned(trial))
			synth_host_remove(host, trial->row);
		synth_host_rescan(host);
		break;
	case SYNTH_OP_PLUG:
		for (row = 1; row <= host->nr; row++)
			synth_host_plug(host, row, true);
		synth_host_rescan(host);
		break;
	case SYNTH_OP_HOT_ADD:
		for (row = 1; row <= host->nr; row++) {
			if (host->func[row - 1].fn->under == trial->row)
				synth_host_plug(host, row, true);
		}
		synth_host_hot_add(host, trial->row);
		break;
	case SYNTH_OP_RESIZE:
		resize(host, trial);
		break;
	case SYNTH_OP_RELEASE:
		release_and_assign(host, trial->row, verdict);
		break;
	default:
		break;
	}
}
