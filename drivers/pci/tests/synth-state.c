// SPDX-License-Identifier: GPL-2.0
/*
 * What became of a topology
 */

#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "../pci.h"
#include "synth-pages.h"

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
 * synth_state_take - record what became of a topology
 * @host: the host
 * @state: to be filled in
 */
void synth_state_take(struct synth_host *host, struct synth_state *state)
{
	unsigned int row;
	int i;

	memset(state, 0, sizeof(*state));
	state->clashes = host->clashes;
	state->max_decode_off = host->max_decode_off;

	for (row = 1; row <= host->nr; row++) {
		struct synth_fn_state *fn = &state->fn[row - 1];
		struct synth_func *func = &host->func[row - 1];
		struct pci_dev *dev = synth_host_dev(host, row);

		fn->present = dev;
		fn->cmd = synth_cfg_word(func, PCI_COMMAND);
		fn->toggles = func->toggles;
		fn->write_hash = func->write_hash;
		for (i = 0; dev && i < SYNTH_NR_RES; i++) {
			take_res(func, dev, i, &fn->res[i]);
			fn->res[i].claimed = func->claimed & BIT(i);
		}
	}
}
