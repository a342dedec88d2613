/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keep what the core says off the console, where it takes longer to print than
 * to do, and where random text hides the results of tests
 */

#ifndef DRIVERS_PCI_TESTS_QUIET_H
#define DRIVERS_PCI_TESTS_QUIET_H

#include <linux/printk.h>

#define QUIET_TIMEOUT	10000	/* ms without a line, for the slowest console */

/*
 * The log level counts when a line gets to the console, which may be later, so
 * let all get there that has been said so far.
 */
static inline void quiet_set(int loglevel)
{
	pr_flush(QUIET_TIMEOUT, true);
	console_loglevel = loglevel;
}

/**
 * quiet_begin - nothing but a panic goes to the console from now on
 *
 * Unless loglevel= or ignore_loglevel asks for all.
 *
 * Context: may sleep.
 *
 * Return: what to give to quiet_end()
 */
static inline int quiet_begin(void)
{
	int loglevel = console_loglevel;

	if (loglevel <= CONSOLE_LOGLEVEL_DEFAULT)
		quiet_set(CONSOLE_LOGLEVEL_MIN);

	return loglevel;
}

/**
 * quiet_end - all goes to the console again
 * @loglevel: what quiet_begin() returned
 *
 * Context: may sleep.
 */
static inline void quiet_end(int loglevel)
{
	quiet_set(loglevel);
}

#endif
