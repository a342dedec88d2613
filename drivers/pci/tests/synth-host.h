/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A synthetic PCI host: config space in memory, the real PCI core on top
 *
 * A topology is a table of what is plugged in and of how firmware left it:
 *
 *	static const struct synth_topology t = {
 *		.flags = SYNTH_SURVEY,
 *		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
 *		.fn = {
 *			{ SYNTH_DEV(1, 0), .bar = { SYNTH_M32(256, SYNTH_LOW) } },
 *			{ SYNTH_BRIDGE(2, 0), .mem = { SZ_1M, SYNTH_LOW + SZ_1M } },
 *			{ SYNTH_DEV(0, 0), .under = 2, .bar = { SYNTH_M32(64) } },
 *		},
 *	};
 *
 * Rows count from 1; under names the row of the bridge that a function is
 * behind, 0 is the root bus.  All addresses are bus addresses; where the
 * windows of the host appear to the CPU is up to the system that runs the
 * test, see synth_host_cpu().
 */

#ifndef _PCI_SYNTH_HOST_H
#define _PCI_SYNTH_HOST_H

#include <linux/bits.h>
#include <linux/kmsg_dump.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct kunit;

#define SYNTH_MAX_FN		32
#define SYNTH_MAX_WIN		3
#define SYNTH_MAX_RESERVED	4
#define SYNTH_NR_RES		PCI_NUM_RESOURCES
#define SYNTH_BUSNR		0x80	/* the root bus */

/* The bus addresses that root windows can have */
#define SYNTH_IO		0x1000ULL
#define SYNTH_IO_SIZE		SZ_16K
#define SYNTH_LOW		0xc0000000ULL
#define SYNTH_LOW_SIZE		SZ_256M
#define SYNTH_BOTTOM		0x0ULL		/* instead of SYNTH_LOW: the very first */
#define SYNTH_EDGE		0xf8000000ULL	/* likewise: across 4 GiB */
#define SYNTH_HIGH		0x1000000000ULL
#define SYNTH_HIGH_SIZE		(64ULL * SZ_1G)

enum synth_type {
	SYNTH_BAR_NONE,
	SYNTH_BAR_IO,
	SYNTH_BAR_M32,
	SYNTH_BAR_M64,
	SYNTH_BAR_P32,
	SYNTH_BAR_P64,
	SYNTH_BAR_ROM,
};

/* Oddities of a BAR */
#define SYNTH_WRITE_FAILS	BIT(0)	/* can be sized, ignores other writes */
#define SYNTH_WRITE_FAILS_HI	BIT(1)	/* upper half reads as 0 */
#define SYNTH_EA		BIT(2)	/* from Enhanced Allocation, no register */
#define SYNTH_ROM_ON		BIT(3)	/* firmware left the ROM enabled */

/**
 * struct synth_bar - a BAR, a bridge window or a root window
 * @size: in bytes, a power of two for a BAR; 0 if there is none
 * @addr: bus address that firmware left, 0 if none
 * @type: see enum synth_type; implied for a bridge window
 * @quirk: mask of SYNTH_WRITE_FAILS and others
 */
struct synth_bar {
	u64 size;
	u64 addr;
	u8 type;
	u8 quirk;
};

/* What a row is */
#define SYNTH_FN		BIT(0)	/* not the end of the table */
#define SYNTH_TYPE1		BIT(1)	/* a bridge */
#define SYNTH_PORT		BIT(2)	/* a PCI Express port: only slot 0 behind it */
#define SYNTH_HOTPLUG		BIT(3)	/* a port for hot-plug */
#define SYNTH_TRANSPARENT	BIT(4)	/* a subtractive decode bridge */
#define SYNTH_NO_IO		BIT(5)	/* a bridge without I/O window */
#define SYNTH_NO_PREF		BIT(6)	/* a bridge without prefetchable window */
#define SYNTH_PREF32		BIT(7)	/* that window has only 32 bits */
#define SYNTH_ABSENT		BIT(8)	/* plugged in later: synth_host_plug() */
#define SYNTH_CLASSLESS		BIT(9)	/* class code 0 */
#define SYNTH_DECODE_OFF	BIT(10)	/* as firmware left it */
#define SYNTH_FIXED		BIT(11)	/* a quirk fixes its BAR 0 */

/* How it lies */
#define SYNTH_LIE_SIZE		BIT(0)	/* BAR 0 is larger from the second sizing on */
#define SYNTH_LIE_READONLY	BIT(1)	/* bridge windows can't be changed */
#define SYNTH_LIE_32		BIT(2)	/* a 64-bit window has only 32 bits */
#define SYNTH_LIE_DECODE_ON	BIT(3)	/* memory decode can't be turned off */
#define SYNTH_LIE_DECODE_OFF	BIT(4)	/* memory decode can't be turned on */
#define SYNTH_LIE_ROM		BIT(5)	/* the ROM can't be turned off */
#define SYNTH_LIE_LOOP		BIT(6)	/* the list of capabilities has no end */
#define SYNTH_NR_LIES		7

/**
 * struct synth_fn - a function
 * @flags: mask of SYNTH_FN and others
 * @under: row of the bridge it is behind, from 1; 0 for the root bus
 * @devfn: device and function number
 * @class: class and subclass, 0 for something that no quirk and no driver knows
 * @bar: BARs and the ROM, by resource number
 * @io: bridge window
 * @mem: bridge window
 * @pref: bridge window
 * @vf: the first VF BAR (size of one VF's)
 * @nr_vfs: TotalVFs; 0 for no SR-IOV
 * @rebar: bitmask of the sizes BAR 0 can have, in units of 1 MiB << bit
 * @lies: mask of SYNTH_LIE_SIZE and others
 */
struct synth_fn {
	u16 flags;
	u8 under;
	u8 devfn;
	u16 class;
	struct synth_bar bar[PCI_ROM_RESOURCE + 1];
	struct synth_bar io, mem, pref;
	struct synth_bar vf;
	u8 nr_vfs;
	u32 rebar;
	u8 lies;
};

/* How BARs get their addresses */
#define SYNTH_SURVEY	BIT(0)	/* as on x86: firmware's are claimed first */
#define SYNTH_PRESERVE	BIT(1)	/* by preserve_config: firmware's are kept */
#define SYNTH_REALLOC	BIT(2)	/* pci=realloc */
#define SYNTH_ON	BIT(3)	/* pci=passthrough_align */

/**
 * struct synth_topology - what is plugged in, and how firmware left it
 * @flags: mask of SYNTH_SURVEY and others; with none of the first two,
 *	   everything is assigned afresh by pci_host_probe()
 * @win: windows of the host bridge
 * @reserved: what else is there, in a window or beside it
 * @fn: functions, up to the first one without SYNTH_FN
 */
struct synth_topology {
	u16 flags;
	struct synth_bar win[SYNTH_MAX_WIN];
	struct synth_bar reserved[SYNTH_MAX_RESERVED];
	struct synth_fn fn[SYNTH_MAX_FN];
};

/* A function: its device and function number, then flags if any */
#define SYNTH_OR(_a, _b, ...)	((_a) | (_b))
#define SYNTH_DEV(_slot, _func, ...)					\
	.flags = SYNTH_OR(SYNTH_FN, ##__VA_ARGS__, SYNTH_FN),		\
	.devfn = PCI_DEVFN(_slot, _func)
#define SYNTH_BRIDGE(_slot, _func, ...)					\
	SYNTH_DEV(_slot, _func, SYNTH_OR(SYNTH_TYPE1, ##__VA_ARGS__, SYNTH_TYPE1))

/*
 * A BAR: size, then where firmware put it, if anywhere, then oddities; or a window
 * of the host: size, then where it is
 */
#define SYNTH_BAR(_type, _size, _addr, _quirk, ...)			\
	{ .type = _type, .size = _size, .addr = _addr, .quirk = _quirk }
#define SYNTH_IOB(...)	SYNTH_BAR(SYNTH_BAR_IO, __VA_ARGS__, 0, 0)
#define SYNTH_M32(...)	SYNTH_BAR(SYNTH_BAR_M32, __VA_ARGS__, 0, 0)
#define SYNTH_M64(...)	SYNTH_BAR(SYNTH_BAR_M64, __VA_ARGS__, 0, 0)
#define SYNTH_P32(...)	SYNTH_BAR(SYNTH_BAR_P32, __VA_ARGS__, 0, 0)
#define SYNTH_P64(...)	SYNTH_BAR(SYNTH_BAR_P64, __VA_ARGS__, 0, 0)
#define SYNTH_ROM(...)	SYNTH_BAR(SYNTH_BAR_ROM, __VA_ARGS__, 0, 0)

#define SYNTH_CFG_DWORDS	128	/* as much as the capabilities need */

/**
 * struct synth_func - a function of a host that is on
 * @fn: its row in the table
 * @busnr: number of the bus that it is on now, 0 if it can't be reached
 * @present: it is plugged in
 * @cfg: config space, 32 bits at a time
 * @writable: the bits of it that can be written
 * @reads: number of reads
 * @writes: number of writes
 * @toggles: how often memory decode was turned off or on
 * @decode_off: memory decode was turned off, and not on again yet
 * @write_hash: hash of all writes in order
 * @claimed: bitmask of the resources that the survey claimed
 * @dead: it reads as all-ones and drops writes
 * @faulty: it was dead, or lies: its registers may hold anything
 * @sized: how often BAR 0 was sized
 */
struct synth_func {
	const struct synth_fn *fn;
	u8 busnr;
	bool present;
	u32 cfg[SYNTH_CFG_DWORDS];
	u32 writable[SYNTH_CFG_DWORDS];
	unsigned int reads;
	unsigned int writes;
	unsigned int toggles;
	bool decode_off;
	u32 write_hash;
	u32 claimed;
	bool dead;
	bool faulty;
	u8 sized;
};

/**
 * struct synth_host - a synthetic host
 * @topology: its table
 * @nr: number of functions
 * @func: functions, by row - 1
 * @flags: @topology's and SYNTH_ON
 * @bridge: the host bridge, NULL if the host is off
 * @bus: the root bus
 * @io: I/O ports that the host uses, if any were free
 * @low: address space that the host uses, below 4 GiB on the bus
 * @high: the same above 4 GiB, if there is any
 * @win: windows of the host bridge
 * @reserved: what else is there
 * @clashes: how often a decoding BAR came to overlap another one
 * @nr_decode_off: how many functions have memory decode turned off
 * @max_decode_off: the most that had it at once
 * @log: position in the kernel log when it was turned on
 * @hook: called before each access to config space, if set; may sleep if
 *	  SYNTH_LOCKLESS
 * @hook_data: for @hook
 * @was_on: the kernel was booted with pci=passthrough_align
 * @sysdata: what the architecture needs for a host bridge
 */
struct synth_host {
	const struct synth_topology *topology;
	unsigned int nr;
	struct synth_func func[SYNTH_MAX_FN];
	u16 flags;
	struct pci_host_bridge *bridge;
	struct pci_bus *bus;
	struct resource io, low, high;
	struct resource win[SYNTH_MAX_WIN];
	struct resource reserved[SYNTH_MAX_RESERVED];
	unsigned int clashes;
	unsigned int nr_decode_off;
	unsigned int max_decode_off;
	struct kmsg_dump_iter log;
	void (*hook)(struct synth_host *host);
	void *hook_data;
	bool was_on;
#if defined(CONFIG_X86) && !defined(CONFIG_UML)
	struct pci_sysdata sysdata;
#endif
};

/* Accesses to config space hold no lock */
#define SYNTH_LOCKLESS		IS_ENABLED(CONFIG_PCI_LOCKLESS_CONFIG)

/* No real device has these IDs, so no quirk or driver matches */
#define SYNTH_VENDOR		0xfff0
#define SYNTH_DEVICE		0x0001
#define SYNTH_DEVICE_FIXED	0x0002
#define SYNTH_DEVICE_VF		0x0003

/* Offsets of capabilities that react to writes */
#define SYNTH_REBAR	0x100
#define SYNTH_SRIOV	0x120

static inline bool synth_is_bridge(const struct synth_func *func)
{
	return func->fn->flags & SYNTH_TYPE1;
}

static inline bool synth_is_port(const struct synth_fn *fn)
{
	return fn->flags & (SYNTH_PORT | SYNTH_HOTPLUG);
}

static inline bool synth_is_64(const struct synth_bar *bar)
{
	return bar->type == SYNTH_BAR_M64 || bar->type == SYNTH_BAR_P64;
}

static inline int synth_bar_reg(const struct synth_func *func, int bar)
{
	if (bar == PCI_ROM_RESOURCE)
		return synth_is_bridge(func) ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;

	return PCI_BASE_ADDRESS_0 + 4 * bar;
}

/* The command register as firmware left it */
static inline u16 synth_fn_cmd(const struct synth_fn *fn)
{
	u16 cmd = PCI_COMMAND_MEMORY | PCI_COMMAND_IO |
		  (fn->flags & SYNTH_TYPE1 ? PCI_COMMAND_MASTER : 0);

	if (fn->flags & SYNTH_DECODE_OFF)
		cmd = 0;
	if (fn->lies & SYNTH_LIE_DECODE_ON)
		cmd |= PCI_COMMAND_MEMORY;
	if (fn->lies & SYNTH_LIE_DECODE_OFF)
		cmd &= ~PCI_COMMAND_MEMORY;

	return cmd;
}

static inline u16 synth_cfg_word(const struct synth_func *func, int where)
{
	return func->cfg[where / 4] >> (8 * (where & 2));
}

/* synth-regs.c: what firmware left in config space */
void synth_cfg_init(struct synth_host *host);

/* synth-cfg.c: access to it */
extern struct pci_ops synth_pci_ops;
void synth_cfg_renumber(struct synth_host *host);
u64 synth_cfg_size(const struct synth_func *func, int bar);
u64 synth_cfg_bar(const struct synth_func *func, int bar);

/* synth-window.c: address space */
bool synth_apertures_find(struct synth_host *host);
void synth_apertures_free(struct synth_host *host);
void synth_windows_add(struct synth_host *host);
void synth_reserved_add(struct synth_host *host);
void synth_windows_free(struct synth_host *host);
resource_size_t synth_host_cpu(const struct synth_host *host, u64 addr, u8 type);

/* synth-host.c: turning it on and off */
struct synth_host *synth_host_new(struct kunit *test);
int synth_host_scan(struct synth_host *host, const struct synth_topology *topology,
		    u16 flags);
void synth_host_assign(struct synth_host *host);
int synth_host_boot(struct synth_host *host, const struct synth_topology *topology,
		    u16 flags);
void synth_host_off(struct synth_host *host);
struct pci_dev *synth_host_dev(struct synth_host *host, unsigned int row);
void synth_host_remove(struct synth_host *host, unsigned int row);
void synth_host_plug(struct synth_host *host, unsigned int row, bool present);
void synth_host_rescan(struct synth_host *host);
void synth_host_hot_add(struct synth_host *host, unsigned int row);
unsigned int synth_host_log(const struct synth_host *host, const char *text,
			    const char *more);

#endif /* _PCI_SYNTH_HOST_H */
