// SPDX-License-Identifier: GPL-2.0
/*
 * Print a topology so that it can be pasted as a test case
 */

#include <kunit/test.h>
#include <linux/sprintf.h>

#include "synth-random.h"

static const char * const bar_macro[] = {
	[SYNTH_BAR_IO]	= "SYNTH_IOB",
	[SYNTH_BAR_M32]	= "SYNTH_M32",
	[SYNTH_BAR_M64]	= "SYNTH_M64",
	[SYNTH_BAR_P32]	= "SYNTH_P32",
	[SYNTH_BAR_P64]	= "SYNTH_P64",
	[SYNTH_BAR_ROM]	= "SYNTH_ROM",
};

static const char * const op_name[] = {
	[SYNTH_OP_NONE]		= "SYNTH_OP_NONE",
	[SYNTH_OP_RESCAN]	= "SYNTH_OP_RESCAN",
	[SYNTH_OP_PLUG]		= "SYNTH_OP_PLUG",
	[SYNTH_OP_HOT_ADD]	= "SYNTH_OP_HOT_ADD",
	[SYNTH_OP_RELEASE]	= "SYNTH_OP_RELEASE",
	[SYNTH_OP_RESIZE]	= "SYNTH_OP_RESIZE",
};

struct flag_name {
	u16 flag;
	const char *name;
};

static const struct flag_name topology_flags[] = {
	{ SYNTH_SURVEY,		"SYNTH_SURVEY" },
	{ SYNTH_PRESERVE,	"SYNTH_PRESERVE" },
	{ SYNTH_REALLOC,	"SYNTH_REALLOC" },
};

static const struct flag_name fn_flags[] = {
	{ SYNTH_PORT,		"SYNTH_PORT" },
	{ SYNTH_HOTPLUG,	"SYNTH_HOTPLUG" },
	{ SYNTH_TRANSPARENT,	"SYNTH_TRANSPARENT" },
	{ SYNTH_NO_IO,		"SYNTH_NO_IO" },
	{ SYNTH_NO_PREF,	"SYNTH_NO_PREF" },
	{ SYNTH_PREF32,		"SYNTH_PREF32" },
	{ SYNTH_ABSENT,		"SYNTH_ABSENT" },
	{ SYNTH_CLASSLESS,	"SYNTH_CLASSLESS" },
	{ SYNTH_DECODE_OFF,	"SYNTH_DECODE_OFF" },
	{ SYNTH_FIXED,		"SYNTH_FIXED" },
};

static const struct flag_name bar_quirks[] = {
	{ SYNTH_WRITE_FAILS,	"SYNTH_WRITE_FAILS" },
	{ SYNTH_WRITE_FAILS_HI,	"SYNTH_WRITE_FAILS_HI" },
	{ SYNTH_EA,		"SYNTH_EA" },
	{ SYNTH_ROM_ON,		"SYNTH_ROM_ON" },
};

static void flags_text(char *buf, size_t size, const struct flag_name *names,
		       unsigned int nr, u16 flags)
{
	unsigned int i;
	size_t len = 0;

	buf[0] = '\0';
	for (i = 0; i < nr; i++) {
		if (flags & names[i].flag)
			len += scnprintf(buf + len, size - len, "%s%s",
					 len ? " | " : "", names[i].name);
	}
}

static void print_windows(struct kunit *test, const struct synth_topology *topology)
{
	unsigned int i;

	for (i = 0; i < SYNTH_MAX_WIN; i++) {
		const struct synth_bar *win = &topology->win[i];

		if (win->size)
			kunit_err(test, "\t\t.win[%u] = %s(%#llx, %#llx),\n", i,
				  bar_macro[win->type], win->size, win->addr);
	}

	for (i = 0; i < SYNTH_MAX_RESERVED; i++) {
		const struct synth_bar *r = &topology->reserved[i];

		if (r->size)
			kunit_err(test, "\t\t.reserved[%u] = SYNTH_M32(%#llx, %#llx),\n",
				  i, r->size, r->addr);
	}
}

static void print_bar(struct kunit *test, const char *name,
		      const struct synth_bar *bar)
{
	char quirks[80];

	flags_text(quirks, sizeof(quirks), bar_quirks, ARRAY_SIZE(bar_quirks), bar->quirk);
	if (bar->quirk)
		kunit_err(test, "\t\t\t\t.%s = %s(%#llx, %#llx, %s),\n", name,
			  bar_macro[bar->type], bar->size, bar->addr, quirks);
	else if (bar->addr)
		kunit_err(test, "\t\t\t\t.%s = %s(%#llx, %#llx),\n", name,
			  bar_macro[bar->type], bar->size, bar->addr);
	else
		kunit_err(test, "\t\t\t\t.%s = %s(%#llx),\n", name,
			  bar_macro[bar->type], bar->size);
}

static void print_bridge_window(struct kunit *test, const char *name,
				const struct synth_bar *win)
{
	if (win->addr)
		kunit_err(test, "\t\t\t\t.%s = { %#llx, %#llx },\n", name, win->size,
			  win->addr);
}

static void print_fn(struct kunit *test, const struct synth_fn *fn)
{
	char flags[120], name[10];
	int i;

	flags_text(flags, sizeof(flags), fn_flags, ARRAY_SIZE(fn_flags), fn->flags);
	kunit_err(test, "\t\t\t{\n");
	kunit_err(test, "\t\t\t\t%s(%u, %u%s%s), .under = %u,\n",
		  fn->flags & SYNTH_TYPE1 ? "SYNTH_BRIDGE" : "SYNTH_DEV",
		  PCI_SLOT(fn->devfn), PCI_FUNC(fn->devfn), flags[0] ? ", " : "",
		  flags, fn->under);
	if (fn->class)
		kunit_err(test, "\t\t\t\t.class = %#06x,\n", fn->class);
	if (fn->rebar)
		kunit_err(test, "\t\t\t\t.rebar = %#x,\n", fn->rebar);
	if (fn->lies)
		kunit_err(test, "\t\t\t\t.lies = %#x,\n", fn->lies);
	if (fn->nr_vfs)
		kunit_err(test, "\t\t\t\t.nr_vfs = %u,\n", fn->nr_vfs);
	if (fn->nr_vfs)
		print_bar(test, "vf", &fn->vf);
	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		snprintf(name, sizeof(name), "bar[%d]", i);
		if (fn->bar[i].size)
			print_bar(test, name, &fn->bar[i]);
	}
	print_bridge_window(test, "io", &fn->io);
	print_bridge_window(test, "mem", &fn->mem);
	print_bridge_window(test, "pref", &fn->pref);
	kunit_err(test, "\t\t\t},\n");
}

/**
 * synth_print - print a topology and what happens to it as C
 * @test: test in whose log to print it
 * @trial: the topology
 */
void synth_print(struct kunit *test, const struct synth_trial *trial)
{
	const struct synth_topology *topology = &trial->topology;
	char flags[60];
	unsigned int i;

	flags_text(flags, sizeof(flags), topology_flags, ARRAY_SIZE(topology_flags),
		   topology->flags);
	kunit_err(test, "static const struct synth_trial trial = {\n");
	kunit_err(test, "\t.op = %s,\n", op_name[trial->op]);
	kunit_err(test, "\t.row = %u,\n", trial->row);
	kunit_err(test, "\t.size = %u,\n", trial->size);
	kunit_err(test, "\t.topology = {\n");
	kunit_err(test, "\t\t.flags = %s,\n", flags[0] ? flags : "0");
	print_windows(test, topology);
	kunit_err(test, "\t\t.fn = {\n");
	for (i = 0; i < SYNTH_MAX_FN && topology->fn[i].flags & SYNTH_FN; i++)
		print_fn(test, &topology->fn[i]);
	kunit_err(test, "\t\t},\n");
	kunit_err(test, "\t},\n");
	kunit_err(test, "};\n");
}
