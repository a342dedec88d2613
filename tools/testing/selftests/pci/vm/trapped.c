// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "trapped.h"

void lines_show(const char *path, const char *word)
{
	char line[512];
	FILE *in = fopen(path, "re");

	while (in && fgets(line, sizeof(line), in))
		if (strstr(line, word))
			printf("# %.*s\n", (int)strcspn(line, "\r\n"), line);
	if (in)
		fclose(in);
}

int lines_count(const char *path, const char *word, const char *more)
{
	char line[512];
	int n = 0;
	FILE *in = fopen(path, "re");

	while (in && fgets(line, sizeof(line), in))
		n += strstr(line, word) && strstr(line, more);
	if (in)
		fclose(in);
	return n;
}

void trapped_show(const char *bdf, const char *driver)
{
	char what[32];

	snprintf(what, sizeof(what), "(%s:region", bdf);
	printf("# trapped: %s (%s): %d reads, %d writes\n", bdf, driver,
	       lines_count(INNER_TRACE, "vfio_region_read", what),
	       lines_count(INNER_TRACE, "vfio_region_write", what));
}

void trapped_show_mapped(void)
{
	printf("# trapped: mapped, but not by KVM: %d reads, %d writes\n",
	       lines_count(INNER_TRACE, "memory_region_ram_device_read", ""),
	       lines_count(INNER_TRACE, "memory_region_ram_device_write", ""));
}
