/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ask for a page of its own for a BAR, and what that must not change.
 */
#ifndef SELFTESTS_PCI_ISOLATE_H
#define SELFTESTS_PCI_ISOLATE_H

#include <endian.h>
#include <linux/pci_regs.h>
#include <stdint.h>

#include "bars.h"

static inline void status_file(char *file, size_t size, int nr)
{
	if (nr == ROM)
		snprintf(file, size, "rom_shares_page");
	else
		snprintf(file, size, "resource%d_shares_page", nr);
}

static inline int status_open(const struct bar *bar, int flags)
{
	char file[32];

	status_file(file, sizeof(file), bar->nr);
	return dev_open(bar->dev, file, flags);
}

/* 0 or -errno; closes the file */
static inline int write_to(int fd, const char *text)
{
	int err = write(fd, text, strlen(text)) < 0 ? -errno : 0;

	close(fd);
	return err;
}

/* Likewise */
static inline int ask(const struct bar *bar, const char *text)
{
	int fd = status_open(bar, O_WRONLY);

	return fd < 0 ? -errno : write_to(fd, text);
}

static inline bool has_page(const struct bar *bar)
{
	return !(bar->start % sysconf(_SC_PAGESIZE)) && !bar_status(bar);
}

static inline bool has_driver(const struct bar *bar)
{
	char driver[32];

	dev_link(bar->dev, "driver", driver, sizeof(driver));
	return *driver;
}

/* The driver can get the device back with give_driver() */
static inline bool take_driver(const struct bar *bar)
{
	return dev_write(bar->dev, "driver/unbind", bar->dev);
}

static inline bool give_driver(const struct bar *bar)
{
	return write_text(open("/sys/bus/pci/drivers_probe", O_WRONLY | O_CLOEXEC),
			  bar->dev);
}

struct bar_search {
	struct bar bar;
	bool found;
};

static inline int same_bar(const struct bar *bar, void *arg)
{
	struct bar_search *search = arg;

	if (bar->nr != search->bar.nr)
		return 0;
	search->bar = *bar;
	search->found = true;
	return 1;
}

/* As it is now; false if it is gone */
static inline bool bar_now(const struct bar *bar, struct bar *now)
{
	struct bar_search search = { .bar = *bar };

	each_of_first(bar->dev, ROM + 1, same_bar, &search);
	*now = search.bar;
	return search.found;
}

/* The address in its register, which a ROM need not have; 0 if it has none */
static inline uint64_t bar_register(const struct bar *bar)
{
	uint32_t reg[2] = {};
	int fd = dev_open(bar->dev, "config", O_RDONLY);
	ssize_t len = -1;

	if (fd >= 0 && bar->nr != ROM)
		len = pread(fd, reg, sizeof(reg), PCI_BASE_ADDRESS_0 + 4 * bar->nr);
	if (fd >= 0)
		close(fd);
	if (len != sizeof(reg))
		return 0;
	reg[0] = le32toh(reg[0]);
	if ((reg[0] & PCI_BASE_ADDRESS_MEM_TYPE_MASK) != PCI_BASE_ADDRESS_MEM_TYPE_64)
		reg[1] = 0;
	return ((uint64_t)le32toh(reg[1]) << 32 | reg[0]) & PCI_BASE_ADDRESS_MEM_MASK;
}

/* Bus address minus CPU address, the same wherever the BAR is */
static inline uint64_t bar_offset(const struct bar *bar)
{
	return bar->nr == ROM ? 0 : bar_register(bar) - bar->start;
}

#endif
