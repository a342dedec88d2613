// SPDX-License-Identifier: GPL-2.0
/*
 * Start Xen with kexec, as the first stage's firmware starts a kernel with
 * kexec_file_load(), which can't load Xen.  Xen is a 32-bit ELF file, started in
 * protected mode, which finds everything else by a multiboot header: its memory,
 * and as modules dom0's kernel and initramfs.  (kexec-tools can start it, too, but
 * says of all that is not RAM, ACPI's tables and what is reserved, that it is bad.)
 *
 * In the initramfs: /xen and /xen-cmdline; /kernel, /initrd and /cmdline.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"
#include "multiboot.h"

#define PAGE		4096UL
#define SEGMENTS	8
#define RANGES		64
#define TEXT		2048

/* What it can find, in flags of the header */
#define HAS_MEMORY	0x001
#define HAS_CMDLINE	0x004
#define HAS_MODULES	0x008
#define HAS_MAP		0x040

struct module {
	uint32_t start, end, text, reserved;
};

struct range {
	uint32_t size;			/* of what follows */
	uint64_t start, length;
	uint32_t type;
} __attribute__((packed));

struct header {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t n_modules, modules, symbols[4], map_size, map, more[9];
};

/* A page or two of memory, right above Xen */
static struct {
	char code[512];
	struct header header;
	struct module modules[2];
	struct range map[RANGES];
	char text[3][TEXT];
} handover;

static struct kexec_segment segments[SEGMENTS];
static unsigned long n_segments;

static uint64_t page_up(uint64_t n)
{
	return (n + PAGE - 1) & -PAGE;
}

static uint64_t add_segment(const void *from, size_t size, uint64_t to,
			    size_t room)
{
	struct kexec_segment *s = &segments[n_segments++];

	if (n_segments > SEGMENTS)
		guest_die("multiboot: more than %d segments", SEGMENTS);
	s->buf = from;
	s->bufsz = size;
	s->mem = (void *)to;
	s->memsz = page_up(room);
	return to + s->memsz;
}

static const void *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st))
		guest_die("multiboot: %s: %m", path);
	map = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		guest_die("multiboot: %s: %m", path);
	close(fd);
	*size = st.st_size;
	return map;
}

/* Returns where it ends. */
static uint64_t add_xen(uint32_t *entry)
{
	size_t size;
	const char *file = map_file("/xen", &size);
	const Elf32_Ehdr *elf = (const void *)file;
	const Elf32_Phdr *part;
	uint64_t end = 0;
	int i;

	if (size < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) ||
	    elf->e_ident[EI_CLASS] != ELFCLASS32)
		guest_die("multiboot: /xen is not a 32-bit ELF file");
	part = (const void *)(file + elf->e_phoff);
	for (i = 0; i < elf->e_phnum; i++, part++)
		if (part->p_type == PT_LOAD)
			end = add_segment(file + part->p_offset, part->p_filesz,
					  part->p_paddr, part->p_memsz);
	*entry = elf->e_entry;
	return end;
}

static uint64_t add_module(int i, const char *path, uint64_t to)
{
	size_t size;
	const void *file = map_file(path, &size);

	handover.modules[i].start = to;
	handover.modules[i].end = to + size;
	return add_segment(file, size, to, size);
}

/* Where a part of the handover will be */
static uint32_t place(const void *part, uint64_t base)
{
	return base + ((const char *)part - (const char *)&handover);
}

/* From a boot loader, Xen expects its own name before the arguments. */
static uint32_t add_text(int i, const char *path, uint64_t base)
{
	char *text = handover.text[i];

	strcpy(text, "- ");
	if (path && !guest_read(path, text + 2, TEXT - 2))
		guest_die("multiboot: %s: %m", path);
	return place(text, base);
}

static int type_of(const char *name)
{
	static const char *const types[] = {	/* of e820, from 1 */
		"System RAM", "Reserved", "ACPI Tables",
		"ACPI Non-volatile Storage",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(name, types[i]))
			return i + 1;
	return 0;
}

static void add_range(uint64_t start, uint64_t end, int type)
{
	int n = handover.header.map_size / sizeof(struct range);

	if (n == RANGES)
		guest_die("multiboot: more than %d ranges of memory", RANGES);
	handover.map[n] = (struct range){
		.size = sizeof(struct range) - sizeof(uint32_t),
		.start = start, .length = end + 1 - start, .type = type,
	};
	handover.header.map_size += sizeof(struct range);
	if (type == 1 && start == 1 << 20)
		handover.header.mem_upper = (end + 1 - start) >> 10;
}

static void add_map(void)
{
	FILE *in = fopen("/proc/iomem", "re");
	char line[256], name[128];
	uint64_t start, end;

	if (!in)
		guest_die("multiboot: /proc/iomem: %m");
	while (fgets(line, sizeof(line), in))
		if (*line != ' ' &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64 " : %127[^\n]", &start,
			   &end, name) == 3 && type_of(name))
			add_range(start, end, type_of(name));
	fclose(in);
}

static void fill(uint64_t base, uint32_t entry)
{
	struct header *header = &handover.header;

	memcpy(stub_entry, &entry, sizeof(entry));
	entry = place(header, base);
	memcpy(stub_header, &entry, sizeof(entry));
	memcpy(handover.code, stub, stub_end - stub);
	header->flags = HAS_MEMORY | HAS_CMDLINE | HAS_MODULES | HAS_MAP;
	header->mem_lower = 639;
	header->n_modules = 2;
	header->modules = place(handover.modules, base);
	header->map = place(handover.map, base);
	header->cmdline = add_text(0, "/xen-cmdline", base);
	handover.modules[0].text = add_text(1, "/cmdline", base);
	handover.modules[1].text = add_text(2, NULL, base);
	add_map();
}

int main(void)
{
	uint32_t entry;
	uint64_t base, end;

	base = add_xen(&entry);
	end = add_segment(&handover, sizeof(handover), base, sizeof(handover));
	end = add_module(0, "/kernel", end);
	add_module(1, "/initrd", end);
	fill(base, entry);
	if (syscall(SYS_kexec_load, base, n_segments, segments,
		    KEXEC_ARCH_DEFAULT))
		guest_die("multiboot: kexec_load: %m");
	reboot(LINUX_REBOOT_CMD_KEXEC);
	guest_die("multiboot: kexec: %m");
}
