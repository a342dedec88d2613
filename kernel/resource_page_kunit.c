// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test of resource_shares_page()
 *
 * Each case is a small resource tree, laid out in sixteenths of a page, so that
 * it can be built for any page size and anywhere in the address space.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>

#define MAX_ROWS	6
#define MAX_UNITS	(16 * 16)	/* the trees are smaller than this */

/**
 * struct row - a resource of a test tree
 * @in: row of its parent, from 1; 0 for the root of the tree
 * @from: where it starts, in sixteenths of a page
 * @to: where the next one could start; 0 after the last row
 * @desc: IORES_DESC_NONE, IORES_DESC_RESERVED or IORES_DESC_PADDING
 */
struct row {
	u8 in;
	u16 from;
	u16 to;
	u8 desc;
};

/**
 * struct shares_case - a test tree and the expected result
 * @name: what it is about
 * @row: resources; the first one is the one that is checked
 * @shares: what resource_shares_page() has to return
 * @with: row of the neighbour that it has to find
 */
struct shares_case {
	const char *name;
	struct row row[MAX_ROWS];
	int shares;
	u8 with;
};

/*
 *	16      20      24      28      32 sixteenths
 *	|-------------- page -----------|
 */
static const struct shares_case shares_cases[] = {
	/* Siblings */
	{ "alone at the start of a page", { { 0, 16, 17 } }, 0 },
	{ "alone inside a page", { { 0, 20, 21 } }, 0 },
	{ "alone in two pages", { { 0, 24, 40 } }, 0 },
	{ "right behind", { { 0, 16, 17 }, { 0, 17, 18 } }, 1, 2 },
	{ "right before", { { 0, 20, 21 }, { 0, 19, 20 } }, 1, 2 },
	{ "at the start of the page", { { 0, 20, 21 }, { 0, 16, 17 } }, 1, 2 },
	{ "at the end of the page", { { 0, 16, 17 }, { 0, 31, 32 } }, 1, 2 },
	{ "on both sides", { { 0, 20, 21 }, { 0, 24, 25 }, { 0, 16, 17 } }, 1, 3 },
	{ "in the page behind", { { 0, 16, 17 }, { 0, 32, 33 } }, 0 },
	{ "in the page before", { { 0, 16, 17 }, { 0, 15, 16 } }, 0 },
	{ "before the page, inside it", { { 0, 20, 21 }, { 0, 15, 16 } }, 0 },
	{ "adjacent pages", { { 0, 16, 32 }, { 0, 0, 16 }, { 0, 32, 48 } }, 0 },
	{ "adjacent in the page", { { 0, 24, 32 }, { 0, 16, 24 } }, 1, 2 },
	{ "reaching into the page from before", { { 0, 20, 21 }, { 0, 0, 18 } }, 1, 2 },
	{ "reaching out of the page", { { 0, 20, 21 }, { 0, 30, 64 } }, 1, 2 },
	{ "in the last page of two", { { 0, 24, 40 }, { 0, 47, 48 } }, 1, 2 },
	{ "in the first page of two", { { 0, 24, 40 }, { 0, 16, 17 } }, 1, 2 },
	{ "behind the last page of two", { { 0, 24, 40 }, { 0, 48, 49 } }, 0 },
	{ "before the first page of two", { { 0, 24, 40 }, { 0, 15, 16 } }, 0 },
	{ "a neighbour with children",
	  { { 0, 16, 17 }, { 0, 24, 64 }, { 2, 40, 41 } }, 1, 2 },

	/* What contains the resource, or is inside it, doesn't count */
	{ "in a window", { { 2, 16, 17 }, { 0, 0, 64 } }, 0 },
	{ "in a window in a window", { { 2, 16, 17 }, { 3, 0, 32 }, { 0, 0, 64 } }, 0 },
	{ "in a window of its size", { { 2, 16, 17 }, { 0, 16, 17 } }, 0 },
	{ "in a Reserved range",
	  { { 2, 16, 17 }, { 0, 0, 64, IORES_DESC_RESERVED } }, 0 },
	{ "in a Reserved range in a window",
	  { { 2, 16, 17 }, { 3, 16, 32, IORES_DESC_RESERVED }, { 0, 0, 64 } }, 0 },
	{ "beside a Reserved range",
	  { { 0, 16, 17 }, { 0, 18, 64, IORES_DESC_RESERVED } }, 1, 2 },
	{ "with children", { { 0, 16, 20 }, { 1, 16, 17 }, { 1, 18, 19 } }, 0 },
	{ "with a child, beside another's",
	  { { 0, 16, 18 }, { 1, 16, 17 }, { 0, 18, 20 }, { 3, 18, 19 } }, 1, 3 },

	/* A page that extends beyond the window */
	{ "behind the window", { { 2, 16, 17 }, { 0, 0, 24 }, { 0, 24, 25 } }, 1, 3 },
	{ "behind the window, in the next page",
	  { { 2, 16, 17 }, { 0, 0, 24 }, { 0, 32, 33 } }, 0 },
	{ "before the window", { { 2, 20, 21 }, { 0, 20, 64 }, { 0, 16, 17 } }, 1, 3 },
	{ "before the window, in the page before",
	  { { 2, 20, 21 }, { 0, 20, 64 }, { 0, 15, 16 } }, 0 },
	{ "behind a window in a window",
	  { { 2, 16, 17 }, { 3, 16, 24 }, { 0, 0, 28 }, { 0, 30, 31 } }, 1, 4 },
	{ "between two windows",
	  { { 2, 16, 17 }, { 3, 16, 24 }, { 0, 0, 64 }, { 3, 26, 28 } }, 1, 4 },
	{ "before a window in a window",
	  { { 2, 24, 25 }, { 3, 24, 64 }, { 0, 20, 64 }, { 0, 17, 18 } }, 1, 4 },
	{ "beside a window that is longer",
	  { { 2, 24, 25 }, { 0, 24, 64 }, { 0, 16, 24 }, { 3, 16, 17 } }, 1, 3 },
	{ "in a window that begins inside the page",
	  { { 2, 24, 25 }, { 0, 20, 64 }, { 2, 26, 27 } }, 1, 3 },
	{ "in the next window, but not in the page",
	  { { 2, 16, 17 }, { 0, 0, 24 }, { 0, 32, 64 }, { 3, 32, 33 } }, 0 },

	/* Keeping the rest of a page free is not sharing it */
	{ "padding behind", { { 0, 16, 17 }, { 0, 17, 32, IORES_DESC_PADDING } }, 0 },
	{ "padding before", { { 0, 20, 21 }, { 0, 16, 20, IORES_DESC_PADDING } }, 0 },
	{ "something behind the padding",
	  { { 0, 16, 17 }, { 0, 17, 20, IORES_DESC_PADDING }, { 0, 20, 21 } }, 1, 3 },
	{ "padding behind the window",
	  { { 2, 16, 17 }, { 0, 0, 24 }, { 0, 24, 32, IORES_DESC_PADDING } }, 0 },
	{ "the padding itself shares",
	  { { 0, 17, 32, IORES_DESC_PADDING }, { 0, 16, 17 } }, 1, 2 },
};

struct tree {
	struct resource root;
	struct resource row[MAX_ROWS];
};

static unsigned int nr_rows(const struct shares_case *c)
{
	unsigned int n = 0;

	while (n < MAX_ROWS && c->row[n].to)
		n++;

	return n;
}

/* A parent may come after its children in the table: try until all are in */
static bool grow_tree(struct tree *tree, const struct shares_case *c,
		      resource_size_t base, resource_size_t page_size)
{
	resource_size_t unit = page_size / 16;
	unsigned int i, round, n = nr_rows(c), in = 0;

	tree->root = (struct resource) { .end = RESOURCE_SIZE_MAX };
	for (i = 0; i < n; i++) {
		tree->row[i] = (struct resource) {
			.name = c->name,
			.start = base + c->row[i].from * unit,
			.end = base + c->row[i].to * unit - 1,
			.flags = IORESOURCE_MEM,
			.desc = c->row[i].desc,
		};
	}

	for (round = 0; round < n; round++) {
		for (i = 0; i < n; i++) {
			struct resource *parent = c->row[i].in ?
				&tree->row[c->row[i].in - 1] : &tree->root;

			if (tree->row[i].parent ||
			    (parent != &tree->root && !parent->parent))
				continue;
			in += !request_resource(parent, &tree->row[i]);
		}
	}

	return in == n;
}

static void check_case(struct kunit *test, const struct shares_case *c,
		       resource_size_t base, resource_size_t page_size)
{
	char neighbour[96] = "", expected[96] = "";
	struct tree tree = {};
	int shares;

	if (!grow_tree(&tree, c, base, page_size)) {
		KUNIT_FAIL(test, "%s: bad tree", c->name);
		return;
	}

	shares = resource_shares_page(&tree.row[0], page_size, neighbour,
				      sizeof(neighbour));
	KUNIT_EXPECT_EQ_MSG(test, shares, c->shares, "%s, page size %#llx at %#llx",
			    c->name, (u64)page_size, (u64)base);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&tree.row[0], page_size, NULL, 0),
			shares);
	if (!c->with)
		return;

	scnprintf(expected, sizeof(expected), "%s %pR", tree.row[c->with - 1].name,
		  &tree.row[c->with - 1]);
	KUNIT_EXPECT_STREQ_MSG(test, neighbour, expected, "%s, page size %#llx",
			       c->name, (u64)page_size);
}

static void resource_shares_page_cases(struct kunit *test)
{
	static const resource_size_t page_sizes[] = { SZ_4K, SZ_16K, SZ_64K };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(page_sizes); i++) {
		resource_size_t size = page_sizes[i];

		for (j = 0; j < ARRAY_SIZE(shares_cases); j++) {
			check_case(test, &shares_cases[j], 0, size);
			check_case(test, &shares_cases[j], SZ_1G, size);
			check_case(test, &shares_cases[j],
				   0 - MAX_UNITS * (size / 16), size);
		}
	}
}

/* The last page of the address space, where the next one would be the first */
static void resource_shares_page_at_the_end(struct kunit *test)
{
	struct resource root = { .end = RESOURCE_SIZE_MAX };
	struct resource last = DEFINE_RES_MEM(0 - (resource_size_t)256, 256);
	struct resource before = DEFINE_RES_MEM(0 - (resource_size_t)SZ_4K, 256);
	struct resource first = DEFINE_RES_MEM(0, 256);

	KUNIT_ASSERT_EQ(test, request_resource(&root, &last), 0);
	KUNIT_ASSERT_EQ(test, request_resource(&root, &first), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&last, SZ_4K, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&first, SZ_4K, NULL, 0), 0);

	KUNIT_ASSERT_EQ(test, request_resource(&root, &before), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&last, SZ_4K, NULL, 0), 1);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&before, SZ_4K, NULL, 0), 1);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&first, SZ_4K, NULL, 0), 0);
}

/* The same tree with pages of any size */
static void resource_shares_page_by_size(struct kunit *test)
{
	struct resource root = { .end = RESOURCE_SIZE_MAX };
	struct resource bar = DEFINE_RES_MEM(SZ_1M, 256);
	struct resource other = DEFINE_RES_MEM(SZ_1M + SZ_8K, 256);

	KUNIT_ASSERT_EQ(test, request_resource(&root, &bar), 0);
	KUNIT_ASSERT_EQ(test, request_resource(&root, &other), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&bar, SZ_4K, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&bar, SZ_8K, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&bar, SZ_16K, NULL, 0), 1);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&other, SZ_64K, NULL, 0), 1);
}

/* A page includes its first and its last byte, but not those beside */
static void resource_shares_page_by_byte(struct kunit *test)
{
	static const struct {
		resource_size_t start, end;
		int shares;
	} neighbours[] = {
		{ SZ_1M - SZ_256, SZ_1M, 1 },
		{ SZ_1M - SZ_256, SZ_1M - 1, 0 },
		{ SZ_1M + SZ_4K - 1, SZ_1M + SZ_4K, 1 },
		{ SZ_1M + SZ_4K, SZ_1M + SZ_4K, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(neighbours); i++) {
		struct resource root = { .end = RESOURCE_SIZE_MAX };
		struct resource bar = DEFINE_RES_MEM(SZ_1M + SZ_256, SZ_256);
		struct resource other = {
			.start = neighbours[i].start,
			.end = neighbours[i].end,
			.flags = IORESOURCE_MEM,
		};

		KUNIT_ASSERT_EQ(test, request_resource(&root, &bar), 0);
		KUNIT_ASSERT_EQ(test, request_resource(&root, &other), 0);
		KUNIT_EXPECT_EQ_MSG(test, resource_shares_page(&bar, SZ_4K, NULL, 0),
				    neighbours[i].shares, "%pR", &other);
	}
}

static void resource_shares_page_unassigned(struct kunit *test)
{
	struct resource root = { .end = RESOURCE_SIZE_MAX };
	struct resource bar = DEFINE_RES_MEM(SZ_1M, 256);
	char neighbour[96] = "";

	KUNIT_EXPECT_EQ(test, resource_shares_page(&bar, SZ_4K, neighbour,
						   sizeof(neighbour)), -ENXIO);
	KUNIT_EXPECT_STREQ(test, neighbour, "");

	KUNIT_ASSERT_EQ(test, request_resource(&root, &bar), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&bar, SZ_4K, neighbour,
						   sizeof(neighbour)), 0);
	KUNIT_EXPECT_STREQ(test, neighbour, "");

	KUNIT_ASSERT_EQ(test, release_resource(&bar), 0);
	KUNIT_EXPECT_EQ(test, resource_shares_page(&bar, SZ_4K, neighbour,
						   sizeof(neighbour)), -ENXIO);
}

static struct kunit_case resource_page_cases[] = {
	KUNIT_CASE(resource_shares_page_cases),
	KUNIT_CASE(resource_shares_page_at_the_end),
	KUNIT_CASE(resource_shares_page_by_size),
	KUNIT_CASE(resource_shares_page_by_byte),
	KUNIT_CASE(resource_shares_page_unassigned),
	{}
};

static struct kunit_suite resource_page_suite = {
	.name = "resource_page",
	.test_cases = resource_page_cases,
};

kunit_test_suite(resource_page_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit test of resource_shares_page()");
MODULE_LICENSE("GPL");
