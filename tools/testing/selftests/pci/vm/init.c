// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's init: let events happen, run the tests, then show the host all
 * that is known here about PCI addresses.  All output goes, as KTAP, to a channel of
 * its own: a kernel message in between can't garble it.  The verdict is the last
 * line; a guest that does not get there has not passed.
 *
 * On the kernel's command line:
 *   vm.result=ttyS1    the channel
 *   vm.tests=a,b       programs in /tests to run
 *   vm.during=a        one that runs while events happen
 *   vm.program=-a,-b   arguments of /program, to run after them
 *   vm.trace=yes       leave a mark in QEMU's trace
 *   vm.dump=no         show no addresses: there are too many
 *   vm.debug=WHAT      misbehave, to test the host: hang, warn, panic, mute
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"
#include "init.h"
#include "ktap.h"

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
			test_run(name, NULL);
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

/* bad: how many problems are known already */
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
	fprintf(channel, "# guest: %s\n", ktap_passed() ? "PASS" : "FAIL");
	fflush(channel);
	tcdrain(fileno(channel));
	guest_stop();
}

int main(void)
{
	const char *tests, *program, *during, *dump;

	guest_mount();
	guest_mark("U");
	channel_open();
	misbehave(guest_param("vm.debug"));
	tests = guest_param("vm.tests");
	program = guest_param("vm.program");
	during = guest_param("vm.during");
	dump = guest_param("vm.dump");
	ktap_plan(count_words(tests) + count_events() + !!program + !!during + 2,
		  NULL);
	result(stands_still(), "address map stands still", "");
	if (during)
		test_run(during, run_events);
	else
		run_events();
	if (tests)
		run_tests(strdup(tests));
	if (!dump || strcmp(dump, "no"))
		dump_all("guest");
	if (program)
		program_run(strdup(program));
	check_log(scan_for_leaks());
	finish();
}
