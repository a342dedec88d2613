// SPDX-License-Identifier: GPL-2.0
/*
 * Topologies that every act in synth-act.c can happen to
 */

#include "synth-act.h"
#include "synth-pages.h"

#define WIN		(SYNTH_LOW + SZ_32M)

/* Row 2 is behind a bridge, row 6 is not; any act can happen to both */
const struct synth_topology synth_acts_topology = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_128M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0, SYNTH_PORT | SYNTH_NO_PREF), .mem = { SZ_32M, WIN } },
		{ SYNTH_DEV(0, 0), .under = 1, .rebar = 0x3f,
		  .bar = { SYNTH_M32(SZ_1M, WIN), SYNTH_M32(256, WIN + SZ_1M),
			   SYNTH_M32(256, WIN + SZ_1M + 256) },
		  .bar[PCI_ROM_RESOURCE] = SYNTH_ROM(SZ_2K) },
		{ SYNTH_BRIDGE(2, 0, SYNTH_HOTPLUG | SYNTH_NO_PREF),
		  .mem = { SZ_2M, WIN + SZ_32M } },
		{ SYNTH_DEV(0, 0, SYNTH_ABSENT), .under = 3,
		  .bar = { SYNTH_M32(256), SYNTH_M32(16) } },
		{ SYNTH_DEV(0, 1, SYNTH_ABSENT), .under = 3, .bar = { SYNTH_M64(256) } },
		{ SYNTH_DEV(3, 0), .rebar = 0x3f,
		  .bar = { SYNTH_M32(SZ_1M, SYNTH_LOW + SZ_1M), SYNTH_M32(256, PAGE(0)),
			   SYNTH_M32(128, PAGE(0) + 256) },
		  .bar[PCI_ROM_RESOURCE] = SYNTH_ROM(SZ_2K) },
		{ SYNTH_DEV(4, 0), .bar = { SYNTH_M32(256, PAGE(0) + 512) } },
		{ SYNTH_DEV(5, 0, SYNTH_ABSENT), .bar = { SYNTH_M32(256), SYNTH_M64(16) } },
	},
};

/*
 * 2 MiB that are full to the last byte, with any page size: the last 4K hold
 * the small BARs of FULL_DEV(), and two BARs of FULL_REST().
 */
#define FULL_DEV(_win)								\
	.rebar = 0x3f,								\
	.bar = { SYNTH_M32(SZ_1M, _win), SYNTH_M32(SZ_1K, (_win) + SZ_2M - SZ_2K),	\
		 SYNTH_M32(SZ_512, (_win) + SZ_2M - SZ_1K) },			\
	.bar[PCI_ROM_RESOURCE] = SYNTH_ROM(SZ_2K, (_win) + SZ_2M - SZ_4K)
#define FULL_MOST(_win)								\
	.bar = { SYNTH_M32(SZ_512K, (_win) + SZ_1M),				\
		 SYNTH_M32(SZ_256K, (_win) + SZ_2M - SZ_512K),			\
		 SYNTH_M32(SZ_128K, (_win) + SZ_2M - SZ_256K),			\
		 SYNTH_M32(SZ_64K, (_win) + SZ_2M - SZ_128K),			\
		 SYNTH_M32(SZ_32K, (_win) + SZ_2M - SZ_64K),			\
		 SYNTH_M32(SZ_16K, (_win) + SZ_2M - SZ_32K) }
#define FULL_REST(_win)								\
	.bar = { SYNTH_M32(SZ_8K, (_win) + SZ_2M - SZ_16K),			\
		 SYNTH_M32(SZ_4K, (_win) + SZ_2M - SZ_8K),			\
		 SYNTH_M32(SZ_256, (_win) + SZ_2M - SZ_512),			\
		 SYNTH_M32(SZ_256, (_win) + SZ_2M - SZ_256) }
#define BEHIND		(SYNTH_LOW + SZ_2M)

/* The same with no room anywhere, except for hot-add behind the port */
const struct synth_topology synth_acts_full = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(5 * SZ_1M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_2M, BEHIND } },
		{ SYNTH_DEV(1, 0), .under = 1, FULL_DEV(BEHIND) },
		{ SYNTH_BRIDGE(2, 0, SYNTH_HOTPLUG | SYNTH_NO_PREF),
		  .mem = { SZ_1M, SYNTH_LOW + SZ_4M } },
		{ SYNTH_DEV(0, 0, SYNTH_ABSENT), .under = 3,
		  .bar = { SYNTH_M32(256), SYNTH_M32(SZ_512K), SYNTH_M32(SZ_256K),
			   SYNTH_M32(SZ_128K), SYNTH_M32(SZ_64K), SYNTH_M32(16) } },
		{ SYNTH_DEV(0, 1, SYNTH_ABSENT), .under = 3,
		  .bar = { SYNTH_M64(256), {}, SYNTH_M32(SZ_32K), SYNTH_M32(SZ_16K),
			   SYNTH_M32(SZ_8K) } },
		{ SYNTH_DEV(3, 0), FULL_DEV(SYNTH_LOW) },
		{ SYNTH_DEV(4, 0), FULL_REST(SYNTH_LOW) },
		{ SYNTH_DEV(5, 0, SYNTH_ABSENT), .bar = { SYNTH_M32(256), SYNTH_M64(16) } },
		{ SYNTH_DEV(6, 0), FULL_MOST(SYNTH_LOW) },
		{ SYNTH_DEV(2, 0), .under = 1, FULL_REST(BEHIND) },
		{ SYNTH_DEV(3, 0), .under = 1, FULL_MOST(BEHIND) },
	},
};
