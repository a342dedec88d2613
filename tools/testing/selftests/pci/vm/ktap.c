// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"
#include "ktap.h"

FILE *channel;
static int results, failures;
static void (*explain)(void);

/* A virtio port is there only when the host has sent its name. */
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

void channel_open(void)
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

void ktap_plan(int plan, void (*explain_failure)(void))
{
	if (!channel)
		channel = stdout;
	explain = explain_failure;
	fprintf(channel, "KTAP version 1\n1..%d\n", plan);
}

void result(bool ok, const char *name, const char *more)
{
	fprintf(channel, "%s %d %s%s\n", ok ? "ok" : "not ok", ++results, name,
		more);
	fflush(channel);
	failures += !ok;
}

void must(bool ok, const char *name)
{
	result(ok, name, "");
	if (ok)
		return;
	if (explain)
		explain();
	exit(1);
}

bool ktap_passed(void)
{
	return !failures;
}
