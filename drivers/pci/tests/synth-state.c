// SPDX-License-Identifier: GPL-2.0
/*
 * What became of a synthetic machine
 */

#include <linux/align.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../pci.h"
#include "synth-state.h"

/**
 * synth_status - what sysfs says of a BAR
 * @dev: PCI device
 * @resno: number of a BAR or PCI_ROM_RESOURCE
 *
 * Return: what resource<N>_shares_page says, or why it can't be read; -ENOENT
 * if there is no such file
 */
int synth_status(struct pci_dev *dev, int resno)
{
	struct attribute *attr = pci_shares_page_attr_group.attrs[resno];
	struct device_attribute *dattr =
		container_of(attr, struct device_attribute, attr);
	char *buf __free(kfree) = kzalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t ret;

	if (!buf)
		return -ENOMEM;

	if (!pci_shares_page_attr_group.is_visible(&dev->dev.kobj, attr, resno))
		return -ENOENT;

	ret = dattr->show(&dev->dev, dattr, buf);
	if (ret < 0)
		return ret;

	return buf[0] - '0';
}

static bool encloses(const struct resource *outer, const struct resource *inner)
{
	while (inner && inner != outer)
		inner = inner->parent;

	return inner == outer;
}

/**
 * synth_oracle - does something share a page with a resource?
 * @res: the resource
 * @page_size: size of a page in bytes
 *
 * Looks at each and every resource, to be sure.
 *
 * Return: 1 or 0, -ENXIO if @res has no address
 */
int synth_oracle(const struct resource *res, resource_size_t page_size)
{
	resource_size_t first = ALIGN_DOWN(res->start, page_size);
	resource_size_t last = res->end | (page_size - 1);
	struct resource *p = &iomem_resource;

	if (!res->parent)
		return -ENXIO;

	while (p) {
		if (p->start <= last && p->end >= first &&
		    p->desc != IORES_DESC_PADDING &&
		    !encloses(p, res) && !encloses(res, p))
			return 1;

		/* The next one in the order of /proc/iomem */
		if (p->child) {
			p = p->child;
			continue;
		}
		while (p && !p->sibling)
			p = p->parent;
		p = p ? p->sibling : NULL;
	}

	return 0;
}

/**
 * synth_is_small - is this a small BAR?
 * @res: resource of a BAR
 *
 * Return: true if it is a memory BAR smaller than a page
 */
bool synth_is_small(const struct resource *res)
{
	return res->flags & IORESOURCE_MEM && resource_size(res) < synth_page();
}

static bool is_left_alone(const struct synth_host *host, unsigned int row)
{
	const struct synth_fn *fn = host->func[row - 1].fn;

	if (host->flags & SYNTH_PRESERVE || pci_has_flag(PCI_PROBE_ONLY | PCI_CLAIM_ONLY))
		return true;

	if (fn->flags & SYNTH_CLASSLESS || fn->class == PCI_CLASS_BRIDGE_HOST)
		return true;

	return fn->class == PCI_CLASS_SYSTEM_PIC &&
	       synth_fn_cmd(fn) & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
}

/**
 * synth_wants_page - is a BAR to have pages of its own?
 * @host: the host
 * @row: row of its function in the table, from 1
 * @resno: number of a BAR or PCI_ROM_RESOURCE
 *
 * Return: true if it is, as far as there is room
 */
bool synth_wants_page(const struct synth_host *host, unsigned int row, int resno)
{
	const struct synth_bar *bar;

	if (!(host->flags & SYNTH_ON) || resno > PCI_ROM_RESOURCE ||
	    is_left_alone(host, row))
		return false;

	bar = &host->func[row - 1].fn->bar[resno];
	if (host->func[row - 1].fn->flags & SYNTH_FIXED && !resno)
		return false;

	return bar->size && bar->size < synth_page() &&
	       bar->type != SYNTH_BAR_IO && !(bar->quirk & SYNTH_EA);
}

/**
 * synth_can_move - does a BAR that is to have a page take another address?
 * @host: the host
 * @row: row of its function in the table, from 1
 * @resno: number of a BAR or PCI_ROM_RESOURCE
 *
 * Return: true if it does, and is to have one
 */
bool synth_can_move(const struct synth_host *host, unsigned int row, int resno)
{
	return synth_wants_page(host, row, resno) &&
	       !(host->func[row - 1].fn->bar[resno].quirk &
		 (SYNTH_STUCK | SYNTH_STUCK_HI));
}

static void take_res(const struct synth_func *func, struct pci_dev *dev, int i,
		     struct synth_res_state *state)
{
	const struct resource *res = pci_resource_n(dev, i);
	struct pci_bus_region region;

	state->size = res->flags ? resource_size(res) : 0;
	state->flags = res->flags;
	state->assigned = res->parent;
	if (!res->parent)
		return;

	pcibios_resource_to_bus(dev->bus, &region, (struct resource *)res);
	state->addr = region.start;
	if (i <= PCI_STD_RESOURCE_END)
		state->hw = synth_cfg_bar(func, i);
	state->sharing = i <= PCI_ROM_RESOURCE && synth_is_small(res) &&
			 synth_oracle(res, pci_page_size());
}

/**
 * synth_state_take - take down what became of a machine
 * @host: the host
 * @state: to be filled in
 */
void synth_state_take(struct synth_host *host, struct synth_state *state)
{
	unsigned int row;
	int i;

	memset(state, 0, sizeof(*state));
	state->clashes = host->clashes;
	state->darkest = host->darkest;

	for (row = 1; row <= host->nr; row++) {
		struct synth_fn_state *fn = &state->fn[row - 1];
		struct synth_func *func = &host->func[row - 1];
		struct pci_dev *dev = synth_host_dev(host, row);

		fn->present = dev;
		fn->cmd = synth_cfg_word(func, PCI_COMMAND);
		fn->toggles = func->toggles;
		fn->trace = func->trace;
		for (i = 0; dev && i < SYNTH_NR_RES; i++) {
			take_res(func, dev, i, &fn->res[i]);
			fn->res[i].claimed = func->claimed & BIT(i);
		}
	}
}
