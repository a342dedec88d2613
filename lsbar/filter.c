// SPDX-License-Identifier: GPL-2.0
/*
 * --filter 'FITNESS == "foreign" && (SIZE < 1K || DRIVER =~ "^vfio")': a
 * subset of util-linux's, which needs libsmartcols 2.40 for it.
 *
 *	or:    and { "||" and }
 *	and:   not { "&&" not }
 *	not:   "!" not | "(" or ")" | COLUMN [ operator value ]
 */
#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define MAX_DEPTH 64

/* Longer ones first, as they are looked for in this order */
enum operator { EQUAL, DIFFERENT, MATCHES, NO_MATCH, AT_MOST, AT_LEAST, LESS,
		MORE, NR_OPERATORS };

struct filter {
	const char *text, *at;
	const struct view *v;
	const struct row *row;	/* NULL: is it a filter at all? */
	int depth;
};

static void __attribute__((noreturn)) bad(const struct filter *f, const char *want)
{
	die_usage("invalid filter: '%s': %s expected at '%s'", f->text, want,
		  f->at);
}

static bool take(struct filter *f, const char *token)
{
	f->at += strspn(f->at, " \t\n");
	if (strncmp(f->at, token, strlen(token)))
		return false;
	f->at += strlen(token);
	return true;
}

/* "text", or all up to a space or a parenthesis */
static char *take_value(struct filter *f)
{
	size_t len;
	char *value;

	if (take(f, "\"")) {
		len = strcspn(f->at, "\"");
		if (!f->at[len])
			bad(f, "a quote");
		value = text("%.*s", (int)len, f->at);
		f->at += len + 1;
		return value;
	}
	len = strcspn(f->at, " \t\n()&|!");
	if (!len)
		bad(f, "a value");
	value = text("%.*s", (int)len, f->at);
	f->at += len;
	return value;
}

static const struct column *take_column(struct filter *f)
{
	size_t len;

	take(f, "");
	for (len = 0; isalnum((unsigned char)f->at[len]) || f->at[len] == '-';)
		len++;
	if (!len)
		bad(f, "a column");
	f->at += len;
	return find_column(f->at - len, len);
}

static bool matches(const struct filter *f, const char *cell, const char *pattern)
{
	regex_t regex;
	bool matches;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		die_usage("invalid filter: '%s': '%s' is not a regular expression",
			  f->text, pattern);
	matches = !regexec(&regex, cell, 0, NULL, 0);
	regfree(&regex);
	return matches;
}

static int order(const char *cell, const char *value)
{
	uint64_t a, b;

	if (parse_number(cell, &a) && parse_number(value, &b))
		return (a > b) - (a < b);
	return strcmp(cell, value);
}

/* What is missing or unknown is neither less nor more than anything. */
static bool compare(const struct filter *f, enum operator operator, const char *cell,
		    const char *value)
{
	bool known = *cell && strcmp(cell, "?");

	switch (operator) {
	case EQUAL:
		return !order(cell, value);
	case DIFFERENT:
		return order(cell, value);
	case MATCHES:
		return matches(f, cell, value);
	case NO_MATCH:
		return !matches(f, cell, value);
	case AT_MOST:
		return known && order(cell, value) <= 0;
	case AT_LEAST:
		return known && order(cell, value) >= 0;
	case LESS:
		return known && order(cell, value) < 0;
	default:
		return known && order(cell, value) > 0;
	}
}

static bool comparison(struct filter *f)
{
	static const char * const operators[NR_OPERATORS] = {
		[EQUAL] = "==", [DIFFERENT] = "!=", [MATCHES] = "=~",
		[NO_MATCH] = "!~", [AT_MOST] = "<=", [AT_LEAST] = ">=",
		[LESS] = "<", [MORE] = ">",
	};
	const struct column *column = take_column(f);
	char *cell = f->row ? plain_cell(f->v, column, f->row) : copy(""), *value;
	bool result = *cell;
	int i;

	for (i = 0; i < NR_OPERATORS && !take(f, operators[i]); i++)
		;
	if (i < NR_OPERATORS) {
		take(f, "");
		value = take_value(f);
		result = compare(f, i, cell, value);
		free(value);
	}
	free(cell);
	return result;
}

static bool any_of(struct filter *f);

static bool not(struct filter *f)
{
	bool result;

	if (f->depth > MAX_DEPTH)
		bad(f, "less nesting");
	f->depth++;
	if (take(f, "!")) {
		result = !not(f);
	} else if (take(f, "(")) {
		result = any_of(f);
		if (!take(f, ")"))
			bad(f, "')'");
	} else {
		result = comparison(f);
	}
	f->depth--;
	return result;
}

/* Parse all of it, so that a mistake is seen whatever the rows are. */
static bool all_of(struct filter *f)
{
	bool result = not(f);

	while (take(f, "&&"))
		result &= not(f);
	return result;
}

static bool any_of(struct filter *f)
{
	bool result = all_of(f);

	while (take(f, "||"))
		result |= all_of(f);
	return result;
}

static bool passes(const struct view *v, const struct row *row)
{
	struct filter f = { v->filter, v->filter, v, row, 0 };
	bool result = any_of(&f);

	take(&f, "");
	if (*f.at)
		bad(&f, "'&&', '||' or the end");
	return result;
}

/* A mistake is seen even if there are no rows. */
void filter_rows(struct view *v)
{
	passes(v, NULL);
	keep_rows(v, passes);
}
