// SPDX-License-Identifier: GPL-2.0
/*
 * Does the resource tree match the devices?
 *
 * Nothing may be left in it of a device that went away, or of an assignment
 * that was abandoned halfway, and no device may claim to be in it that isn't.
 */

#include <linux/ioport.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-act.h"

struct owner {
	struct synth_verdict *verdict;
	const struct resource *res;
	bool owned;
};

static int owns(struct pci_dev *dev, void *data)
{
	struct owner *owner = data;
	int i;

	for (i = 0; i < SYNTH_NR_RES && !owner->owned; i++)
		owner->owned = pci_resource_n(dev, i) == owner->res;

	return owner->owned;
}

static bool is_of_host(const struct synth_host *host, const struct resource *res)
{
	return (res >= host->win && res < host->win + SYNTH_MAX_WIN) ||
	       (res >= host->reserved && res < host->reserved + SYNTH_MAX_RESERVED);
}

/* What a driver requested is its own business */
static void check_tree(struct synth_host *host, const struct resource *root,
		       struct synth_verdict *verdict)
{
	const struct resource *p;

	for (p = root->child; p; p = p->sibling) {
		struct owner owner = { .res = p, .owned = is_of_host(host, p) };

		if (!owner.owned)
			pci_walk_bus(host->bus, owns, &owner);
		if (owner.owned)
			check_tree(host, p, verdict);
		else if (!(p->flags & IORESOURCE_BUSY))
			synth_wrong(verdict, "left", "%pR belongs to no device", p);
	}
}

static int check_parents(struct pci_dev *dev, void *data)
{
	struct owner *owner = data;
	int i;

	for (i = 0; i < SYNTH_NR_RES; i++) {
		const struct resource *res = pci_resource_n(dev, i), *p;

		if (!res->parent)
			continue;

		p = res->parent->child;
		while (p && p != res)
			p = p->sibling;
		if (!p)
			synth_wrong(owner->verdict, "left", "%s: %s %pR is not in its parent",
				    pci_name(dev), pci_resource_name(dev, i), res);
	}

	return 0;
}

/**
 * synth_check_owners - check that devices and resource tree agree
 * @host: the host
 * @verdict: what is wrong
 */
void synth_check_owners(struct synth_host *host, struct synth_verdict *verdict)
{
	struct owner owner = { .verdict = verdict };

	check_tree(host, &host->low, verdict);
	check_tree(host, &host->high, verdict);
	check_tree(host, &host->io, verdict);
	pci_walk_bus(host->bus, check_parents, &owner);
}
