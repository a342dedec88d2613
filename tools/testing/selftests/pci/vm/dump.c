// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps: each line of a file goes to the channel as "#file:DIR/NAME line", or as
 * "#+line" if the one before was of the same file.  (An emulated UART takes a
 * second for 150 KB.)
 */
#define _GNU_SOURCE
#include <linux/pci_regs.h>
#include <sys/klog.h>

#include "../bars.h"
#include "guest.h"
#include "init.h"
#include "ktap.h"

#define SYSLOG_ACTION_SIZE_UNREAD 9	/* include/linux/syslog.h */

static const char *dir;

void dump_lines(const char *path, const char *text)
{
	static char before[PATH_MAX];
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (strcmp(path, before)) {
			snprintf(before, sizeof(before), "%s", path);
			fprintf(channel, "#file:%s ", path);
		} else {
			fputs("#+", channel);
		}
		fprintf(channel, "%.*s\n", (int)len, text);
	}
}

static void dump_text(const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	dump_lines(path, text);
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
	char *name = device_file(bdf, "driver"), driver[64];

	dev_link(bdf, "driver", driver, sizeof(driver));
	dump_text(name, driver);
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

/* What follows is zero. */
static ssize_t end_of_config(const unsigned char *config, ssize_t len)
{
	while (len > PCI_STD_HEADER_SIZEOF && !config[len - 1])
		len--;
	return len;
}

static ssize_t read_config(const char *bdf, unsigned char *config, size_t size)
{
	int fd = dev_open(bdf, "config", O_RDONLY);
	ssize_t len = fd < 0 ? 0 : read(fd, config, size);

	if (fd >= 0)
		close(fd);
	return end_of_config(config, len);
}

/* Config space as lspci -x prints it and lspci -F reads it. */
static void dump_config(const char *bdf)
{
	unsigned char config[4096] = {};
	ssize_t i, len = read_config(bdf, config, sizeof(config));
	char text[128];
	int j, at;

	snprintf(text, sizeof(text), "%s\n", bdf);
	dump_text("config", text);
	for (i = 0; i < len; i += 16) {
		at = snprintf(text, sizeof(text), "%02zx:", i);
		for (j = 0; j < 16; j++)
			at += snprintf(text + at, sizeof(text) - at, " %02x",
				       config[i + j]);
		dump_text("config", text);
	}
	dump_text("config", "\n");
}

void dump_all(const char *to)
{
	char text[32];

	dir = to;
	snprintf(text, sizeof(text), "%ld", sysconf(_SC_PAGESIZE));
	dump_text("page-size", text);
	dump_file("cmdline", "/proc/cmdline");
	dump_file("iomem", "/proc/iomem");
	dump_file("pci-devices", "/proc/bus/pci/devices");
	guest_each_device(dump_device);
	guest_each_device(dump_config);
	fflush(channel);
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
