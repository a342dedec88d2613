// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of writing to resource<N>_shares_page while others do something
 */

#include <kunit/static_stub.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/kernfs.h>
#include <linux/kthread.h>

#include "pci_now_kunit.h"

/* Another writer at the same time */
struct writer {
	struct pci_dev *dev;
	struct completion done;
	int ret;
};

static int write_it(void *data)
{
	struct writer *writer = data;

	writer->ret = synth_case_write(writer->dev, "resource0_shares_page", "0");
	complete_all(&writer->done);

	return 0;
}

static void start_writer(struct kunit *test, struct writer *writer, struct pci_dev *dev)
{
	struct task_struct *task;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	writer->dev = pci_dev_get(dev);
	init_completion(&writer->done);
	task = kthread_run(write_it, writer, "pci_now");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
}

static void end_writer(struct kunit *test, struct writer *writer)
{
	wait_for_completion(&writer->done);
	pci_dev_put(writer->dev);
}

static void waits_for_others(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	struct writer writer;

	pci_lock_rescan_remove();
	start_writer(test, &writer, synth_host_dev(host, 2));
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&writer.done, HZ / 10), 0);
	EXPECT_SHARING(test, host, 2, 0);
	pci_unlock_rescan_remove();

	end_writer(test, &writer);
	KUNIT_EXPECT_EQ(test, writer.ret, 0);
	EXPECT_ISOLATED(test, host, 2, 0);
}

/* Removing the device waits, with the lock held, until no file is in use */
static void goes_away_meanwhile(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	struct writer writer;

	pci_lock_rescan_remove();
	start_writer(test, &writer, synth_host_dev(host, 2));
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&writer.done, HZ / 10), 0);
	pci_stop_and_remove_bus_device(writer.dev);
	pci_unlock_rescan_remove();

	end_writer(test, &writer);
	KUNIT_EXPECT_EQ(test, writer.ret, -ENODEV);
}

/* An open file or a mapping of the BAR is revoked */
static void revoked(struct kunit *test)
{
	static const char * const files[] = { "resource0", "rom" };
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = {
				SYNTH_M32(256, PAGE(0) + 0x100), SYNTH_M32(256, PAGE(0)) },
			  .bar[6] = SYNTH_ROM(SZ_2K, PAGE(1)) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);
	struct kernfs_node *old[2], *new;
	struct pci_dev *dev = synth_host_dev(host, 1);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	for (i = 0; i < 2; i++)
		old[i] = kernfs_find_and_get(dev->dev.kobj.sd, files[i]);

	isolate(test, host, 1, 0);
	for (i = 0; i < 2; i++) {
		new = kernfs_find_and_get(dev->dev.kobj.sd, files[i]);
		KUNIT_EXPECT_EQ(test, !new, !old[i]);
		if (new)
			KUNIT_EXPECT_PTR_NE(test, new, old[i]);
		kernfs_put(new);
		kernfs_put(old[i]);
	}
}

#ifdef CONFIG_PCI_IOV
static void virtual_functions(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_PORT) },
			{ SYNTH_DEV(0, 0), .under = 1, .nr_vfs = 2, .bar = {
				SYNTH_M32(256), SYNTH_M32(256) }, .vf = SYNTH_M64(SZ_64K) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);
	struct pci_dev *dev = synth_host_dev(host, 2), *vf;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	pci_lock_rescan_remove();
	KUNIT_EXPECT_EQ(test, pci_enable_sriov(dev, 2), 0);
	pci_unlock_rescan_remove();

	KUNIT_EXPECT_EQ(test, write_to(host, 2, 1, "0"), -EBUSY);
	vf = pci_get_domain_bus_and_slot(pci_domain_nr(dev->bus), dev->bus->number, 1);
	KUNIT_EXPECT_NOT_NULL(test, vf);
	if (vf) {
		/* Its BAR is in a page of the PF's BAR, or several pages */
		KUNIT_EXPECT_EQ(test, synth_case_write(vf, "resource0_shares_page", "0"), 0);
		pci_dev_put(vf);
	}

	pci_lock_rescan_remove();
	pci_disable_sriov(dev);
	pci_unlock_rescan_remove();
	KUNIT_EXPECT_EQ(test, write_to(host, 2, 1, "0"), 0);
	EXPECT_ISOLATED(test, host, 2, 1);
}
#endif

/* What others can see at each access to config space during a move */
static struct synth_host *seen_host;
static unsigned int seen_moved, seen_wrong;

static bool hw_shares_page(unsigned int row, int resno)
{
	u64 page = synth_cfg_bar(&seen_host->func[row - 1], resno) & ~(SYNTH_PAGE - 1);
	unsigned int i;
	int j;

	for (i = 0; i < seen_host->nr; i++) {
		const struct synth_func *func = &seen_host->func[i];

		for (j = 0; j < PCI_STD_NUM_BARS; j++) {
			if ((i + 1 != row || j != resno) && func->fn->bar[j].size &&
			    (synth_cfg_bar(func, j) & ~(SYNTH_PAGE - 1)) == page)
				return true;
		}
	}

	return false;
}

static void look(void)
{
	unsigned int row;
	int i;

	for (row = 1; row <= 3; row++) {
		struct pci_dev *dev = synth_host_dev(seen_host, row);

		for (i = 0; dev && i < PCI_STD_NUM_BARS; i++) {
			struct resource *res = pci_resource_n(dev, i);

			if (!res->flags)
				continue;
			if (!res->parent || res->flags & IORESOURCE_UNSET ||
			    (!resource_shares_page(res, SYNTH_PAGE, NULL, 0) &&
			     hw_shares_page(row, i)))
				seen_wrong++;
		}
	}
	/* Nothing is printed yet: a console on the device would hang */
	if (seen_host->nr_decode_off && synth_host_log(seen_host, "moved from", NULL) != seen_moved)
		seen_wrong++;
}

static int look_and_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	look();

	return synth_pci_ops.read(bus, devfn, where, size, value);
}

static int look_and_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	int ret;

	look();
	ret = synth_pci_ops.write(bus, devfn, where, size, value);
	look();

	return ret;
}

static void never_a_false_0(struct kunit *test)
{
	static struct pci_ops ops = { .read = look_and_read, .write = look_and_write };
	static const u8 order[][2] = { { 2, 0 }, { 3, 0 }, { 2, 2 }, { 1, 0 } };
	struct synth_host *host = synth_case_boot(test, &packed, 0);

	if (IS_ENABLED(CONFIG_SMP) || IS_ENABLED(CONFIG_DEBUG_SPINLOCK))
		kunit_skip(test, "needs config accesses without a lock");

	seen_host = host;
	seen_wrong = 0;
	pci_bus_set_ops(host->bus, &ops);
	for (seen_moved = 0; seen_moved < ARRAY_SIZE(order); seen_moved++)
		write_to(host, order[seen_moved][0], order[seen_moved][1], "0");
	pci_bus_set_ops(host->bus, &synth_pci_ops);

	KUNIT_EXPECT_EQ(test, seen_wrong, 0);
	KUNIT_EXPECT_EQ(test, synth_host_log(host, "moved from", NULL), seen_moved);
}

static struct kunit_case pci_now_meanwhile_cases[] = {
	KUNIT_CASE(waits_for_others),
	KUNIT_CASE(goes_away_meanwhile),
	KUNIT_CASE(revoked),
#ifdef CONFIG_PCI_IOV
	KUNIT_CASE(virtual_functions),
#endif
	KUNIT_CASE(never_a_false_0),
	{}
};

static struct kunit_suite pci_now_meanwhile_suite = {
	.name = "pci_now_meanwhile",
	.test_cases = pci_now_meanwhile_cases,
};

kunit_test_init_section_suite(pci_now_meanwhile_suite);

MODULE_DESCRIPTION("Test cases of isolating a BAR while others do something");
MODULE_LICENSE("GPL");
