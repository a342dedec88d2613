// SPDX-License-Identifier: GPL-2.0
/*
 * JSON, row by row: libsmartcols would hold all of it in memory, and the way in which
 * it writes arrays depends on its version. lsbar.schema.json says what comes out.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

/* To be raised when a member changes its meaning or is removed */
#define JSON_VERSION 1

/* All is ASCII, see plain_ascii(). */
static void put_string(const char *s, size_t len)
{
	putchar('"');
	for (; len--; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

static void put_name(const char *name)
{
	printf("         \"");
	for (; *name; name++)
		putchar(tolower((unsigned char)*name));
	printf("\": ");
}

/* One element per line; no lines, no elements */
static void put_array(const char *cell)
{
	printf("[\n");
	for (;;) {
		size_t len = cell ? strcspn(cell, "\n") : 0;

		printf("            ");
		if (cell)
			put_string(cell, len);
		else
			printf("null");
		if (!cell || !cell[len])
			break;
		printf(",\n");
		cell += len + 1;
	}
	printf("\n         ]");
}

static void put_value(enum json_type type, const char *cell)
{
	if (type == JSON_ARRAY)
		put_array(cell == unknown_cell ? "?" : cell);
	else if (!cell || cell == unknown_cell)
		printf("null");
	else if (type == JSON_NUMBER)
		printf("%s", cell);
	else if (type == JSON_BOOL)
		printf(strcmp(cell, "yes") ? "false" : "true");
	else
		put_string(cell, strlen(cell));
}

static void put_row(const struct view *v, const struct columns *chosen,
		    const struct row *row)
{
	size_t i;

	printf("      {\n");
	for (i = 0; i < chosen->nr; i++) {
		char *cell = chosen->list[i]->cell(v, row);

		put_name(chosen->list[i]->name);
		put_value(chosen->list[i]->json, cell);
		printf(i + 1 < chosen->nr ? ",\n" : "\n");
		if (cell != unknown_cell)
			free(cell);
	}
	printf("      }");
}

static const char *boolean(bool b)
{
	return b ? "true" : "false";
}

void print_json(const struct view *v, const struct columns *chosen)
{
	size_t i;

	printf("{\n   \"version\": %d,\n   \"page-size\": %llu,\n"
	       "   \"sees-all\": %s,\n   \"kernel-status\": %s,\n"
	       "   \"%s\": [", JSON_VERSION, (unsigned long long)v->page,
	       boolean(v->sys->addresses), boolean(v->sys->has_status),
	       v->sets ? "devices" : "bars");
	for (i = 0; i < v->nr_rows; i++) {
		printf(i ? ",\n" : "\n");
		put_row(v, chosen, &v->rows[i]);
	}
	printf(v->nr_rows ? "\n   ]\n}\n" : "]\n}\n");
}
