// SPDX-License-Identifier: GPL-2.0
/*
 * Access to the config space of a synthetic host
 */

#include <linux/bitfield.h>
#include <linux/container_of.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-fault.h"
#include "synth-watch.h"

static struct synth_host *to_host(struct pci_bus *bus)
{
#if defined(CONFIG_X86) && !defined(CONFIG_UML)
	return container_of(bus->sysdata, struct synth_host, sysdata);
#else
	return bus->sysdata;
#endif
}

static u8 secondary_bus(const struct synth_func *bridge)
{
	return FIELD_GET(PCI_SECONDARY_BUS_MASK, bridge->cfg[PCI_PRIMARY_BUS / 4]);
}

/* Find out how each function can be reached now */
void synth_cfg_renumber(struct synth_host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		struct synth_func *func = &host->func[i];
		const struct synth_func *bridge;

		func->busnr = func->present ? SYNTH_BUSNR : 0;
		if (!func->present || !func->fn->under)
			continue;

		/* A bridge comes before what is behind it */
		bridge = &host->func[func->fn->under - 1];
		func->busnr = bridge->busnr ? secondary_bus(bridge) : 0;
	}
}

static struct synth_func *find_func(struct synth_host *host, u8 busnr,
				    unsigned int devfn)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		struct synth_func *func = &host->func[i];

		if (func->busnr == busnr && func->fn->devfn == devfn && !func->dead)
			return func;
	}

	return NULL;
}

/* Let a test do something at this access */
static struct synth_func *reach(struct synth_host *host, u8 busnr, unsigned int devfn)
{
	if (host->hook)
		host->hook(host);

	return find_func(host, busnr, devfn);
}

/* Virtual functions follow their physical function one by one */
static bool is_vf(struct synth_host *host, u8 busnr, unsigned int devfn)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		struct synth_func *func = &host->func[i];

		if (func->busnr == busnr && func->fn->nr_vfs &&
		    synth_cfg_word(func, SYNTH_SRIOV + PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE &&
		    devfn > func->fn->devfn && devfn <= func->fn->devfn +
		    synth_cfg_word(func, SYNTH_SRIOV + PCI_SRIOV_NUM_VF))
			return true;
	}

	return false;
}

/* A virtual function gets its ID and BARs from its physical function */
static u32 read_vf(int where)
{
	switch (where & ~3) {
	case PCI_VENDOR_ID:
		return ~0;
	case PCI_CLASS_REVISION:
		return 0xff000000;
	default:
		return 0;
	}
}

static int synth_read(struct pci_bus *bus, unsigned int devfn, int where,
		      int size, u32 *value)
{
	struct synth_host *host = to_host(bus);
	struct synth_func *func = reach(host, bus->number, devfn);
	u32 dword = 0;

	if (func)
		func->reads++;

	/* The core asks firmware just before the scan, so set it after that */
	if (host->flags & SYNTH_PRESERVE)
		host->bridge->preserve_config = true;

	if (func && where / 4 < SYNTH_CFG_DWORDS)
		dword = func->cfg[where / 4];
	else if (!func && is_vf(host, bus->number, devfn))
		dword = read_vf(where);
	else if (!func)
		dword = ~0;

	*value = (dword >> (8 * (where & 3))) & GENMASK(8 * size - 1, 0);

	return PCIBIOS_SUCCESSFUL;
}

/* Size of a BAR or the ROM; BAR 0 may have been resized */
u64 synth_cfg_size(const struct synth_func *func, int bar)
{
	u32 ctrl = func->cfg[(SYNTH_REBAR + PCI_REBAR_CTRL) / 4];

	if (bar || !func->fn->rebar)
		return func->fn->bar[bar].size;

	return (u64)SZ_1M << FIELD_GET(PCI_REBAR_CTRL_BAR_SIZE, ctrl);
}

/* Bus address that the hardware has for a BAR or the ROM, 0 if there is none */
u64 synth_cfg_bar(const struct synth_func *func, int bar)
{
	const struct synth_bar *b = &func->fn->bar[bar];
	int reg = synth_bar_reg(func, bar);
	u64 addr = func->cfg[reg / 4];

	if (b->quirk & SYNTH_EA)
		return b->addr;

	if (synth_is_64(b))
		addr |= (u64)func->cfg[reg / 4 + 1] << 32;

	return addr & (b->type == SYNTH_BAR_IO ? ~3ULL : ~15ULL) &
	       ~(synth_cfg_size(func, bar) - 1);
}

/* A BAR that ignores writes except for sizing */
static bool write_fails(const struct synth_func *func, int where, u32 value)
{
	int bar = (where - PCI_BASE_ADDRESS_0) / 4;
	const struct synth_bar *b;
	u32 mask;

	if (where < PCI_BASE_ADDRESS_0 || bar >= PCI_STD_NUM_BARS)
		return false;

	b = &func->fn->bar[bar];
	mask = func->writable[where / 4];

	return b->quirk & SYNTH_WRITE_FAILS && (value & mask) != mask &&
	       (value & mask) != (lower_32_bits(b->addr) & mask);
}

/* The new size changes how many address bits there are */
static void resize_bar(struct synth_func *func)
{
	int reg = PCI_BASE_ADDRESS_0 / 4;
	u64 mask = ~(synth_cfg_size(func, 0) - 1);

	func->writable[reg] = lower_32_bits(mask) & (u32)PCI_BASE_ADDRESS_MEM_MASK;
	func->cfg[reg] &= func->writable[reg] | ~(u32)PCI_BASE_ADDRESS_MEM_MASK;
	if (synth_is_64(&func->fn->bar[0])) {
		func->writable[reg + 1] = upper_32_bits(mask);
		func->cfg[reg + 1] &= func->writable[reg + 1];
	}
}

static void write_effects(struct synth_host *host, struct synth_func *func,
			  int where)
{
	if (synth_is_bridge(func) && (where & ~3) == PCI_PRIMARY_BUS)
		synth_cfg_renumber(host);

	if (func->fn->rebar && where == SYNTH_REBAR + PCI_REBAR_CTRL)
		resize_bar(func);
}

static int synth_write(struct pci_bus *bus, unsigned int devfn, int where,
		       int size, u32 value)
{
	struct synth_host *host = to_host(bus);
	struct synth_func *func = reach(host, bus->number, devfn);
	int shift = 8 * (where & 3);
	u32 mask, old, new;

	if (!func || where / 4 >= SYNTH_CFG_DWORDS)
		return PCIBIOS_SUCCESSFUL;

	synth_watch_write(func, where, size, value);
	if (write_fails(func, where, value) || synth_fault_drops(func, where, value))
		return PCIBIOS_SUCCESSFUL;

	mask = func->writable[where / 4] & (GENMASK(8 * size - 1, 0) << shift);
	old = func->cfg[where / 4];
	new = (old & ~mask) | ((value << shift) & mask);
	func->cfg[where / 4] = new;
	write_effects(host, func, where);
	synth_watch_written(host, func, where, old);

	return PCIBIOS_SUCCESSFUL;
}

struct pci_ops synth_pci_ops = {
	.read = synth_read,
	.write = synth_write,
};
