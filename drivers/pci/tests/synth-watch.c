// SPDX-License-Identifier: GPL-2.0
/*
 * Count what is done to the config space of a synthetic host
 */

#include <linux/jhash.h>
#include <linux/minmax.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-watch.h"

static bool bar_decodes(const struct synth_func *func, int bar)
{
	const struct synth_bar *b = &func->fn->bar[bar];

	if (!func->busnr || !b->size || b->type == SYNTH_BAR_IO ||
	    b->type == SYNTH_BAR_ROM)
		return false;

	return synth_cfg_word(func, PCI_COMMAND) & PCI_COMMAND_MEMORY &&
	       synth_cfg_bar(func, bar);
}

/* Does a BAR answer to addresses that another one on its bus answers to? */
static bool bar_clashes(struct synth_host *host, struct synth_func *func, int bar)
{
	u64 start = synth_cfg_bar(func, bar), size = synth_cfg_size(func, bar);
	unsigned int i;
	int j;

	for (i = 0; i < host->nr; i++) {
		const struct synth_func *other = &host->func[i];

		if (other->busnr != func->busnr)
			continue;

		for (j = 0; j < PCI_STD_NUM_BARS; j++) {
			if ((other == func && j == bar) || !bar_decodes(other, j))
				continue;
			if (synth_cfg_bar(other, j) < start + size &&
			    synth_cfg_bar(other, j) + synth_cfg_size(other, j) > start)
				return true;
		}
	}

	return false;
}

static void count_clashes(struct synth_host *host, struct synth_func *func)
{
	int bar;

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (bar_decodes(func, bar) && bar_clashes(host, func, bar))
			host->clashes++;
	}
}

static void count_decode_off(struct synth_host *host, struct synth_func *func)
{
	func->toggles++;
	host->nr_decode_off -= func->decode_off;
	func->decode_off = !(synth_cfg_word(func, PCI_COMMAND) & PCI_COMMAND_MEMORY);
	host->nr_decode_off += func->decode_off;
	host->max_decode_off = max(host->max_decode_off, host->nr_decode_off);
}

/**
 * synth_watch_write - count a write, whatever becomes of it
 * @func: function
 * @where: register
 * @size: of the write, in bytes
 * @value: that is written
 */
void synth_watch_write(struct synth_func *func, int where, int size, u32 value)
{
	func->writes++;
	func->write_hash = jhash_3words(where, size, value, func->write_hash);
}

/**
 * synth_watch_written - see what a write has changed
 * @host: the host
 * @func: function
 * @where: register
 * @old: what was in its 32 bits before
 */
void synth_watch_written(struct synth_host *host, struct synth_func *func,
			 int where, u32 old)
{
	if (where == PCI_COMMAND && (old ^ func->cfg[where / 4]) & PCI_COMMAND_MEMORY)
		count_decode_off(host, func);

	if (where == PCI_COMMAND ||
	    (where >= PCI_BASE_ADDRESS_0 && where <= PCI_BASE_ADDRESS_5))
		count_clashes(host, func);
}
