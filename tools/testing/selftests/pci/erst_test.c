// SPDX-License-Identifier: GPL-2.0
/*
 * Does ACPI's store of error records (ERST) keep a record?  Its table tells the
 * kernel the address of a BAR, so it can't be reached after that BAR has moved.
 *
 * It writes a record, for which the store must have room, and clears it; the
 * harness in vm/ runs it.  With ERST_LOST in the environment, the store must be
 * unusable, and nothing else may go wrong.
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define ERST_DBG	"/dev/erst_dbg"
/* include/acpi/apei.h */
#define APEI_ERST_CLEAR_RECORD		_IOW('E', 1, uint64_t)
#define APEI_ERST_GET_RECORD_COUNT	_IOR('E', 2, uint32_t)

#define RECORD_ID	0x7061676573ULL
#define TEXT		"a record that is to be kept"

/* Struct cper_record_header of include/linux/cper.h, and something to keep */
struct record {
	char signature[4];
	uint16_t revision;
	uint32_t signature_end;
	uint16_t sections;
	uint32_t severity, valid, length;
	uint64_t timestamp;
	uint8_t guids[4][16];
	uint64_t id;
	uint32_t flags;
	uint64_t persistence;
	uint8_t reserved[12];
	char text[64];
} __attribute__((packed));

static const struct record record = {
	.signature = "CPER",
	.revision = 0x100,
	.signature_end = UINT32_MAX,
	.length = sizeof(record),
	.id = RECORD_ID,
	.text = TEXT,
};

static bool lost(void)
{
	return getenv("ERST_LOST");
}

/* Number of records, or -1 */
static int count(int fd)
{
	uint32_t n;

	return ioctl(fd, APEI_ERST_GET_RECORD_COUNT, &n) ? -1 : (int)n;
}

/* It may hold others; an empty one ends the list. */
static bool find(struct record *found)
{
	int fd = open(ERST_DBG, O_RDWR);
	char buf[8192];
	ssize_t len;

	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		memcpy(found, buf, sizeof(*found));
		if (found->id == RECORD_ID)
			break;
	}
	close(fd);
	return len > 0;
}

TEST(keeps_a_record)
{
	int before, fd = open(ERST_DBG, O_RDWR);
	uint64_t id = RECORD_ID;
	struct record found;

	if (lost())
		SKIP(return, "its registers have moved");
	ASSERT_GE(fd, 0) TH_LOG(ERST_DBG ": %m");
	before = count(fd);
	ASSERT_GE(before, 0) TH_LOG("%m");

	ASSERT_EQ((ssize_t)sizeof(record),
		  write(fd, &record, sizeof(record))) {
		TH_LOG("%m");
	}
	EXPECT_EQ(before + 1, count(fd));
	ASSERT_TRUE(find(&found));
	EXPECT_STREQ(TEXT, found.text);

	EXPECT_EQ(0, ioctl(fd, APEI_ERST_CLEAR_RECORD, &id)) TH_LOG("%m");
	EXPECT_EQ(before, count(fd));
	close(fd);
}

TEST(is_not_there_if_its_registers_are_not)
{
	if (!lost())
		SKIP(return, "nothing has moved");
	EXPECT_EQ(-1, open(ERST_DBG, O_RDWR));
}

TEST_HARNESS_MAIN
