// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases of pci=passthrough_align: what it leaves alone, and what it says
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/pci.h>
#include <linux/string.h>

#include <asm/sections.h>

#include "../pci.h"
#include "synth-pages.h"

/* Devices whose BARs share a page, some with decode off */
static const struct synth_topology decoding = {
	.flags = SYNTH_SURVEY,
	.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
	.fn = {
		{ SYNTH_DEV(1, 0), .bar = {
			SYNTH_M32(256, PAGE(0)), SYNTH_M32(SZ_64K, SYNTH_LOW + SZ_64K) } },
		{ SYNTH_DEV(2, 0), .bar = {
			SYNTH_M32(256, PAGE(0) + 0x100), SYNTH_M32(256, PAGE(0) + 0x200),
			SYNTH_M64(256, PAGE(0) + 0x300) } },
		{ SYNTH_DEV(3, 0, SYNTH_DECODE_OFF), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x400) },
		{ SYNTH_DEV(4, 0), .bar = {
			SYNTH_M32(256, PAGE(0) + 0x500), SYNTH_M32(256, PAGE(0) + 0x600) } },
	},
};

/* Sizing BARs turns decode off and on too, so compare with Off */
static void decode_is_restored(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &decoding, 0);
	unsigned int toggles[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(toggles); i++)
		toggles[i] = host->func[i].toggles;

	synth_case_reboot(test, host, &decoding, SYNTH_ON);
	KUNIT_EXPECT_EQ(test, host->func[0].toggles, toggles[0]);
	KUNIT_EXPECT_EQ(test, host->func[1].toggles, toggles[1] + 2);
	KUNIT_EXPECT_EQ(test, host->func[2].toggles, toggles[2]);
	KUNIT_EXPECT_EQ(test, host->func[3].toggles, toggles[3] + 2);
	for (i = 0; i < ARRAY_SIZE(toggles); i++)
		KUNIT_EXPECT_EQ(test, synth_cfg_word(&host->func[i], PCI_COMMAND),
				synth_fn_cmd(host->func[i].fn));
	EXPECT_ISOLATED(test, host, 2, 2);
	EXPECT_ISOLATED(test, host, 3, 0);
}

/* A device that must always decode moves while it does */
static void always_on(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);
	unsigned int toggles;

	KUNIT_ASSERT_EQ(test, synth_host_scan(host, &decoding, SYNTH_ON), 0);
	KUNIT_ASSERT_NOT_NULL(test, synth_host_dev(host, 2));
	synth_host_dev(host, 2)->mmio_always_on = 1;
	toggles = host->func[1].toggles;

	synth_host_assign(host);
	KUNIT_EXPECT_EQ(test, host->func[1].toggles, toggles);
	EXPECT_ISOLATED(test, host, 2, 0);
}

/* BARs that are released and assigned again need not move: decode is as Off */
static void decode_is_left_alone(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &decoding, SYNTH_ON);
	struct pci_dev *dev = synth_host_dev(host, 4);
	unsigned int toggles = host->func[3].toggles;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	pci_lock_rescan_remove();
	pci_release_resource(dev, 0);
	pci_release_resource(dev, 1);
	pci_bus_assign_resources(dev->bus);
	pci_unlock_rescan_remove();

	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 4, 0);
	EXPECT_ISOLATED(test, host, 4, 1);
	KUNIT_EXPECT_EQ(test, host->func[3].toggles, toggles);
}

/* Off, decode is off while a 64-bit BAR is written, as ever */
static void decode_as_ever(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &decoding, 0);
	struct pci_dev *dev = synth_host_dev(host, 2);
	unsigned int toggles = host->func[1].toggles;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	pci_lock_rescan_remove();
	pci_release_resource(dev, 1);
	pci_release_resource(dev, 2);
	pci_bus_assign_resources(dev->bus);
	pci_unlock_rescan_remove();

	synth_case_check(test, host);
	KUNIT_EXPECT_EQ(test, host->func[1].toggles, toggles + 2);
}

/* ... and a BAR that does not take its address is reported */
static void error_as_ever(struct kunit *test)
{
	static const struct synth_topology topology = {
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW), SYNTH_P64(SZ_16M, SYNTH_HIGH) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, 0, SYNTH_WRITE_FAILS) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_P64(256, 0, SYNTH_WRITE_FAILS_HI) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);

	EXPECT_LOG(test, host, 1, "01.0: BAR 0", "error updating (0x");
	if (host->high.parent)
		EXPECT_LOG(test, host, 1, "02.0: BAR 0", "error updating (high");
}

/* Nothing behind a bridge can be reached without decode: only during a write */
static void bridge_decodes(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_BRIDGE(1, 0, SYNTH_NO_PREF), .mem = { SZ_1M, SYNTH_LOW },
			  .bar = { SYNTH_M32(256, SYNTH_LOW + SZ_1M + 0x100),
				   SYNTH_M32(256, SYNTH_LOW + SZ_1M + 0x200) } },
			{ SYNTH_DEV(1, 0), .under = 1, .bar[0] = SYNTH_M32(SZ_64K, SYNTH_LOW) },
		},
	};
	struct synth_host *host = synth_case_boot(test, &topology, 0);
	unsigned int toggles = host->func[0].toggles, reads = host->func[0].reads;

	synth_case_reboot(test, host, &topology, SYNTH_ON);
	KUNIT_EXPECT_EQ(test, host->func[0].toggles, toggles + 2 * 2);
	/* The command register is read once, and each BAR read back */
	KUNIT_EXPECT_EQ(test, host->func[0].reads, reads + 1 + 2);
	EXPECT_ISOLATED(test, host, 1, 0);
	EXPECT_ISOLATED(test, host, 1, 1);
}

/* No BAR ever answers where another one does */
static void no_clash(struct kunit *test)
{
	struct synth_host *host = synth_case_boot(test, &decoding, SYNTH_ON);

	KUNIT_EXPECT_EQ(test, host->clashes, 0);
	KUNIT_EXPECT_EQ(test, host->max_decode_off, 1);
}

/* Devices whose BARs the core never assigns, except for the last one */
static void by_class(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .class = PCI_CLASS_BRIDGE_HOST,
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
			{ SYNTH_DEV(2, 0, SYNTH_CLASSLESS),
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x200) },
			{ SYNTH_DEV(3, 0), .class = PCI_CLASS_SYSTEM_PIC,
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x300) },
			{ SYNTH_DEV(4, 0, SYNTH_DECODE_OFF), .class = PCI_CLASS_SYSTEM_PIC,
			  .bar[0] = SYNTH_M32(256, PAGE(0) + 0x400) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0) + 0x100);
	EXPECT_ADDR(test, host, 2, 0, PAGE(0) + 0x200);
	EXPECT_ADDR(test, host, 3, 0, PAGE(0) + 0x300);
	EXPECT_ISOLATED(test, host, 4, 0);
	/* Silently */
	EXPECT_LOG(test, host, 1, "moved from", NULL);
	EXPECT_LOG(test, host, 0, "Can't reassign", NULL);
	EXPECT_LOG(test, host, 0, "shares its page with", NULL);
	EXPECT_LOG(test, host, 1, "1 BARs moved, 1 small BARs isolated, 3 share a page", NULL);
}

static void fixed_bar(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0, SYNTH_FIXED), .bar = {
				SYNTH_M32(256, PAGE(0) + 0x100),
				SYNTH_M32(256, PAGE(0) + 0x200) } },
			{ SYNTH_DEV(2, 0, SYNTH_FIXED), .bar[0] = SYNTH_M32(256, PAGE(1)) },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0) + 0x100);
	EXPECT_ISOLATED(test, host, 1, 1);
	/* Only if it lacks that alignment */
	EXPECT_LOG(test, host, 1, "ignoring requested alignment", "01.0: BAR 0");
	EXPECT_LOG(test, host, 1, "ignoring requested alignment", NULL);
}

static void enhanced_allocation(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_SURVEY,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar = {
				SYNTH_M32(256, PAGE(0) + 0x100, SYNTH_EA),
				SYNTH_M32(256, PAGE(0) + 0x200) } },
		},
	};
	struct synth_host *host = synth_case_compare(test, &topology);

	EXPECT_ADDR(test, host, 1, 0, PAGE(0) + 0x100);
	EXPECT_ISOLATED(test, host, 1, 1);
}

static bool uses_row_2(struct pci_dev *dev)
{
	return dev->devfn == PCI_DEVFN(2, 0);
}

static void early_console(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);

	if (IS_ENABLED(CONFIG_X86) && !IS_ENABLED(CONFIG_UML))
		kunit_skip(test, "x86 knows which devices early consoles use");

	kunit_activate_static_stub(test, pci_has_early_console, uses_row_2);
	KUNIT_ASSERT_EQ(test, synth_host_boot(host, &decoding, SYNTH_ON), 0);

	EXPECT_ADDR(test, host, 2, 0, PAGE(0) + 0x100);
	EXPECT_ADDR(test, host, 2, 1, PAGE(0) + 0x200);
	KUNIT_EXPECT_NE(test, synth_case_addr(host, 3, 0), PAGE(0) + 0x400);
}

/* Let pr_info_once() print again; see clear_warn_once in debugfs */
static void forget_what_was_said(void)
{
	memset(__start_once, 0, __end_once - __start_once);
}

/* Firmware wants its setup preserved */
static void preserve_config(struct kunit *test)
{
	static const struct synth_topology topology = {
		.flags = SYNTH_PRESERVE,
		.win = { SYNTH_M32(SZ_16M, SYNTH_LOW) },
		.fn = {
			{ SYNTH_DEV(1, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x100) },
			{ SYNTH_DEV(2, 0), .bar[0] = SYNTH_M32(256, PAGE(0) + 0x200) },
		},
	};
	struct synth_host *host;

	forget_what_was_said();
	host = synth_case_compare(test, &topology);
	EXPECT_ADDR(test, host, 1, 0, PAGE(0) + 0x100);
	EXPECT_ADDR(test, host, 2, 0, PAGE(0) + 0x200);
	EXPECT_SHARING(test, host, 2, 0);
	EXPECT_LOG(test, host, 1, "Ignoring passthrough_align",
		   "(firmware's setup is to be preserved)");
	EXPECT_LOG(test, host, 0, "small BARs isolated", NULL);
}

static void clear_flags(void *flags)
{
	pci_clear_flags((long)flags);
}

static void with_flag(struct kunit *test, int flag, const char *why)
{
	struct synth_host *host;

	if (pci_has_flag(flag))
		kunit_skip(test, "always the case here");

	pci_add_flags(flag);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, clear_flags,
							(void *)(long)flag), 0);

	forget_what_was_said();
	host = synth_case_compare(test, &decoding);
	EXPECT_ADDR(test, host, 2, 0, PAGE(0) + 0x100);
	EXPECT_ADDR(test, host, 2, 1, PAGE(0) + 0x200);
	EXPECT_ADDR(test, host, 3, 0, PAGE(0) + 0x400);
	EXPECT_LOG(test, host, 0, "moved from", NULL);
	EXPECT_LOG(test, host, 1, "Ignoring passthrough_align", why);
	EXPECT_LOG(test, host, 0, "small BARs isolated", NULL);
}

static void probe_only(struct kunit *test)
{
	with_flag(test, PCI_PROBE_ONLY, "(PCI_PROBE_ONLY)");
}

static void claim_only(struct kunit *test)
{
	with_flag(test, PCI_CLAIM_ONLY, "(BARs are not assigned here)");
}

/* Until a BAR moves, it is where it was, and sysfs says so */
static void no_false_address(struct kunit *test)
{
	struct synth_host *host = synth_host_new(test);
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	resource_size_t addr = synth_host_cpu(host, PAGE(0) + 0x100, SYNTH_BAR_M32);
	unsigned long long start, end;
	char *line = buf;
	int i, ret;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, synth_host_scan(host, &decoding, SYNTH_ON), 0);
	KUNIT_ASSERT_NOT_NULL(test, synth_host_dev(host, 2));
	KUNIT_EXPECT_GT(test, synth_case_read(synth_host_dev(host, 2), "resource", buf), 0);

	for (i = 0; i < 3; i++) {
		ret = sscanf(line, "0x%llx 0x%llx", &start, &end);
		KUNIT_ASSERT_EQ(test, ret, 2);
		KUNIT_EXPECT_EQ(test, start, addr + i * 256);
		KUNIT_EXPECT_EQ(test, end, addr + i * 256 + 255);
		line = strchr(line, '\n') + 1;
	}

	synth_host_assign(host);
	synth_case_check(test, host);
	EXPECT_ISOLATED(test, host, 2, 0);
}

static void says_what_it_did(struct kunit *test)
{
	struct synth_topology *topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);
	struct synth_host *host;

	KUNIT_ASSERT_NOT_NULL(test, topology);
	*topology = decoding;
	/* It has a whole page, so it is not small */
	topology->fn[4] = (struct synth_fn) {
		SYNTH_DEV(5, 0), .bar[0] = SYNTH_M32(SYNTH_PAGE, PAGE(1)),
	};

	host = synth_case_boot(test, topology, SYNTH_ON);
	EXPECT_LOG(test, host, 6, "moved from", NULL);
	EXPECT_LOG(test, host, 1, "moved from", "02.0: BAR 0");
	EXPECT_LOG(test, host, 1, "6 BARs moved, 7 small BARs isolated, 0 share a page", NULL);
	EXPECT_LOG(test, host, 1, "passthrough_align:", NULL);
}

static struct kunit_case pci_handsoff_cases[] = {
	KUNIT_CASE(decode_is_restored),
	KUNIT_CASE(always_on),
	KUNIT_CASE(decode_is_left_alone),
	KUNIT_CASE(decode_as_ever),
	KUNIT_CASE(error_as_ever),
	KUNIT_CASE(bridge_decodes),
	KUNIT_CASE(no_clash),
	KUNIT_CASE(by_class),
	KUNIT_CASE(fixed_bar),
	KUNIT_CASE(enhanced_allocation),
	KUNIT_CASE(early_console),
	KUNIT_CASE(preserve_config),
	KUNIT_CASE(probe_only),
	KUNIT_CASE(claim_only),
	KUNIT_CASE(no_false_address),
	KUNIT_CASE(says_what_it_did),
	{}
};

static struct kunit_suite pci_handsoff_suite = {
	.name = "pci_handsoff",
	.test_cases = pci_handsoff_cases,
};

kunit_test_init_section_suite(pci_handsoff_suite);

MODULE_DESCRIPTION("Test cases of what isolating small BARs leaves alone");
MODULE_LICENSE("GPL");
