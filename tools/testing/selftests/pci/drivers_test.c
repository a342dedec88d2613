// SPDX-License-Identifier: GPL-2.0
/*
 * Do drivers still reach their devices?  Each network interface has to send a
 * frame to all others, which are on one link; each USB host controller must have
 * found a device, and the first sector of each disk has a known text.
 *
 * Only the machines in vm/ are set up like that.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define DRIVERS		"/sys/bus/pci/drivers"
#define MAX_DEVICES	16
#define TRIES		100
#define STEP_MS		100
#define ETH_P_TEST	0x88b5	/* IEEE 802 Local Experimental Ethertype 1 */
/* What vm/harness/boot.py puts on a disk */
#define DISK_TEXT	"the first sector of a disk\n"

/* Last parts of paths: addresses of devices, names of interfaces and disks */
struct names {
	char name[MAX_DEVICES][32];
	int nr;
};

struct frame {
	struct ethhdr eth;
	char text[ETH_ZLEN - ETH_HLEN];
};

static void add_matches(struct names *names, const char *pattern)
{
	glob_t g;
	size_t i;

	if (!glob(pattern, 0, NULL, &g))
		for (i = 0; i < g.gl_pathc && names->nr < MAX_DEVICES; i++)
			snprintf(names->name[names->nr++], sizeof(names->name[0]),
				 "%s", strrchr(g.gl_pathv[i], '/') + 1);
	globfree(&g);
}

/* Devices with a driver, or what one of them has got from it */
static struct names find(const char *driver, const char *dev, const char *what)
{
	struct names names = {};
	char pattern[PATH_MAX];

	snprintf(pattern, sizeof(pattern), DRIVERS "/%s/%s%s", driver, dev, what);
	add_matches(&names, pattern);
	return names;
}

/* ... which may take some time after the driver's probe() has returned. */
static struct names wait_for(const char *driver, const char *dev,
			     const char *what)
{
	struct names names = {};
	int i;

	for (i = 0; i < TRIES && !names.nr; i++) {
		names = find(driver, dev, what);
		if (!names.nr)
			usleep(STEP_MS * 1000);
	}
	return names;
}

/* network */

/* On the same socket: there may be neither CONFIG_INET nor CONFIG_UNIX. */
static bool bring_up(int fd, struct ifreq *req)
{
	if (ioctl(fd, SIOCGIFFLAGS, req))
		return false;
	req->ifr_flags |= IFF_UP;
	return !ioctl(fd, SIOCSIFFLAGS, req) && !ioctl(fd, SIOCGIFINDEX, req);
}

/* A socket that gets the frames of this test from one interface */
static int listen_on(const char *name)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_TEST),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	struct ifreq req = {};

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (fd < 0 || !bring_up(fd, &req))
		return -1;
	addr.sll_ifindex = req.ifr_ifindex;
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : fd;
}

static void send_frame(int fd, const char *from)
{
	struct frame frame = { .eth.h_proto = htons(ETH_P_TEST) };

	memset(frame.eth.h_dest, 0xff, ETH_ALEN);
	memset(frame.eth.h_source, 0x02, ETH_ALEN);
	snprintf(frame.text, sizeof(frame.text), "%s", from);
	if (write(fd, &frame, sizeof(frame)) < 0)
		usleep(STEP_MS * 1000);		/* no carrier yet */
}

static bool receive_frame(int fd, const char *from)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct frame frame;

	while (poll(&poll_fd, 1, STEP_MS) > 0)
		if (read(fd, &frame, sizeof(frame)) == sizeof(frame) &&
		    !strncmp(frame.text, from, sizeof(frame.text)))
			return true;
	return false;
}

static bool passes(int from, int to, const char *name)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		send_frame(from, name);
		if (receive_frame(to, name))
			return true;
	}
	return false;
}

static struct names all_nics(void)
{
	static const char * const drivers[] = { "8139cp", "pcnet32", "tulip" };
	struct names nics = {};
	char pattern[PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		snprintf(pattern, sizeof(pattern), DRIVERS "/%s/*:*/net/*",
			 drivers[i]);
		add_matches(&nics, pattern);
	}
	return nics;
}

TEST(frames_pass)
{
	struct names nics = all_nics();
	int fd[MAX_DEVICES], i, j;

	ASSERT_GE(nics.nr, 2);
	for (i = 0; i < nics.nr; i++) {
		fd[i] = listen_on(nics.name[i]);
		ASSERT_GE(fd[i], 0) TH_LOG("%s: %m", nics.name[i]);
	}
	for (i = 0; i < nics.nr; i++)
		for (j = 0; j < nics.nr; j++) {
			EXPECT_TRUE(i == j ||
				    passes(fd[i], fd[j], nics.name[i])) {
				TH_LOG("no frame from %s to %s", nics.name[i],
				       nics.name[j]);
			}
		}
	for (i = 0; i < nics.nr; i++)
		close(fd[i]);
}

/* USB */

TEST(usb_devices_are_found)
{
	struct names hosts = find("ohci-pci", "*:*", "");
	int i;

	ASSERT_GE(hosts.nr, 1);
	for (i = 0; i < hosts.nr; i++)
		EXPECT_NE(0, wait_for("ohci-pci", hosts.name[i],
				      "/usb*/*-*/idVendor").nr) {
			TH_LOG("none at %s", hosts.name[i]);
		}
}

/* disks */

FIXTURE(disk) { int unused; };

FIXTURE_VARIANT(disk) {
	const char *driver, *path;	/* path: from the PCI device */
};

FIXTURE_VARIANT_ADD(disk, lsi53c895a) {
	.driver = "sym53c8xx", .path = "/host*/target*/*:*/block/*",
};

FIXTURE_VARIANT_ADD(disk, sdhci) {
	.driver = "sdhci-pci", .path = "/mmc_host/mmc*/mmc*:*/block/*",
};

FIXTURE_VARIANT_ADD(disk, nvme) {
	.driver = "nvme", .path = "/nvme/nvme*/nvme*n*",
};

FIXTURE_SETUP(disk) { }
FIXTURE_TEARDOWN(disk) { }

static bool has_text(const char *disk)
{
	char path[64], text[512] = "";
	bool ok = false;
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", disk);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	ok = read(fd, text, sizeof(text)) == sizeof(text) &&
	     !strncmp(text, DISK_TEXT, strlen(DISK_TEXT));
	close(fd);
	return ok;
}

/*
 * While an emulated guest waits for the host's disk, its clock can run ahead:
 * 30 of its seconds pass in no time.
 */
TEST_F_TIMEOUT(disk, can_be_read, 600)
{
	struct names hosts = find(variant->driver, "*:*", "");
	int i;

	ASSERT_GE(hosts.nr, 1);
	for (i = 0; i < hosts.nr; i++) {
		struct names disks = wait_for(variant->driver, hosts.name[i],
					      variant->path);

		ASSERT_EQ(1, disks.nr) TH_LOG("at %s", hosts.name[i]);
		EXPECT_TRUE(has_text(disks.name[0])) {
			TH_LOG("%s: unexpected contents", disks.name[0]);
		}
	}
}

TEST_HARNESS_MAIN
