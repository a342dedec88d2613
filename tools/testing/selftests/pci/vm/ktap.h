/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results, of the guest's init and of the programs that it runs, in KTAP.
 */
#ifndef VM_KTAP_H
#define VM_KTAP_H

#include <stdbool.h>
#include <stdio.h>

/* Where they go: to the host, and back, of init; otherwise stdout */
extern FILE *channel;

/* Open what vm.result= on the kernel's command line names; for init. */
void channel_open(void);

/* This many results follow; explain, if not NULL, says more if must() fails. */
void ktap_plan(int results, void (*explain)(void));

/* more: what follows the name. */
void result(bool ok, const char *name, const char *more);

/* A result without which the others make no sense: it is good, or the program exits. */
void must(bool ok, const char *name);

/* Have all results been good? */
bool ktap_passed(void);

#endif
