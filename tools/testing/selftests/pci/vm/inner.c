// SPDX-License-Identifier: GPL-2.0
/*
 * The init of a KVM guest in the guest.  It has been given a network device:
 * have the driver open it, say which MAC it read, and stop.
 *
 * On the kernel's command line:
 *   vm.reads=N     read a register so often, and say how long it took
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
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

/* Where there is a TSC, a guest's counts as the host's does */
static unsigned long long ticks(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
#endif
}

/* The first four bytes of the small BAR: of the MAC, if it is a rtl8139 */
static const volatile uint32_t *map_register(void)
{
	int fd = open("device/resource1", O_RDWR | O_CLOEXEC);
	void *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED,
			  fd, 0);

	if (page == MAP_FAILED)
		guest_die("cannot map BAR 1: %m");
	return page;
}

static void time_reads(int reads)
{
	const volatile uint32_t *reg = map_register();
	unsigned long long begin = ticks();
	int i;

	for (i = 0; i < reads; i++)
		(void)*reg;
	printf("inner: %d reads take %llu ticks\n", reads, ticks() - begin);
}

int main(void)
{
	const char *reads;
	int tries;

	guest_mount();
	for (tries = 0; tries < 100 && !show(); tries++)
		usleep(50000);
	reads = guest_param("vm.reads");
	if (reads)
		time_reads(atoi(reads));
	usleep(100000);
	printf("inner: done\n");
	fflush(stdout);
	guest_stop();
}
