// SPDX-License-Identifier: GPL-2.0
/*
 * The init of a KVM guest in the guest.  It has been given a network device:
 * have the driver open it, say which MAC it read, and stop.
 */
#define _GNU_SOURCE
#include <glob.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

static bool open_interface(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_UP };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	bool ok;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%.15s", name);
	ok = fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &req);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool show(void)
{
	char mac[32], driver[PATH_MAX], *name;
	bool found = false;
	ssize_t len;
	glob_t dir;

	if (glob("/sys/bus/pci/devices/*/net/*", 0, NULL, &dir))
		return false;
	if (chdir(dir.gl_pathv[0]))
		guest_die("%s: %m", dir.gl_pathv[0]);
	len = readlink("device/driver", driver, sizeof(driver) - 1);
	if (len > 0 && guest_read("address", mac, sizeof(mac))) {
		driver[len] = '\0';
		name = strrchr(dir.gl_pathv[0], '/') + 1;
		printf("inner: %s has %s, %s\n", strrchr(driver, '/') + 1, mac,
		       open_interface(name) ? "up" : "down");
		found = true;
	}
	globfree(&dir);
	return found;
}

int main(void)
{
	int tries;

	guest_mount();
	for (tries = 0; tries < 100 && !show(); tries++)
		usleep(50000);
	usleep(100000);
	printf("inner: done\n");
	fflush(stdout);
	guest_stop();
}
