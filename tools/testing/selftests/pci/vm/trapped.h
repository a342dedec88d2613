/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of a guest in the guest: its console, and the trace of its QEMU, which
 * lists each access that QEMU had to carry out.
 */
#ifndef VM_TRAPPED_H
#define VM_TRAPPED_H

#define INNER_CONSOLE	"/tmp/inner-console"
#define INNER_TRACE	"/tmp/inner-trace"

/* Lines with that word, as comments; "" is any */
void lines_show(const char *path, const char *word);

/* How many lines have both */
int lines_count(const char *path, const char *word, const char *more);

/* Accesses to what QEMU could not map at all, ... */
void trapped_show(const char *bdf, const char *driver);

/* ... or KVM could not, as something else has a part of the page */
void trapped_show_mapped(void);

#endif
