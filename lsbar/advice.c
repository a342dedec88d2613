// SPDX-License-Identifier: GPL-2.0
/* What cure.c found, in words, and in commands that can be pasted */
#include <stdlib.h>
#include <string.h>

#include "lsbar.h"

#define PARAMETER_NAME "pci=passthrough_align"

static const char *no_option_helps(const struct view *v, const struct row *row)
{
	if (v->sys->probe_only)
		return "firmware wants its addresses kept (linux,pci-probe-only), so put it into another slot";
	if (is_bridge(row->bar->dev))
		return "it is a bridge, which is not passed through, so look at what is next to it";
	if (row->plan.none_free)
		return "no page is free in its window, so put it into another slot";
	if (row->plan.full)
		return "too few pages are free in its window, so put it into another slot";
	if (!v->sys->has_status)
		return "no option of this kernel helps, so put it into another slot";
	return "the kernel moves neither it nor what is next to it, so put it into another slot";
}

/* How a sentence about a BAR ends */
const char *advice(const struct view *v, const struct row *row)
{
	switch (row->cure) {
	case WRITE:
		return "this kernel can give it a page of its own now";
	case WRITE_OTHERS:
		return "this kernel can move what is next to it now";
	case PARAMETER:
		return "boot with " PARAMETER_NAME;
	case REALLOC:
		if (v->sys->on)
			return "no page is free in the window of its bridge, so add realloc to " PARAMETER_NAME;
		return "no page is free in the window of its bridge, so boot with " PARAMETER_NAME ",realloc";
	case FAKE_SIZE:
		return "pci=resource_alignment= gives it a page of its own";
	case FAKE_OTHERS:
		return "pci=resource_alignment= moves what is next to it";
	case SLOT:
		return no_option_helps(v, row);
	case NO_CURE:
	case CURE_UNKNOWN:
		break;
	}
	return "put it into another slot";
}

/* Does any row have one of two cures? */
static bool any(const struct view *v, enum cure a, enum cure b)
{
	size_t i;

	for (i = 0; i < v->nr_rows; i++)
		if (v->rows[i].cure == a || v->rows[i].cure == b)
			return true;
	return false;
}

static void print_write(const struct bar *bar)
{
	const char *driver = driver_of(bar->dev);

	printf("    echo 0 > /sys/bus/pci/devices/%s/", bar->dev->bdf);
	if (bar->nr == ROM)
		printf("rom_shares_page");
	else
		printf("resource%d_shares_page", bar->nr);
	printf(driver ? "    # unbind %s first\n" : "\n", driver);
}

/* What is next to two BARs is printed twice. */
static void print_writes(const struct view *v)
{
	const struct resource *resource;
	struct others others;
	size_t i;

	printf("To give them pages of their own now, as root:\n");
	for (i = 0; i < v->nr_rows; i++) {
		if (v->rows[i].cure == WRITE)
			print_write(v->rows[i].bar);
		if (v->rows[i].cure != WRITE_OTHERS)
			continue;
		others = others_of(v->sys, v->rows[i].bar, v->page);
		while ((resource = next_other(&others)))
			print_write(resource->bar);
	}
}

static void print_parameter(void)
{
	printf("If firmware asks to keep its addresses, the kernel ignores " PARAMETER_NAME
	       " and logs that; only booting can tell.\n");
}

static int order_of(uint64_t page)
{
	return __builtin_ctzll(page);
}

static size_t nr_faked(const struct system *sys)
{
	size_t i, nr = 0;

	for (i = 0; i < sys->nr_devices; i++)
		nr += sys->devices[i].faked;
	return nr;
}

static void print_list(const struct view *v)
{
	const char *separator = "";
	size_t i;

	printf("resource_alignment=");
	for (i = 0; i < v->sys->nr_devices; i++) {
		if (!v->sys->devices[i].faked)
			continue;
		printf("%s%d@%s", separator, order_of(v->page),
		       v->sys->devices[i].bdf);
		separator = ";";
	}
	if (v->sys->align && *v->sys->align)	/* what is given already */
		printf(";%s", v->sys->align);
}

/* In GRUB's own language a semicolon ends a command. */
static void print_for_grub(const struct view *v)
{
	bool quote = nr_faked(v->sys) > 1 || (v->sys->align && *v->sys->align);

	printf("    GRUB_CMDLINE_LINUX=%s", quote ? "'pci=\"" : "'pci=");
	print_list(v);
	printf("%s", quote ? "\"'\n" : "'\n");
}

static void print_fake_size(const struct view *v)
{
	if (!v->sys->pasted)
		printf("This kernel does not know " PARAMETER_NAME ". ");
	printf("Every kernel knows this:\n    pci=");
	print_list(v);
	printf("\nPut it into /etc/kernel/cmdline (then run proxmox-boot-tool refresh), or into\n"
	       "/etc/default/grub (then run update-grub), which with Xen is for dom0's kernel:\n");
	print_for_grub(v);
	printf("It has a cost: each small BAR of these devices then looks as large as a page, which\n"
	       "some drivers can't handle. Without a reboot: isolate --fake-size, in lsbar's examples.\n");
}

void print_advice(const struct view *v)
{
	if (any(v, WRITE, WRITE_OTHERS))
		print_writes(v);
	if (any(v, PARAMETER, REALLOC))
		print_parameter();
	if (any(v, FAKE_SIZE, FAKE_OTHERS))
		print_fake_size(v);
}
