// SPDX-License-Identifier: GPL-2.0
/*
 * What goes wrong in stock when two acts happen at once
 *
 * Resizing a BAR takes no lock that keeps others from assigning resources, as
 * drivers do it in probe(), which may run under that lock.  Nor does
 * pci_host_probe() when it assigns.
 */

#include <linux/array_size.h>
#include <linux/string.h>

#include "synth-race.h"

/**
 * struct known - acts that go wrong
 * @first: name of the first act
 * @second: name of the second one
 * @row: the functions that they happen to, 0 for any
 * @kind: of the failure; NULL if the kernel may crash, so that it isn't tried
 */
struct known {
	const char *first;
	const char *second;
	unsigned int row[2];
	const char *kind;
};

static const struct known known[] = {
	/* Devices are in sysfs before their resources are assigned, under no lock */
	{ "boot", "rescan" },
	{ "boot", "remove" },
	{ "boot", "resize" },
	{ "boot", "map_rom" },
	{ "boot", "release_and_assign" },
	{ "boot", "isolate" },
	{ "boot", "bind" },
	{ "boot", "bind_and_resize" },
	/*
	 * Assigning everything that is unassigned on the root bus, as resizing
	 * a BAR there does, too, assigns the window that resizing behind a
	 * bridge has just released, without setting up the bridge.
	 */
	{ "rescan", "resize", { 2, 2 }, "window" },
	{ "rescan", "bind_and_resize", { 2, 2 }, "window" },
	{ "resize", "resize", { 6, 2 }, "window" },
	{ "resize", "bind_and_resize", { 6, 2 }, "window" },
	{ "bind_and_resize", "resize", { 6, 2 }, "window" },
	{ "bind_and_resize", "bind_and_resize", { 6, 2 }, "window" },
	{ "release_and_assign", "resize", { 6, 2 }, "window" },
	{ "release_and_assign", "bind_and_resize", { 6, 2 }, "window" },
};

static bool is_like(const struct known *k, const struct synth_race *race, const char *kind)
{
	if (strcmp(k->first, race->act[0]->name) || strcmp(k->second, race->act[1]->name))
		return false;

	if (k->row[0] && (k->row[0] != race->row[0] || k->row[1] != race->row[1]))
		return false;

	return kind ? k->kind && !strcmp(k->kind, kind) : !k->kind;
}

/**
 * synth_known - does stock get this wrong?
 * @race: two acts at once
 * @kind: of the failure, NULL to ask whether they can be tried at all
 *
 * Return: true if so
 */
bool synth_known(const struct synth_race *race, const char *kind)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (is_like(&known[i], race, kind))
			return true;
	}

	return false;
}
