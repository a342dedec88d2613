// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of writing to resource<N>_shares_page
 */

#include <kunit/static_stub.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/device.h>

#include "pci_now_kunit.h"

static void each_kind(struct kunit *test)
{
	isolate_each(test, synth_case_boot(test, &packed, 0));
}

/* Which one moves if the other stays */
static void the_first(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &packed, 0);

	isolate(test, host, 1, 0);
	EXPECT_SHARING(test, host, 2, 0);
}

/* Decode is read, turned off and on; each register is written and read back */
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
	KUNIT_EXPECT_EQ(test, accesses(&host->func[1]), before[0] + 3 + 4);
	KUNIT_EXPECT_EQ(test, accesses(&host->func[2]), before[1] + 1 + 2);
	KUNIT_EXPECT_EQ(test, accesses(&host->func[4]), before[2]);
	KUNIT_EXPECT_EQ(test, host->func[1].toggles, toggles[0] + 2);
	KUNIT_EXPECT_EQ(test, host->func[2].toggles, toggles[1]);
}

/* With the parameter, e.g., after something in its page was hot-removed */
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
	pci_lock_rescan_remove();
	KUNIT_EXPECT_EQ(test, pci_isolate_bar(synth_host_dev(host, 6), 5), 0);
	pci_unlock_rescan_remove();
	expect_as_before(test, host, before, 0, 0);
}

/* Nothing else in its page, but not at its start, and no other page is free */
static void within_its_page(struct kunit *test)
{
	struct synth_topology *topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, topology);
	*topology = full;
	topology->fn[5] = (struct synth_fn) {};
	host = synth_case_boot(test, topology, 0);
	isolate(test, host, 5, 0);
	EXPECT_ADDR(test, host, 5, 0, LAST);
	synth_host_off(host);

	host = synth_case_compare(test, topology);
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

/* In use: by a driver, by one being bound or unbound, by something else */
static void in_use(struct kunit *test)
{
	static struct device_driver driver = { .name = "synth" };
	struct synth_host *host = synth_case_boot(test, &packed, 0);
	struct pci_dev *dev = synth_host_dev(host, 2);
	struct pci_bar_mover mover = { .dev = dev };
	struct resource *res, user;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->dev.driver = &driver;
	refused(test, host, 2, 0, -EBUSY);
	KUNIT_EXPECT_EQ(test, pci_bar_move(&mover, 0, SYNTH_PAGE), -EBUSY);
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
	struct synth_topology *topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, topology);
	*topology = packed;
	topology->fn[1].bar[0].quirk = SYNTH_WRITE_FAILS;
	host = synth_case_boot(test, topology, 0);
	refused(test, host, 2, 0, -EIO);
	EXPECT_LOG(test, host, 1, "02.0: BAR 0", "does not take a new address");
	isolate(test, host, 2, 2);
}

/* Nor does a BAR take an address that its 32 bits can't hold */
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
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_1M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(SZ_2M) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);

	refused(test, host, 1, 0, -ENXIO);
}

static void pinned(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
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
	struct synth_host *host = synth_case_boot(test, &topology, 0);
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
		kunit_skip(test, "always the case here");

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		void *flag = (void *)(long)flags[i];

		pci_add_flags(flags[i]);
		KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, clear_flags, flag), 0);
		refused(test, host, 2, 0, -EOPNOTSUPP);
		kunit_release_action(test, clear_flags, flag);
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
	KUNIT_CASE(pinned),
	KUNIT_CASE(never_assigned),
	KUNIT_CASE(early_console),
	{}
};

static struct kunit_suite pci_now_suite = {
	.name = "pci_now",
	.test_cases = pci_now_cases,
};

kunit_test_init_section_suite(pci_now_suite);

MODULE_DESCRIPTION("Test cases of isolating a BAR on request");
MODULE_LICENSE("GPL");
