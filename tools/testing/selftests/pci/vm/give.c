// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "give.h"
#include "guest.h"
#include "identity.h"

#define DRIVERS_PROBE	"/sys/bus/pci/drivers_probe"
#define BARS		6

static bool isolate(const char *bdf)
{
	char name[32], status[8];
	int i;

	for (i = 0; i < BARS; i++) {
		const char *path;

		snprintf(name, sizeof(name), "resource%d_shares_page", i);
		path = guest_device_path(bdf, name);
		if (!guest_read(path, status, sizeof(status)) ||
		    strcmp(status, "1"))
			continue;
		if (!guest_write(path, "0")) {
			printf("# %s: %m\n", path);
			return false;
		}
		printf("# %s: isolated\n", path);
	}
	return true;
}

bool give_to_vfio(const char *bdf)
{
	const char *driver;

	if (!guest_write(guest_device_path(bdf, "driver_override"),
			 "vfio-pci") ||
	    !guest_write(guest_device_path(bdf, "driver/unbind"), bdf))
		return false;
	if (guest_param("vm.isolate") && !isolate(bdf))
		return false;
	if (!guest_write(DRIVERS_PROBE, bdf))
		return false;
	driver = identity_driver(bdf);
	return driver && !strcmp(driver, "vfio-pci");
}
