// SPDX-License-Identifier: GPL-2.0
/* Pages as text: a line of letters for each, and what they stand for */
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define CELLS	64	/* width of a page */

static const char letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
#define NR_LETTERS (sizeof(letters) - 1)

/* Backgrounds: red, green, yellow, blue, magenta, cyan */
#define NR_COLOURS 6

static char letter(size_t i)
{
	return i < NR_LETTERS ? letters[i] : '#';
}

/* What is in a cell: the number of a resource, or one of these */
enum { NONE = -1, SEVERAL = -2 };

static void fill_cells(const struct page_view *page, uint64_t page_size,
		       int *cells)
{
	uint64_t cell = page_size / CELLS;
	size_t i, c;

	for (c = 0; c < CELLS; c++)
		cells[c] = NONE;
	for (i = 0; i < page->nr; i++) {
		struct range r = in_page(page, page->resources[i]);

		for (c = r.start / cell; c <= r.end / cell; c++)
			cells[c] = cells[c] == NONE ? (int)i : SEVERAL;
	}
}

static char *colour_of(size_t i)
{
	return text("\033[30;4%zum", 1 + i % NR_COLOURS);
}

static void print_cell(int resource, bool colour)
{
	char c = resource == NONE ? '.' : resource == SEVERAL ? '*' : letter(resource);
	char *begin;

	if (colour && resource >= 0) {
		begin = colour_of(resource);
		printf("%s%c\033[0m", begin, c);
		free(begin);
	} else {
		putchar(c);
	}
}

/* The letter in the colour that it has above */
static void set_key(struct libscols_line *line, const struct view *v, size_t i)
{
	char *colour = colour_of(i);

	scols_line_refer_data(line, 0, copy(" "));
	scols_line_refer_data(line, 1, text("%c", letter(i)));
	if (v->colour && scols_cell_set_color(scols_line_get_cell(line, 1), colour))
		die("out of memory");
	free(colour);
}

static char *user_of(const struct resource *resource)
{
	const char *driver = resource->bar ? driver_of(resource->bar->dev) : NULL;

	return copy(driver ? driver : "-");
}

static void add_line(struct libscols_table *table, const struct view *v,
		     const struct page_view *page, size_t i)
{
	struct libscols_line *line = checked(scols_table_new_line(table, NULL));
	const struct resource *resource = page->resources[i];
	struct range r = in_page(page, resource);

	set_key(line, v, i);
	scols_line_refer_data(line, 2, text("0x%llx-0x%llx",
					    (unsigned long long)r.start,
					    (unsigned long long)r.end));
	scols_line_refer_data(line, 3, human_size(size_of(resource->at),
						  v->bytes));
	scols_line_refer_data(line, 4, resource_name(resource));
	scols_line_refer_data(line, 5, user_of(resource));
}

static void print_legend(const struct view *v, const struct page_view *page)
{
	struct libscols_table *table = checked(scols_new_table());
	size_t i;

	scols_table_enable_noheadings(table, 1);
	scols_table_enable_colors(table, v->colour);
	scols_table_new_column(table, " ", 0, 0);
	scols_table_new_column(table, " ", 0, 0);
	scols_table_new_column(table, " ", 0, 0);
	scols_table_new_column(table, " ", 0, SCOLS_FL_RIGHT);
	scols_table_new_column(table, " ", 0, 0);
	scols_table_new_column(table, " ", 0, 0);
	for (i = 0; i < page->nr; i++)
		add_line(table, v, page, i);
	if (scols_print_table(table))
		die("cannot print the table");
	scols_unref_table(table);
}

static void print_page(const struct view *v, const struct page_view *page)
{
	char *size = human_size(v->page, v->bytes);
	bool several = false;
	int cells[CELLS];
	size_t c;

	printf("0x%llx, %s:\n  |", (unsigned long long)page->at.start, size);
	fill_cells(page, v->page, cells);
	for (c = 0; c < CELLS; c++) {
		print_cell(cells[c], v->colour);
		several |= cells[c] == SEVERAL;
	}
	printf("|\n");
	print_legend(v, page);
	if (several)
		printf("  * several of these\n");
	if (page->nr < 2)
		printf("  ? and something that only root can see\n");
	free(size);
}

void print_map(const struct view *v)
{
	struct page_view *pages;
	size_t nr, i;

	pages = shared_pages(v, &nr);
	if (!nr)
		complain("no page holds more than one thing");
	for (i = 0; i < nr; i++) {
		if (i)
			putchar('\n');
		print_page(v, &pages[i]);
	}
	free_pages(pages, nr);
}
