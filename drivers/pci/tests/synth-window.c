// SPDX-License-Identifier: GPL-2.0
/*
 * Address space for a synthetic PCI host
 *
 * The windows of the host are carved out of unused address space. They have the
 * bus addresses that the table asks for, so a topology looks the same wherever
 * the test runs, except for the offset between bus and CPU.
 */

#include <linux/ioport.h>
#include <linux/pci.h>

#include "synth-host.h"

static struct resource *aperture(const struct synth_host *host, u64 addr, u8 type)
{
	if (type == SYNTH_BAR_IO)
		return (struct resource *)&host->io;

	return (struct resource *)(addr >= SYNTH_HIGH ? &host->high : &host->low);
}

static u64 aperture_base(u64 addr, u8 type)
{
	static const u64 base[] = { SYNTH_HIGH, SYNTH_EDGE, SYNTH_LOW, SYNTH_BOTTOM };
	int i = 0;

	if (type == SYNTH_BAR_IO)
		return SYNTH_IO;

	while (addr < base[i])
		i++;

	return base[i];
}

/* CPU address of a bus address */
resource_size_t synth_host_cpu(const struct synth_host *host, u64 addr, u8 type)
{
	return aperture(host, addr, type)->start + addr - aperture_base(addr, type);
}

static unsigned long window_flags(u8 type)
{
	switch (type) {
	case SYNTH_BAR_IO:
		return IORESOURCE_IO;
	case SYNTH_BAR_P32:
		return IORESOURCE_MEM | IORESOURCE_PREFETCH;
	case SYNTH_BAR_P64:
		return IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_MEM_64;
	default:
		return IORESOURCE_MEM;
	}
}

static void place(struct synth_host *host, struct resource *res, const char *name,
		  const struct synth_bar *what)
{
	*res = DEFINE_RES_NAMED(synth_host_cpu(host, what->addr, what->type),
				what->size, name, window_flags(what->type));
}

/* Give the host bridge its windows */
void synth_windows_add(struct synth_host *host)
{
	unsigned int i;

	for (i = 0; i < SYNTH_MAX_WIN; i++) {
		const struct synth_bar *win = &host->topology->win[i];
		struct resource *res = &host->win[i];

		/* Not every system has such addresses to spare */
		if (!win->size || !aperture(host, win->addr, win->type)->parent)
			continue;

		place(host, res, "synthetic host bridge", win);
		request_resource(aperture(host, win->addr, win->type), res);
		pci_add_resource_offset(&host->bridge->windows, res,
					res->start - win->addr);
	}
}

/* Insert the other resources into the resource tree */
void synth_reserved_add(struct synth_host *host)
{
	unsigned int i;

	for (i = 0; i < SYNTH_MAX_RESERVED; i++) {
		const struct synth_bar *r = &host->topology->reserved[i];

		if (!r->size || !aperture(host, r->addr, r->type)->parent)
			continue;

		place(host, &host->reserved[i], "Reserved", r);
		insert_resource(aperture(host, r->addr, r->type), &host->reserved[i]);
	}
}

static void free_resources(struct resource *res, unsigned int nr)
{
	while (nr--) {
		if (res[nr].parent)
			release_resource(&res[nr]);
		res[nr] = (struct resource) {};
	}
}

/* Remove windows and the other resources from the resource tree */
void synth_windows_free(struct synth_host *host)
{
	free_resources(host->reserved, SYNTH_MAX_RESERVED);
	free_resources(host->win, SYNTH_MAX_WIN);
}

/*
 * If nothing of that size is free at the top, use room in what firmware gave to
 * a real host bridge.
 */
static void find_aperture(struct resource *root, struct resource *res,
			  unsigned long flags, resource_size_t size)
{
	struct resource *p;

	*res = DEFINE_RES_NAMED(0, size, "synthetic host", flags);
	/* Not at 0, which means no address */
	if (!allocate_resource(root, res, size, size, root->end, size, NULL, NULL))
		return;

	for (p = root->child; p; p = p->sibling) {
		if (!(p->flags & IORESOURCE_BUSY) &&
		    !allocate_resource(p, res, size, p->start, p->end, size, NULL, NULL))
			return;
	}
}

/* Find address space for the host; false if there is none at all */
bool synth_apertures_find(struct synth_host *host)
{
	find_aperture(&ioport_resource, &host->io, IORESOURCE_IO, SYNTH_IO_SIZE);
	if (sizeof(resource_size_t) > 4)
		find_aperture(&iomem_resource, &host->high, IORESOURCE_MEM,
			      (resource_size_t)SYNTH_HIGH_SIZE);
	find_aperture(&iomem_resource, &host->low, IORESOURCE_MEM, SYNTH_LOW_SIZE);

	return host->low.parent;
}

/* Give that address space back */
void synth_apertures_free(struct synth_host *host)
{
	free_resources(&host->io, 1);
	free_resources(&host->low, 1);
	free_resources(&host->high, 1);
}
