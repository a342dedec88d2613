// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <linux/pci_regs.h>

#include "page.h"

#define PAGE		4096U
#define IVSHMEM		0x1110		/* QEMU's: BAR 2 is memory */
#define SIGNATURE	6		/* bytes */

/* One access each: these are registers. */
static uint32_t load(const struct bar_page *page, unsigned int offset)
{
	return __atomic_load_n(&page->words[offset / 4], __ATOMIC_RELAXED);
}

static void store(const struct bar_page *page, unsigned int offset, uint32_t value)
{
	__atomic_store_n(&page->words[offset / 4], value, __ATOMIC_RELAXED);
}

static bool decodes(const char *bdf)
{
	int fd = dev_open(bdf, "config", O_RDONLY);
	uint16_t command = 0;
	bool ok;

	ok = fd >= 0 && pread(fd, &command, 2, PCI_COMMAND) == 2;
	if (fd >= 0)
		close(fd);
	return ok && (command & PCI_COMMAND_MEMORY);
}

static int take_small(const struct bar *bar, void *last)
{
	if (bar->start && bar_size(bar) < PAGE)
		*(struct bar *)last = *bar;
	return 0;
}

/* sysfs maps whole pages. */
bool page_open(const char *bdf, struct bar_page *page)
{
	page->bar.start = 0;
	each_bar_of(bdf, take_small, &page->bar);
	if (!decodes(bdf) || !page->bar.start)
		return false;
	page->offset = page->bar.start % PAGE;
	page->words = bar_map(&page->bar, "", PAGE, PROT_READ | PROT_WRITE);
	return page->words != MAP_FAILED;
}

void page_close(const struct bar_page *page)
{
	munmap(page->words, PAGE);
}

void page_sign(const struct bar_page *page)
{
	unsigned int bus, device;

	if (dev_number(page->bar.dev, "device") != IVSHMEM ||
	    sscanf(page->bar.dev, "%*x:%x:%x", &bus, &device) != 2)
		return;
	store(page, page->offset, 0x5452 | bus << 24);
	store(page, page->offset + 4, device);
}

const char *page_text(const struct bar_page *page, unsigned int offset)
{
	static char text[3 * SIGNATURE + 1];
	uint32_t words[2] = { load(page, offset), load(page, offset + 4) };
	const unsigned char *bytes = (const void *)words;
	int i;

	for (i = 0; i < SIGNATURE; i++)
		sprintf(text + 3 * i, "%02x%s", bytes[i],
			i < SIGNATURE - 1 ? ":" : "");
	return text;
}

bool page_empty(const struct bar_page *page, unsigned int offset, unsigned int size)
{
	unsigned int at;
	uint32_t word;

	for (at = offset; at < offset + size; at += 4) {
		word = load(page, at);
		if (word && word != UINT32_MAX)
			return false;
	}
	return true;
}
