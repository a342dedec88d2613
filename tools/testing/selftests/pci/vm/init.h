/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the guest's init have in common.
 */
#ifndef VM_INIT_H
#define VM_INIT_H

#include <stdbool.h>
#include <stdio.h>

/* Wait until nothing in /proc/iomem changes any more. */
bool stands_still(void);

/* Show the host, as files in TO, what is known about PCI addresses. */
void dump_all(const char *to);

/* Lines of a file PATH. */
void dump_lines(const char *path, const char *text);

/* The same from a stream, which is closed. */
void dump_stream(const char *name, FILE *in);

/* A program in /tests: does it pass, or find nothing to do? */
bool test_passes(const char *name);

/* One at a time, in the background. */
bool test_starts(const char *name);
bool test_stops(void);

/* ... with a result of its own; if something happens meanwhile, SIGTERM ends it then. */
void test_run(const char *name, void (*meanwhile)(void));

/* A program that was brought along: what it prints is for others to judge. */
void program_run(char *arguments);

/* One result each, and one for the state before the first. */
int count_events(void);
void run_events(void);

#endif
