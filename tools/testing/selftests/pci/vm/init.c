// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's init: run the tests, then show the host all that is known here
 * about PCI addresses.  It all goes, as KTAP, to a channel of its own: a
 * kernel message in between can't garble it.  The verdict is the last line; a
 * guest that does not get there has not passed.
 *
 * On the kernel's command line:
 *   vm.result=ttyS1    the channel
 *   vm.tests=a,b       programs in /tests to run
 *   vm.program=-a,-b   arguments of /program, to run after them
 *   vm.debug=WHAT      misbehave, to test the host: hang, warn, panic, mute
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"

#define KSFT_PASS 0
#define KSFT_SKIP 4

static FILE *channel;
static int results, failures;

static void open_channel(void)
{
	const char *name = guest_param("vm.result");
	char path[64];
	struct termios tio;
	int fd;

	if (!name)
		guest_die("no vm.result= on the command line");
	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		guest_die("cannot open %s: %m", path);
	if (!tcgetattr(fd, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(fd, TCSANOW, &tio);
	}
	channel = fdopen(fd, "w");
}

static void result(bool ok, const char *name, const char *more)
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

static void run_test(const char *name)
{
	char path[PATH_MAX], more[64] = "";
	char *argv[] = { path, NULL };
	int output, status;
	pid_t pid;

	fflush(channel);
	snprintf(path, sizeof(path), "/tests/%s", name);
	pid = start(argv, &output);
	copy_indented(output);
	waitpid(pid, &status, 0);

	if (WIFSIGNALED(status))
		snprintf(more, sizeof(more), " # signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == KSFT_SKIP)
		snprintf(more, sizeof(more), " # SKIP");
	else if (WEXITSTATUS(status) != KSFT_PASS)
		snprintf(more, sizeof(more), " # exit code %d",
			 WEXITSTATUS(status));
	result(WIFEXITED(status) && (WEXITSTATUS(status) == KSFT_PASS ||
				     WEXITSTATUS(status) == KSFT_SKIP),
	       name, more);
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

/* dumps: each line of a file as "#file:NAME line" */

static void dump_text(const char *name, const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		fprintf(channel, "#file:%s %.*s\n", name, (int)len, text);
	}
}

static void dump_stream(const char *name, FILE *in)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, in) > 0)
		dump_text(name, line);
	free(line);
	fclose(in);
}

static void dump_file(const char *name, const char *path)
{
	FILE *in = fopen(path, "re");

	if (in)
		dump_stream(name, in);
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

/* One line, or the error that reading it gives. */
static void dump_value(const char *name, const char *path)
{
	char text[256];

	if (!guest_read(path, text, sizeof(text)))
		snprintf(text, sizeof(text), "error %d", errno);
	dump_text(name, text);
}

static bool is_status(const char *name)
{
	static const char suffix[] = "_shares_page";
	size_t len = strlen(name);

	return len >= sizeof(suffix) &&
	       !strcmp(name + len - sizeof(suffix) + 1, suffix);
}

static int wanted(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return is_status(name) || !strcmp(name, "class") ||
	       !strcmp(name, "device") || !strcmp(name, "vendor");
}

static char *device_file(const char *bdf, const char *name)
{
	char *path;

	if (asprintf(&path, "devices/%s/%s", bdf, name) < 0)
		guest_die("out of memory");
	return path;
}

static void dump_values(const char *bdf)
{
	struct dirent **list;
	int i, n = scandir(".", &list, wanted, alphasort);

	for (i = 0; i < n; i++) {
		char *name = device_file(bdf, list[i]->d_name);

		dump_value(name, list[i]->d_name);
		free(name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void dump_driver(const char *bdf)
{
	char *name = device_file(bdf, "driver"), link[PATH_MAX];
	ssize_t len = readlink("driver", link, sizeof(link) - 1);

	if (len > 0) {
		link[len] = '\0';
		dump_text(name, strrchr(link, '/') + 1);
	}
	free(name);
}

static void dump_resource(const char *bdf)
{
	char *name = device_file(bdf, "resource");

	dump_file(name, "resource");
	free(name);
}

static void dump_device(const char *bdf)
{
	if (chdir(guest_device_path(bdf, "")))
		guest_die("cannot enter the directory of %s: %m", bdf);
	dump_resource(bdf);
	dump_driver(bdf);
	dump_values(bdf);
	if (chdir("/"))
		guest_die("cannot enter /: %m");
}

/* Config space as lspci -x prints it and lspci -F reads it. */
static void dump_config(const char *bdf)
{
	unsigned char config[4096];
	int fd = open(guest_device_path(bdf, "config"), O_RDONLY | O_CLOEXEC);
	ssize_t i, len = fd < 0 ? 0 : read(fd, config, sizeof(config));

	if (fd >= 0)
		close(fd);
	fprintf(channel, "#file:config %s\n", bdf);
	for (i = 0; i + 16 <= len; i += 16) {
		int j;

		fprintf(channel, "#file:config %02zx:", i);
		for (j = 0; j < 16; j++)
			fprintf(channel, " %02x", config[i + j]);
		fputc('\n', channel);
	}
	fprintf(channel, "#file:config \n");
}

static void dump_all(void)
{
	fprintf(channel, "#file:page-size %ld\n", sysconf(_SC_PAGESIZE));
	dump_file("cmdline", "/proc/cmdline");
	dump_file("iomem", "/proc/iomem");
	dump_file("pci-devices", "/proc/bus/pci/devices");
	guest_each_device(dump_device);
	guest_each_device(dump_config);
	fflush(channel);
}

/*
 * Drivers are built in and have probed by now; what still moves is what they
 * do in the background.  Wait until the address map stands still.
 */
static void settle(void)
{
	char before[65536], after[65536];
	int still = 0, tries;

	before[0] = '\0';
	for (tries = 0; still < 3 && tries < 200; tries++) {
		if (!guest_read("/proc/iomem", after, sizeof(after)))
			guest_die("cannot read /proc/iomem: %m");
		still = strcmp(before, after) ? 0 : still + 1;
		strcpy(before, after);
		usleep(50000);
	}
	result(still == 3, "address map stands still", "");
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
	fprintf(channel, "#file:dmesg %s\n", text);
	return is_bad(text);
}

static void check_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	int bad = 0;
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
	result(!bad, "kernel log is clean", "");
}

/* kmemleak reports nothing younger than five seconds; what it finds it logs. */
static void scan_for_leaks(void)
{
	if (!guest_write("/sys/kernel/debug/kmemleak", "scan"))
		return;
	sleep(6);
	guest_write("/sys/kernel/debug/kmemleak", "scan");
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
	const char *tests, *program;

	guest_mount();
	open_channel();
	misbehave(guest_param("vm.debug"));
	tests = guest_param("vm.tests");
	program = guest_param("vm.program");
	fprintf(channel, "KTAP version 1\n1..%d\n",
		count_words(tests) + !!program + 2);
	settle();
	if (tests)
		run_tests(strdup(tests));
	dump_all();
	if (program)
		run_program(strdup(program));
	scan_for_leaks();
	check_log();
	finish();
}
