/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Count what is done to the config space of a synthetic host
 */

#ifndef _PCI_SYNTH_WATCH_H
#define _PCI_SYNTH_WATCH_H

#include "synth-host.h"

void synth_watch_write(struct synth_func *func, int where, int size, u32 value);
void synth_watch_written(struct synth_host *host, struct synth_func *func,
			 int where, u32 old);

#endif /* _PCI_SYNTH_WATCH_H */
