// SPDX-License-Identifier: GPL-2.0
/*
 * What it takes to read a register through VFIO: trapped, with pread(), as
 * a hypervisor has to for a BAR that it can't map; and through a mapping.
 *
 * All devices with a small BAR are given to vfio-pci, as in vfio_bar_test.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#include "bars.h"
#include "vfio_dev.h"
#include "guest.h"

#define READS		10000
#define MAX_WIDTH	8
#define MAX_DEVS	64

struct device {
	struct vfio_dev dev;
	struct bar bar;
};

static struct device devices[MAX_DEVS];
static int n_devices;
static size_t page;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long trapped(int fd, off_t at, int width)
{
	long long begin = now();
	uint64_t value;
	int i;

	for (i = 0; i < READS; i++)
		if (pread(fd, &value, width, at) != width)
			guest_die("pread of %d bytes: %m", width);
	return now() - begin;
}

#define READ_MAPPED(type)						\
static long long mapped_##type(const volatile void *at)			\
{									\
	const volatile type *reg = at;					\
	long long begin = now();					\
	int i;								\
									\
	for (i = 0; i < READS; i++)					\
		(void)*reg;						\
	return now() - begin;						\
}

READ_MAPPED(uint8_t)
READ_MAPPED(uint16_t)
READ_MAPPED(uint32_t)
READ_MAPPED(uint64_t)

static long long mapped(const volatile void *at, int width)
{
	switch (width) {
	case 1:
		return mapped_uint8_t(at);
	case 2:
		return mapped_uint16_t(at);
	case 4:
		return mapped_uint32_t(at);
	default:
		return mapped_uint64_t(at);
	}
}

/* A small BAR that is there; the last, if a device has several */
static int note_bar(const struct bar *bar, void *device)
{
	if (bar_assigned(bar) && bar_size(bar) < page)
		((struct device *)device)->bar = *bar;
	return 0;
}

static void find_devices(void)
{
	struct dirent **list;
	int i, n = scandir(PCI_DEVICES, &list, NULL, alphasort);

	for (i = 0; i < n && n_devices < MAX_DEVS; i++) {
		struct device *device = &devices[n_devices];
		const char *name = list[i]->d_name;

		if (name[0] == '.' || dev_is_bridge(name) ||
		    iommu_group(name) < 0)
			continue;
		each_bar_of(name, note_bar, device);
		snprintf(device->dev.name, sizeof(device->dev.name), "%.15s",
			 name);
		n_devices += !!device->bar.end;
	}
}

static void measure(const struct device *device)
{
	struct vfio_region_info info;
	bool mappable;
	void *map = NULL;
	int width;

	if (!vfio_region(&device->dev, device->bar.nr, &info))
		guest_die("%s: no region %d", device->dev.name, device->bar.nr);
	mappable = info.flags & VFIO_REGION_INFO_FLAG_MMAP;
	if (mappable)
		map = mmap(NULL, page, PROT_READ, MAP_SHARED, device->dev.fd,
			   info.offset);
	if (map == MAP_FAILED)
		guest_die("%s: mmap: %m", device->dev.name);
	for (width = 1; width <= MAX_WIDTH; width *= 2)
		printf("# gain: %s %04lx:%04lx %d %d %lld %lld\n",
		       device->dev.name,
		       dev_number(device->dev.name, "vendor"),
		       dev_number(device->dev.name, "device"), width, READS,
		       trapped(device->dev.fd, info.offset, width),
		       map ? mapped(map, width) : 0);
}

int main(void)
{
	struct vfio_groups groups = {};
	int i;

	printf("TAP version 13\n1..1\n");
	page = sysconf(_SC_PAGESIZE);
	if (!vfio_usable())
		guest_die("no vfio-pci");
	find_devices();
	for (i = 0; i < n_devices; i++)
		if (!vfio_take(devices[i].dev.name))
			guest_die("%s: vfio-pci does not take it",
				  devices[i].dev.name);
	for (i = 0; i < n_devices; i++)
		if (!vfio_open(&groups, &devices[i].dev))
			guest_die("%s: cannot be opened: %m",
				  devices[i].dev.name);
	for (i = 0; i < n_devices; i++)
		measure(&devices[i]);
	printf("%s 1 registers of %d devices read\n",
	       n_devices ? "ok" : "not ok", n_devices);
}
