// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <glob.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bars.h"
#include "guest.h"
#include "identity.h"

#define ETH_P_LOCAL	0x88b5	/* IEEE 802: for experiments on a link */

/* First match of a pattern below a device's directory, never freed */
static const char *find(const char *bdf, const char *pattern)
{
	const char *found = NULL;
	glob_t dir;

	if (!glob(guest_device_path(bdf, pattern), 0, NULL, &dir)) {
		found = strdup(dir.gl_pathv[0]);
		globfree(&dir);
	}
	return found;
}

static const char *last_part(const char *path)
{
	return path ? strrchr(path, '/') + 1 : NULL;
}

const char *identity_interface(const char *bdf)
{
	return last_part(find(bdf, "net/*"));
}

static const char *disk(const char *bdf)
{
	const char *nvme = last_part(find(bdf, "nvme/nvme*/nvme*n1"));

	return nvme ?: last_part(find(bdf, "virtio*/block/vd*"));
}

const char *identity_first_of(const char *driver)
{
	const char *path;
	char pattern[64];
	glob_t dir;

	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/drivers/%s/0000:*", driver);
	if (glob(pattern, 0, NULL, &dir))
		guest_die("%s has no device", driver);
	path = strdup(last_part(dir.gl_pathv[0]));
	globfree(&dir);
	return path;
}

const char *identity_driver(const char *bdf)
{
	char name[64];

	dev_link(bdf, "driver", name, sizeof(name));
	return *name ? strdup(name) : NULL;
}

bool give_to_vfio(const char *bdf)
{
	const char *driver;

	if (!guest_write(guest_device_path(bdf, "driver_override"),
			 "vfio-pci") ||
	    !guest_write(guest_device_path(bdf, "driver/unbind"), bdf) ||
	    !guest_write("/sys/bus/pci/drivers_probe", bdf))
		return false;
	driver = identity_driver(bdf);
	return driver && !strcmp(driver, "vfio-pci");
}

static bool read_disk(const char *name, char *text, size_t size)
{
	char path[64], block[512];
	FILE *in;
	bool ok;

	snprintf(path, sizeof(path), "/dev/%s", name);
	in = fopen(path, "re");
	ok = in && fread(block, 1, sizeof(block), in) == sizeof(block);
	if (in)
		fclose(in);
	if (ok)
		snprintf(text, size, "%.*s", (int)strcspn(block, "\n"), block);
	return ok;
}

bool identity_read(const char *bdf, char *text, size_t size)
{
	const char *mac = find(bdf, "net/*/address");

	if (mac)
		return guest_read(mac, text, size);
	return disk(bdf) && read_disk(disk(bdf), text, size);
}

bool interface_up(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_UP };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	bool ok;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%.15s", name);
	ok = fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &req);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* if_nametoindex() wants sockets of a kind that this kernel may not have. */
static int interface_index(const char *name)
{
	char path[64], number[16];

	snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", name);
	return guest_read(path, number, sizeof(number)) ? atoi(number) : 0;
}

bool interface_send(const char *name, const char *text)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_LOCAL),
		.sll_ifindex = interface_index(name), .sll_halen = ETH_ALEN,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	char frame[ETH_ZLEN] = {};
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	ssize_t sent;

	snprintf(frame, sizeof(frame), "%s", text);
	sent = sendto(fd, frame, sizeof(frame), 0, (void *)&to, sizeof(to));
	if (fd >= 0)
		close(fd);
	return sent == sizeof(frame);
}

int interface_listen(void)
{
	return socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		      htons(ETH_P_LOCAL));
}

bool interface_heard(int fd, const char *text)
{
	char frame[ETH_DATA_LEN] = {};

	while (recv(fd, frame, sizeof(frame) - 1, 0) > 0)
		if (!strcmp(frame, text))
			return true;
	return false;
}
