// SPDX-License-Identifier: GPL-2.0
/*
 * Does a device with Virtual Functions keep its BARs where they are, even
 * without a driver, and does it get pages when they are gone?
 *
 * It unbinds and rebinds the driver of the first device that can have Virtual
 * Functions and has a BAR to move, so it is not for a system in use; the
 * harness in vm/ runs it.  Without ISOLATE in the environment it does nothing.
 */

#include "isolate.h"
#include "kselftest.h"

#define VFS	"2"

/* The physical function's BARs */
static struct bar bars[ROM + 1], sharing;
static uint64_t offset[ROM + 1];
static int nr_bars;

static int add_bar(const struct bar *bar, void *unused)
{
	offset[nr_bars] = bar_offset(bar);
	bars[nr_bars++] = *bar;
	if (bar_assigned(bar) && !has_page(bar) && !sharing.dev[0])
		sharing = *bar;
	return !!unused;
}

static int find_device(const struct bar *bar, void *unused)
{
	char vfs[16];

	if (dev_read(bar->dev, "sriov_totalvfs", vfs, sizeof(vfs)) || !has_driver(bar))
		return 0;
	nr_bars = 0;
	each_of_first(bar->dev, ROM + 1, add_bar, unused);
	return sharing.dev[0];
}

static bool all_stay(void)
{
	struct bar now;
	int i;

	for (i = 0; i < nr_bars; i++)
		if (!bar_now(&bars[i], &now) || now.start != bars[i].start ||
		    bar_offset(&now) != offset[i])
			return false;
	return true;
}

/* Those that have their pages already may succeed */
static void refused_with_vfs(void)
{
	int i, err, wrong = 0, busy = 0;

	for (i = 0; i < nr_bars; i++) {
		bool done = !bar_assigned(&bars[i]) || has_page(&bars[i]);

		err = ask(&bars[i], "0");
		busy += err == -EBUSY;
		wrong += !done && err != -EBUSY;
		ksft_print_msg("%s BAR %d with VFs: %s\n", bars[i].dev, bars[i].nr,
			       strerror(-err));
	}
	ksft_test_result(busy && !wrong, "EBUSY with Virtual Functions\n");
	ksft_test_result(all_stay(), "no BAR has moved\n");
}

/* A VF's BAR is in a page of its physical function's, or is several pages */
static int vf_stays(const struct bar *bar, void *unused)
{
	int err = ask(bar, "0");
	struct bar now;

	ksft_print_msg("%s BAR %d, a VF's: %s\n", bar->dev, bar->nr, strerror(-err));
	if ((err && err != -EOPNOTSUPP) || !bar_now(bar, &now) || now.start != bar->start)
		return 1;
	return !!unused;
}

static void vfs_stay(void)
{
	char vf[16];

	dev_link(sharing.dev, "virtfn0", vf, sizeof(vf));
	ksft_test_result(*vf && !each_bar_of(vf, vf_stays, NULL),
			 "nor has a BAR of a Virtual Function\n");
}

static void moves_without_vfs(void)
{
	uint64_t before = bar_offset(&sharing);
	int err = ask(&sharing, "0");
	struct bar now = sharing;

	ksft_print_msg("%s BAR %d without VFs: %s\n", sharing.dev, sharing.nr, strerror(-err));
	ksft_test_result(!err && bar_now(&sharing, &now) && has_page(&now) &&
			 bar_size(&now) == bar_size(&sharing) &&
			 bar_offset(&now) == before,
			 "without VFs, the BAR gets a page of its own\n");
	sharing = now;
}

static bool set_vfs(const char *nr)
{
	return dev_write(sharing.dev, "sriov_numvfs", nr);
}

int main(void)
{
	ksft_print_header();
	if (!getenv("ISOLATE")) {
		ksft_set_plan(1);
		ksft_test_result_skip("ISOLATE is not set\n");
		ksft_finished();
	}
	if (!each_bar_or_rom(true, find_device, NULL))
		ksft_exit_fail_msg("no device has Virtual Functions and a BAR to move\n");
	ksft_set_plan(7);

	/* Keep drivers off them */
	dev_write(sharing.dev, "sriov_drivers_autoprobe", "0");
	ksft_test_result(set_vfs(VFS) && take_driver(&sharing),
			 "%s has " VFS " Virtual Functions and no driver\n", sharing.dev);
	refused_with_vfs();
	vfs_stay();
	/* Only a driver can remove them */
	ksft_test_result(give_driver(&sharing) && set_vfs("0") && take_driver(&sharing),
			 "the Virtual Functions are gone again\n");
	moves_without_vfs();
	ksft_test_result(give_driver(&sharing) && set_vfs(VFS) && set_vfs("0") &&
			 has_page(&sharing), "and keeps it when VFs come and go\n");
	ksft_finished();
}
