// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to the devices while the guest runs.
 *
 * In the initramfs, /events has a line for each action, "EVENT ACTION":
 *   write PATH TEXT   write TEXT to a file; % is the address of the device in PATH
 *   try PATH TEXT     likewise, and it may fail with EBUSY
 *   read PATH [TEXT]  read a file, which has to be TEXT if that is given
 *   wait PATH         until it is there
 *   gone PATH         until it is not
 *   test NAME         run a program in /tests
 *   start NAME        likewise, while what follows happens
 *   stop NAME         tell it to end, with SIGTERM, and see that it passes
 *   anything else     is for the host to do, which is asked on the channel:
 *                     "#ask: ACTION"; it answers with a line, "ok" if it is
 * In a PATH, * and ? are as in a shell.
 * After the last action of an event, and before the first event, the files in
 * EVENT/guest show what has become of the addresses, and "#ask: look EVENT" lets
 * the host look too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "init.h"
#include "ktap.h"

#define EVENTS "/events"
#define BEFORE "before"
#define PATIENCE 60		/* seconds of the guest's clock */
#define STEP 50000		/* microseconds */

static bool failed(const char *action, const char *why)
{
	fprintf(channel, "# %s: %s\n", action, why);
	return false;
}

/* The host's answer, a line */
static void hear(char *answer, size_t size)
{
	size_t len = 0;
	char c;

	while (read(fileno(channel), &c, 1) == 1 && c != '\n')
		if (len < size - 1)
			answer[len++] = c;
	answer[len] = '\0';
}

static bool ask(const char *action)
{
	char answer[256];

	fprintf(channel, "#ask: %s\n", action);
	fflush(channel);
	hear(answer, sizeof(answer));
	return !strcmp(answer, "ok") || failed(action, answer);
}

/* The first file of that name, in which * and ? are as in a shell. */
static bool find(const char *pattern, char *path, size_t size)
{
	glob_t found;
	bool there = !glob(pattern, 0, NULL, &found);

	if (there)
		snprintf(path, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return there;
}

/* The last PCI address in a path, or "" */
static const char *address_in(const char *path)
{
	static char address[sizeof("0000:00:00.0")];
	const char *part = path;
	unsigned int n;

	address[0] = '\0';
	while ((part = strchr(part, '/'))) {
		part++;
		if (sscanf(part, "%*4x:%*2x:%*2x.%1u", &n) == 1)
			snprintf(address, sizeof(address), "%s", part);
	}
	return address;
}

/* 0, or an error */
static int write_to(char *args, char *path)
{
	char *pattern = strsep(&args, " ");

	snprintf(path, PATH_MAX, "%s", pattern);
	if (!find(pattern, path, PATH_MAX))
		return ENOENT;
	if (args && !strcmp(args, "%"))
		args = (char *)address_in(path);
	return guest_write(path, args ? args : "") ? 0 : errno;
}

static bool write_file(char *args)
{
	char path[PATH_MAX];
	int err = write_to(args, path);

	return !err || failed(path, strerror(err));
}

static bool try_to_write(char *args)
{
	char path[PATH_MAX];
	int err = write_to(args, path);

	return !err || err == EBUSY || failed(path, strerror(err));
}

static bool read_file(char *args)
{
	char *pattern = strsep(&args, " "), path[PATH_MAX];
	static char text[65536];

	if (!find(pattern, path, sizeof(path)))
		return failed(pattern, "not there");
	if (!guest_read(path, text, sizeof(text)))
		return failed(path, strerror(errno));
	return !args || !strcmp(text, args) || failed(path, text);
}

static bool wait_until(const char *path, bool there)
{
	char found[PATH_MAX];
	int i;

	for (i = 0; i < PATIENCE * (1000000 / STEP); i++) {
		if (find(path, found, sizeof(found)) == there)
			return true;
		usleep(STEP);
	}
	return failed(path, there ? "it does not appear" : "it does not go away");
}

static bool wait_for(char *path)
{
	return wait_until(path, true);
}

static bool wait_gone(char *path)
{
	return wait_until(path, false);
}

static bool test(char *name)
{
	return test_passes(name) || failed(name, "it fails");
}

static bool start(char *name)
{
	return test_starts(name) || failed(name, "another one is running");
}

static bool stop(char *name)
{
	return test_stops() || failed(name, "it fails, or was not running");
}

static const struct {
	const char *name;
	bool (*act)(char *args);
} actions[] = {
	{ "write ", write_file },
	{ "try ", try_to_write },
	{ "read ", read_file },
	{ "wait ", wait_for },
	{ "gone ", wait_gone },
	{ "test ", test },
	{ "start ", start },
	{ "stop ", stop },
};

static bool act(char *action)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		size_t len = strlen(actions[i].name);

		if (!strncmp(action, actions[i].name, len))
			return actions[i].act(action + len);
	}
	return ask(action);
}

/* Both sides show what they see. */
static bool look(const char *event)
{
	char text[64];
	bool still = stands_still();

	snprintf(text, sizeof(text), "%s/guest", event);
	dump_all(text);
	snprintf(text, sizeof(text), "look %s", event);
	return ask(text) && (still || failed(event, "addresses keep changing"));
}

/* Splits a line in two; returns the action, or NULL after the last one. */
static char *next_action(FILE *in, char *line, size_t size)
{
	char *action;

	if (!in || !fgets(line, size, in))
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	action = strchr(line, ' ');
	if (!action)
		guest_die("%s: not an event and an action: %s", EVENTS, line);
	*action = '\0';
	return action + 1;
}

int count_events(void)
{
	char line[512], last[512] = "";
	FILE *in = fopen(EVENTS, "re");
	int n = 0;

	while (next_action(in, line, sizeof(line))) {
		n += !n + !!strcmp(line, last);
		strcpy(last, line);
	}
	if (in)
		fclose(in);
	return n;
}

static void end_event(const char *event, bool ok)
{
	ok = look(event) && ok;
	result(ok, event, "");
}

void run_events(void)
{
	char line[512], event[512] = BEFORE, *action;
	FILE *in = fopen(EVENTS, "re");
	bool ok = true;

	if (!in)
		return;
	while ((action = next_action(in, line, sizeof(line)))) {
		if (strcmp(line, event)) {
			end_event(event, ok);
			strcpy(event, line);
			ok = true;
		}
		ok = ok && act(action);
	}
	end_event(event, ok);
	fclose(in);
}
