// SPDX-License-Identifier: GPL-2.0
/*
 * The init of a KVM or Xen guest in the guest.  It has been given
 * devices: have the drivers open them, say which MAC or disk they have, and stop.
 *
 * On the kernel's command line:
 *   vm.devices=N   wait for this many
 *   vm.send=yes    send a packet from each network card, with its MAC in it
 *   vm.reads=N     read a register N times, and say how long it took
 *   vm.page=yes    of whatever device, say what there is to read in the page of
 *                  its small memory BAR, and stay
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "identity.h"
#include "page.h"

#define PAGE	4096
#define BLOCK	256		/* the size of an RTL8139's registers */
#define TRIES	100
#define PACKETS	5

static int ready;
static const char *card;	/* the last network card's address */

static void count(const char *bdf)
{
	char text[64];

	ready += identity_read(bdf, text, sizeof(text));
}

/* Disks come later than their driver. */
static void wait_for(int devices)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		ready = 0;
		guest_each_device(count);
		if (ready >= devices)
			break;
		usleep(50000);
	}
}

/* Several times, for at first there may be no link yet. */
static void send_packets(const char *name, const char *text)
{
	int i;

	for (i = 0; i < PACKETS; i++) {
		if (!interface_send(name, text))
			printf("inner: %s can't send: %m\n", name);
		usleep(50000);
	}
}

static void show(const char *bdf)
{
	const char *name = identity_interface(bdf);
	const char *driver = identity_driver(bdf);
	char text[64];

	if (!driver || !identity_read(bdf, text, sizeof(text)))
		return;
	printf("inner: %s of %s has %s%s\n", driver, bdf, text,
	       !name ? "" : interface_up(name) ? ", up" : ", down");
	if (!name)
		return;
	card = strdup(bdf);
	if (guest_param("vm.send"))
		send_packets(name, text);
}

/* Where in memory it is, which decides whether the host can map it */
static int show_bar(const struct bar *bar, void *unused)
{
	(void)unused;
	if (bar->start)
		printf("inner: %s BAR %d is at 0x%llx-0x%llx\n", bar->dev,
		       bar->nr, bar->start, bar->end);
	return 0;
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
	int fd = open(guest_device_path(card, "resource1"), O_RDWR | O_CLOEXEC);
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
	struct bar_page page;
	unsigned int at;

	if (!page_open(bdf, &page))
		return;
	printf("inner: %s BAR %d at 0x%x of its page reads %s\n", bdf, page.bar.nr,
	       page.offset, page_text(&page, page.offset));
	for (at = 0; at < PAGE; at += BLOCK)
		if (!page_empty(&page, at, BLOCK))
			printf("inner: page 0x%03x: %s\n", at,
			       page_text(&page, at));
	page_close(&page);
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
	const char *devices, *reads;

	guest_mount();
	devices = guest_param("vm.devices");
	wait_for(devices ? atoi(devices) : 1);
	guest_each_device(show);
	each_bar(show_bar, NULL);
	reads = guest_param("vm.reads");
	if (reads && card)
		time_reads(atoi(reads));
	if (guest_param("vm.page"))
		show_and_stay();
	usleep(100000);
	printf("inner: done\n");
	fflush(stdout);
	guest_stop();
}
