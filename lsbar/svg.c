// SPDX-License-Identifier: GPL-2.0
/* Pages as a picture for a report */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define WIDTH	640	/* of a page */
#define MARGIN	10
#define LINE	18	/* of text */
#define BOX	24	/* height of a page */

static const char * const colours[] = {
	"#e6a0a0", "#a0c8a0", "#e6d28c", "#a0b4dc", "#c8a0c8", "#96c8c8",
};
#define NR_COLOURS (sizeof(colours) / sizeof(colours[0]))

static void put_escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			fputs("&lt;", out);
		else if (*s == '>')
			fputs("&gt;", out);
		else if (*s == '&')
			fputs("&amp;", out);
		else
			fputc(*s, out);
	}
}

static unsigned int height_of(const struct page_view *page)
{
	return LINE + BOX + LINE * page->nr + LINE;
}

static void put_box(FILE *out, double x, double y, double width,
		    const char *fill)
{
	fprintf(out, "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" fill=\"%s\" stroke=\"#444\"/>\n",
		x, y, width, BOX, fill);
}

static void put_thing(FILE *out, const struct view *v,
		      const struct page_view *page, size_t i, unsigned int y)
{
	const char *colour = colours[i % NR_COLOURS];
	const struct thing *thing = page->things[i];
	struct range r = in_page(page, thing);
	unsigned int line = y + BOX + LINE * (i + 1);
	double scale = (double)WIDTH / v->page;
	char *name = thing_name(thing);

	put_box(out, MARGIN + r.start * scale, y,
		(r.end - r.start + 1) * scale, colour);
	fprintf(out, "<rect x=\"%d\" y=\"%u\" width=\"10\" height=\"10\" fill=\"%s\"/>\n",
		MARGIN, line - 10, colour);
	fprintf(out, "<text x=\"%d\" y=\"%u\">0x%llx-0x%llx ", MARGIN + 16,
		line, (unsigned long long)r.start, (unsigned long long)r.end);
	put_escaped(out, name);
	fputs("</text>\n", out);
	free(name);
}

static void put_page(FILE *out, const struct view *v,
		     const struct page_view *page, unsigned int y)
{
	size_t i;

	fprintf(out, "<text x=\"%d\" y=\"%u\">page 0x%llx</text>\n", MARGIN,
		y + LINE - 5, (unsigned long long)page->at.start);
	put_box(out, MARGIN, y + LINE, WIDTH, "#fff");
	for (i = 0; i < page->nr; i++)
		put_thing(out, v, page, i, y + LINE);
}

static void put_picture(FILE *out, const struct view *v,
			const struct page_view *pages, size_t nr)
{
	unsigned int y = MARGIN, height = 2 * MARGIN;
	size_t i;

	for (i = 0; i < nr; i++)
		height += height_of(&pages[i]);
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" font-family=\"monospace\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		WIDTH + 2 * MARGIN, height);
	for (i = 0; i < nr; i++) {
		put_page(out, v, &pages[i], y);
		y += height_of(&pages[i]);
	}
	fputs("</svg>\n", out);
}

void write_svg(const struct view *v, const char *file)
{
	FILE *out = strcmp(file, "-") ? fopen(file, "we") : stdout;
	struct page_view *pages;
	size_t nr;

	if (!out)
		die("cannot write to %s: %s", file, strerror(errno));
	pages = shared_pages(v, &nr);
	put_picture(out, v, pages, nr);
	free_pages(pages, nr);
	if (out != stdout && (ferror(out) | fclose(out)))
		die("cannot write to %s: %s", file, strerror(errno));
}
