/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "lsbar.h"

enum mode { SHOW, MAP, SVG, CHECK, PLAN, SETS, OPENMETRICS, FEATURES };

struct options {
	enum mode mode;
	enum format format;
	const char *sysroot, *from, *iomem, *columns, *svg;
	const char **slots, **ids;	/* as given */
	size_t nr_slots, nr_ids;
	char **devices;
	uint64_t page;			/* 0: of the system */
	const char *filter, *sort;	/* NULL if not given */
	bool all, all_columns, bytes, no_headings, shared, xen;
	int colour;			/* -1: if it is a terminal */
};

/* Ends the program if they are wrong, or if help is all that was asked for */
struct options parse_options(int argc, char **argv);

#endif
