// SPDX-License-Identifier: GPL-2.0
/* A table, JSON, or lines for scripts, all by libsmartcols */
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lsbar.h"

const struct column *find_column(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nr_columns; i++)
		if (strlen(columns[i].name) == len &&
		    !strncasecmp(columns[i].name, name, len))
			return &columns[i];
	die_usage("unknown column: '%.*s'", (int)len, name);
}

static void add_column(struct columns *chosen, const char *name, size_t len)
{
	const struct column *column = find_column(name, len);

	if (chosen->nr == MAX_COLUMNS)
		die_usage("more than %d columns", MAX_COLUMNS);
	chosen->list[chosen->nr++] = column;
}

static void add_columns(struct columns *chosen, const char *list)
{
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		add_column(chosen, list, len);
		if (!list[len])
			break;
	}
}

/* "+LIST" adds to the defaults */
void choose_columns(struct columns *chosen, const char *list,
		    const char *defaults)
{
	chosen->nr = 0;
	if (!list || *list == '+')
		add_columns(chosen, defaults);
	if (list)
		add_columns(chosen, list + (*list == '+'));
}

void choose_all_columns(struct columns *chosen)
{
	for (chosen->nr = 0; chosen->nr < nr_columns; chosen->nr++)
		chosen->list[chosen->nr] = &columns[chosen->nr];
}

bool need_plan(const struct columns *chosen)
{
	size_t i;

	for (i = 0; i < chosen->nr; i++)
		if (chosen->list[i]->plan)
			return true;
	return false;
}

/* As the name of a shell variable, which libsmartcols 2.36 can't make of it */
static void new_column(struct libscols_table *table, const struct view *v,
		       const struct column *column)
{
	char *name = copy(column->name), *dash;

	for (dash = name; v->format == PAIRS && (dash = strchr(dash, '-')); )
		*dash = '_';
	checked(scols_table_new_column(table, name, 0, column->flags));
	free(name);
}

static char *missing(const struct view *v, const char *cell)
{
	if (cell)
		return copy("?");
	return v->format == PAIRS ? NULL : copy("-");
}

static void fill_cell(struct libscols_line *line, size_t i,
		      const struct view *v, const struct column *column,
		      const struct row *row)
{
	char *cell = column->cell(v, row);

	if (!cell || cell == unknown_cell)
		cell = missing(v, cell);
	if (cell && scols_line_refer_data(line, i, cell))
		die("out of memory");
}

static void set_format(struct libscols_table *table, const struct view *v)
{
	scols_table_enable_noheadings(table, v->no_headings);
	scols_table_enable_noencoding(table, v->format == TABLE);
	switch (v->format) {
	case TABLE:
	case JSON:
		break;
	case RAW:
		scols_table_enable_raw(table, 1);
		break;
	case PAIRS:
		scols_table_enable_export(table, 1);
		break;
	}
}

static void print_columns(const struct view *v, const struct columns *chosen)
{
	struct libscols_table *table = checked(scols_new_table());
	size_t r, i;

	set_format(table, v);
	for (i = 0; i < chosen->nr; i++)
		new_column(table, v, chosen->list[i]);
	for (r = 0; r < v->nr_rows; r++) {
		struct libscols_line *line;

		line = checked(scols_table_new_line(table, NULL));
		for (i = 0; i < chosen->nr; i++)
			fill_cell(line, i, v, chosen->list[i], &v->rows[r]);
	}
	if (scols_print_table(table))
		die("cannot print the table");
	scols_unref_table(table);
}

void print_table(const struct view *v, const struct columns *chosen)
{
	if (v->format == JSON)
		print_json(v, chosen);
	else
		print_columns(v, chosen);
}
