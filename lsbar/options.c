// SPDX-License-Identifier: GPL-2.0
/* The command line */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

#define LARGEST_PAGE	(1 << 30)

/* Options without a letter; first the modes, up to OPT_SVG */
enum { OPT_CHECK = 256, OPT_FEATURES, OPT_MAP, OPT_OPENMETRICS, OPT_PLAN,
       OPT_SETS, OPT_SVG, OPT_PAGE_SIZE, OPT_SYSROOT, OPT_COLOUR, OPT_XEN,
       OPT_IOMEM, OPT_SHARED };

static const struct option long_options[] = {
	{ "all",		no_argument,		NULL, 'a' },
	{ "bytes",		no_argument,		NULL, 'b' },
	{ "check",		no_argument,		NULL, OPT_CHECK },
	{ "color",		optional_argument,	NULL, OPT_COLOUR },
	{ "device",		required_argument,	NULL, 'd' },
	{ "features",		no_argument,		NULL, OPT_FEATURES },
	{ "filter",		required_argument,	NULL, 'Q' },
	{ "from",		required_argument,	NULL, 'F' },
	{ "help",		no_argument,		NULL, 'h' },
	{ "iomem",		required_argument,	NULL, OPT_IOMEM },
	{ "json",		no_argument,		NULL, 'J' },
	{ "map",		no_argument,		NULL, OPT_MAP },
	{ "noheadings",		no_argument,		NULL, 'n' },
	{ "openmetrics",	no_argument,		NULL, OPT_OPENMETRICS },
	{ "output",		required_argument,	NULL, 'o' },
	{ "output-all",		no_argument,		NULL, 'O' },
	{ "page-size",		required_argument,	NULL, OPT_PAGE_SIZE },
	{ "pairs",		no_argument,		NULL, 'P' },
	{ "plan",		no_argument,		NULL, OPT_PLAN },
	{ "raw",		no_argument,		NULL, 'r' },
	{ "sets",		no_argument,		NULL, OPT_SETS },
	{ "shared",		no_argument,		NULL, OPT_SHARED },
	{ "slot",		required_argument,	NULL, 's' },
	{ "sort",		required_argument,	NULL, 'x' },
	{ "svg",		required_argument,	NULL, OPT_SVG },
	{ "sysroot",		required_argument,	NULL, OPT_SYSROOT },
	{ "version",		no_argument,		NULL, 'V' },
	{ "xen",		no_argument,		NULL, OPT_XEN },
	{ NULL }
};

static void usage(void)
{
	size_t i;

	fputs("\nUsage:\n"
	      " lsbar [options] [<device>...]\n"
	      "\nShow which PCI BARs share a page.\n"
	      "\nOptions:\n"
	      " -a, --all              also show BARs that are large and isolated\n"
	      " -b, --bytes            print sizes in bytes, without a unit\n"
	      "     --check            are they fit for passthrough, together if several are\n"
	      "                          named? exit status 0: yes, 2: no, 3: can't tell,\n"
	      "                          4: kernel disagrees, 5: yes, but slow\n"
	      "     --color[=<when>]   colour the map (auto, always or never)\n"
	      " -d, --device <id>      only these: [<vendor>]:[<device>][:<class>[:<prog-if>]]\n"
	      "     --features         print a file for Node Feature Discovery\n"
	      " -F, --from <file>      read what lspci -vv or lsbar-capture printed\n"
	      "     --iomem <file>     with --from: /proc/iomem of that system\n"
	      " -J, --json             use JSON output format\n"
	      "     --map              draw the pages that hold more than one thing\n"
	      " -n, --noheadings       don't print headings\n"
	      "     --openmetrics      print metrics for Prometheus\n"
	      " -o, --output <list>    output columns; +<list> adds to the default ones\n"
	      " -O, --output-all       output all columns\n"
	      "     --page-size <size> as if pages had this size\n"
	      " -P, --pairs            use key=\"value\" output format\n"
	      "     --plan             what would pci=passthrough_align do?\n"
	      " -Q, --filter <expr>    only rows for which this is true, see lsbar(8)\n"
	      " -r, --raw              use raw output format\n"
	      "     --sets             which devices go together?\n"
	      "     --shared           only BARs that share a page\n"
	      " -s, --slot <slot>      only these: [[[<domain>]:]<bus>:][<device>][.[<function>]]\n"
	      " -x, --sort <column>    sort by this column\n"
	      "     --svg <file>       draw the map into a file (- for standard output)\n"
	      "     --sysroot <dir>    use a tree captured by lsbar-capture\n"
	      "     --xen              with --check: they go to a Xen guest\n"
	      "\n"
	      " -h, --help             display this help\n"
	      " -V, --version          display version\n"
	      "\nAvailable output columns:\n", stdout);
	for (i = 0; i < nr_columns; i++)
		printf(" %11s  %s\n", columns[i].name, columns[i].help);
	fputs("\nFor more details see lsbar(8).\n", stdout);
}

/* options */

static void set_mode(struct options *o, enum mode mode)
{
	if (o->mode != SHOW && o->mode != mode)
		die_usage("--check, --features, --map, --openmetrics, --plan, --sets and --svg are mutually exclusive");
	o->mode = mode;
}

static void set_format(struct options *o, enum format format)
{
	if (o->format != TABLE && o->format != format)
		die_usage("--json, --pairs and --raw are mutually exclusive");
	o->format = format;
}

static uint64_t parse_page_size(const char *arg)
{
	uint64_t size;

	if (!parse_number(arg, &size) || size < SMALLEST_PAGE ||
	    size > LARGEST_PAGE || size & (size - 1))
		die_usage("invalid page size: '%s' (a power of two from 4K to 1G, like 64K)",
			  arg);
	return size;
}

static int parse_when(const char *arg)
{
	if (!arg || !strcmp(arg, "always"))
		return 1;
	if (!strcmp(arg, "never"))
		return 0;
	if (strcmp(arg, "auto"))
		die_usage("invalid argument of --color: '%s' (auto, always or never)",
			  arg);
	return -1;
}

/* false: it is none of these */
static bool parse_mode(struct options *o, int c, const char *arg)
{
	static const enum mode modes[] = {
		CHECK, FEATURES, MAP, OPENMETRICS, PLAN, SETS, SVG
	};

	if (c < OPT_CHECK || c > OPT_SVG)
		return false;
	set_mode(o, modes[c - OPT_CHECK]);
	if (c == OPT_SVG)
		o->svg = arg;
	return true;
}

static bool parse_flag(struct options *o, int c)
{
	switch (c) {
	case 'a':
		return o->all = true;
	case 'b':
		return o->bytes = true;
	case 'n':
		return o->no_headings = true;
	case 'O':
		return o->all_columns = true;
	case OPT_SHARED:
		return o->shared = true;
	case OPT_XEN:
		return o->xen = true;
	case 'J':
		set_format(o, JSON);
		return true;
	case 'P':
		set_format(o, PAIRS);
		return true;
	case 'r':
		set_format(o, RAW);
		return true;
	}
	return false;
}

static void add(const char ***list, size_t *nr, const char *arg)
{
	*list = grow(*list, *nr, sizeof(**list));
	(*list)[(*nr)++] = arg;
}

static bool parse_argument(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'd':
		add(&o->ids, &o->nr_ids, arg);
		return true;
	case 'F':
		o->from = arg;
		return true;
	case OPT_IOMEM:
		o->iomem = arg;
		return true;
	case 'Q':
		o->filter = arg;
		return true;
	case 'x':
		o->sort = arg;
		return true;
	case 'o':
		o->columns = arg;
		return true;
	case 's':
		add(&o->slots, &o->nr_slots, arg);
		return true;
	case OPT_SYSROOT:
		o->sysroot = arg;
		return true;
	case OPT_PAGE_SIZE:
		o->page = parse_page_size(arg);
		return true;
	case OPT_COLOUR:
		o->colour = parse_when(arg);
		return true;
	}
	return false;
}

static void parse_option(struct options *o, int c)
{
	if (parse_mode(o, c, optarg) || parse_flag(o, c) ||
	    parse_argument(o, c, optarg))
		return;
	if (c == 'h')
		usage();
	else if (c == 'V')
		printf("lsbar " VERSION "\n");
	else
		fprintf(stderr, "Try 'lsbar --help' for more information.\n");
	exit(c == 'h' || c == 'V' ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

/* As no-color.org says, an empty NO_COLOR means nothing. */
static bool can_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !is_set("NO_COLOR") &&
	       !(term && !strcmp(term, "dumb"));
}

static void check_format(const struct options *o)
{
	bool table = o->mode == SHOW || o->mode == PLAN || o->mode == SETS;

	if (!table && (o->format != TABLE || o->columns || o->all_columns ||
		       o->filter || o->sort || o->shared))
		die_usage("--filter, --json, --output, --output-all, --pairs, --raw, --shared and --sort are for tables, but none is printed");
	if (o->from && o->sysroot)
		die_usage("--from and --sysroot are mutually exclusive");
	if (o->iomem && !o->from)
		die_usage("--iomem goes with --from");
	if (o->xen && o->mode != CHECK)
		die_usage("--xen is for --check");
	if (o->columns && o->all_columns)
		die_usage("--output and --output-all are mutually exclusive");
}

struct options parse_options(int argc, char **argv)
{
	struct options o = { .colour = -1 };
	int c;

	while ((c = getopt_long(argc, argv, "abd:F:hJno:OPQ:rs:Vx:", long_options,
				NULL)) != -1)
		parse_option(&o, c);
	check_format(&o);
	if (o.colour < 0)
		o.colour = can_colour();
	o.devices = argv + optind;
	return o;
}
