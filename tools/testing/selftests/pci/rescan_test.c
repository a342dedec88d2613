// SPDX-License-Identifier: GPL-2.0
/*
 * Remove all PCI devices except bridges, and rescan.
 *
 * That unbinds drivers, so it is not for a system in use; the harness in vm/
 * runs it.  It does not check where the BARs are afterwards: run
 * shares_page_test next.
 */

#include "bars.h"
#include "kselftest.h"

/* Removes them, too, if asked to. */
static int count_devices(bool remove)
{
	struct dirent **devs;
	int i, n, count = 0;

	n = scandir(PCI_DEVICES, &devs, NULL, alphasort);
	for (i = 0; i < n; i++) {
		const char *dev = devs[i]->d_name;

		if (dev[0] != '.' && !dev_is_bridge(dev)) {
			if (remove && !dev_write(dev, "remove", "1"))
				ksft_exit_fail_perror(dev);
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

	if (!pci_rescan())
		ksft_exit_fail_perror(PCI_RESCAN);
	ksft_test_result(count_devices(false) == before, "all of them found\n");

	ksft_finished();
}
