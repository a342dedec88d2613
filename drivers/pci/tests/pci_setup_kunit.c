// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the kernel parameter "pci=" and the word passthrough_align in it
 *
 * Only the exact word turns it on.  Anything like it is an unknown option.
 */

#include <kunit/test.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/string.h>

#include "../pci.h"
#include "quiet.h"

static const char word[] = "passthrough_align";

#define MAX_WORDS	4
#define MAX_JUNK	40
#define MAX_WORD	(sizeof(word) + MAX_JUNK)
#define GUARD		0x5a

static void turn_back(void *was_on)
{
	pci_passthrough_align = was_on;
}

static void keep_setting(struct kunit *test)
{
	void *was_on = (void *)(long)pci_passthrough_align;

	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, turn_back, was_on), 0);
}

static bool __init turned_on_by(char *str)
{
	pci_passthrough_align = false;
	pci_setup(str);

	return pci_passthrough_align;
}

static void __init exact_word(struct kunit *test)
{
	static const struct {
		const char *str;
		bool on;
	} cases[] = {
		{ "passthrough_align", true },
		{ "passthrough_align,", true },
		{ ",passthrough_align", true },
		{ ",,passthrough_align,,", true },
		{ "passthrough_align,passthrough_align", true },
		{ "passthrough_aligned,passthrough_align", true },
		{ "", false },
		{ ",", false },
		{ "passthrough", false },
		{ "passthrough_alig", false },
		{ "passthrough_aligned", false },
		{ "passthrough_align=1", false },
		{ "passthrough_align=", false },
		{ "passthrough_align ", false },
		{ "nopassthrough_align", false },
		{ "Passthrough_align", false },
		{ "passthrough-align", false },
	};
	char str[64];
	int i;

	keep_setting(test);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		strscpy(str, cases[i].str);
		KUNIT_EXPECT_EQ_MSG(test, turned_on_by(str), cases[i].on, "pci=%s",
				    cases[i].str);
	}
}

/* Anything but a comma, which ends the word, and NUL, which ends it all */
static char __init random_char(struct rnd_state *rnd)
{
	char c = prandom_u32_state(rnd) % 255 + 1;

	return c == ',' ? '=' : c;
}

/* One word: the right one, or one that might be mistaken for it */
static size_t __init random_word(char *p, struct rnd_state *rnd)
{
	size_t len = strlen(word), i = prandom_u32_state(rnd) % len;

	memcpy(p, word, len);
	switch (prandom_u32_state(rnd) % 6) {
	case 0:
		memset(p + i, GUARD, len - i);
		return i;
	case 1:
		p[i] = random_char(rnd);
		return len;
	case 2:
		memmove(p + i, p + i + 1, len - i - 1);
		return len - 1;
	case 3:
		memmove(p + i + 1, p + i, len - i);
		return len + 1;
	case 4:
		for (i = prandom_u32_state(rnd) % MAX_JUNK; i; i--)
			p[len++] = random_char(rnd);
		return len;
	default:
		return len;
	}
}

static void __init random_words(struct kunit *test)
{
	char buf[MAX_WORDS * (MAX_WORD + 1) + 2];
	u32 seed = get_random_u32();
	struct rnd_state rnd;
	int i, j, loglevel, wrong = 0;

	keep_setting(test);
	kunit_info(test, "seed %u\n", seed);
	prandom_seed_state(&rnd, seed);
	loglevel = quiet_begin();

	for (i = 0; i < 1000; i++) {
		int nr = prandom_u32_state(&rnd) % MAX_WORDS + 1;
		bool on = false;
		char *p = buf + 1;

		memset(buf, GUARD, sizeof(buf));
		for (j = 0; j < nr; j++) {
			size_t len = random_word(p, &rnd);

			on |= len == strlen(word) && !memcmp(p, word, len);
			p += len;
			*p++ = ',';
		}
		p[-1] = '\0';

		if (turned_on_by(buf + 1) != on || buf[0] != GUARD || p[0] != GUARD)
			wrong++;
	}

	quiet_end(loglevel);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static struct kunit_case __refdata pci_setup_cases[] = {
	KUNIT_CASE(exact_word),
	KUNIT_CASE(random_words),
	{}
};

static struct kunit_suite pci_setup_suite = {
	.name = "pci_setup",
	.test_cases = pci_setup_cases,
};

kunit_test_init_section_suite(pci_setup_suite);

MODULE_DESCRIPTION("Test of the kernel parameter pci=passthrough_align");
MODULE_LICENSE("GPL");
