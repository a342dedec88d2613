// SPDX-License-Identifier: GPL-2.0
/*
 * Functions of a topology that die and come back, and functions that lie
 */

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "synth-fault.h"

/**
 * synth_fault_rows - which functions die with one?
 * @host: the host
 * @row: row of that one in the table, from 1
 *
 * Return: bitmask of rows: its own, and those of all behind it
 */
u64 synth_fault_rows(const struct synth_host *host, unsigned int row)
{
	u64 rows = BIT_ULL(row);
	unsigned int i;

	/* A bridge comes before what is behind it */
	for (i = row; i < host->nr; i++) {
		if (rows & BIT_ULL(host->func[i].fn->under))
			rows |= BIT_ULL(i + 1);
	}

	return rows;
}

/**
 * synth_fault_kill - a function reads as all-ones and drops writes from now on
 * @host: the host
 * @row: row of the function in the table, from 1; of a bridge, with all behind it
 */
void synth_fault_kill(struct synth_host *host, unsigned int row)
{
	u64 rows = synth_fault_rows(host, row);

	for (row = 1; row <= host->nr; row++) {
		if (!(rows & BIT_ULL(row)))
			continue;

		host->func[row - 1].dead = true;
		host->func[row - 1].faulty = true;
	}
}

/* As after power-on: without addresses, not decoding */
static void power_on(struct synth_host *host, struct synth_func *func)
{
	memset(func->cfg, 0, sizeof(func->cfg));
	memset(func->writable, 0, sizeof(func->writable));
	synth_cfg_init_func(host, func);
	func->cfg[PCI_COMMAND / 4] &= ~0xffffU;
	func->dead = false;
	func->decode_off = false;
}

/**
 * synth_fault_replace - put something else in the place of a function
 * @host: the host
 * @row: row of the function in the table, from 1
 * @fn: what replaces it, without addresses
 *
 * Functions behind a bridge come back, too.
 */
void synth_fault_replace(struct synth_host *host, unsigned int row,
			 const struct synth_fn *fn)
{
	u64 rows = synth_fault_rows(host, row);

	host->func[row - 1].fn = fn;
	for (row = 1; row <= host->nr; row++) {
		if (rows & BIT_ULL(row))
			power_on(host, &host->func[row - 1]);
	}
	synth_cfg_renumber(host);
}

/**
 * synth_fault_can_revive - can a function be plugged in again?
 * @host: the host
 * @row: row of the function in the table, from 1
 *
 * Where bus numbers are assigned afresh, a bridge would get another's.
 *
 * Return: true if so
 */
bool synth_fault_can_revive(const struct synth_host *host, unsigned int row)
{
	return !pcibios_assign_all_busses() ||
	       !(host->topology->fn[row - 1].flags & SYNTH_TYPE1);
}

/**
 * synth_fault_revive - remove what has died, plug in what was there before
 * @host: the host
 * @row: row of the function in the table, from 1
 */
void synth_fault_revive(struct synth_host *host, unsigned int row)
{
	unsigned int i;

	synth_host_remove(host, row);
	for (i = 0; i < host->nr; i++)
		host->func[i].present = true;
	synth_fault_replace(host, row, &host->topology->fn[row - 1]);
	synth_host_rescan(host);
	for (i = 0; i < host->nr; i++)
		host->func[i].faulty = false;
}

#define LOOP	0x60	/* two capabilities, each before the other */

static void add_loop(struct synth_func *func)
{
	u32 *first = &func->cfg[PCI_CAPABILITY_LIST / 4];

	func->cfg[LOOP / 4] = PCI_CAP_ID_VNDR | (LOOP + 8) << 8;
	func->cfg[LOOP / 4 + 2] = PCI_CAP_ID_VNDR | LOOP << 8;
	if (*first)
		func->cfg[*first / 4] |= LOOP << 8;
	else
		*first = LOOP;
}

static void make_readonly(struct synth_func *func)
{
	static const u8 regs[] = {
		PCI_IO_BASE, PCI_IO_BASE_UPPER16, PCI_MEMORY_BASE, PCI_PREF_MEMORY_BASE,
		PCI_PREF_BASE_UPPER32, PCI_PREF_LIMIT_UPPER32,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		func->writable[regs[i] / 4] = 0;
}

/**
 * synth_fault_lie - let a function lie
 * @func: the function; nothing is done if it doesn't lie
 *
 * For what it does when it is written to, see synth-cfg.c.
 */
void synth_fault_lie(struct synth_func *func)
{
	int rom = synth_bar_reg(func, PCI_ROM_RESOURCE) / 4;
	u8 lies = func->fn->lies;

	if (lies & SYNTH_LIE_LOOP)
		add_loop(func);
	if (lies & SYNTH_LIE_READONLY && synth_is_bridge(func))
		make_readonly(func);
	if (lies & (SYNTH_LIE_DECODE_ON | SYNTH_LIE_DECODE_OFF))
		func->writable[PCI_COMMAND / 4] &= ~PCI_COMMAND_MEMORY;
	if (lies & SYNTH_LIE_ROM && func->fn->bar[PCI_ROM_RESOURCE].size) {
		func->writable[rom] &= ~PCI_ROM_ADDRESS_ENABLE;
		func->cfg[rom] |= PCI_ROM_ADDRESS_ENABLE;
	}
	if (lies & (SYNTH_LIE_READONLY | SYNTH_LIE_32))
		func->faulty = true;
}

/* It takes the probe for 64 bits, but no address */
static bool is_upper_half(const struct synth_func *func, int where, u32 value)
{
	return func->fn->lies & SYNTH_LIE_32 && value && value != ~0U &&
	       (where == PCI_PREF_BASE_UPPER32 || where == PCI_PREF_LIMIT_UPPER32);
}

static void count_sizing(struct synth_func *func)
{
	int reg = PCI_BASE_ADDRESS_0 / 4;

	if (!(func->fn->lies & SYNTH_LIE_SIZE) || ++func->sized != 2)
		return;

	func->writable[reg] <<= 1;
	func->cfg[reg] &= func->writable[reg] | ~(u32)PCI_BASE_ADDRESS_MEM_MASK;
}

/**
 * synth_fault_drops - does a function that lies ignore a write?
 * @func: function
 * @where: register
 * @value: that is written
 *
 * Return: true if so
 */
bool synth_fault_drops(struct synth_func *func, int where, u32 value)
{
	if (where == PCI_BASE_ADDRESS_0 && value == ~0U)
		count_sizing(func);

	return is_upper_half(func, where, value);
}
