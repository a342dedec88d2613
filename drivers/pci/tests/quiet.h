/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keep the core's messages off the console, where printing takes longer than
 * the work, and where random text hides the results of tests
 */

#ifndef DRIVERS_PCI_TESTS_QUIET_H
#define DRIVERS_PCI_TESTS_QUIET_H

#include <linux/printk.h>

#define QUIET_TIMEOUT	10000	/* ms without a line, for the slowest console */

/*
 * The log level applies when a line gets to the console, which may be later, so
 * flush everything logged so far.
 */
static inline void quiet_set(int loglevel)
{
	pr_flush(QUIET_TIMEOUT, true);
	console_loglevel = loglevel;
}

/**
 * quiet_begin - nothing but a panic goes to the console from now on
 *
 * No effect if loglevel= or ignore_loglevel asks for everything.
 *
 * Context: may sleep.
 *
 * Return: what to pass to quiet_end()
 */
static inline int quiet_begin(void)
{
	int loglevel = console_loglevel;

	if (loglevel <= CONSOLE_LOGLEVEL_DEFAULT)
		quiet_set(CONSOLE_LOGLEVEL_MIN);

	return loglevel;
}

/**
 * quiet_end - everything goes to the console again
 * @loglevel: what quiet_begin() returned
 *
 * Context: may sleep.
 */
static inline void quiet_end(int loglevel)
{
	quiet_set(loglevel);
}

#endif
