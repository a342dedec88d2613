// SPDX-License-Identifier: GPL-2.0
/* Pages as a picture for a report */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define WIDTH		800	/* of a page */
#define MARGIN		20
#define LINE		18	/* of text */
#define BOX		28	/* height of a page */
#define TICKS		8	/* parts of a page that the scale shows */
#define CHARACTER	8	/* as wide at most; a label needs that much */
#define MANY		8	/* more things take two columns */
#define GOLDEN_ANGLE	137.508	/* no two colours near each other are alike */

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

/* A to Z, then AA to ZZ and so on */
static char *label(size_t i)
{
	char *before, *whole;

	if (i < 26)
		return text("%c", (int)('A' + i));
	before = label(i / 26 - 1);
	whole = text("%s%c", before, (int)('A' + i % 26));
	free(before);
	return whole;
}

static double hue(size_t i)
{
	double h = i * GOLDEN_ANGLE;

	return h - 360 * (uint64_t)(h / 360);
}

static bool has_unseen(const struct page_view *page)
{
	return page->nr < 2;
}

static size_t legend_columns(const struct page_view *page)
{
	return page->nr > MANY ? 2 : 1;
}

static size_t legend_rows(const struct page_view *page)
{
	size_t columns = legend_columns(page);

	return (page->nr + columns - 1) / columns + has_unseen(page);
}

/* Heading, box, scale, legend, and a space */
static unsigned int height_of(const struct page_view *page)
{
	return LINE + BOX + LINE + LINE * legend_rows(page) + LINE;
}

static void put_rect(FILE *out, double x, unsigned int y, double width,
		     const char *fill)
{
	fprintf(out, "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"%s\" stroke=\"#444\"/>\n",
		x, y, width, BOX, fill);
}

static void put_text(FILE *out, double x, unsigned int y, const char *anchor,
		     const char *s)
{
	fprintf(out, "<text x=\"%.2f\" y=\"%u\" text-anchor=\"%s\">", x, y, anchor);
	put_escaped(out, s);
	fputs("</text>\n", out);
}

static void put_box(FILE *out, const struct view *v,
		    const struct page_view *page, size_t i, unsigned int y)
{
	struct range r = in_page(page, page->resources[i]);
	double scale = (double)WIDTH / v->page;
	double x = MARGIN + r.start * scale, width = (r.end - r.start + 1) * scale;
	char *name = label(i), *fill = text("hsl(%.0f,60%%,75%%)", hue(i));

	put_rect(out, x, y, width, fill);
	if (width >= strlen(name) * CHARACTER)
		put_text(out, x + width / 2, y + BOX / 2 + 4, "middle", name);
	free(name);
	free(fill);
}

/* Where in the page; the last number is its size */
static void put_scale(FILE *out, const struct view *v, unsigned int y)
{
	uint64_t offset;
	char *number;
	int i;

	for (i = 0; i <= TICKS; i++) {
		double x = MARGIN + (double)WIDTH * i / TICKS;

		offset = v->page / TICKS * i;
		number = text("0x%llx", (unsigned long long)offset);
		fprintf(out, "<path d=\"M%.2f %uv4\" stroke=\"#444\"/>\n", x, y);
		put_text(out, x, y + 15, !i ? "start" : i == TICKS ? "end" : "middle",
			 number);
		free(number);
	}
}

static char *describe(const struct view *v, const struct page_view *page,
		      size_t i)
{
	const struct resource *resource = page->resources[i];
	const char *driver = resource->bar ? driver_of(resource->bar->dev) : NULL;
	struct range r = in_page(page, resource);
	char *name = resource_name(resource), *all;
	char *size = human_size(size_of(resource->at), v->bytes);

	all = text("0x%llx-0x%llx %s %s %s", (unsigned long long)r.start,
		   (unsigned long long)r.end, size, name, driver ? driver : "");
	free(name);
	free(size);
	return all;
}

static void put_key(FILE *out, const struct view *v,
		    const struct page_view *page, size_t i, unsigned int y)
{
	size_t rows = legend_rows(page);
	double x = MARGIN + i / rows * (WIDTH / 2);
	unsigned int line = y + LINE * (i % rows + 1);
	char *name = label(i), *words = describe(v, page, i);

	fprintf(out, "<rect x=\"%.2f\" y=\"%u\" width=\"24\" height=\"14\" fill=\"hsl(%.0f,60%%,75%%)\" stroke=\"#444\"/>\n",
		x, line - 11, hue(i));
	put_text(out, x + 12, line, "middle", name);
	put_text(out, x + 32, line, "start", words);
	free(name);
	free(words);
}

static void put_unseen(FILE *out, const struct page_view *page, unsigned int y)
{
	unsigned int line = y + LINE * legend_rows(page);

	fprintf(out, "<rect x=\"%d\" y=\"%u\" width=\"24\" height=\"14\" fill=\"url(#unseen)\" stroke=\"#444\"/>\n",
		MARGIN, line - 11);
	put_text(out, MARGIN + 32, line, "start",
		 "and, somewhere in it, something that only root can see");
}

static void put_page(FILE *out, const struct view *v,
		     const struct page_view *page, unsigned int y)
{
	char *size = human_size(v->page, v->bytes);
	char *heading = text("page 0x%llx, %s",
			     (unsigned long long)page->at.start, size);
	unsigned int box = y + LINE, legend = box + BOX + LINE;
	size_t i;

	put_text(out, MARGIN, y + LINE - 5, "start", heading);
	put_rect(out, MARGIN, box, WIDTH, has_unseen(page) ? "url(#unseen)" : "#fff");
	for (i = 0; i < page->nr; i++)
		put_box(out, v, page, i, box);
	put_scale(out, v, box + BOX);
	for (i = 0; i < page->nr; i++)
		put_key(out, v, page, i, legend);
	if (has_unseen(page))
		put_unseen(out, page, legend);
	free(heading);
	free(size);
}

static void put_head(FILE *out, unsigned int height)
{
	int width = WIDTH + 2 * MARGIN;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\" font-family=\"monospace\" font-size=\"12\">\n",
		width, height, width, height);
	fputs("<title>Pages that PCI BARs share</title>\n"
	      "<defs><pattern id=\"unseen\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 8L8 0\" stroke=\"#999\"/></pattern></defs>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
}

/* Without addresses in /proc/iomem, only BARs can be seen. */
static const char *remark(const struct view *v, size_t nr)
{
	if (!v->sys->addresses)
		return nr ? "Drawn without /proc/iomem: only BARs are shown." :
			    "No BARs share a page; /proc/iomem, which lists more, was not seen.";
	return nr ? NULL : "No page holds more than one thing.";
}

static void put_picture(FILE *out, const struct view *v,
			const struct page_view *pages, size_t nr)
{
	const char *words = remark(v, nr);
	unsigned int y = MARGIN, height = 2 * MARGIN + (words ? LINE : 0);
	size_t i;

	for (i = 0; i < nr; i++)
		height += height_of(&pages[i]);
	put_head(out, height);
	for (i = 0; i < nr; i++) {
		put_page(out, v, &pages[i], y);
		y += height_of(&pages[i]);
	}
	if (words)
		put_text(out, MARGIN, y + LINE - 5, "start", words);
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
