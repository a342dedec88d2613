// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bars.h"
#include "guest.h"

#define PAGE		4096U
#define IORESOURCE_MEM	0x00000200	/* include/linux/ioport.h */
#define ROM_BAR		6
#define IVSHMEM		"0x1110"	/* QEMU's: BAR 2 is memory */
#define SIGNATURE	6		/* bytes */

/* One access each: these are registers. */
static uint32_t load(const struct bar *bar, unsigned int offset)
{
	return __atomic_load_n(&bar->page[offset / 4], __ATOMIC_RELAXED);
}

static void store(const struct bar *bar, unsigned int offset, uint32_t value)
{
	__atomic_store_n(&bar->page[offset / 4], value, __ATOMIC_RELAXED);
}

static bool decodes(const char *bdf)
{
	int fd = open(guest_device_path(bdf, "config"), O_RDONLY | O_CLOEXEC);
	uint16_t command = 0;
	bool ok;

	ok = fd >= 0 && pread(fd, &command, 2, PCI_COMMAND) == 2;
	if (fd >= 0)
		close(fd);
	return ok && (command & PCI_COMMAND_MEMORY);
}

static bool find(const char *bdf, struct bar *bar)
{
	FILE *in = fopen(guest_device_path(bdf, "resource"), "re");
	uint64_t start, end, flags;
	int i;

	bar->size = 0;
	for (i = 0; in && i < ROM_BAR; i++) {
		if (fscanf(in, "%" SCNx64 " %" SCNx64 " %" SCNx64, &start, &end,
			   &flags) != 3)
			break;
		if (!(flags & IORESOURCE_MEM) || !start || end - start >= PAGE - 1)
			continue;
		bar->index = i;
		bar->offset = start % PAGE;
		bar->size = end - start + 1;
	}
	if (in)
		fclose(in);
	return bar->size;
}

/* sysfs maps whole pages. */
bool bar_open(const char *bdf, struct bar *bar)
{
	char name[16];
	void *map;
	int fd;

	if (!decodes(bdf) || !find(bdf, bar))
		return false;
	bar->bdf = bdf;
	snprintf(name, sizeof(name), "resource%d", bar->index);
	fd = open(guest_device_path(bdf, name), O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	bar->page = map;
	return map != MAP_FAILED;
}

void bar_close(const struct bar *bar)
{
	munmap(bar->page, PAGE);
}

void bar_sign(const struct bar *bar)
{
	unsigned int bus, device;
	char id[8];

	if (!guest_read(guest_device_path(bar->bdf, "device"), id,
			sizeof(id)) || strcmp(id, IVSHMEM) ||
	    sscanf(bar->bdf, "%*x:%x:%x", &bus, &device) != 2)
		return;
	store(bar, bar->offset, 0x5452 | bus << 24);
	store(bar, bar->offset + 4, device);
}

const char *bar_text(const struct bar *bar, unsigned int offset)
{
	static char text[3 * SIGNATURE + 1];
	uint32_t words[2] = { load(bar, offset), load(bar, offset + 4) };
	const unsigned char *bytes = (const void *)words;
	int i;

	for (i = 0; i < SIGNATURE; i++)
		sprintf(text + 3 * i, "%02x%s", bytes[i],
			i < SIGNATURE - 1 ? ":" : "");
	return text;
}

bool bar_empty(const struct bar *bar, unsigned int offset, unsigned int size)
{
	unsigned int at;
	uint32_t word;

	for (at = offset; at < offset + size; at += 4) {
		word = load(bar, at);
		if (word && word != UINT32_MAX)
			return false;
	}
	return true;
}
