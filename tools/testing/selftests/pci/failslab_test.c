// SPDX-License-Identifier: GPL-2.0
/*
 * Let each allocation in turn fail, with failslab.
 *
 * Not for a system in use; the harness in vm/ runs it, on a kernel with
 * CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_STACKTRACE_FILTER.
 *
 * Allocations that the core makes while it assigns are left out: if they fail,
 * it panics in pdev_sort_resources().  pci=passthrough_align allocates nothing
 * when it moves BARs, so it can't stop halfway; this is tested here.
 */

#include "bars.h"
#include "kselftest.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define SYMBOLS		"/proc/kallsyms"
#define MANY		1000	/* more than any of this allocates */

static void write_file(const char *path, const char *text)
{
	if (!write_text(open(path, O_WRONLY | O_CLOEXEC), text))
		ksft_exit_fail_perror(path);
}

/* A file that stays open needs no memory to be read */
static int fail_nth_fd;

/* From here on, the Nth allocation of this thread fails; 0: none */
static void fail_nth(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fail_nth_fd, text, len, 0) != len)
		ksft_exit_fail_perror(FAIL_NTH);
}

/* No allocation fails from here on. Did one before? */
static bool has_failed(void)
{
	char text[16] = "";

	if (pread(fail_nth_fd, text, sizeof(text) - 1, 0) <= 0)
		ksft_exit_fail_perror(FAIL_NTH);
	fail_nth(0);
	return !atoi(text);
}

/* Where a function of the kernel begins and the next one does */
static void find_function(const char *name, unsigned long *start,
			  unsigned long *end)
{
	FILE *f = fopen(SYMBOLS, "re");
	unsigned long addr;
	char symbol[128];

	if (!f)
		ksft_exit_fail_perror(SYMBOLS);
	*start = *end = 0;
	while (!*end && fscanf(f, "%lx %*c %127s%*[^\n]", &addr, symbol) == 2) {
		if (*start && addr > *start)
			*end = addr;
		else if (!strcmp(symbol, name))
			*start = addr;
	}
	fclose(f);
	if (!*end)
		ksft_exit_fail_msg("%s: no such function\n", name);
}

/* Only allocations in this function and what it calls fail; NULL: all */
static void only_in(const char *function)
{
	unsigned long start = 0, end = -1UL;
	char text[32];

	if (function)
		find_function(function, &start, &end);
	snprintf(text, sizeof(text), "%#lx", start);
	write_file(FAILSLAB "require-start", text);
	snprintf(text, sizeof(text), "%#lx", end);
	write_file(FAILSLAB "require-end", text);
}

static int take_endpoint(const struct bar *bar, void *found)
{
	if (!bar_is_small(bar) || dev_is_bridge(bar->dev))
		return 0;
	*(struct bar *)found = *bar;
	return 1;
}

static bool is_there(const char *dev)
{
	return dev_number(dev, "vendor");
}

/* Once for each allocation */
static void test_status(const struct bar *bar)
{
	int n, wrong = 0, none = 0, before = bar_status(bar);

	for (n = 1; n < MANY; n++) {
		int status;

		fail_nth(n);
		status = bar_status(bar);
		if (!has_failed())
			break;
		none += status == -ENOMEM;
		wrong += status != before && status != -ENOMEM;
	}
	ksft_print_msg("%s BAR %d: %d allocations, %d of them needed to read it\n",
		       bar->dev, bar->nr, n - 1, none);
	ksft_test_result(none && !wrong && n < MANY && bar_status(bar) == before,
			 "the status is right, or there is none\n");
}

/* A device is found again: did the first allocation in this function fail? */
static bool fails_in(const char *function, const char *dev)
{
	bool failed;

	only_in(function);
	dev_write(dev, "remove", "1");
	fail_nth(1);
	pci_rescan();
	failed = has_failed();
	only_in(NULL);
	return failed;
}

static void test_device(const struct bar *bar)
{
	bool failed = fails_in("pci_alloc_dev", bar->dev);
	bool gone = !is_there(bar->dev);
	int status;

	status = pci_rescan() ? bar_status(bar) : -EIO;
	ksft_print_msg("%s BAR %d: status %d\n", bar->dev, bar->nr, status);
	ksft_test_result(failed && gone && is_there(bar->dev) && status >= 0,
			 "without memory for it, a device is found later\n");
}

static int count_sharing(const struct bar *bar, void *count)
{
	if (bar_is_small(bar) && bar_status(bar) != 0)
		++*(int *)count;
	return 0;
}

/* Its BARs are assigned again, and move to pages of their own */
static void test_isolation(const struct bar *bar)
{
	bool failed = fails_in("pci_passthrough_align_finish", bar->dev);
	int sharing = 0;

	each_bar(count_sharing, &sharing);
	ksft_test_result(!failed && !sharing,
			 "small BARs get pages of their own without memory\n");
}

int main(void)
{
	struct bar bar;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("needs root\n");
	if (access(FAILSLAB, F_OK))
		ksft_exit_skip("needs CONFIG_FAILSLAB\n");
	if (!each_bar(take_endpoint, &bar))
		ksft_exit_skip("no small BAR\n");
	ksft_set_plan(3);

	fail_nth_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth_fd < 0)
		ksft_exit_fail_perror(FAIL_NTH);
	write_file(FAILSLAB "ignore-gfp-wait", "N");
	write_file(FAILSLAB "verbose", "0");
	test_status(&bar);
	test_device(&bar);
	test_isolation(&bar);

	ksft_finished();
}
