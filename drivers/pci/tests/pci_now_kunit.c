// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of writing to resource<N>_shares_page
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/capability.h>
#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/kernfs.h>
#include <linux/kthread.h>
#include <linux/pci.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "../pci.h"
#include "synth-case.h"

#define PAGE(n)		(SYNTH_LOW + (n) * SYNTH_PAGE)
#define REST		(SYNTH_LOW + SZ_1M - 2 * SYNTH_PAGE)
#define LAST		(REST + SYNTH_PAGE)

/* All in one page, with a BAR of a bridge and a ROM among them */
static const struct synth_machine packed = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_MEM(SYNTH_LOW, SZ_16M) },
	.fn = {
		{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0)) },
		{ SYNTH_DEV(2, 0), .bar = {
			SYNTH_M32(256, PAGE(0) + 0x100), {}, SYNTH_M64(256, PAGE(0) + 0x200) } },
		{ SYNTH_DEV(3, 0, SYNTH_QUIET), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x300) },
		{ SYNTH_BRIDGE(4, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x400) },
		{ SYNTH_DEV(5, 0), .bar[6] = SYNTH_ROM(SZ_2K, PAGE(0) + 0x800) },
		{ SYNTH_DEV(6, 0), .bar[5] = SYNTH_M32(SZ_64K, SYNTH_LOW + SZ_1M) },
	},
};

/* Behind a bridge whose window has no free page */
static const struct synth_machine full = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_MEM(SYNTH_LOW, SZ_16M) },
	.fn = {
		{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_1M, SYNTH_LOW } },
		{ SYNTH_DEV(1, 0), .under = 1, SYNTH_FILLER_1 },
		{ SYNTH_DEV(2, 0), .under = 1, SYNTH_FILLER_2 },
		{ SYNTH_DEV(3, 0), .under = 1, .bar[0] = SYNTH_M32(SYNTH_PAGE, REST) },
		{ SYNTH_DEV(4, 0), .under = 1, .bar[0] = SYNTH_M32(256, LAST + 0x200) },
		{ SYNTH_DEV(5, 0), .under = 1, .bar[0] = SYNTH_M32(256, LAST + 0x300) },
	},
};

/* What a machine was like before a write */
struct before {
	struct synth_state state;
	unsigned int accesses[SYNTH_MAX_FN];
	unsigned int moved;
};

static unsigned int accesses(const struct synth_func *func)
{
	return func->reads + func->writes;
}

static struct before *take(struct kunit *test, struct synth_host *host)
{
	struct before *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, before);
	synth_state_take(host, &before->state);
	for (i = 0; i < host->nr; i++)
		before->accesses[i] = accesses(&host->func[i]);
	before->moved = synth_host_log(host, "moved from", NULL);

	return before;
}

/* Everything is where it was, and of all others not even a register was read */
static void expect_as_before(struct kunit *test, struct synth_host *host,
			     const struct before *before, unsigned int row, int resno)
{
	struct before *now = take(test, host);
	unsigned int i;
	int j;

	synth_case_check(test, host);
	for (i = 0; i < host->nr; i++) {
		KUNIT_EXPECT_EQ(test, now->state.fn[i].cmd, before->state.fn[i].cmd);
		for (j = 0; j < SYNTH_NR_RES; j++) {
			const struct synth_res_state *a = &before->state.fn[i].res[j];
			const struct synth_res_state *b = &now->state.fn[i].res[j];

			if (i + 1 == row && j == resno)
				continue;
			KUNIT_EXPECT_EQ(test, b->addr, a->addr);
			KUNIT_EXPECT_EQ(test, b->hw, a->hw);
			KUNIT_EXPECT_EQ(test, b->flags, a->flags);
		}
		if (i + 1 != row)
			KUNIT_EXPECT_EQ(test, now->accesses[i], before->accesses[i]);
	}
	KUNIT_EXPECT_EQ(test, now->state.clashes, before->state.clashes);
}

static int write_to(struct synth_host *host, unsigned int row, int resno, const char *text)
{
	struct pci_dev *dev = synth_host_dev(host, row);
	char file[32] = "rom_shares_page";

	if (!dev)
		return -ENODEV;

	if (resno != PCI_ROM_RESOURCE)
		snprintf(file, sizeof(file), "resource%d_shares_page", resno);

	return synth_case_write(dev, file, text);
}

static void isolate(struct kunit *test, struct synth_host *host, unsigned int row, int resno)
{
	const struct before *before = take(test, host);
	struct resource *res = synth_case_res(host, row, resno);

	KUNIT_EXPECT_EQ(test, write_to(host, row, resno, "0"), 0);
	EXPECT_ISOLATED(test, host, row, resno);
	KUNIT_EXPECT_TRUE(test, res && IS_ALIGNED(res->start, SYNTH_PAGE));
	expect_as_before(test, host, before, row, resno);
	EXPECT_LOG(test, host, before->moved + 1, "moved from", NULL);
}

static void refused(struct kunit *test, struct synth_host *host, unsigned int row,
		    int resno, int error)
{
	const struct before *before = take(test, host);

	KUNIT_EXPECT_EQ(test, write_to(host, row, resno, "0"), error);
	expect_as_before(test, host, before, error == -EIO ? row : 0, -1);
	EXPECT_LOG(test, host, before->moved, "moved from", NULL);
}

static void one_by_one(struct kunit *test, struct synth_host *host)
{
	isolate(test, host, 2, 0);
	isolate(test, host, 2, 2);
	isolate(test, host, 3, 0);
	isolate(test, host, 4, 0);
	isolate(test, host, 5, 6);
	EXPECT_ISOLATED(test, host, 1, 0);
}

static void each_kind(struct kunit *test)
{
	one_by_one(test, synth_case_boot(test, &packed, 0));
}

/* Which one moves if the other stays */
static void the_first(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);

	isolate(test, host, 1, 0);
	EXPECT_SHARING(test, host, 2, 0);
}

/* At most 6 accesses for the device, and 2 for each register that is written */
static void few_accesses(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	unsigned int before[] = {
		accesses(&host->func[1]), accesses(&host->func[2]), accesses(&host->func[4]),
	};
	unsigned int toggles[] = { host->func[1].toggles, host->func[2].toggles };

	isolate(test, host, 2, 2);
	isolate(test, host, 3, 0);
	isolate(test, host, 5, 6);
	KUNIT_EXPECT_LE(test, accesses(&host->func[1]), before[0] + 6 + 4);
	KUNIT_EXPECT_LE(test, accesses(&host->func[2]), before[1] + 6 + 2);
	KUNIT_EXPECT_EQ(test, accesses(&host->func[4]), before[2]);
	KUNIT_EXPECT_EQ(test, host->func[1].toggles, toggles[0] + 2);
	KUNIT_EXPECT_EQ(test, host->func[2].toggles, toggles[1]);
}

/* With the parameter, for what was hot-removed in its page for example */
static void with_parameter(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, SYNTH_ON);
	const struct before *before = take(test, host);
	unsigned int row;

	for (row = 1; row <= 4; row++)
		KUNIT_EXPECT_EQ(test, write_to(host, row, 0, "0"), 0);
	expect_as_before(test, host, before, 0, 0);
}

static void nothing_to_do(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	const struct before *before = take(test, host);

	KUNIT_EXPECT_EQ(test, write_to(host, 6, 5, "0"), 0);
	expect_as_before(test, host, before, 0, 0);
}

/* Nothing else in its page, but not at its start, and no other page is free */
static void within_its_page(struct kunit *test)
{
	struct synth_machine *machine = kunit_kzalloc(test, sizeof(*machine), GFP_KERNEL);
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, machine);
	*machine = full;
	machine->fn[5] = (struct synth_fn) {};
	host = synth_case_boot(test, machine, 0);
	isolate(test, host, 5, 0);
	EXPECT_ADDR(test, host, 5, 0, LAST);
	synth_host_off(host);

	host = synth_case_compare(test, machine);
	EXPECT_ADDR(test, host, 5, 0, LAST);
}

static void only_zero(struct kunit *test)
{
	static const char * const wrong[] = { "1", "", "\n", "-0", "0 0", "no", "4294967296" };
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	const struct before *before = take(test, host);
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ_MSG(test, write_to(host, 2, 0, wrong[i]),
				    -EINVAL,
				    "%s", wrong[i]);
	KUNIT_EXPECT_EQ(test, write_to(host, 2, 1, "0"), -ENOENT);
	expect_as_before(test, host, before, 0, 0);

	KUNIT_EXPECT_EQ(test, write_to(host, 2, 0, "0\n"), 0);
	EXPECT_ISOLATED(test, host, 2, 0);
}

static void without_capability(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	struct cred *cred = prepare_creds();
	const struct cred *old;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cap_lower(cred->cap_effective, CAP_SYS_ADMIN);
	old = override_creds(cred);
	ret = write_to(host, 2, 0, "0");
	put_cred(revert_creds(old));
	KUNIT_EXPECT_EQ(test, ret, -EPERM);
	EXPECT_SHARING(test, host, 2, 0);
}

/* In use: by a driver, by one that is just coming or going, by whom knows */
static void in_use(struct kunit *test)
{
	static struct device_driver driver = { .name = "synth" };
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	struct pci_dev *dev = synth_host_dev(host, 2);
	struct resource *res, user;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->dev.driver = &driver;
	refused(test, host, 2, 0, -EBUSY);
	dev->dev.driver = NULL;

	device_lock(&dev->dev);
	refused(test, host, 2, 0, -EBUSY);
	device_unlock(&dev->dev);

	res = pci_resource_n(dev, 0);
	user = DEFINE_RES_MEM_NAMED(res->start, 16, "user");
	KUNIT_ASSERT_EQ(test, request_resource(res, &user), 0);
	refused(test, host, 2, 0, -EBUSY);
	release_resource(&user);

	isolate(test, host, 2, 0);
}

static void no_page(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &full, 0);

	refused(test, host, 5, 0, -ENOSPC);
	refused(test, host, 6, 0, -ENOSPC);
}

static void takes_no_address(struct kunit *test)
{
	struct synth_machine *machine = kunit_kzalloc(test, sizeof(*machine), GFP_KERNEL);
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, machine);
	*machine = packed;
	machine->fn[1].bar[0].quirk = SYNTH_STUCK;
	host = synth_case_boot(test, machine, 0);
	refused(test, host, 2, 0, -EIO);
	EXPECT_LOG(test, host, 1, "02.0: BAR 0", "does not take a new address");
	isolate(test, host, 2, 2);
}

/* What a register of 32 bits can't hold is not taken either */
static void takes_no_high_address(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	struct pci_dev *dev = synth_host_dev(host, 3);
	struct resource at;
	int ret;

	if (!host->high.parent)
		kunit_skip(test, "no addresses above 4 GiB");

	KUNIT_ASSERT_NOT_NULL(test, dev);
	at = *pci_resource_n(dev, 0);
	resource_set_range(&at, BIT_ULL(32), 256);
	ret = pci_write_bar(dev, 0, &at, true);
	pci_update_resource(dev, 0);
	KUNIT_EXPECT_EQ(test, ret, -EIO);
}

static void no_address(struct kunit *test)
{
	static const struct synth_machine machine = {
		.win = { SYNTH_MEM(SYNTH_LOW, SZ_1M) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(SZ_2M) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &machine, 0);

	refused(test, host, 1, 0, -ENXIO);
}

/* Somebody else who writes meanwhile */
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

/* Who removes the device waits for files not to be in use, with the lock */
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

static void has_to_stay(struct kunit *test)
{
	static const struct synth_machine machine = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_MEM(SYNTH_LOW, SZ_16M) },
		.fn = {
			{ SYNTH_DEV(1, 0), .class = PCI_CLASS_BRIDGE_HOST,
			  .bar[0] = SYNTH_M32(256, PAGE(0)) },
			{ SYNTH_DEV(2, 0, SYNTH_CLASSLESS),
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
			{ SYNTH_DEV(3, 0), .class = PCI_CLASS_SYSTEM_PIC,
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x200) },
			{ SYNTH_DEV(4, 0, SYNTH_FIXED), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x300) },
			{ SYNTH_DEV(5, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x400, SYNTH_EA) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &machine, 0);
	unsigned int row;

	for (row = 1; row <= host->nr; row++) {
		const struct before *before = take(test, host);

		KUNIT_EXPECT_EQ(test, write_to(host, row, 0, "0"), -EOPNOTSUPP);
		expect_as_before(test, host, before, row, -1);
	}
}

static void clear_flags(void *flags)
{
	pci_clear_flags((long)flags);
}

static void never_assigned(struct kunit *test)
{
	static const int flags[] = { PCI_PROBE_ONLY, PCI_CLAIM_ONLY };
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	int i;

	host->bridge->preserve_config = 1;
	refused(test, host, 2, 0, -EOPNOTSUPP);
	host->bridge->preserve_config = 0;

	if (pci_has_flag(PCI_PROBE_ONLY) || pci_has_flag(PCI_CLAIM_ONLY))
		kunit_skip(test, "it is like that here");

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		pci_add_flags(flags[i]);
		KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, clear_flags,
				(void *)(long)flags[i]), 0);
		refused(test, host, 2, 0, -EOPNOTSUPP);
		kunit_release_action(test, clear_flags, (void *)(long)flags[i]);
	}

	isolate(test, host, 2, 0);
}

static bool uses_row_2(struct pci_dev *dev)
{
	return dev->devfn == PCI_DEVFN(2, 0);
}

static void early_console(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);

	if (IS_ENABLED(CONFIG_X86) && !IS_ENABLED(CONFIG_UML))
		kunit_skip(test, "x86 knows which devices early consoles use");

	kunit_activate_static_stub(test, pci_has_early_console, uses_row_2);
	refused(test, host, 2, 0, -EOPNOTSUPP);
	isolate(test, host, 3, 0);
}

/* Who has the file open, or the BAR mapped, has it no longer */
static void revoked(struct kunit *test)
{
	static const char * const files[] = { "resource0", "rom" };
	static const struct synth_machine machine = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_MEM(SYNTH_LOW, SZ_16M) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = {
				SYNTH_M32(256, PAGE(0) + 0x100), SYNTH_M32(256, PAGE(0)) },
			  .bar[6] = SYNTH_ROM(SZ_2K, PAGE(1)) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &machine, 0);
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
	static const struct synth_machine machine = {
		.win = { SYNTH_MEM(SYNTH_LOW, SZ_16M) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_PORT) },
			{ SYNTH_DEV(0, 0), .under = 1, .nr_vfs = 2, .bar = {
				SYNTH_M32(256), SYNTH_M32(256) }, .vf = SYNTH_M64(SZ_64K) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &machine, 0);
	struct pci_dev *dev = synth_host_dev(host, 2), *vf;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	pci_lock_rescan_remove();
	KUNIT_EXPECT_EQ(test, pci_enable_sriov(dev, 2), 0);
	pci_unlock_rescan_remove();

	KUNIT_EXPECT_EQ(test, write_to(host, 2, 1, "0"), -EBUSY);
	vf = pci_get_domain_bus_and_slot(pci_domain_nr(dev->bus), dev->bus->number, 1);
	KUNIT_EXPECT_NOT_NULL(test, vf);
	if (vf) {
		/* It lies in a page of the physical function's, or is several */
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

/* What anybody can see at each access to config space, with a move on its way */
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
	/* Nothing is said yet: a console on the device would hang */
	if (seen_host->dark && synth_host_log(seen_host, "moved from", NULL) != seen_moved)
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
		kunit_skip(test, "needs pci_lock to be nothing");

	seen_host = host;
	seen_wrong = 0;
	pci_bus_set_ops(host->bus, &ops);
	for (seen_moved = 0; seen_moved < ARRAY_SIZE(order); seen_moved++)
		write_to(host, order[seen_moved][0], order[seen_moved][1], "0");
	pci_bus_set_ops(host->bus, &synth_pci_ops);

	KUNIT_EXPECT_EQ(test, seen_wrong, 0);
	KUNIT_EXPECT_EQ(test, synth_host_log(host, "moved from", NULL), seen_moved);
}

static struct kunit_case pci_now_cases[] = {
	KUNIT_CASE(each_kind),
	KUNIT_CASE(the_first),
	KUNIT_CASE(few_accesses),
	KUNIT_CASE(with_parameter),
	KUNIT_CASE(nothing_to_do),
	KUNIT_CASE(within_its_page),
	KUNIT_CASE(only_zero),
	KUNIT_CASE(without_capability),
	KUNIT_CASE(in_use),
	KUNIT_CASE(no_page),
	KUNIT_CASE(takes_no_address),
	KUNIT_CASE(takes_no_high_address),
	KUNIT_CASE(no_address),
	KUNIT_CASE(waits_for_others),
	KUNIT_CASE(goes_away_meanwhile),
	KUNIT_CASE(has_to_stay),
	KUNIT_CASE(never_assigned),
	KUNIT_CASE(early_console),
	KUNIT_CASE(revoked),
#ifdef CONFIG_PCI_IOV
	KUNIT_CASE(virtual_functions),
#endif
	KUNIT_CASE(never_a_false_0),
	{}
};

static struct kunit_suite pci_now_suite = {
	.name = "pci_now",
	.test_cases = pci_now_cases,
};

kunit_test_suite(pci_now_suite);

MODULE_DESCRIPTION("Test cases of isolating a BAR when somebody asks");
MODULE_LICENSE("GPL");
