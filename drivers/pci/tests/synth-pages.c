// SPDX-License-Identifier: GPL-2.0
/*
 * Which BARs of a topology are small, which share a page, and which may
 */

#include <kunit/test.h>
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sprintf.h>

#include "../pci.h"
#include "synth-pages.h"

/**
 * synth_page - below which size is a BAR small?
 *
 * Return: size in bytes, SYNTH_PAGE unless a test varies it
 */
u64 synth_page(void)
{
	return max_t(u64, SZ_4K, pci_page_size());
}

/**
 * synth_status - what sysfs says about a BAR
 * @dev: PCI device
 * @resno: number of a BAR or PCI_ROM_RESOURCE
 *
 * Return: what resource<N>_shares_page says, or why it can't be read; -ENOENT
 * if there is no such file
 */
int synth_status(struct pci_dev *dev, int resno)
{
	struct attribute *attr = pci_shares_page_attr_group.attrs[resno];
	struct device_attribute *dattr =
		container_of(attr, struct device_attribute, attr);
	char *buf __free(kfree) = kzalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t ret;

	if (!buf)
		return -ENOMEM;

	if (!pci_shares_page_attr_group.is_visible(&dev->dev.kobj, attr, resno))
		return -ENOENT;

	ret = dattr->show(&dev->dev, dattr, buf);
	if (ret < 0)
		return ret;

	return buf[0] - '0';
}

static bool encloses(const struct resource *outer, const struct resource *inner)
{
	while (inner && inner != outer)
		inner = inner->parent;

	return inner == outer;
}

/**
 * synth_oracle - does something share a page with a resource?
 * @res: the resource
 * @page_size: size of a page in bytes
 *
 * Looks at each and every resource, to be sure.
 *
 * Return: 1 or 0, -ENXIO if @res has no address
 */
int synth_oracle(const struct resource *res, resource_size_t page_size)
{
	resource_size_t first = ALIGN_DOWN(res->start, page_size);
	resource_size_t last = res->end | (page_size - 1);
	struct resource *p = &iomem_resource;

	if (!res->parent)
		return -ENXIO;

	while (p) {
		if (p->start <= last && p->end >= first &&
		    p->desc != IORES_DESC_PADDING &&
		    !encloses(p, res) && !encloses(res, p))
			return 1;

		/* The next one in the order of /proc/iomem */
		if (p->child) {
			p = p->child;
			continue;
		}
		while (p && !p->sibling)
			p = p->parent;
		p = p ? p->sibling : NULL;
	}

	return 0;
}

/**
 * synth_is_small - is this a small BAR?
 * @res: resource of a BAR
 *
 * Return: true if it is a memory BAR smaller than a page
 */
bool synth_is_small(const struct resource *res)
{
	return res->flags & IORESOURCE_MEM && resource_size(res) < synth_page();
}

static bool is_left_alone(const struct synth_host *host, unsigned int row)
{
	const struct synth_fn *fn = host->func[row - 1].fn;

	if (host->flags & SYNTH_PRESERVE || pci_has_flag(PCI_PROBE_ONLY | PCI_CLAIM_ONLY))
		return true;

	if (fn->flags & SYNTH_CLASSLESS || fn->class == PCI_CLASS_BRIDGE_HOST)
		return true;

	return fn->class == PCI_CLASS_SYSTEM_PIC &&
	       synth_fn_cmd(fn) & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
}

/**
 * synth_wants_page - should a BAR have pages of its own?
 * @host: the host
 * @row: row of its function in the table, from 1
 * @resno: number of a BAR or PCI_ROM_RESOURCE
 *
 * Return: true if so, as far as there is room
 */
bool synth_wants_page(const struct synth_host *host, unsigned int row, int resno)
{
	const struct synth_bar *bar;

	if (!(host->flags & SYNTH_ON) || resno > PCI_ROM_RESOURCE ||
	    is_left_alone(host, row))
		return false;

	bar = &host->func[row - 1].fn->bar[resno];
	if (host->func[row - 1].fn->flags & SYNTH_FIXED && !resno)
		return false;

	return bar->size && bar->size < synth_page() &&
	       bar->type != SYNTH_BAR_IO && !(bar->quirk & SYNTH_EA);
}

/**
 * synth_can_move - should a BAR have a page, and can it move?
 * @host: the host
 * @row: row of its function in the table, from 1
 * @resno: number of a BAR or PCI_ROM_RESOURCE
 *
 * Return: true if both
 */
bool synth_can_move(const struct synth_host *host, unsigned int row, int resno)
{
	return synth_wants_page(host, row, resno) &&
	       !(host->func[row - 1].fn->bar[resno].quirk &
		 (SYNTH_WRITE_FAILS | SYNTH_WRITE_FAILS_HI));
}

/**
 * synth_check_status - check what sysfs says of each BAR
 * @host: the host
 * @verdict: what is wrong
 *
 * There is a file for each memory BAR, and for nothing else.
 */
void synth_check_status(struct synth_host *host, struct synth_verdict *verdict)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		struct pci_dev *dev = synth_host_dev(host, row);

		for (i = 0; dev && i <= PCI_ROM_RESOURCE; i++) {
			const struct resource *res = pci_resource_n(dev, i);
			int status = synth_status(dev, i), oracle = -ENOENT;

			if (res->flags & IORESOURCE_MEM)
				oracle = synth_oracle(res, pci_page_size());
			if (status != oracle && !synth_out_of_reach(res))
				synth_wrong(verdict, "status", "row %u: %s %pR says %d, is %d",
					    row, pci_resource_name(dev, i), res, status, oracle);
		}
	}
}

/* A 32-bit BAR can't be above 4 GiB, even if its window can */
static resource_size_t last_address(struct pci_dev *dev, const struct resource *res)
{
	struct pci_bus_region region;

	pcibios_resource_to_bus(dev->bus, &region, res->parent);
	if (res->flags & IORESOURCE_MEM_64 || region.end <= U32_MAX)
		return res->parent->end;

	return res->parent->end - (region.end - U32_MAX);
}

/**
 * synth_has_free_page - is there a free page?
 * @dev: PCI device
 * @res: resource of an assigned BAR of @dev
 *
 * Return: true if there is one in the window that the BAR is in
 */
bool synth_has_free_page(struct pci_dev *dev, const struct resource *res)
{
	const struct resource *window = res->parent, *p;
	resource_size_t pos = ALIGN(window->start, synth_page());
	resource_size_t last = last_address(dev, res);

	for (p = window->child; p && p->start <= last; p = p->sibling) {
		if (p->start >= pos && p->start - pos >= synth_page())
			return true;
		pos = ALIGN(p->end + 1, synth_page());
	}

	return pos <= last && last - pos + 1 >= synth_page();
}

/* Does a line of the log say why a BAR shares its page? */
static bool is_reported(const struct synth_host *host, struct pci_dev *dev, int i)
{
	char bar[40];

	snprintf(bar, sizeof(bar), "%s: %s", pci_name(dev), pci_resource_name(dev, i));

	return synth_host_log(host, bar, "shares its page with") ||
	       synth_host_log(host, bar, "does not take a new address");
}

/* Is a BAR that can't move in the same page? */
static bool is_beside_fixed(const struct resource *res)
{
	resource_size_t start = ALIGN_DOWN(res->start, synth_page());
	const struct resource *p;

	for (p = res->parent->child; p; p = p->sibling) {
		if (p != res && p->flags & IORESOURCE_PCI_FIXED &&
		    p->end >= start && p->start < start + synth_page())
			return true;
	}

	return false;
}

static void check_page(struct synth_host *host, unsigned int row, int i,
		       struct pci_dev *dev, bool new, struct synth_verdict *verdict)
{
	const struct resource *res = pci_resource_n(dev, i);
	const char *name = pci_resource_name(dev, i);

	if (!res->parent || host->func[row - 1].faulty ||
	    !synth_wants_page(host, row, i) || !synth_oracle(res, pci_page_size()))
		return;

	/* Fixed BARs get their place last; after boot nothing moves for them */
	if (synth_can_move(host, row, i) && synth_has_free_page(dev, res) &&
	    (new || !is_beside_fixed(res)))
		synth_wrong(verdict, "page", "row %u: %s %pR shares; %pR has a free page",
			    row, name, res, res->parent);

	/* For a device that was there before, only the status tells */
	if (new && !is_reported(host, dev, i))
		synth_wrong(verdict, "silence", "row %u: %s %pR shares; nothing was said",
			    row, name, res);
}

/* BARs that are new, or that the core has moved */
static bool has_moved(const struct synth_res_state *before, struct pci_dev *dev, int i)
{
	struct pci_bus_region region;

	pcibios_resource_to_bus(dev->bus, &region, pci_resource_n(dev, i));

	return !before->assigned || before->addr != region.start;
}

/**
 * synth_check_pages - check that each small BAR is isolated, if it can be
 * @host: the host; On
 * @before: what the topology was like before something happened to it, or NULL
 * @touched: the rows that it happened to; what others have may be in use, and
 *	     stays, unless it has moved
 * @renewed: the rows that were removed and found again
 * @verdict: what is wrong
 */
void synth_check_pages(struct synth_host *host, const struct synth_state *before,
		       u64 touched, u64 renewed, struct synth_verdict *verdict)
{
	unsigned int row;
	int i;

	for (row = 1; row <= host->nr; row++) {
		struct pci_dev *dev = synth_host_dev(host, row);
		bool new = !before || !before->fn[row - 1].present ||
			   renewed & BIT_ULL(row);

		for (i = 0; dev && i <= PCI_ROM_RESOURCE; i++) {
			if (!before || touched & BIT_ULL(row) ||
			    has_moved(&before->fn[row - 1].res[i], dev, i))
				check_page(host, row, i, dev, new, verdict);
		}
	}
}

/**
 * synth_case_compare - check that a topology loses nothing On
 * @test: fails if it does
 * @topology: what is in it
 *
 * Return: the host that it runs on, On
 */
struct synth_host *synth_case_compare(struct kunit *test,
				      const struct synth_topology *topology)
{
	struct synth_state *off = kunit_kzalloc(test, sizeof(*off), GFP_KERNEL);
	struct synth_state *on = kunit_kzalloc(test, sizeof(*on), GFP_KERNEL);
	struct synth_verdict verdict = {};
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, off);
	KUNIT_ASSERT_NOT_NULL(test, on);

	host = synth_case_boot(test, topology, 0);
	synth_state_take(host, off);
	synth_case_reboot(test, host, topology, SYNTH_ON);
	synth_state_take(host, on);

	synth_check_disturbed(host, off, on, &verdict);
	synth_check_lost(host, off, on, NULL, &verdict);
	if (verdict.kind)
		KUNIT_FAIL(test, "%s: %s", verdict.kind, verdict.text);

	return host;
}

/**
 * synth_case_shares - does a BAR share its pages?
 * @host: the host
 * @row: row of the function in the table, from 1
 * @resno: number of a BAR or PCI_ROM_RESOURCE
 *
 * Return: what sysfs says, -EBADMSG if that is wrong
 */
int synth_case_shares(struct synth_host *host, unsigned int row, int resno)
{
	struct pci_dev *dev = synth_host_dev(host, row);
	int status;

	if (!dev)
		return -ENODEV;

	status = synth_status(dev, resno);
	if (status >= 0 && status != synth_oracle(pci_resource_n(dev, resno), pci_page_size()))
		return -EBADMSG;

	return status;
}
