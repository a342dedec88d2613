// SPDX-License-Identifier: GPL-2.0
/*
 * What is in config space when a synthetic host is turned on
 *
 * Each register is a value and a mask of the bits that can be written.  That
 * makes sizing a BAR, and finding out what windows a bridge has, work like on
 * real hardware.
 */

#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/log2.h>
#include <linux/pci.h>

#include "../pci.h"
#include "synth-fault.h"

/* Offsets of capabilities that only the PCI core reads */
#define SYNTH_EXP	0x40
#define SYNTH_EA_CAP	0x80

#define SYNTH_COMMAND_MASK						\
	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |	\
	 PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)

static void set(struct synth_func *func, int where, u32 value, u32 writable)
{
	func->cfg[where / 4] = value;
	func->writable[where / 4] = writable;
}

/* A 16-bit register that shares its dword with another one */
static void set_word(struct synth_func *func, int where, u16 value, u16 writable)
{
	int shift = 8 * (where & 2);

	func->cfg[where / 4] &= ~(0xffffU << shift);
	func->cfg[where / 4] |= (u32)value << shift;
	func->writable[where / 4] &= ~(0xffffU << shift);
	func->writable[where / 4] |= (u32)writable << shift;
}

static u32 bar_type_bits(const struct synth_bar *bar)
{
	switch (bar->type) {
	case SYNTH_BAR_IO:
		return PCI_BASE_ADDRESS_SPACE_IO;
	case SYNTH_BAR_M64:
		return PCI_BASE_ADDRESS_MEM_TYPE_64;
	case SYNTH_BAR_P32:
		return PCI_BASE_ADDRESS_MEM_PREFETCH;
	case SYNTH_BAR_P64:
		return PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH;
	case SYNTH_BAR_ROM:
		return bar->quirk & SYNTH_ROM_ON ? PCI_ROM_ADDRESS_ENABLE : 0;
	default:
		return 0;
	}
}

static u32 bar_type_mask(const struct synth_bar *bar)
{
	switch (bar->type) {
	case SYNTH_BAR_IO:
		return (u32)PCI_BASE_ADDRESS_IO_MASK;
	case SYNTH_BAR_ROM:
		return PCI_ROM_ADDRESS_MASK | PCI_ROM_ADDRESS_ENABLE;
	default:
		return (u32)PCI_BASE_ADDRESS_MEM_MASK;
	}
}

static void init_bar(struct synth_func *func, const struct synth_bar *bar, int reg)
{
	u64 mask = ~(bar->size - 1);

	if (!bar->size || bar->quirk & SYNTH_EA)
		return;

	if (bar->type == SYNTH_BAR_ROM)
		mask |= PCI_ROM_ADDRESS_ENABLE;

	set(func, reg, lower_32_bits(bar->addr) | bar_type_bits(bar),
	    lower_32_bits(mask) & bar_type_mask(bar));

	if (synth_is_64(bar))
		set(func, reg + 4, upper_32_bits(bar->addr),
		    bar->quirk & SYNTH_WRITE_FAILS_HI ? 0 : upper_32_bits(mask));
}

/* Base and limit registers; a window that is closed ends before it begins */
static u16 window_base(const struct synth_bar *win, int shift)
{
	return win->addr ? (win->addr >> shift) & 0xfff0 : 0xfff0;
}

static u16 window_limit(const struct synth_bar *win, int shift)
{
	return win->addr ? ((win->addr + win->size - 1) >> shift) & 0xfff0 : 0;
}

static void init_io_window(struct synth_func *func)
{
	u8 base = window_base(&func->fn->io, 8) | PCI_IO_RANGE_TYPE_32;
	u8 limit = window_limit(&func->fn->io, 8) | PCI_IO_RANGE_TYPE_32;

	if (func->fn->flags & SYNTH_NO_IO)
		return;

	set_word(func, PCI_IO_BASE, base | limit << 8, 0xf0f0);
	set(func, PCI_IO_BASE_UPPER16, 0, ~0);
}

static void init_pref_window(struct synth_func *func)
{
	const struct synth_bar *win = &func->fn->pref;
	bool is_32 = func->fn->flags & SYNTH_PREF32;
	u16 type = is_32 ? PCI_PREF_RANGE_TYPE_32 : PCI_PREF_RANGE_TYPE_64;

	if (func->fn->flags & SYNTH_NO_PREF)
		return;

	set_word(func, PCI_PREF_MEMORY_BASE, window_base(win, 16) | type, 0xfff0);
	set_word(func, PCI_PREF_MEMORY_LIMIT, window_limit(win, 16) | type, 0xfff0);
	if (is_32)
		return;

	set(func, PCI_PREF_BASE_UPPER32, upper_32_bits(win->addr), ~0);
	set(func, PCI_PREF_LIMIT_UPPER32,
	    win->addr ? upper_32_bits(win->addr + win->size - 1) : 0, ~0);
}

static void init_windows(struct synth_func *func)
{
	set(func, PCI_PRIMARY_BUS, 0, ~0);
	set_word(func, PCI_BRIDGE_CONTROL, 0, 0xffff);
	set_word(func, PCI_MEMORY_BASE, window_base(&func->fn->mem, 16), 0xfff0);
	set_word(func, PCI_MEMORY_LIMIT, window_limit(&func->fn->mem, 16), 0xfff0);
	init_io_window(func);
	init_pref_window(func);
}

/*
 * Firmware's bus numbers.  A bridge that is plugged in later gets its own from
 * the core.
 */
static u8 init_buses(struct synth_host *host, unsigned int under, u8 primary)
{
	u8 last = primary;
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		struct synth_func *func = &host->func[i];
		u8 secondary = last + 1;

		if (func->fn->under != under || !synth_is_bridge(func) ||
		    !func->present)
			continue;

		last = init_buses(host, i + 1, secondary);
		func->cfg[PCI_PRIMARY_BUS / 4] =
			FIELD_PREP(PCI_PRIMARY_BUS_MASK, primary) |
			FIELD_PREP(PCI_SECONDARY_BUS_MASK, secondary) |
			FIELD_PREP(PCI_SUBORDINATE_BUS_MASK, last);
	}

	return last;
}

/* Only a PCI Express function has extended config space */
static void init_express(struct synth_func *func)
{
	bool bridge = synth_is_bridge(func);
	u16 type = bridge ? PCI_EXP_TYPE_ROOT_PORT : PCI_EXP_TYPE_ENDPOINT;

	set(func, SYNTH_EXP, PCI_CAP_ID_EXP |
	    (2 | FIELD_PREP(PCI_EXP_FLAGS_TYPE, type) |
	     FIELD_PREP(PCI_EXP_FLAGS_SLOT, bridge)) << 16, 0);
	if (func->fn->flags & SYNTH_HOTPLUG)
		set(func, SYNTH_EXP + PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_HPC, 0);
}

static void init_ea_entry(struct synth_host *host, struct synth_func *func,
			  int bar, int where)
{
	const struct synth_bar *b = &func->fn->bar[bar];
	/* pci_ea_read() takes it for a CPU address */
	u64 cpu = synth_host_cpu(host, b->addr, b->type);

	set(func, where, PCI_EA_ENABLE | FIELD_PREP(PCI_EA_ES, 4) |
	    FIELD_PREP(PCI_EA_BEI, bar) | FIELD_PREP(PCI_EA_PP, PCI_EA_P_MEM), 0);
	set(func, where + 4, lower_32_bits(cpu) | PCI_EA_IS_64, 0);
	set(func, where + 8, (lower_32_bits(b->size - 1) & ~3) | PCI_EA_IS_64, 0);
	set(func, where + 12, upper_32_bits(cpu), 0);
	set(func, where + 16, 0, 0);
}

static void init_ea(struct synth_host *host, struct synth_func *func)
{
	int bar, nr = 0;

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (func->fn->bar[bar].quirk & SYNTH_EA && func->fn->bar[bar].addr)
			init_ea_entry(host, func, bar,
				      SYNTH_EA_CAP + PCI_EA_FIRST_ENT + 20 * nr++);
	}

	if (nr)
		set(func, SYNTH_EA_CAP, PCI_CAP_ID_EA | nr << 16, 0);
}

/* An empty capability if need be: extended ones begin here */
static void init_rebar(struct synth_func *func)
{
	u64 size = func->fn->bar[0].size;

	set(func, SYNTH_REBAR, SYNTH_SRIOV << 20, 0);
	if (!func->fn->rebar)
		return;

	func->cfg[SYNTH_REBAR / 4] |= PCI_EXT_CAP_ID_REBAR | 1 << 16;
	set(func, SYNTH_REBAR + PCI_REBAR_CAP, func->fn->rebar << 4, 0);
	set(func, SYNTH_REBAR + PCI_REBAR_CTRL,
	    FIELD_PREP(PCI_REBAR_CTRL_NBAR_MASK, 1) |
	    FIELD_PREP(PCI_REBAR_CTRL_BAR_SIZE, ilog2(size / SZ_1M)),
	    PCI_REBAR_CTRL_BAR_SIZE);
}

static void init_sriov(struct synth_func *func)
{
	const struct synth_fn *fn = func->fn;

	if (!fn->nr_vfs)
		return;

	set(func, SYNTH_SRIOV, PCI_EXT_CAP_ID_SRIOV | 1 << 16, 0);
	set(func, SYNTH_SRIOV + PCI_SRIOV_CTRL, 0, 0xffff);
	set(func, SYNTH_SRIOV + PCI_SRIOV_INITIAL_VF, fn->nr_vfs | fn->nr_vfs << 16, 0);
	set(func, SYNTH_SRIOV + PCI_SRIOV_NUM_VF, 0, 0xffff);
	set(func, SYNTH_SRIOV + PCI_SRIOV_VF_OFFSET, 1 | 1 << 16, 0);
	set_word(func, SYNTH_SRIOV + PCI_SRIOV_VF_DID, SYNTH_DEVICE_VF, 0);
	set(func, SYNTH_SRIOV + PCI_SRIOV_SUP_PGSIZE, 0x553, 0);
	set(func, SYNTH_SRIOV + PCI_SRIOV_SYS_PGSIZE, 1, ~0);
	init_bar(func, &fn->vf, SYNTH_SRIOV + PCI_SRIOV_BAR);
}

static bool has_ext(const struct synth_fn *fn)
{
	return fn->rebar || fn->nr_vfs;
}

static void init_caps(struct synth_host *host, struct synth_func *func)
{
	bool express = has_ext(func->fn) || synth_is_port(func->fn);

	if (express)
		init_express(func);
	init_ea(host, func);
	if (has_ext(func->fn)) {
		init_rebar(func);
		init_sriov(func);
	}

	/* Chain them */
	if (express && func->cfg[SYNTH_EA_CAP / 4])
		func->cfg[SYNTH_EXP / 4] |= SYNTH_EA_CAP << 8;
	if (express)
		func->cfg[PCI_CAPABILITY_LIST / 4] = SYNTH_EXP;
	else if (func->cfg[SYNTH_EA_CAP / 4])
		func->cfg[PCI_CAPABILITY_LIST / 4] = SYNTH_EA_CAP;
}

static bool has_siblings(struct synth_host *host, const struct synth_fn *fn)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		const struct synth_fn *other = host->func[i].fn;

		if (other != fn && other->under == fn->under &&
		    PCI_SLOT(other->devfn) == PCI_SLOT(fn->devfn))
			return true;
	}

	return false;
}

static void init_header(struct synth_host *host, struct synth_func *func)
{
	const struct synth_fn *fn = func->fn;
	u16 class = synth_is_bridge(func) ? PCI_CLASS_BRIDGE_PCI : 0xff00;
	u8 type = synth_is_bridge(func) ? PCI_HEADER_TYPE_BRIDGE : PCI_HEADER_TYPE_NORMAL;
	u8 prog_if = fn->flags & SYNTH_TRANSPARENT ? 1 : 0;
	u32 device = fn->flags & SYNTH_FIXED ? SYNTH_DEVICE_FIXED : SYNTH_DEVICE;

	if (fn->class)
		class = fn->class;
	if (fn->flags & SYNTH_CLASSLESS)
		class = PCI_CLASS_NOT_DEFINED;
	if (has_siblings(host, fn))
		type |= PCI_HEADER_TYPE_MFD;

	set(func, PCI_VENDOR_ID, SYNTH_VENDOR | device << 16, 0);
	set(func, PCI_COMMAND, synth_fn_cmd(fn) | PCI_STATUS_CAP_LIST << 16,
	    SYNTH_COMMAND_MASK);
	set(func, PCI_CLASS_REVISION, class << 16 | prog_if << 8, 0);
	set(func, PCI_CACHE_LINE_SIZE, type << 16, 0xffff);
	set(func, PCI_INTERRUPT_LINE, 0, 0xff);
}

/* Set up the config space of a function, empty so far */
void synth_cfg_init_func(struct synth_host *host, struct synth_func *func)
{
	int bar;

	init_header(host, func);
	if (synth_is_bridge(func))
		init_windows(func);
	for (bar = 0; bar <= PCI_ROM_RESOURCE; bar++)
		init_bar(func, &func->fn->bar[bar], synth_bar_reg(func, bar));
	init_caps(host, func);
	synth_fault_lie(func);
}

/* Let firmware set up config space */
void synth_cfg_init(struct synth_host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++)
		synth_cfg_init_func(host, &host->func[i]);

	init_buses(host, 0, SYNTH_BUSNR);
	synth_cfg_renumber(host);
}
