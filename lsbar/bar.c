// SPDX-License-Identifier: GPL-2.0
/* What a BAR is, and what it is called. */
#include "lsbar.h"

bool is_memory(const struct bar *bar)
{
	return bar->flags & RES_MEM;
}

bool is_bar(const struct bar *bar)
{
	return bar->nr <= ROM;
}

bool is_window(const struct bar *bar)
{
	return bar->nr >= WINDOW;
}

/* The kernel writes a size of 0 as an end one before the start. */
bool is_empty(const struct bar *bar)
{
	return bar->at.start && bar->at.end == bar->at.start - 1;
}

/* A ROM's shadow is a copy in RAM, and says nothing about the BAR. */
bool is_assigned(const struct bar *bar)
{
	if (bar->flags & RES_UNSET || is_empty(bar))
		return false;
	if (bar->nr == ROM && bar->flags & RES_ROM_SHADOW)
		return false;
	return bar->at.start;
}

bool is_small(const struct bar *bar, uint64_t page)
{
	return bar->at.end - bar->at.start < page - 1;
}

char *bar_label(const struct bar *bar)
{
	if (bar->guessed)
		return copy("?");
	return bar->nr == ROM ? copy("ROM") : text("%d", bar->nr);
}

char *bar_name(const struct bar *bar)
{
	if (bar->nr == ROM)
		return text("%s ROM", bar->dev->bdf);
	if (bar->guessed)
		return text("%s BAR ?", bar->dev->bdf);
	if (is_bar(bar))
		return text("%s BAR %d", bar->dev->bdf, bar->nr);
	if (is_window(bar))
		return text("%s window %d", bar->dev->bdf, bar->nr - WINDOW);
	return text("%s VF BAR %d", bar->dev->bdf, bar->nr - VF_BAR);
}

char *resource_name(const struct resource *resource)
{
	return resource->bar ? bar_name(resource->bar) : copy(resource->name);
}
