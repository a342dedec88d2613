// SPDX-License-Identifier: GPL-2.0
/*
 * Put BARs where they have to be, through config space.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware.h"
#include "guest.h"

static int open_config(const char *bdf)
{
	const char *path = guest_device_path(bdf, "config");
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		guest_die("firmware: cannot open %s: %m", path);
	return fd;
}

/* Config space is little endian, and so are the machines with kexec here. */
static uint32_t get(int fd, int offset, size_t size)
{
	uint32_t value = 0;

	if (pread(fd, &value, size, offset) != (ssize_t)size)
		guest_die("firmware: cannot read config space: %m");
	return value;
}

static void put(int fd, int offset, size_t size, uint32_t value)
{
	if (pwrite(fd, &value, size, offset) != (ssize_t)size)
		guest_die("firmware: cannot write config space: %m");
}

static int rom_offset(int fd)
{
	int bridge = get(fd, PCI_HEADER_TYPE, 1) & PCI_HEADER_TYPE_MASK;

	return bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;
}

static void put_rom(int fd, uint64_t address)
{
	int offset = rom_offset(fd);
	uint32_t low = get(fd, offset, 4) & ~PCI_ROM_ADDRESS_MASK;

	put(fd, offset, 4, address | low);
}

static void put_bar(int fd, int index, uint64_t address)
{
	int offset = PCI_BASE_ADDRESS_0 + 4 * index;
	uint32_t low = get(fd, offset, 4) & ~PCI_BASE_ADDRESS_MEM_MASK;

	put(fd, offset, 4, address | low);
	if ((low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
	    PCI_BASE_ADDRESS_MEM_TYPE_64)
		put(fd, offset + 4, 4, address >> 32);
}

static void program(const struct place *place)
{
	int fd = open_config(place->bar.dev);
	uint16_t command = get(fd, PCI_COMMAND, 2);

	printf("firmware: %s BAR %d 0x%llx -> 0x%" PRIx64 "\n",
	       place->bar.dev, place->bar.nr, place->bar.start, place->address);
	put(fd, PCI_COMMAND, 2, command & ~PCI_COMMAND_MEMORY);
	if (place->bar.nr == ROM)
		put_rom(fd, place->address);
	else
		put_bar(fd, place->bar.nr, place->address);
	put(fd, PCI_COMMAND, 2, command);
	close(fd);
}

static void decode(const struct place *place, bool on)
{
	int fd = open_config(place->bar.dev);
	uint16_t command = get(fd, PCI_COMMAND, 2);

	put(fd, PCI_COMMAND, 2, on ? command | PCI_COMMAND_MEMORY :
				     command & ~PCI_COMMAND_MEMORY);
	close(fd);
}

static bool enable_rom(const struct place *place)
{
	int fd = open_config(place->bar.dev);
	bool enabled;

	put_rom(fd, place->address | PCI_ROM_ADDRESS_ENABLE);
	enabled = get(fd, rom_offset(fd), 4) & PCI_ROM_ADDRESS_ENABLE;
	close(fd);
	return enabled;
}

static void enable_roms(const struct plan *plan)
{
	size_t i, enabled = 0;

	for (i = 0; i < plan->n; i++)
		if (plan->places[i].bar.nr == ROM)
			enabled += enable_rom(&plan->places[i]);
	if (!enabled)
		guest_die("firmware: vm.rom=on, but no ROM can be enabled");
}

void program_all(const struct plan *plan)
{
	const char *how = guest_param("vm.decode");
	const char *rom = guest_param("vm.rom");
	const struct place *place, *end = plan->places + plan->n;

	for (place = plan->places; place < end; place++)
		if (place->address != place->bar.start)
			program(place);
	if (rom && !strcmp(rom, "on"))
		enable_roms(plan);
	for (place = plan->places; how && strcmp(how, "keep") && place < end; place++)
		decode(place, !strcmp(how, "on"));
}
