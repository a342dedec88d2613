// SPDX-License-Identifier: GPL-2.0
/*
 * Is the status of BARs right while devices come and go?
 *
 * Threads keep reading all status files, while devices are removed and found
 * again, and others are bound to vfio-pci and unbound.  A reader may see a BAR
 * that shares, one that doesn't, one without an address, and a device that is
 * gone; nothing else.  Each time that everything is at rest, shares_page_test
 * beside this program checks the status.
 *
 * Not for a system in use; the harness in vm/ runs it.  In the environment,
 * SOAK_CYCLES says how often devices come and go; if it is 0, others see to
 * that, and SIGTERM ends the test.  With SOAK_VFIO, there has to be a vfio-pci.
 * With SOAK_ASK, 0 is also written to the files, at least that often: BARs of
 * devices without a driver get pages of their own.  With SOAK_OTHERS, others plug
 * devices as well, so that nothing is at rest before SIGTERM.  With SOAK_MORE, a thread
 * reads config space, the lists of resources, and ROMs.  SOAK_PAUSE is how many
 * milliseconds readers wait after each round, and the vfio-pci thread after
 * each device.
 */

#include <libgen.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bars.h"
#include "vfio_dev.h"
#include "kselftest.h"

#define CYCLES		30
#define CHECK_EVERY	10
#define SAY_EVERY	100
#define READERS_NICE	10
#define READERS		2
#define MAX_DEVS	128

struct devices {
	char name[MAX_DEVS][16];
	int nr;
};

static int stop, told_to_stop;		/* atomic */
static unsigned long values[3];		/* 0, 1, no value: how often seen */
static char wrong[256];			/* the first thing that went wrong */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of these */
/* Held for reading by threads that change something; a writer is next */
static pthread_rwlock_t change = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void list_devices(struct devices *devs, bool bridges)
{
	struct dirent **list;
	int i, n = scandir(PCI_DEVICES, &list, NULL, alphasort);

	devs->nr = 0;
	for (i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (name[0] != '.' && devs->nr < MAX_DEVS &&
		    (bridges || !dev_is_bridge(name)))
			snprintf(devs->name[devs->nr++], 16, "%.15s", name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static int number(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text ? atoi(text) : otherwise;
}

static void take_a_break(void)
{
	usleep(number("SOAK_PAUSE", 0) * 1000);
}

static bool is_set(const int *flag)
{
	return __atomic_load_n(flag, __ATOMIC_RELAXED);
}

/* Again and again, until it is over */
static void visit_devices(void (*visit)(const char *dev))
{
	struct devices devs;
	int i;

	while (!is_set(&stop)) {
		list_devices(&devs, true);
		for (i = 0; i < devs.nr; i++)
			visit(devs.name[i]);
		take_a_break();
	}
}

static void each_status(const char *dev, void (*visit)(const char *dev, const char *file))
{
	char file[32];
	int nr;

	for (nr = 0; nr < NR_STD_BARS; nr++) {
		snprintf(file, sizeof(file), "resource%d_shares_page", nr);
		visit(dev, file);
	}
	visit(dev, "rom_shares_page");
}

/* Readers */

static void note(const char *dev, const char *file, int err, const char *text)
{
	int value = !strcmp(text, "1\n");
	bool none = err == -ENXIO || err == -ENOENT || err == -ENODEV;

	pthread_mutex_lock(&lock);
	if (none)
		values[2]++;
	else if (!err && (value || !strcmp(text, "0\n")))
		values[value]++;
	else if (!*wrong)
		snprintf(wrong, sizeof(wrong), "%s/%s: '%s', %s", dev, file,
			 text, strerror(-err));
	pthread_mutex_unlock(&lock);
}

static void read_one(const char *dev, const char *file)
{
	char text[16];
	int err = dev_read(dev, file, text, sizeof(text));

	note(dev, file, err, text);
}

static void read_statuses(const char *dev)
{
	each_status(dev, read_one);
}

static void *read_all(void *unused)
{
	/* On one CPU, let threads run that change things; they often sleep */
	setpriority(PRIO_PROCESS, 0, READERS_NICE);
	visit_devices(read_statuses);
	return unused;
}

/* Reading everything else that shows addresses */

static void read_to_the_end(const char *dev, const char *file)
{
	int fd = dev_open(dev, file, O_RDONLY);
	char some[4096];

	if (fd < 0)
		return;
	while (read(fd, some, sizeof(some)) > 0)
		;
	close(fd);
}

static void read_the_rest(const char *dev)
{
	read_to_the_end(dev, "config");
	read_to_the_end(dev, "resource");
	pthread_rwlock_rdlock(&change);
	if (dev_write(dev, "rom", "1")) {
		read_to_the_end(dev, "rom");
		dev_write(dev, "rom", "0");
	}
	pthread_rwlock_unlock(&change);
}

static void *read_more(void *unused)
{
	setpriority(PRIO_PROCESS, 0, READERS_NICE);
	visit_devices(read_the_rest);
	return unused;
}

/* Asking for pages */

static unsigned long asked, given;	/* by one thread; the former atomic */

static bool may_be_refused(int err)
{
	return err == EBUSY || err == ENOSPC || err == ENODEV || err == ENOENT ||
	       err == ENXIO || err == EOPNOTSUPP;
}

static void ask_for_page(const char *dev, const char *file)
{
	int fd = dev_open(dev, file, O_WRONLY);
	bool ok;

	if (fd < 0)
		return;
	ok = write(fd, "0", 1) == 1;
	__atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED);
	given += ok;
	pthread_mutex_lock(&lock);
	if (!ok && !may_be_refused(errno) && !*wrong)
		snprintf(wrong, sizeof(wrong), "writing to %s/%s: %m", dev, file);
	pthread_mutex_unlock(&lock);
	close(fd);
}

static bool asked_enough(void)
{
	return __atomic_load_n(&asked, __ATOMIC_RELAXED) >= (unsigned long)number("SOAK_ASK", 0);
}

static void ask_for_pages(const char *dev)
{
	pthread_rwlock_rdlock(&change);
	each_status(dev, ask_for_page);
	pthread_rwlock_unlock(&change);
}

static void *ask_all(void *unused)
{
	visit_devices(ask_for_pages);
	return unused;
}

/* Changing things */

static bool give_and_take_one(const char *name)
{
	struct vfio_groups groups = {};
	struct vfio_dev dev = { .fd = -1 };
	bool opened;

	pthread_rwlock_rdlock(&change);
	snprintf(dev.name, sizeof(dev.name), "%s", name);
	opened = vfio_take(dev.name) && vfio_open(&groups, &dev);
	if (opened)
		close(dev.fd);
	vfio_close_groups(&groups);
	vfio_give_back(dev.name);
	pthread_rwlock_unlock(&change);
	return opened;
}

static void *give_and_take(void *devices)
{
	const struct devices *devs = devices;
	static unsigned long done;
	int i;

	for (i = 0; !is_set(&stop); i = (i + 1) % devs->nr) {
		done += give_and_take_one(devs->name[i]);
		take_a_break();
	}
	return &done;
}

static bool remove_and_rescan(const char *dev)
{
	bool ok;

	pthread_rwlock_rdlock(&change);
	ok = dev_write(dev, "remove", "1") && pci_rescan();
	pthread_rwlock_unlock(&change);
	return ok;
}

static int run(const char *program, int output)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(output, STDOUT_FILENO);
		dup2(output, STDERR_FILENO);
		execl(program, program, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void show(FILE *output)
{
	char line[256];

	while (fgets(line, sizeof(line), output))
		ksft_print_msg("%s", line);
}

/* At rest, the other test checks; its output is shown only if it fails */
static bool true_at_rest(const char *program)
{
	FILE *output = tmpfile();
	int status;

	if (!output)
		ksft_exit_fail_perror("tmpfile");

	pthread_rwlock_wrlock(&change);
	status = run(program, fileno(output));
	pthread_rwlock_unlock(&change);

	rewind(output);
	if (status)
		show(output);
	fclose(output);
	return !status;
}

static void on_signal(int signal)
{
	__atomic_store_n(&told_to_stop, signal, __ATOMIC_RELAXED);
}

static void leave_it_to_others(void)
{
	while (!is_set(&told_to_stop))
		usleep(10000);
}

static int cycles(void)
{
	return number("SOAK_CYCLES", CYCLES);
}

static bool others(void)
{
	return !cycles() || number("SOAK_OTHERS", 0);
}

/*
 * vfio-pci gets the first few, the others come and go.  An IOMMU group with
 * another driver in it would open only while that driver's device is gone, and
 * it would be left to chance which devices decode in the end.
 */
static void split(struct devices *all, struct devices *vfio)
{
	struct devices rest = { .nr = 0 };
	int i;

	for (i = 0; i < all->nr; i++) {
		struct devices *to = &rest;

		if (vfio_usable() && iommu_group(all->name[i]) >= 0 &&
		    i % 4 == 0 && give_and_take_one(all->name[i]))
			to = vfio;
		memcpy(to->name[to->nr++], all->name[i], 16);
	}
	*all = rest;
}

struct outcome {
	int failed;	/* cycles */
	int untrue;	/* checks at rest */
	unsigned long *given;	/* how often to vfio-pci; NULL if never */
};

static void run_cycles(const struct devices *devs, const char *program,
		       struct outcome *outcome)
{
	int i;

	for (i = 0; i < cycles(); i++) {
		outcome->failed += !remove_and_rescan(devs->name[i % devs->nr]);
		if (!others() && i % CHECK_EVERY == CHECK_EVERY - 1)
			outcome->untrue += !true_at_rest(program);
		if (i % SAY_EVERY == SAY_EVERY - 1)
			ksft_print_msg("soak: %d cycles\n", i + 1);
	}
	if (others())
		leave_it_to_others();
	while (!asked_enough())
		usleep(10000);
	outcome->untrue += !true_at_rest(program);
}

static void start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	errno = pthread_create(thread, NULL, run, arg);
	if (errno)
		ksft_exit_fail_perror("pthread_create");
}

/* While others read, and devices go to vfio-pci and back */
static void soak(struct devices *devs, struct devices *vfio, const char *program,
		 struct outcome *outcome)
{
	pthread_t reader[READERS], more, changer, asker;
	int i;

	for (i = 0; i < READERS; i++)
		start_thread(&reader[i], read_all, NULL);
	if (vfio->nr)
		start_thread(&changer, give_and_take, vfio);
	if (getenv("SOAK_ASK"))
		start_thread(&asker, ask_all, NULL);
	if (getenv("SOAK_MORE"))
		start_thread(&more, read_more, NULL);

	run_cycles(devs, program, outcome);

	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	if (vfio->nr)
		pthread_join(changer, (void **)&outcome->given);
	if (getenv("SOAK_ASK"))
		pthread_join(asker, NULL);
	if (getenv("SOAK_MORE"))
		pthread_join(more, NULL);
	for (i = 0; i < READERS; i++)
		pthread_join(reader[i], NULL);
}

static void report(const struct outcome *outcome)
{
	ksft_print_msg("soak: %d cycles, %lu times to vfio-pci and back\n",
		       cycles(), outcome->given ? *outcome->given : 0);
	ksft_print_msg("soak: asked for a page %lu times, got it %lu times\n",
		       asked, given);
	ksft_print_msg("soak: read 0 %lu times, 1 %lu times, no value %lu times\n",
		       values[0], values[1], values[2]);
	ksft_test_result(!outcome->failed && (cycles() || is_set(&told_to_stop)),
			 "devices come and go\n");
	if (*wrong)
		ksft_print_msg("read %s\n", wrong);
	if (outcome->given || getenv("SOAK_VFIO"))
		ksft_test_result(outcome->given && *outcome->given,
				 "devices go to vfio-pci and back\n");
	else
		ksft_test_result_skip("no vfio-pci\n");
	ksft_test_result(!*wrong && !!given == !!getenv("SOAK_ASK") && asked_enough(),
			 "only valid values are read\n");
	ksft_test_result(!outcome->untrue, "the status is right at rest\n");
}

int main(int argc, char **argv)
{
	struct devices devs, vfio = { .nr = 0 };
	struct outcome outcome = { .failed = 0 };
	char program[PATH_MAX];

	(void)argc;
	setlinebuf(stdout);
	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("needs root\n");
	ksft_set_plan(4);
	snprintf(program, sizeof(program), "%s/shares_page_test",
		 dirname(argv[0]));

	signal(SIGTERM, on_signal);
	list_devices(&devs, false);
	if (cycles())
		split(&devs, &vfio);
	if (cycles() && !devs.nr)
		ksft_exit_skip("no device to remove\n");
	soak(&devs, &vfio, program, &outcome);
	report(&outcome);
	ksft_finished();
}
