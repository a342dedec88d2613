// SPDX-License-Identifier: GPL-2.0
/*
 * What must be true of any topology
 */

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/kmsg_dump.h>
#include <linux/limits.h>
#include <linux/pci.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "../pci.h"
#include "synth-pages.h"

/* Note what is wrong, unless something else is already */
void synth_wrong(struct synth_verdict *verdict, const char *kind, const char *fmt, ...)
{
	va_list args;

	if (verdict->kind)
		return;

	verdict->kind = kind;
	va_start(args, fmt);
	vscnprintf(verdict->text, sizeof(verdict->text), fmt, args);
	va_end(args);
}

/* What the kernel only logs when it has made a mistake */
static const char * const bad_lines[] = {
	"------------[ cut here",
	"BUG: ",
	"WARNING: ",
	"alignment must not be zero",
	"bogus alignment",
	"bad alignment",
};

static void check_log(struct synth_host *host, struct synth_verdict *verdict)
{
	struct kmsg_dump_iter log = host->log;
	char line[200];
	size_t len;
	int i;

	while (kmsg_dump_get_line(&log, false, line, sizeof(line) - 1, &len)) {
		line[len] = '\0';
		for (i = 0; i < ARRAY_SIZE(bad_lines); i++) {
			if (strstr(line, bad_lines[i]))
				synth_wrong(verdict, "log", "%s", strim(line));
		}
	}
}

static bool register_is_exact(const struct synth_func *func, int i,
			      const struct resource *res)
{
	/* The core doesn't write to a ROM that is off, and trusts a BAR that ignores writes */
	if (i == PCI_ROM_RESOURCE && !(res->flags & IORESOURCE_ROM_ENABLE))
		return false;

	return !(func->fn->bar[i].quirk & (SYNTH_WRITE_FAILS | SYNTH_WRITE_FAILS_HI));
}

/* Is it a fixed BAR in a window that is disabled?  The core doesn't check these */
bool synth_out_of_reach(const struct resource *res)
{
	return res->flags & IORESOURCE_PCI_FIXED && res->parent && !res->parent->parent;
}

static void check_bar(struct synth_host *host, unsigned int row, int i,
		      struct pci_dev *dev, struct synth_verdict *verdict)
{
	const struct synth_func *func = &host->func[row - 1];
	const struct resource *res = pci_resource_n(dev, i);
	const char *name = pci_resource_name(dev, i);
	struct pci_bus_region region;

	if (synth_out_of_reach(res) || !res->flags || func->faulty)
		return;

	if (resource_size(res) != func->fn->bar[i].size && !func->fn->rebar &&
	    !(func->fn->lies & SYNTH_LIE_SIZE))
		synth_wrong(verdict, "size", "row %u: %s %pR", row, name, res);

	/* BARs fixed by Enhanced Allocation are never assigned */
	if (!(res->flags & IORESOURCE_PCI_FIXED) && !pci_resource_alignment(dev, res))
		synth_wrong(verdict, "alignment 0", "row %u: %s %pR", row, name, res);

	if (!res->parent)
		return;

	if (res->flags & (IORESOURCE_UNSET | IORESOURCE_STARTALIGN))
		synth_wrong(verdict, "flags", "row %u: %s %pR: flags %#lx", row,
			    name, res, res->flags);

	pcibios_resource_to_bus(dev->bus, &region, (struct resource *)res);
	if (register_is_exact(func, i, res) && synth_cfg_bar(func, i) != region.start)
		synth_wrong(verdict, "register", "row %u: %s %pR, hardware at %#llx",
			    row, name, res, synth_cfg_bar(func, i));
}

static void check_vf_bar(struct synth_host *host, unsigned int row,
			 struct pci_dev *dev, struct synth_verdict *verdict)
{
#ifdef CONFIG_PCI_IOV
	const struct synth_func *func = &host->func[row - 1];
	struct resource *res = pci_resource_n(dev, PCI_IOV_RESOURCES);
	const u32 *reg = &func->cfg[(SYNTH_SRIOV + PCI_SRIOV_BAR) / 4];
	struct pci_bus_region region;
	u64 addr = (reg[0] & ~15U) | (u64)reg[1] << 32;

	if (!func->fn->nr_vfs || !res->parent || func->faulty)
		return;

	pcibios_resource_to_bus(dev->bus, &region, res);
	if (addr != region.start)
		synth_wrong(verdict, "register", "row %u: VF BAR %pR, hardware at %#llx",
			    row, res, addr);
#endif
}

/* What a bridge forwards, according to its registers */
static void read_window(const struct synth_func *func, int i,
			struct pci_bus_region *region)
{
	u64 base, limit;

	switch (i) {
	case PCI_BRIDGE_IO_WINDOW:
		base = (synth_cfg_word(func, PCI_IO_BASE) & 0xf0) << 8;
		limit = synth_cfg_word(func, PCI_IO_BASE) & 0xf000;
		region->start = base | synth_cfg_word(func, PCI_IO_BASE_UPPER16) << 16;
		region->end = limit | 0xfff | synth_cfg_word(func, PCI_IO_LIMIT_UPPER16) << 16;
		return;
	case PCI_BRIDGE_MEM_WINDOW:
		base = synth_cfg_word(func, PCI_MEMORY_BASE);
		limit = synth_cfg_word(func, PCI_MEMORY_LIMIT);
		break;
	default:
		base = synth_cfg_word(func, PCI_PREF_MEMORY_BASE) & 0xfff0;
		base |= (u64)func->cfg[PCI_PREF_BASE_UPPER32 / 4] << 16;
		limit = synth_cfg_word(func, PCI_PREF_MEMORY_LIMIT) & 0xfff0;
		limit |= (u64)func->cfg[PCI_PREF_LIMIT_UPPER32 / 4] << 16;
	}

	region->start = base << 16;
	region->end = (limit << 16) + SZ_1M - 1;
}

/* Does a bridge forward what its window says? */
static void check_window(struct synth_host *host, unsigned int row, int i,
			 struct pci_dev *dev, struct synth_verdict *verdict)
{
	const struct resource *res = pci_resource_n(dev, i);
	struct pci_bus_region region, hw;

	if (!res->parent && res->child && !synth_out_of_reach(res->child))
		synth_wrong(verdict, "window", "row %u: %pR has children", row, res);
	if (!res->parent || host->func[row - 1].faulty)
		return;

	pcibios_resource_to_bus(dev->bus, &region, (struct resource *)res);
	read_window(&host->func[row - 1], i, &hw);
	if (hw.start != region.start || hw.end != region.end)
		synth_wrong(verdict, "window", "row %u: %pR, hardware has %#llx-%#llx",
			    row, res, (u64)hw.start, (u64)hw.end);
}

/* The resource tree is consistent; does it match the buses? */
static bool is_routed(struct pci_dev *dev, const struct resource *res)
{
	struct pci_bus *bus;
	struct resource *r;

	for (bus = dev->bus; bus; bus = bus->parent) {
		pci_bus_for_each_resource(bus, r) {
			if (r == res->parent)
				return true;
		}
		if (!bus->self || !bus->self->transparent)
			break;
	}

	/* On the root bus, firmware may put it in no window */
	return pci_is_root_bus(dev->bus);
}

/* Does each resource lie in its parent, after the previous one? */
static bool is_in_order(const struct resource *res)
{
	const struct resource *p, *before = NULL;

	for (p = res->child; p; before = p, p = p->sibling) {
		if (p->parent != res || p->start < res->start || p->end > res->end ||
		    (before && p->start <= before->end) || !is_in_order(p))
			return false;
	}

	return true;
}

/* Check what must be true of any topology */
void synth_check_host(struct synth_host *host, struct synth_verdict *verdict)
{
	unsigned int row;
	int i;

	check_log(host, verdict);
	synth_check_status(host, verdict);
	if (!is_in_order(&host->low) || !is_in_order(&host->high) || !is_in_order(&host->io))
		synth_wrong(verdict, "order", "resources overlap, or are not in order");

	for (row = 1; row <= host->nr; row++) {
		struct pci_dev *dev = synth_host_dev(host, row);

		if (!dev)
			continue;

		for (i = 0; i <= PCI_ROM_RESOURCE; i++)
			check_bar(host, row, i, dev, verdict);
		check_vf_bar(host, row, dev, verdict);
		for (i = 0; i < SYNTH_NR_RES; i++) {
			const struct resource *res = pci_resource_n(dev, i);

			/* Enhanced Allocation needs no bridge windows */
			if (res->parent && !(res->flags & IORESOURCE_PCI_FIXED) &&
			    !is_routed(dev, res))
				synth_wrong(verdict, "route", "row %u: %s %pR in %pR",
					    row, pci_resource_name(dev, i), res,
					    res->parent);
		}
		for (i = PCI_BRIDGE_RESOURCES; dev->subordinate && i < SYNTH_NR_RES; i++)
			check_window(host, row, i, dev, verdict);
	}
}
