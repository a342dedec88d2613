/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel does with a topology: one act after another, or in the middle of it
 */

#ifndef _PCI_SYNTH_ACT_H
#define _PCI_SYNTH_ACT_H

#include "synth-host.h"
#include "synth-state.h"

/* What an act is about */
#define ACT_BOOT	BIT(0)	/* a host that is off */
#define ACT_DEV		BIT(1)	/* a device that is there */
#define ACT_ADDS	BIT(2)	/* devices that are plugged in */
#define ACT_SORTS	BIT(3)	/* resources, which are sorted to be assigned */

#define NEW_SIZE	3	/* of BAR 0: 8 MiB */

/**
 * struct synth_act - something that the kernel does
 * @name: for messages
 * @flags: mask of ACT_BOOT and others
 * @run: does it, with the locks that its callers hold; @row is the function in
 *	 question, and what is wrong is noted in @verdict.  Without that function
 *	 there is nothing to do.
 */
struct synth_act {
	const char *name;
	u8 flags;
	void (*run)(struct synth_host *host, unsigned int row,
		    struct synth_verdict *verdict);
};

/* synth-topology.c */
extern const struct synth_topology synth_acts_topology;
extern const struct synth_topology synth_acts_full;

/* synth-act.c */
extern const struct synth_act synth_acts[];
extern const unsigned int synth_nr_acts;

int synth_acts_begin(void);
void synth_acts_end(void);
const void *synth_acts_next(struct kunit *test, const void *prev, char *desc);

/* synth-driver.c */
int synth_driver_bind(struct pci_dev *dev, bool resizes);
int synth_drivers_register(void);
void synth_drivers_unregister(void);

/* synth-owner.c */
void synth_check_owners(struct synth_host *host, struct synth_verdict *verdict);

#endif /* _PCI_SYNTH_ACT_H */
