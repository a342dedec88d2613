// SPDX-License-Identifier: GPL-2.0
/* Lines of /proc/iomem: "  febf1000-febf10ff : 0000:00:03.0" */
#include <string.h>

#include "lsbar.h"

static bool parse_line(char *line, struct thing *thing)
{
	line += strspn(line, " ");
	if (!parse_hex(&line, "", &thing->at.start, "-") ||
	    !parse_hex(&line, "", &thing->at.end, " : "))
		return false;
	thing->name = line;
	return thing->at.start <= thing->at.end;
}

static void add_line(struct system *sys, char *line, size_t number)
{
	struct thing thing = {};

	if (!parse_line(line, &thing))
		die("cannot use %s: line %zu is not 'start-end : name'",
		    tree_path("proc/iomem"), number);
	plain_ascii(thing.name);
	thing.name = copy(thing.name);
	sys->iomem = grow(sys->iomem, sys->nr_iomem, sizeof(thing));
	sys->iomem[sys->nr_iomem++] = thing;
	sys->addresses |= thing.at.end;	/* others than root see only zeros */
}

/* A list that ends early would hide neighbours. */
void read_iomem(struct system *sys, char *content)
{
	size_t number = 0;
	char *line, *end;

	for (line = content; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			die("cannot use %s: its last line is cut short",
			    tree_path("proc/iomem"));
		*end = '\0';
		add_line(sys, line, ++number);
	}
}
