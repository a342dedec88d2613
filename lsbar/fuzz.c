// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: all that is read, in a tree made of the input, and then all
 * that is shown. The input is cut at bytes of 0xff into the contents of files[];
 * a file for which there is none is missing. One that begins with 0xfe is the text
 * for --from instead.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"

#define SEPARATOR 0xff
#define TEXT 0xfe
#define DEVICES "sys/bus/pci/devices/"

static const char * const devices[] = {
	DEVICES "0000:00:01.0", DEVICES "0000:00:02.0", DEVICES "10000:01:00.0",
};

static const char * const files[] = {
	"proc/iomem",
	DEVICES "0000:00:01.0/resource",
	DEVICES "0000:00:02.0/resource",
	DEVICES "10000:01:00.0/resource",
	DEVICES "0000:00:01.0/resource0_shares_page",
	DEVICES "0000:00:02.0/resource1_shares_page",
	DEVICES "0000:00:01.0/rom_shares_page",
	DEVICES "0000:00:01.0/class",
	DEVICES "0000:00:02.0/vendor",
	DEVICES "0000:00:02.0/device",
	DEVICES "0000:00:02.0/numa_node",
	"proc/cmdline",
	"page_size",
};
#define NR_FILES (sizeof(files) / sizeof(files[0]))

static char *top;
static jmp_buf back;
static struct system sys;
static struct view v;

static void stop(void)
{
	longjmp(back, 1);
}

static void remove_tree(void)
{
	char *command = text("rm -rf '%s'", top);

	if (system(command))
		fprintf(stderr, "cannot remove %s\n", top);
	free(command);
}

static void make_tree(void)
{
	const char * const above[] = { "proc", "sys", "sys/bus", "sys/bus/pci",
				       "sys/bus/pci/devices" };
	size_t i;

	top = text("%s/lsbar-fuzz-XXXXXX", getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(top) || chdir(top))
		abort();
	for (i = 0; i < sizeof(above) / sizeof(above[0]); i++)
		if (mkdir(above[i], 0700))
			abort();
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (mkdir(devices[i], 0700))
			abort();
	if (symlink("../0000:00:01.0", DEVICES "0000:00:02.0/physfn"))
		abort();
	atexit(remove_tree);
	tree_open(top);
	die_hook = stop;
}

static void write_file(const char *file, const uint8_t *data, size_t size)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static void write_files(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < NR_FILES; i++) {
		const uint8_t *end = memchr(data, SEPARATOR, size);
		size_t len = end ? (size_t)(end - data) : size;

		if (len)
			write_file(files[i], data, len);
		else if (unlink(files[i]) && errno != ENOENT)
			abort();
		if (end)
			len++;
		data += len;
		size -= len;
	}
}

static void show_all(uint64_t page, enum format format)
{
	struct columns chosen;

	v = (struct view) { .sys = &sys, .page = page, .format = format };
	make_rows(&v);
	make_plan(&v);
	choose_all_columns(&chosen);
	print_table(&v, &chosen);
	print_map(&v);
	write_svg(&v, "-");
	check(&v);
	print_openmetrics(&v);
	print_features(&v);
	free_view(&v);
	v = (struct view) {};
}

static void read_and_show(bool from)
{
	char *none = NULL;
	struct options o = { .devices = &none };

	if (from)
		system_from(&sys, "text", NULL);
	else
		system_read(&sys);
	select_devices(&sys, &o);
	show_all(4096, JSON);
	show_all(65536, TABLE);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	make_tree();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool from = size && *data == TEXT;

	if (from)
		write_file("text", data + 1, size - 1);
	else
		write_files(data, size);
	if (!setjmp(back))
		read_and_show(from);
	free_view(&v);
	v = (struct view) {};
	system_free(&sys);
	return 0;
}
