// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps: each line of a file goes to the channel as "#file:DIR/NAME line".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "init.h"

static const char *dir;

static void dump_text(const char *name, const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		fprintf(channel, "#file:%s/%s %.*s\n", dir, name, (int)len,
			text);
	}
}

void dump_stream(const char *name, FILE *in)
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
	fprintf(channel, "#file:%s/config %s\n", dir, bdf);
	for (i = 0; i + 16 <= len; i += 16) {
		int j;

		fprintf(channel, "#file:%s/config %02zx:", dir, i);
		for (j = 0; j < 16; j++)
			fprintf(channel, " %02x", config[i + j]);
		fputc('\n', channel);
	}
	fprintf(channel, "#file:%s/config %s\n", dir, "");
}

void dump_all(const char *to)
{
	dir = to;
	fprintf(channel, "#file:%s/page-size %ld\n", dir,
		sysconf(_SC_PAGESIZE));
	dump_file("cmdline", "/proc/cmdline");
	dump_file("iomem", "/proc/iomem");
	dump_file("pci-devices", "/proc/bus/pci/devices");
	guest_each_device(dump_device);
	guest_each_device(dump_config);
	fflush(channel);
}
