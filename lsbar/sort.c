// SPDX-License-Identifier: GPL-2.0
/* Rows in the order of a column: numbers as numbers, all else as text */
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

struct sorted {
	struct row row;
	char *key;
	size_t order;
};

/* Numbers before text, and what is missing last */
static int compare(const char *a, const char *b)
{
	uint64_t x, y;
	bool is_x = parse_number(a, &x), is_y = parse_number(b, &y);

	if (is_x && is_y)
		return (x > y) - (x < y);
	if (is_x != is_y)
		return is_x ? -1 : 1;
	if (!*a != !*b)
		return *a ? -1 : 1;
	return strcmp(a, b);
}

static int by_key(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = compare(x->key, y->key);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

void sort_rows(struct view *v, const struct column *column)
{
	struct sorted *sorted = checked(calloc(v->nr_rows + 1, sizeof(*sorted)));
	size_t i;

	for (i = 0; i < v->nr_rows; i++)
		sorted[i] = (struct sorted) {
			v->rows[i], plain_cell(v, column, &v->rows[i]), i
		};
	qsort(sorted, v->nr_rows, sizeof(*sorted), by_key);
	for (i = 0; i < v->nr_rows; i++) {
		v->rows[i] = sorted[i].row;
		free(sorted[i].key);
	}
	free(sorted);
}
