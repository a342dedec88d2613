// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "init.h"
#include "ktap.h"

#define KSFT_PASS 0
#define KSFT_SKIP 4

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
} running;

bool test_starts(const char *name)
{
	if (running.pid)
		return false;
	running.pid = start_test(name, &running.output);
	return true;
}

bool test_stops(void)
{
	int status;

	if (!running.pid)
		return false;
	kill(running.pid, SIGTERM);
	copy_indented(running.output);
	waitpid(running.pid, &status, 0);
	running.pid = 0;
	return passed(status);
}

void test_run(const char *name, void (*meanwhile)(void))
{
	char more[64] = "";
	int output, status;
	pid_t pid = start_test(name, &output);

	if (meanwhile) {
		meanwhile();
		kill(pid, SIGTERM);
	}
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

void program_run(char *arguments)
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
