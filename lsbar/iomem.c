// SPDX-License-Identifier: GPL-2.0
/* Lines of /proc/iomem: "  febf1000-febf10ff : 0000:00:03.0" */
#include <string.h>

#include "lsbar.h"

static bool parse_line(char *line, struct resource *resource)
{
	line += strspn(line, " ");
	if (!parse_hex(&line, "", &resource->at.start, "-") ||
	    !parse_hex(&line, "", &resource->at.end, " : "))
		return false;
	resource->name = line;
	return resource->at.start <= resource->at.end;
}

static void add_line(struct system *sys, char *line, size_t number)
{
	struct resource resource = {};

	if (!parse_line(line, &resource))
		die("cannot use %s: line %zu is not 'start-end : name'",
		    tree_path("proc/iomem"), number);
	plain_ascii(resource.name);
	resource.name = copy(resource.name);
	sys->iomem = grow(sys->iomem, sys->nr_iomem, sizeof(resource));
	sys->iomem[sys->nr_iomem++] = resource;
	sys->addresses |= resource.at.end;	/* others than root see only zeros */
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
