// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

static const struct {
	const char *type, *dir;
	bool needed;
} filesystems[] = {
	{ "proc", "/proc", true },
	{ "sysfs", "/sys", true },
	{ "devtmpfs", "/dev", true },
	{ "tmpfs", "/tmp", false },
	{ "debugfs", "/sys/kernel/debug", false },
};

void guest_mount(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filesystems); i++) {
		const char *type = filesystems[i].type, *dir = filesystems[i].dir;

		mkdir(dir, 0755);
		if (!mount(type, dir, type, 0, NULL) || errno == EBUSY)
			continue;
		if (filesystems[i].needed)
			guest_die("cannot mount %s on %s: %m", type, dir);
	}
}

bool guest_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t got = 0;
	ssize_t len;
	int err;

	if (fd < 0)
		return false;
	while ((len = read(fd, text + got, size - 1 - got)) > 0)
		got += len;
	err = errno;
	close(fd);
	errno = err;
	if (len < 0)
		return false;
	if (got && text[got - 1] == '\n')
		got--;
	text[got] = '\0';
	return true;
}

bool guest_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len;
	int err;

	if (fd < 0)
		return false;
	len = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return len == (ssize_t)strlen(text);
}

const char *guest_param(const char *name)
{
	static char cmdline[4096];
	char *word, *rest = cmdline;
	size_t len = strlen(name);

	if (!guest_read("/proc/cmdline", cmdline, sizeof(cmdline)))
		return NULL;
	while ((word = strsep(&rest, " ")))
		if (!strncmp(word, name, len) && word[len] == '=')
			return strdup(word + len + 1);
	return NULL;
}

const char *guest_device_path(const char *bdf, const char *file)
{
	char *path;

	if (asprintf(&path, PCI_DEVICES "/%s/%s", bdf, file) < 0)
		guest_die("out of memory");
	return path;
}

void guest_mark(const char *what)
{
	int fd;

	if (!guest_param("vm.trace"))
		return;
	fd = open(guest_device_path("0000:00:00.0", "config"),
		  O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, what, 1) != 1)
		guest_die("cannot leave a mark in the trace: %m");
	close(fd);
}

static int no_dot(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void guest_each_device(void (*fn)(const char *bdf))
{
	struct dirent **list;
	int i, n = scandir(PCI_DEVICES, &list, no_dot, alphasort);

	if (n < 0)
		guest_die("cannot list %s: %m", PCI_DEVICES);
	for (i = 0; i < n; i++) {
		fn(list[i]->d_name);
		free(list[i]);
	}
	free(list);
}

void guest_stop(void)
{
	guest_write("/proc/sysrq-trigger", "b");
	for (;;)
		pause();
}

void guest_die(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	dprintf(STDERR_FILENO, "vm: %s\n", text);
	guest_stop();
}
