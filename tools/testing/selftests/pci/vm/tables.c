// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI's ERST table has addresses of registers that are in a BAR.  A kernel with
 * CONFIG_ACPI_TABLE_UPGRADE takes the table from the front of its initramfs if
 * that is newer than what is in memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware.h"
#include "guest.h"

#define ERST		"/sys/firmware/acpi/tables/ERST"
#define IN_INITRAMFS	"kernel/firmware/acpi/ERST.aml"
#define WITH_TABLES	"/initrd-with-tables"

/* include/acpi/actbl.h, actbl1.h: all little endian, like machines with ACPI */
#define CHECKSUM	9
#define OEM_REVISION	24
#define FIRST_ENTRY	48
#define ENTRY		32
#define ENTRY_ADDRESS	8

static unsigned char table[4096];

static size_t read_table(void)
{
	int fd = open(ERST, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, table, sizeof(table));

	if (fd < 0 && errno != ENOENT)
		guest_die("firmware: cannot open " ERST ": %m");
	if (len < 0 || len == sizeof(table))
		guest_die("firmware: cannot read all of " ERST);
	if (fd >= 0)
		close(fd);
	return len;
}

/* Where something that was at an address is now */
static uint64_t address_now(const struct plan *plan, uint64_t before)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const struct bar *bar = &plan->places[i].bar;

		if (bar->start <= before && before <= bar->end)
			return plan->places[i].address + before - bar->start;
	}
	return before;
}

/* Does it need any other address than before? */
static bool tell_addresses(const struct plan *plan, size_t len)
{
	bool changed = false;
	size_t at;

	for (at = FIRST_ENTRY; at + ENTRY <= len; at += ENTRY) {
		uint64_t before, now;

		memcpy(&before, table + at + ENTRY_ADDRESS, sizeof(before));
		now = address_now(plan, before);
		memcpy(table + at + ENTRY_ADDRESS, &now, sizeof(now));
		changed |= now != before;
	}
	return changed;
}

static void make_newer(size_t len)
{
	unsigned char sum = 0;
	uint32_t revision;
	size_t i;

	memcpy(&revision, table + OEM_REVISION, sizeof(revision));
	revision++;
	memcpy(table + OEM_REVISION, &revision, sizeof(revision));

	table[CHECKSUM] = 0;
	for (i = 0; i < len; i++)
		sum += table[i];
	table[CHECKSUM] = -sum;
}

/* A file in the format of cpio -H newc, whose parts are all whole words */
static void archive(FILE *out, const char *name, const void *data, size_t len)
{
	static const char zeros[4];
	size_t head = 110 + strlen(name) + 1;

	fprintf(out, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x%s",
		1, len ? S_IFREG | 0644 : 0, 0, 0, 1, 0, len, 0, 0, 0, 0,
		strlen(name) + 1, 0, name);
	fwrite(zeros, 1, 1 + -head % 4, out);
	fwrite(data, 1, len, out);
	fwrite(zeros, 1, -len % 4, out);
}

static void append(int out, int in)
{
	struct stat st;
	off_t done = 0;

	if (fstat(in, &st))
		guest_die("firmware: fstat: %m");
	while (done < st.st_size)
		if (sendfile(out, in, &done, st.st_size - done) <= 0)
			guest_die("firmware: cannot copy the initramfs: %m");
}

int initrd_with_tables(int initrd, const struct plan *plan)
{
	size_t len = read_table();
	FILE *out;

	if (!len || !tell_addresses(plan, len))
		return initrd;
	make_newer(len);
	out = fopen(WITH_TABLES, "we");
	if (!out)
		guest_die("firmware: cannot open " WITH_TABLES ": %m");
	archive(out, IN_INITRAMFS, table, len);
	archive(out, "TRAILER!!!", NULL, 0);
	if (fflush(out))
		guest_die("firmware: cannot write the tables: %m");
	append(fileno(out), initrd);
	fclose(out);	/* kexec refuses one that is open for writing */
	printf("firmware: the ERST table has new addresses\n");
	return open(WITH_TABLES, O_RDONLY | O_CLOEXEC);
}
