/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is in the registers of devices, seen through a mapping of their page.
 */
#ifndef SELFTESTS_PCI_REGISTERS_H
#define SELFTESTS_PCI_REGISTERS_H

#include <stdint.h>

#include "bars.h"
#include "kselftest.h"

/* Registers that are never 0 or all ones, and that may be read at any time */
static const struct known {
	unsigned short vendor, device;
	unsigned char bar, offset, width;
	const char *name;
	uint32_t write;		/* write this first: it is memory, not a register */
} known[] = {
	{ 0x1011, 0x0019, 1, 0x28, 4, "tulip CSR5", 0 },
	{ 0x1022, 0x2000, 1, 0x00, 1, "pcnet APROM", 0 },
	{ 0x106b, 0x003f, 0, 0x00, 4, "ohci HcRevision", 0 },
	{ 0x10ec, 0x8139, 1, 0x00, 4, "rtl8139 IDR0", 0 },
	{ 0x10ec, 0x8139, 1, 0x04, 2, "rtl8139 IDR4", 0 },
	{ 0x1b36, 0x0007, 0, 0x40, 4, "sdhci capabilities", 0 },
	{ 0x1b36, 0x0007, 0, 0xfe, 2, "sdhci version", 0 },
	{ 0x1b36, 0x0011, 0, 0x00, 1, "pvpanic events", 0 },
	{ 0x1af4, 0x1110, 2, 0x20, 4, "ivshmem memory", 0x600dcafe },
};

static inline const struct known *next_known(const struct bar *bar,
					     const struct known *k)
{
	unsigned long vendor = dev_number(bar->dev, "vendor");
	unsigned long device = dev_number(bar->dev, "device");

	for (; k < known + ARRAY_SIZE(known); k++)
		if (k->vendor == vendor && k->device == device &&
		    k->bar == bar->nr)
			return k;
	return NULL;
}

static inline uint32_t read_mapped(const void *page, size_t offset,
				   int width)
{
	const void *at = (const char *)page + offset;

	if (width == 1)
		return __atomic_load_n((const uint8_t *)at, __ATOMIC_RELAXED);
	if (width == 2)
		return __atomic_load_n((const uint16_t *)at, __ATOMIC_RELAXED);
	return __atomic_load_n((const uint32_t *)at, __ATOMIC_RELAXED);
}

/* Neither all ones, as if nobody answered, nor 0 */
static inline bool plausible(uint32_t value, int width)
{
	return value && value != UINT32_MAX >> (32 - 8 * width);
}

/* Does anything answer in the page after the BAR? */
static inline bool page_is_empty(const struct bar *bar, const void *page,
				 size_t size)
{
	size_t first = bar->start & (size - 1), at;
	uint32_t value, seen = 0;
	bool any = false;

	for (at = 0; at < size; at += sizeof(value)) {
		if (at + sizeof(value) > first && at < first + bar_size(bar))
			continue;
		value = read_mapped(page, at, sizeof(value));
		if ((value && value != UINT32_MAX) || (any && value != seen))
			return false;
		seen = value;
		any = true;
	}
	return true;
}

#endif
