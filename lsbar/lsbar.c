// SPDX-License-Identifier: GPL-2.0
/*
 * lsbar: which PCI BARs share a page?
 *
 * Anyone who maps a page gets all registers in it, also those of other devices.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

#define COLUMNS		"BDF,BAR,SIZE,START,PAGE,OFFSET,SHARES-WITH,DRIVER,IOMMU-GROUP"
#define PLAN_COLUMNS	"BDF,BAR,SIZE,START,VERDICT,PLAN,AFTER,FITS,NEEDS,FREE,WINDOW"
#define SETS_COLUMNS	"SET,BDF,IOMMU-GROUP,SHARES-WITH,FITNESS,DRIVER,RESET"
#define MAX_TOLD	10

/* Report what the kernel says and what we see; either may be wrong. */
static void tell_difference(const struct row *row)
{
	char *name = bar_name(row->bar), *other = NULL;

	if (row->finding.nr_others)
		other = resource_name(row->finding.others[0]);
	complain("%s: the kernel says \"%s\" but %s%s: trust neither, and report it with lsbar-capture's output",
		 name, status_name(row->bar->status),
		 other ? "its page also holds " : "lsbar sees something else",
		 other ? other : "");
	free(name);
	free(other);
}

static void tell_differences(const struct view *v)
{
	size_t i, nr = 0;

	for (i = 0; i < v->nr_rows; i++)
		if (v->rows[i].finding.differs && ++nr <= MAX_TOLD)
			tell_difference(&v->rows[i]);
	if (nr > MAX_TOLD)
		complain("... and %zu more like this", nr - MAX_TOLD);
}

static const char *default_columns(enum mode mode)
{
	return mode == PLAN ? PLAN_COLUMNS :
	       mode == SETS ? SETS_COLUMNS : COLUMNS;
}

/* A filter replaces the default selection. */
static void choose_rows(struct view *v, const struct options *o)
{
	if (o->mode == SETS)
		rows_by_device(v);
	else if (o->filter)
		;
	else if (o->mode == PLAN)
		keep_rows(v, concerns_plan);
	else if (!o->all)
		keep_rows(v, is_interesting);

	if (o->shared)
		keep_rows(v, shares);
	if (o->filter)
		filter_rows(v);
	if (o->sort)
		sort_rows(v, find_column(o->sort, strlen(o->sort)));
}

static const char *nothing(const struct options *o)
{
	if (o->filter || o->shared)
		return "matches";
	if (o->mode == SETS)
		return "but bridges, which stay with the host";
	return o->mode == PLAN ? "would move or shares a page" :
	       "is small or shares a page; --all shows the others";
}

static void show_table(struct view *v, const struct options *o)
{
	struct columns chosen = {};

	if (o->all_columns)
		choose_all_columns(&chosen);
	else
		choose_columns(&chosen, o->columns, default_columns(o->mode));
	if (need_plan(&chosen) || o->filter || o->sort)
		make_plan(v);
	choose_rows(v, o);
	if (!v->nr_rows && v->format == TABLE)
		complain("no %s %s", o->mode == SETS ? "device" : "memory BAR",
			 nothing(o));
	print_table(v, &chosen);
}

static int show(struct view *v, const struct options *o)
{
	switch (o->mode) {
	case SHOW:
	case PLAN:
	case SETS:
		show_table(v, o);
		break;
	case MAP:
		print_map(v);
		break;
	case SVG:
		write_svg(v, o->svg);
		break;
	case CHECK:
		make_plan(v);
		return check(v);
	case OPENMETRICS:
		print_openmetrics(v);
		break;
	case FEATURES:
		print_features(v);
		break;
	}
	return EXIT_SUCCESS;
}

static uint64_t page_size(const struct system *sys, const struct options *o)
{
	if (!o->page && !sys->page_size)
		die_usage("%s: missing, so give the page size of that system with --page-size",
			  tree_path("page_size"));
	return o->page ? o->page : sys->page_size;
}

static int run(const struct options *o)
{
	struct system sys = {};
	struct view v = {
		.sys = &sys, .format = o->format, .bytes = o->bytes, .all = o->all,
		.no_headings = o->no_headings, .colour = o->colour,
		.xen = o->xen, .filter = o->filter, .sets = o->mode == SETS,
	};
	int status;

	if (o->from)
		system_from(&sys, o->from, o->iomem);
	else
		system_read(&sys);
	v.page = page_size(&sys, o);
	select_devices(&sys, o);
	if (v.sets)
		make_sets(&sys, v.page);
	make_rows(&v);
	tell_differences(&v);
	status = show(&v, o);
	free_view(&v);
	system_free(&sys);
	return status;
}

/* A pipe whose reader is gone, having seen enough. */
static bool reader_is_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

/* An earlier write error has left only a flag. */
static void close_output(void)
{
	bool failed = ferror(stdout), gone = reader_is_gone();

	errno = failed ? EIO : 0;
	failed |= fclose(stdout) != 0;
	if (failed && errno != EPIPE && !gone) {
		complain("write error: %s", strerror(errno));
		_exit(EXIT_FAILURE);
	}
}

int main(int argc, char **argv)
{
	struct options o;
	int status;

	atexit(close_output);
	o = parse_options(argc, argv);
	if (!o.from)
		tree_open(o.sysroot);
	status = run(&o);
	tree_close();
	free(o.slots);
	free(o.ids);
	return status;
}
