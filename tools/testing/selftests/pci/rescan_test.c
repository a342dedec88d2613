// SPDX-License-Identifier: GPL-2.0
/*
 * Remove all PCI devices but bridges, and have them found again.
 *
 * That takes the drivers off, so it is no test for a machine in use; the
 * harness in vm/ runs it.  Where the BARs are afterwards is for others to say:
 * run shares_page_test next.
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"

#define PCI		"/sys/bus/pci"
#define CLASS_BRIDGE	0x06

static bool write_one(const char *path)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, "1", 1) == 1;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool is_bridge(const char *dev)
{
	char path[PATH_MAX];
	unsigned int class = 0;
	FILE *f;

	snprintf(path, sizeof(path), PCI "/devices/%s/class", dev);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%x", &class) != 1)
			class = 0;
		fclose(f);
	}
	return class >> 16 == CLASS_BRIDGE;
}

/* Removes them too, if so asked. */
static int count_devices(bool remove)
{
	struct dirent **devs;
	char path[PATH_MAX];
	int i, n, count = 0;

	n = scandir(PCI "/devices", &devs, NULL, alphasort);
	for (i = 0; i < n; i++) {
		const char *dev = devs[i]->d_name;

		if (dev[0] != '.' && !is_bridge(dev)) {
			snprintf(path, sizeof(path), PCI "/devices/%s/remove",
				 dev);
			if (remove && !write_one(path))
				ksft_exit_fail_perror(path);
			count++;
		}
		free(devs[i]);
	}
	free(devs);
	return count;
}

int main(void)
{
	int before;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("needs root\n");
	ksft_set_plan(2);

	before = count_devices(true);
	ksft_test_result(before && !count_devices(false),
			 "%d devices removed\n", before);

	if (!write_one(PCI "/rescan"))
		ksft_exit_fail_perror(PCI "/rescan");
	ksft_test_result(count_devices(false) == before, "all of them found\n");

	ksft_finished();
}
