// SPDX-License-Identifier: GPL-2.0
/*
 * What lspci -v, -vv or -vvnn printed, as found in posts and mails: quoted, with
 * lines broken anywhere, or without leading spaces. lsbar-capture --text
 * writes the same, and more.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "from.h"

#define MAX_PIECES	5	/* that a line is cut into */

/* Lines begin with one of these, or continue what is before them. */
static const char * const beginnings[] = {
	"Region", "Memory", "Expansion ROM", "I/O", "[virtual]", "Prefetchable",
	"Kernel", "Capabilities", "Flags", "Subsystem", "Bus:", "Control:",
	"Status:", "Interrupt", "Latency", "BIST", "IOMMU", "NUMA", "Physical",
	"DeviceName", "Secondary", "BridgeCtl", "Cache", "Shared", "VF",
};

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* Past "[0000:]00:11.0 ", or NULL */
char *parse_bdf(const char *line, struct pci_address *at)
{
	static const char * const formats[] = {
		"%8x:%2x:%2x.%1x%n", "%2x:%2x.%1x%n"
	};
	int len = 0;

	if (!isxdigit((unsigned char)*line))
		return NULL;
	if (sscanf(line, formats[0], &at->domain, &at->bus, &at->dev, &at->func,
		   &len) != 4) {
		at->domain = 0;
		len = 0;
		if (sscanf(line, formats[1], &at->bus, &at->dev, &at->func,
			   &len) != 3)
			return NULL;
	}
	if (!len || (line[len] && !isspace((unsigned char)line[len])) ||
	    at->bus > 255 || at->dev > 31 || at->func > 7 || at->domain > INT32_MAX)
		return NULL;
	return (char *)line + len + strspn(line + len, " \t");
}

static bool is_beginning(const char *line)
{
	struct pci_address address;
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (starts(line, beginnings[i]))
			return true;
	return !*line || parse_bdf(line, &address);
}

/* BARs and windows: what is given with a size, at the end */
static bool is_resource(const char *line)
{
	return starts(line, "Region") || starts(line, "Memory") ||
	       starts(line, "Expansion ROM") || starts(line, "I/O") ||
	       starts(line, "[virtual]") || starts(line, "Prefetchable");
}

static bool is_complete(const char *line)
{
	const char *size = strstr(line, "[size=");

	return (size && strchr(size, ']')) || strstr(line, "[flags=");
}

/* Quotes of mails, and no-break spaces of web pages */
static char *skip_quotes(char *line)
{
	for (;;) {
		if (*line && strchr(" \t>|", *line))
			line++;
		else if (starts(line, "\xc2\xa0"))
			line += 2;
		else
			return line;
	}
}

static void trim(char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
}

char *next_line(char **rest)
{
	char *line = *rest, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	trim(line);
	return skip_quotes(line);
}

/* Without spaces it does not matter where a line was cut. */
static void squeeze(char *line)
{
	char *to = line;

	for (; *line; line++)
		if (!isspace((unsigned char)*line))
			*to++ = *line;
	*to = '\0';
}

/* 1K, 1k, 1 KiB, 1Ko, and with other alphabets' letters */
static uint64_t parse_size(const char *s)
{
	static const struct { const char *unit; int shift; } units[] = {
		{ "k", 10 }, { "K", 10 }, { "\xd0\x9a", 10 }, { "\xd0\xba", 10 },
		{ "M", 20 }, { "m", 20 }, { "\xd0\x9c", 20 }, { "\xd0\xbc", 20 },
		{ "G", 30 }, { "g", 30 }, { "\xd0\x93", 30 }, { "\xd0\xb3", 30 },
		{ "T", 40 }, { "t", 40 }, { "\xd0\xa2", 40 }, { "\xd1\x82", 40 },
	};
	unsigned long long size;
	char *end;
	size_t i;

	if (!isdigit((unsigned char)*s))
		return 0;
	size = strtoull(s, &end, 10);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (starts(end, units[i].unit))
			return size <= UINT64_MAX >> units[i].shift ?
			       size << units[i].shift : 0;
	return size;
}

/* An address of lspci, with or without 0x. <unassigned> is none. */
static bool parse_address(const char *s, uint64_t *address)
{
	char *end;

	if (!isxdigit((unsigned char)*s))
		return false;
	*address = strtoull(s, &end, 16);
	return *address;
}

/* Past the word, or NULL */
static const char *after(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? at + strlen(word) : NULL;
}

static uint64_t flags_of(const char *line)
{
	const char *given = after(line, "[flags=0x");
	uint64_t flags = RES_MEM;

	if (given)
		return strtoull(given, NULL, 16);
	if (strstr(line, "(64-bit"))
		flags |= RES_MEM_64;
	if (strstr(line, ",prefetchable"))
		flags |= RES_PREFETCH;
	return flags;
}

/* lsbar-capture has both ends of it, as the kernel has them. */
static bool set_captured(struct bar *bar, const char *at, const char *line)
{
	char *end;

	if (!strstr(line, "[flags="))
		return false;
	bar->at.start = strtoull(at, &end, 16);
	bar->at.end = *end == '-' ? strtoull(end + 1, NULL, 16) : 0;
	if (bar->at.end < bar->at.start && !is_empty(bar))
		bar->flags |= RES_UNSET;
	return true;
}

static void set_range(struct bar *bar, const char *at, const char *line)
{
	const char *size = after(line, "[size=");
	uint64_t bytes = size ? parse_size(size) : 0;

	if (!parse_address(at, &bar->at.start))
		bar->flags |= RES_UNSET;
	bar->no_size = !bytes;
	if (bytes && bytes - 1 <= UINT64_MAX - bar->at.start)
		bar->at.end = bar->at.start + bytes - 1;
	else
		bar->at.end = bar->at.start;
}

static void add_bar(struct paste *p, const struct bar *bar)
{
	struct block *b = p->block;

	if (!(bar->flags & RES_MEM))
		return;
	b->bars = grow(b->bars, b->nr_bars, sizeof(*b->bars));
	b->bars[b->nr_bars++] = *bar;
	b->nr_guessed += bar->guessed;
}

/* "Region5:Memoryatfdefe400(32-bit,non-prefetchable)[size=1K]" */
static void add_region(struct paste *p, const char *line)
{
	struct bar bar = { .nr = p->block->nr_lines++ };
	const char *at = after(line, "Memoryat");

	bar.guessed = true;
	if (starts(line, "Region") && isdigit((unsigned char)line[6])) {
		bar.nr = atoi(line + 6);
		bar.guessed = false;
	}
	if (!at || bar.nr >= NR_RESOURCES || (bar.guessed && bar.nr >= ROM))
		return;
	p->block->is_bridge |= bar.nr >= WINDOW;
	bar.flags = flags_of(line);
	if (!set_captured(&bar, at, line))
		set_range(&bar, at, line);
	add_bar(p, &bar);
}

/* A copy in RAM is below 1 MiB. */
static void add_rom(struct paste *p, const char *line)
{
	struct bar bar = { .nr = ROM };
	const char *at = after(line, "ExpansionROMat");

	if (!at)
		return;
	bar.flags = flags_of(line);
	set_range(&bar, at, line);
	if (strstr(line, "[virtual]") && bar.at.start < 1 << 20)
		bar.flags |= RES_ROM_SHADOW;
	add_bar(p, &bar);
}

/* "Memorybehindbridge:fdf00000-fe7fffff[size=9M]": 32 bits; or prefetchable */
static void add_window(struct paste *p, const char *line)
{
	const char *at = after(line, "behindbridge:");
	struct bar bar = {
		.nr = WINDOW + (*line == 'P' ? 2 : 1), .flags = RES_MEM
	};
	char *end;

	p->block->is_bridge = true;
	if (!at || !parse_address(at, &bar.at.start))
		return;
	strtoull(at, &end, 16);
	if (*end == '-' && parse_address(end + 1, &bar.at.end) &&
	    bar.at.end > bar.at.start)
		add_bar(p, &bar);
}

/* What is listed below SR-IOV are BARs of VFs, which never share a page. */
static void add_resource(struct paste *p, char *line)
{
	squeeze(line);
	if (p->block->in_sriov)
		return;
	if (strstr(line, "behindbridge"))
		add_window(p, line);
	else if (starts(line, "Expansion"))
		add_rom(p, line);
	else
		add_region(p, line);
}

static void set_word(char **word, const char *value)
{
	free(*word);
	*word = text("%.*s", (int)strcspn(value, ","), value);
	plain_ascii(*word);
}

static void add_attribute(struct paste *p, const char *line)
{
	const char *value;

	if ((value = after(line, "Kernel driver in use: ")))
		set_word(&p->block->driver, value);
	else if ((value = after(line, "IOMMU group: ")) ||
		 (value = after(line, "IOMMU group ")))
		set_word(&p->block->iommu_group, value);
	else if ((value = after(line, "NUMA node: ")))
		p->block->numa_node = atoi(value);
	if (starts(line, "Capabilities") || starts(line, "Kernel"))
		p->block->in_sriov = strstr(line, "Single Root I/O");
}

/* The next line continues this one if it was cut */
static bool join_next(char **line, char **rest)
{
	size_t len = strcspn(*rest, "\n");
	char *copied = text("%.*s\n", (int)len, *rest), *ahead = copied;
	char *more = next_line(&ahead), *joined;
	bool joins = more && !is_beginning(more);

	if (joins) {
		joined = text("%s %s", *line, more);
		free(*line);
		*line = joined;
		next_line(rest);
	}
	free(copied);
	return joins;
}

static void join(char **line, char **rest)
{
	int pieces = 1;

	while (!is_complete(*line) && *rest && pieces++ < MAX_PIECES &&
	       join_next(line, rest))
		;
}

/* Where the first line of a device was cut, its IDs may be on the next one. */
void parse_cut_kind(struct paste *p, const char *kind, char **rest)
{
	char *whole;

	if (p->block->vendor >= 0 || !*rest)
		return;
	whole = copy(kind);
	if (join_next(&whole, rest)) {
		squeeze(whole);
		parse_brackets(p->block, whole);
	}
	free(whole);
}

void parse_lspci_line(struct paste *p, char *line, char **rest)
{
	char *whole;

	if (!p->block)
		return;
	if (!is_resource(line)) {
		add_attribute(p, line);
		return;
	}
	whole = copy(line);
	join(&whole, rest);
	add_resource(p, whole);
	free(whole);
}
