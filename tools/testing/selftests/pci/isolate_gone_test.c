// SPDX-License-Identifier: GPL-2.0
/*
 * Writers that ask for the same page at once all succeed.  A writer that asks
 * while the device goes away either succeeds or is told so; a device that is
 * found again is intact.
 *
 * It removes and rescans devices, so it is not for a system in use; the harness
 * in vm/ runs it.  Without ISOLATE in the environment it does nothing.
 */

#include <pthread.h>

#include "isolate.h"
#include "kselftest.h"

#define MAX_BARS	64
#define ROUNDS		20
#define WRITERS		4

static struct bar bars[MAX_BARS];
static int nr_bars, stop;		/* the latter atomic */
static unsigned long told[256];		/* errno -> how often */

/* One of each device that neither has a driver nor gets one */
static int add_bar(const struct bar *bar, void *unused)
{
	if (dev_is_bridge(bar->dev) || !bar_assigned(bar) || !bar_is_small(bar) ||
	    has_driver(bar) || nr_bars == MAX_BARS ||
	    (nr_bars && !strcmp(bars[nr_bars - 1].dev, bar->dev)))
		return !!unused;
	bars[nr_bars++] = *bar;
	return 0;
}

struct writer {
	pthread_t thread;
	pthread_barrier_t *all;
	const struct bar *bar;
	int err;
};

static void *ask_with_others(void *arg)
{
	struct writer *writer = arg;
	int fd = status_open(writer->bar, O_WRONLY);

	pthread_barrier_wait(writer->all);
	writer->err = fd < 0 ? -errno : write_to(fd, "0");
	return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	errno = pthread_create(thread, NULL, run, arg);
	if (errno)
		ksft_exit_fail_perror("pthread_create");
}

/* Each of them has to succeed */
static bool ask_at_once(const struct bar *bar)
{
	struct writer writer[WRITERS];
	pthread_barrier_t all;
	bool ok = true;
	int i;

	pthread_barrier_init(&all, NULL, WRITERS);
	for (i = 0; i < WRITERS; i++) {
		writer[i] = (struct writer) { .all = &all, .bar = bar };
		start(&writer[i].thread, ask_with_others, &writer[i]);
	}
	for (i = 0; i < WRITERS; i++) {
		pthread_join(writer[i].thread, NULL);
		ok &= !writer[i].err;
	}
	return ok;
}

static void several_at_once(void)
{
	int i, tried = 0, wrong = 0;

	for (i = 0; i < nr_bars; i++) {
		uint64_t offset = bar_offset(&bars[i]);
		struct bar now;

		if (has_page(&bars[i]))
			continue;
		tried++;
		wrong += !ask_at_once(&bars[i]) || !bar_now(&bars[i], &now) ||
			 !has_page(&now) || bar_offset(&now) != offset;
	}
	ksft_test_result(tried && !wrong, "%d BARs, each with %d writers at once\n",
			 tried, WRITERS);
}

static void *ask_all_the_time(void *bar)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		told[-ask(bar, "0")]++;
	return NULL;
}

static bool is_whole(const struct bar *bar, uint64_t offset)
{
	struct bar now;
	int status;

	if (!bar_now(bar, &now))
		return false;
	status = bar_status(&now);
	return bar_assigned(&now) && bar_size(&now) == bar_size(bar) &&
	       bar_offset(&now) == offset && (status == 0 || status == 1);
}

static bool goes_and_comes(const struct bar *bar)
{
	pthread_t writer;
	struct bar before;
	uint64_t offset;
	bool ok;

	bar_now(bar, &before);
	offset = bar_offset(&before);
	__atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
	start(&writer, ask_all_the_time, (void *)bar);
	usleep(1000);
	ok = dev_write(bar->dev, "remove", "1");
	usleep(1000);
	ok = pci_rescan() && ok;
	usleep(1000);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	return is_whole(bar, offset) && ok;
}

static bool may_be_told(int err)
{
	return !err || err == ENODEV || err == ENOENT || err == EBUSY;
}

static void report(int broken)
{
	int err, wrong = 0;

	for (err = 0; err < 256; err++) {
		if (!told[err])
			continue;
		ksft_print_msg("gone: %lu writes: %s\n", told[err], strerror(err));
		wrong += !may_be_told(err);
	}
	ksft_test_result(!broken, "each device is intact\n");
	ksft_test_result(!wrong && told[0], "writes return only expected errors\n");
	ksft_test_result(told[ENODEV], "some writes came while the device went away\n");
}

int main(void)
{
	int i, broken = 0;

	ksft_print_header();
	if (!getenv("ISOLATE")) {
		ksft_set_plan(1);
		ksft_test_result_skip("ISOLATE is not set\n");
		ksft_finished();
	}
	each_bar(add_bar, NULL);
	if (!nr_bars)
		ksft_exit_fail_msg("no device without a driver has a small BAR\n");
	ksft_set_plan(4);

	several_at_once();
	for (i = 0; i < ROUNDS * nr_bars; i++) {
		const struct bar *bar = &bars[i % nr_bars];

		if (!goes_and_comes(bar)) {
			ksft_print_msg("gone: %s BAR %d is not as it was\n", bar->dev, bar->nr);
			broken++;
		}
	}
	report(broken);
	ksft_finished();
}
