// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <string.h>

#include "give.h"
#include "guest.h"
#include "identity.h"

#define DRIVERS_PROBE	"/sys/bus/pci/drivers_probe"

bool give_to_vfio(const char *bdf)
{
	const char *driver;

	if (!guest_write(guest_device_path(bdf, "driver_override"),
			 "vfio-pci") ||
	    !guest_write(guest_device_path(bdf, "driver/unbind"), bdf) ||
	    !guest_write(DRIVERS_PROBE, bdf))
		return false;
	driver = identity_driver(bdf);
	return driver && !strcmp(driver, "vfio-pci");
}
