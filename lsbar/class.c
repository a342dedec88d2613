// SPDX-License-Identifier: GPL-2.0
/*
 * What kind of device it is, by the first line that lspci prints about it:
 *
 *	00:11.0 SATA controller [0106]: Vendor Device [1002:4391] (rev 40)
 *	00:11.0 0106: 1002:4391 (rev 40)
 *	00:11.0 SATA controller: Vendor Device (rev 40)
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "from.h"

/* Those that people pass through, and those that the kernel leaves alone */
static const struct {
	const char *name;
	int class;
} classes[] = {
	{ "Non-VGA unclassified device", 0x0000 },
	{ "SCSI storage controller", 0x0100 },
	{ "IDE interface", 0x0101 },
	{ "RAID bus controller", 0x0104 },
	{ "SATA controller", 0x0106 },
	{ "Serial Attached SCSI controller", 0x0107 },
	{ "Non-Volatile memory controller", 0x0108 },
	{ "Mass storage controller", 0x0180 },
	{ "Ethernet controller", 0x0200 },
	{ "Infiniband controller", 0x0207 },
	{ "Network controller", 0x0280 },
	{ "VGA compatible controller", 0x0300 },
	{ "3D controller", 0x0302 },
	{ "Display controller", 0x0380 },
	{ "Multimedia video controller", 0x0400 },
	{ "Multimedia audio controller", 0x0401 },
	{ "Audio device", 0x0403 },
	{ "Multimedia controller", 0x0480 },
	{ "Host bridge", 0x0600 },
	{ "ISA bridge", 0x0601 },
	{ "PCI bridge", 0x0604 },
	{ "CardBus bridge", 0x0607 },
	{ "Bridge", 0x0680 },
	{ "Serial controller", 0x0700 },
	{ "Communication controller", 0x0780 },
	{ "PIC", 0x0800 },
	{ "SD Host controller", 0x0805 },
	{ "System peripheral", 0x0880 },
	{ "FireWire (IEEE 1394)", 0x0c00 },
	{ "USB controller", 0x0c03 },
	{ "SMBus", 0x0c05 },
	{ "Encryption controller", 0x1080 },
	{ "Signal processing controller", 0x1180 },
};

static bool parse_hex4(const char *s, int *value)
{
	char digits[5] = "";
	size_t i;

	for (i = 0; i < 4; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	memcpy(digits, s, 4);
	return sscanf(digits, "%x", (unsigned int *)value) == 1;
}

static bool parse_ids(const char *s, struct block *block)
{
	int vendor, device;

	if (!parse_hex4(s, &vendor) || s[4] != ':' ||
	    !parse_hex4(s + 5, &device) || isxdigit((unsigned char)s[9]))
		return false;
	block->vendor = vendor;
	block->device = device;
	return true;
}

void parse_brackets(struct block *block, const char *line)
{
	const char *at = line;
	int class;

	while ((at = strchr(at, '['))) {
		at++;
		if (block->class < 0 && parse_hex4(at, &class) &&
		    !strncmp(at + 4, "]:", 2))
			block->class = class;
		parse_ids(at, block);
	}
}

static void parse_name(struct block *block, const char *line)
{
	size_t i, len;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		len = strlen(classes[i].name);
		if (!strncmp(line, classes[i].name, len) && line[len] == ':')
			block->class = classes[i].class;
	}
}

void parse_kind(struct block *block, const char *line)
{
	int class;

	if (!strncmp(line, "-: ", 3)) {		/* no class, says lsbar-capture */
		parse_ids(line + 3, block);
		return;
	}
	if (parse_hex4(line, &class) && line[4] == ':') {
		block->class = class;
		parse_ids(line + 5 + strspn(line + 5, " "), block);
		return;
	}
	parse_brackets(block, line);
	if (block->class < 0)
		parse_name(block, line);
}
