// SPDX-License-Identifier: GPL-2.0
/*
 * How many BARs share a page, and what it costs to read all status files.
 * With a clock that counts instructions, as QEMU's -icount has it, this is
 * exact.  A kernel without the series has no such files.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define FILES	"/sys/bus/pci/devices/*/resource?_shares_page"
#define ROUNDS	4	/* the first of them warms up */

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int *open_all(const glob_t *files)
{
	struct rlimit limit = { files->gl_pathc + 64, files->gl_pathc + 64 };
	int *fds = calloc(files->gl_pathc + 1, sizeof(*fds));
	size_t i;

	if (!fds || setrlimit(RLIMIT_NOFILE, &limit))
		guest_die("setrlimit: %m");
	for (i = 0; i < files->gl_pathc; i++) {
		fds[i] = open(files->gl_pathv[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			guest_die("%s: %m", files->gl_pathv[i]);
	}
	return fds;
}

/* How long it took, and how many share */
static long long read_all(const int *fds, size_t n, size_t *sharing)
{
	long long begin = now();
	char text[8];
	size_t i;

	*sharing = 0;
	for (i = 0; i < n; i++) {
		if (pread(fds[i], text, sizeof(text), 0) != 2)
			guest_die("status file %zu: %m", i);
		*sharing += *text == '1';
	}
	return now() - begin;
}

int main(void)
{
	long long ns, least = 0;
	glob_t files = {};
	size_t sharing;
	int *fds, i;

	printf("TAP version 13\n1..1\n");
	glob(FILES, 0, NULL, &files);
	fds = open_all(&files);
	for (i = 0; i < ROUNDS; i++) {
		ns = read_all(fds, files.gl_pathc, &sharing);
		if (!least || ns < least)
			least = ns;
	}
	printf("# status: %zu files, %zu share, %lld ns\nok 1 all files read\n",
	       files.gl_pathc, sharing, least);
}
