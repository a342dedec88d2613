// SPDX-License-Identifier: GPL-2.0
/* Ranges of addresses. They may end at the very last byte. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

static bool skip(char **p, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*p, text, len))
		return false;
	*p += len;
	return true;
}

/* As the kernel prints it: strtoull() alone would take spaces and signs. */
bool parse_hex(char **p, const char *before, uint64_t *value, const char *after)
{
	if (!skip(p, before) || !isxdigit((unsigned char)**p))
		return false;
	errno = 0;
	*value = strtoull(*p, p, 16);
	return !errno && skip(p, after);
}

/* 12, 0xc, 4K, 4k, 4KiB */
bool parse_number(const char *s, uint64_t *value)
{
	static const char units[] = "KMGTPE";
	const char *unit;
	char *end;
	int shift;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*value = strtoull(s, &end, 0);
	if (errno)
		return false;
	if (!*end)
		return true;
	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || (end[1] && strcmp(end + 1, "iB")))
		return false;
	shift = 10 * (unit - units + 1);
	if (*value > UINT64_MAX >> shift)
		return false;
	*value <<= shift;
	return true;
}

bool contains(struct range a, struct range b)
{
	return a.start <= b.start && b.end <= a.end;
}

uint64_t size_of(struct range r)
{
	return r.end - r.start + 1;
}

struct range pages_of(struct range r, uint64_t page)
{
	return (struct range) { r.start & ~(page - 1), r.end | (page - 1) };
}

/* Exact: a unit is used only if nothing is lost. */
char *human_size(uint64_t size, bool bytes)
{
	static const char units[] = "\0KMGTPE";
	int unit = 0;

	while (!bytes && size && size % 1024 == 0) {
		size /= 1024;
		unit++;
	}
	return text("%llu%.1s", (unsigned long long)size, &units[unit]);
}
