// SPDX-License-Identifier: GPL-2.0
/* Pages that hold more than one thing, for pictures */
#include <stdlib.h>

#include "lsbar.h"

struct list {
	uint64_t *pages;
	size_t nr;
};

static void add(struct list *list, uint64_t page)
{
	list->pages = grow(list->pages, list->nr, sizeof(*list->pages));
	list->pages[list->nr++] = page;
}

/* Of a long overlap the first and the last page will do. */
static void add_common(struct list *list, struct range a, struct range b,
		       uint64_t page)
{
	struct range x = pages_of(a, page), y = pages_of(b, page);
	uint64_t first = x.start > y.start ? x.start : y.start;
	uint64_t last = (x.end < y.end ? x.end : y.end) & ~(page - 1);

	add(list, first);
	if (last != first)
		add(list, last);
}

static void add_row(struct list *list, const struct view *v,
		    const struct row *row)
{
	const struct finding *f = &row->finding;
	size_t i;

	if (f->verdict != SHARES || !is_assigned(row->bar))
		return;
	if (!f->nr_others)	/* with something that we do not see */
		add(list, pages_of(row->bar->at, v->page).start);
	for (i = 0; i < f->nr_others; i++)
		add_common(list, row->bar->at, f->others[i]->at, v->page);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(uint64_t *)a, y = *(uint64_t *)b;

	return (x > y) - (x < y);
}

static void drop_doubles(struct list *list)
{
	size_t i, nr = 0;

	if (!list->nr)
		return;
	qsort(list->pages, list->nr, sizeof(*list->pages), by_number);
	for (i = 0; i < list->nr; i++)
		if (!nr || list->pages[i] != list->pages[nr - 1])
			list->pages[nr++] = list->pages[i];
	list->nr = nr;
}

static bool is_plain_bar(const struct resource *resource)
{
	return resource->bar && is_bar(resource->bar);
}

/* BARs for VFs are few. */
static bool is_part_of_any(const struct page_view *page,
			   const struct resource *resource)
{
	size_t i;

	for (i = 0; i < page->nr; i++)
		if (is_plain_bar(page->resources[i]) &&
		    is_part(page->resources[i]->bar, resource))
			return true;
	return false;
}

/* The lowest end of the BARs after each resource, which it may enclose */
static uint64_t *ends_behind(const struct page_view *page)
{
	uint64_t *ends = checked(calloc(page->nr + 1, sizeof(*ends)));
	uint64_t least = UINT64_MAX;
	size_t i;

	for (i = page->nr; i-- > 0;) {
		ends[i] = least;
		if (is_plain_bar(page->resources[i]) &&
		    page->resources[i]->at.end < least)
			least = page->resources[i]->at.end;
	}
	return ends;
}

/*
 * What encloses a BAR, or is inside of one, is not shown: resources are sorted by their
 * start, so the ends of the BARs before and after tell.
 */
static bool *find_parts(const struct page_view *page)
{
	bool *part = checked(calloc(page->nr + 1, sizeof(*part)));
	uint64_t *behind = ends_behind(page), before = 0;
	size_t i;

	for (i = 0; i < page->nr; i++) {
		const struct resource *resource = page->resources[i];

		if (is_plain_bar(resource)) {
			if (resource->at.end > before)
				before = resource->at.end;
		} else if (resource->bar && !is_window(resource->bar)) {
			part[i] = is_part_of_any(page, resource);
		} else {
			part[i] = resource->at.end <= before ||
				  behind[i] <= resource->at.end ||
				  is_padding(resource);
		}
	}
	free(behind);
	return part;
}

static void look_into(struct page_view *page, const struct system *sys)
{
	struct cursor c = index_in(sys->index, page->at);
	const struct resource *resource;
	bool *part;
	size_t i, nr = 0;

	while ((resource = index_next(&c))) {
		page->resources = grow(page->resources, page->nr,
				       sizeof(*page->resources));
		page->resources[page->nr++] = resource;
	}
	part = find_parts(page);
	for (i = 0; i < page->nr; i++)
		if (!part[i])
			page->resources[nr++] = page->resources[i];
	page->nr = nr;
	free(part);
}

struct page_view *shared_pages(const struct view *v, size_t *nr)
{
	struct page_view *pages;
	struct list list = {};
	size_t i;

	for (i = 0; i < v->nr_rows; i++)
		add_row(&list, v, &v->rows[i]);
	drop_doubles(&list);

	pages = checked(calloc(list.nr + 1, sizeof(*pages)));
	for (i = 0; i < list.nr; i++) {
		pages[i].at = (struct range) {
			list.pages[i], list.pages[i] | (v->page - 1)
		};
		look_into(&pages[i], v->sys);
	}
	*nr = list.nr;
	free(list.pages);
	return pages;
}

void free_pages(struct page_view *pages, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free(pages[i].resources);
	free(pages);
}

/* The part of a resource that is in the page, as offsets in it */
struct range in_page(const struct page_view *page, const struct resource *resource)
{
	uint64_t start = resource->at.start, end = resource->at.end;

	start = start > page->at.start ? start - page->at.start : 0;
	end = end < page->at.end ? end - page->at.start :
	      page->at.end - page->at.start;
	return (struct range) { start, end };
}
