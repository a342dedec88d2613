// SPDX-License-Identifier: GPL-2.0
/* Errors, and allocations that succeed or end the program. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

void (*die_hook)(void);

/*
 * Names come from files that anybody may have written: they must not be able
 * to talk to the terminal, to begin a line of their own, or to break JSON with
 * bytes that are not UTF-8.
 */
void plain_ascii(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')	/* char may be signed or not */
			*text = '?';
}

static void say(const char *fmt, va_list args)
{
	char message[2048];

	vsnprintf(message, sizeof(message), fmt, args);
	plain_ascii(message);
	fflush(stdout);		/* so that they appear in order */
	fprintf(stderr, "lsbar: %s\n", message);
}

static void __attribute__((noreturn)) leave(void)
{
	if (die_hook)
		die_hook();
	exit(EXIT_FAILURE);
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	leave();
}

void die_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	fprintf(stderr, "Try 'lsbar --help' for more information.\n");
	leave();
}

void complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void *checked(void *allocated)
{
	if (!allocated)
		die("out of memory");
	return allocated;
}

char *text(const char *fmt, ...)
{
	va_list args;
	char *made;

	va_start(args, fmt);
	if (vasprintf(&made, fmt, args) < 0)
		die("out of memory");
	va_end(args);
	return made;
}

char *copy(const char *s)
{
	return checked(strdup(s));
}

/* Room for one more, in an array that only ever grows by one. */
void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))	/* there is room up to the next power of two */
		return array;
	return checked(reallocarray(array, nr ? 2 * nr : 1, size));
}
