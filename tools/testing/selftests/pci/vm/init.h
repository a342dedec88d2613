/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the guest's init have in common.
 */
#ifndef VM_INIT_H
#define VM_INIT_H

#include <stdbool.h>
#include <stdio.h>

/* To the host, and back */
extern FILE *channel;

/* A line of KTAP; more: what follows the name. */
void result(bool ok, const char *name, const char *more);

/* Wait until nothing in /proc/iomem changes any more. */
bool stands_still(void);

/* Show the host, as files in TO, what is known about PCI addresses. */
void dump_all(const char *to);

/* Lines of a file PATH. */
void dump_lines(const char *path, const char *text);

/* One more of these; closes the stream. */
void dump_stream(const char *name, FILE *in);

/* A program in /tests: does it pass, or find nothing to do? */
bool test_passes(const char *name);

/* One at a time goes on meanwhile. */
bool test_starts(const char *name);
bool test_stops(void);

/* One result each, and one for the state before the first. */
int count_events(void);
void run_events(void);

#endif
