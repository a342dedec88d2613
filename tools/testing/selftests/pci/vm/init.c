// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's init: let events happen, run the tests, then show the host all
 * that is known here about PCI addresses.  It all goes, as KTAP, to a channel of
 * its own: a kernel message in between can't garble it.  The verdict is the last
 * line; a guest that does not get there has not passed.
 *
 * On the kernel's command line:
 *   vm.result=ttyS1    the channel
 *   vm.tests=a,b       programs in /tests to run
 *   vm.during=a        one that runs while events happen
 *   vm.program=-a,-b   arguments of /program, to run after them
 *   vm.trace=yes       leave a mark in QEMU's trace
 *   vm.dump=no         show nothing of the addresses: there are too many
 *   vm.debug=WHAT      misbehave, to test the host: hang, warn, panic, mute
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"
#include "init.h"

#define SYSLOG_ACTION_SIZE_UNREAD 9	/* include/linux/syslog.h */
#define KSFT_PASS 0
#define KSFT_SKIP 4

FILE *channel;
static int results, failures;

/* Of virtio, it is there only when the host has told its name. */
static int open_waiting(const char *path)
{
	int fd, tries;

	for (tries = 0; tries < 200; tries++) {
		fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			break;
		usleep(50000);
	}
	return fd;
}

static void open_channel(void)
{
	const char *name = guest_param("vm.result");
	char path[64];
	struct termios tio;
	int fd;

	if (!name)
		guest_die("no vm.result= on the command line");
	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open_waiting(path);
	if (fd < 0)
		guest_die("cannot open %s: %m", path);
	if (!tcgetattr(fd, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(fd, TCSANOW, &tio);
	}
	channel = fdopen(fd, "w");
	setlinebuf(channel);
}

void result(bool ok, const char *name, const char *more)
{
	fprintf(channel, "%s %d %s%s\n", ok ? "ok" : "not ok", ++results, name,
		more);
	failures += !ok;
}

/* tests */

static pid_t start(char *const *argv, int *output)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		guest_die("pipe: %m");
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execv(argv[0], argv);
		printf("# cannot run %s: %m\n", argv[0]);
		exit(127);
	}
	close(fds[1]);
	*output = fds[0];
	return pid;
}

static void copy_indented(int from)
{
	FILE *in = fdopen(from, "r");
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, in) > 0)
		fprintf(channel, "    %.*s\n", (int)strcspn(line, "\n"), line);
	free(line);
	fclose(in);
}

static pid_t start_test(const char *name, int *output)
{
	char path[PATH_MAX];
	char *argv[] = { path, NULL };

	fflush(channel);
	snprintf(path, sizeof(path), "/tests/%s", name);
	return start(argv, output);
}

static bool passed(int status)
{
	return WIFEXITED(status) && (WEXITSTATUS(status) == KSFT_PASS ||
				     WEXITSTATUS(status) == KSFT_SKIP);
}

bool test_passes(const char *name)
{
	int output, status;
	pid_t pid = start_test(name, &output);

	copy_indented(output);
	waitpid(pid, &status, 0);
	return passed(status);
}

static struct {
	pid_t pid;	/* 0: none is running */
	int output;
} meanwhile;

bool test_starts(const char *name)
{
	if (meanwhile.pid)
		return false;
	meanwhile.pid = start_test(name, &meanwhile.output);
	return true;
}

bool test_stops(void)
{
	int status;

	if (!meanwhile.pid)
		return false;
	kill(meanwhile.pid, SIGTERM);
	copy_indented(meanwhile.output);
	waitpid(meanwhile.pid, &status, 0);
	meanwhile.pid = 0;
	return passed(status);
}

static void end_test(const char *name, pid_t pid, int output)
{
	char more[64] = "";
	int status;

	copy_indented(output);
	waitpid(pid, &status, 0);

	if (WIFSIGNALED(status))
		snprintf(more, sizeof(more), " # signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == KSFT_SKIP)
		snprintf(more, sizeof(more), " # SKIP");
	else if (WEXITSTATUS(status) != KSFT_PASS)
		snprintf(more, sizeof(more), " # exit code %d",
			 WEXITSTATUS(status));
	result(passed(status), name, more);
}

static void run_test(const char *name)
{
	int output;
	pid_t pid = start_test(name, &output);

	end_test(name, pid, output);
}

/* A test that goes on until it is told to stop: SIGTERM */
static void run_events_during(const char *name)
{
	int output;
	pid_t pid = start_test(name, &output);

	run_events();
	kill(pid, SIGTERM);
	end_test(name, pid, output);
}

static int count_words(const char *list)
{
	int n = 1;

	if (!list || !*list)
		return 0;
	while ((list = strchr(list, ','))) {
		list++;
		n++;
	}
	return n;
}

static void run_tests(char *list)
{
	char *name;

	while ((name = strsep(&list, ",")))
		if (*name)
			run_test(name);
}

/* A program that was brought along: what it prints is for others to judge. */
static void run_program(char *arguments)
{
	char *argv[16] = { "/program" };
	int i, output, status;
	pid_t pid;

	for (i = 1; i < 15 && arguments; i++)
		argv[i] = strsep(&arguments, ",");
	fflush(channel);
	pid = start(argv, &output);
	dump_stream("program", fdopen(output, "r"));
	waitpid(pid, &status, 0);
	result(!status, "program", "");
}

/*
 * Drivers are built in and have probed by now; what still moves is what they
 * and hot-plug do in the background.  Wait until the address map stands still
 * and the kernel has no more to say.
 */
bool stands_still(void)
{
	static char before[65536], after[65536];
	int still = 0, tries, said = -1;

	before[0] = '\0';
	for (tries = 0; still < 20 && tries < 400; tries++) {
		int log = klogctl(SYSLOG_ACTION_SIZE_UNREAD, NULL, 0);

		if (!guest_read("/proc/iomem", after, sizeof(after)))
			guest_die("cannot read /proc/iomem: %m");
		still = strcmp(before, after) || log != said ? 0 : still + 1;
		strcpy(before, after);
		said = log;
		usleep(50000);
	}
	return still == 20;
}

/* The kernel's log, and what in it must not be there */

static bool is_bad(const char *line)
{
	char word[256];
	FILE *in = fopen("/badness", "re");
	bool bad = false;

	if (!in)
		guest_die("no /badness in the initramfs");
	while (!bad && fgets(word, sizeof(word), in)) {
		word[strcspn(word, "\n")] = '\0';
		bad = *word && *word != '#' && strstr(line, word);
	}
	fclose(in);
	return bad;
}

static int check_record(char *record)
{
	char *text = strchr(record, ';');

	if (!text)
		return 0;
	text++;
	text[strcspn(text, "\n")] = '\0';
	dump_lines("guest/dmesg", *text ? text : "\n");
	return is_bad(text);
}

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

static bool looks_for_leaks(void)
{
	return !access(KMEMLEAK, F_OK);
}

/* bad: how much is known to be bad already */
static void check_log(int bad)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	ssize_t len;

	if (fd < 0)
		guest_die("cannot open /dev/kmsg: %m");
	while ((len = read(fd, record, sizeof(record) - 1)) > 0 ||
	       (len < 0 && errno == EPIPE)) {
		if (len < 0)
			continue;
		record[len] = '\0';
		bad += check_record(record);
	}
	close(fd);
	result(!bad, "kernel log is clean",
	       looks_for_leaks() ? ", and nothing leaks" : "");
}

/*
 * sym53c8xx knows what it allocated by its bus address, which kmemleak doesn't see.
 * The ACPI core frees the copy of NVS in .wake only, which a suspension that ends
 * before its last step (pm_test=devices) doesn't call: the next one loses it.
 */
static const char * const known_leakers[] = {" sym_", " suspend_nvs_alloc+"};

static bool leaks_known(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_leakers); i++)
		if (strstr(line, known_leakers[i]))
			return true;
	return false;
}

/* How many there are; the log only has their number, if there are any. */
static int leaks(void)
{
	FILE *list = fopen(KMEMLEAK, "re");
	bool known = true;
	char line[256];
	int found = 0;

	while (list && fgets(line, sizeof(line), list)) {
		fprintf(channel, "# %s", line);
		if (!strncmp(line, "unreferenced", 12)) {
			found += !known;
			known = false;
		}
		known |= leaks_known(line);
	}
	if (list)
		fclose(list);
	return found + !known;
}

/* kmemleak reports nothing younger than five seconds. */
static int scan_for_leaks(void)
{
	if (!looks_for_leaks())
		return 0;
	if (!guest_write(KMEMLEAK, "scan") || sleep(6) ||
	    !guest_write(KMEMLEAK, "scan")) {
		fprintf(channel, "# kmemleak does not scan: %m\n");
		return 1;
	}
	return leaks();
}

static void misbehave(const char *how)
{
	if (!how)
		return;
	if (!strcmp(how, "hang"))
		for (;;)
			pause();
	if (!strcmp(how, "warn"))
		guest_write("/dev/kmsg", "<4>WARNING: vm.debug=warn\n");
	if (!strcmp(how, "panic"))
		guest_write("/proc/sysrq-trigger", "c");
	if (!strcmp(how, "mute"))
		guest_stop();
}

static void finish(void)
{
	fprintf(channel, "# guest: %s\n", failures ? "FAIL" : "PASS");
	fflush(channel);
	tcdrain(fileno(channel));
	guest_stop();
}

int main(void)
{
	const char *tests, *program, *during, *dump;

	guest_mount();
	guest_mark("U");
	open_channel();
	misbehave(guest_param("vm.debug"));
	tests = guest_param("vm.tests");
	program = guest_param("vm.program");
	during = guest_param("vm.during");
	dump = guest_param("vm.dump");
	fprintf(channel, "KTAP version 1\n1..%d\n",
		count_words(tests) + count_events() + !!program + !!during + 2);
	result(stands_still(), "address map stands still", "");
	if (during)
		run_events_during(during);
	else
		run_events();
	if (tests)
		run_tests(strdup(tests));
	if (!dump || strcmp(dump, "no"))
		dump_all("guest");
	if (program)
		run_program(strdup(program));
	check_log(scan_for_leaks());
	finish();
}
