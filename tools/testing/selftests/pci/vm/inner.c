// SPDX-License-Identifier: GPL-2.0
/*
 * The init of a guest in the guest, of KVM's or Xen's.  It has been given a
 * network device: have the driver open it, say which MAC it read, and stop.
 *
 * On the kernel's command line:
 *   vm.reads=N     read a register so often, and say how long it took
 *   vm.page=yes    of whatever device, say what there is to read in the page of
 *                  its small memory BAR, and stay
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

#include "bars.h"
#include "guest.h"

#define PAGE	4096
#define BLOCK	256		/* the size of an RTL8139's registers */

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

static void show_page(const char *bdf)
{
	unsigned int at;
	struct bar bar;

	if (!bar_open(bdf, &bar))
		return;
	printf("inner: %s BAR %d at 0x%x of its page reads %s\n", bdf, bar.index,
	       bar.offset, bar_text(&bar, bar.offset));
	for (at = 0; at < PAGE; at += BLOCK)
		if (!bar_empty(&bar, at, BLOCK))
			printf("inner: page 0x%03x: %s\n", at,
			       bar_text(&bar, at));
	bar_close(&bar);
}

/* Whoever gave us the device wants to see what it looks like. */
static void show_and_stay(void)
{
	guest_each_device(show_page);
	printf("inner: done\n");
	for (;;)
		pause();
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
	if (guest_param("vm.page"))
		show_and_stay();
	usleep(100000);
	printf("inner: done\n");
	fflush(stdout);
	guest_stop();
}
