// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for QEMU: it counts how many instructions a kernel executes, in
 * which functions, and how far it has got when it enters some of them.
 *
 * The kernel knows nothing of it, so what is counted is what runs without it.
 *
 * Arguments: symbols=FILE, with lines "address role name" sorted by address;
 * role b: count from here, anew each time, w: note when it is entered, e: write
 * the result, -: nothing; and out=FILE for the result: lines "at COUNT NAME" in
 * order of time, and "in COUNT CALLS NAME".  When a kernel starts another one,
 * what remains is the result of the last.
 *
 * Instructions that touch devices are restarted by QEMU, and counted only
 * once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin-api.h"

#define MAX_SYMBOLS	65536
#define MAX_NOTES	65536
#define FIRST_KERNEL	0xffff800000000000ULL

int qemu_plugin_version = 1;	/* that of QEMU 7.2; it checks */

struct symbol {
	uint64_t address, count, calls;
	char role, name[56];
};

/* The first is for what is in none of them: user space, firmware */
static struct symbol symbols[MAX_SYMBOLS];
static size_t n_symbols = 1, n_notes;

static struct note {
	uint64_t count;
	const char *name;
} notes[MAX_NOTES];

static const char *out;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t counted(void)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n_symbols; i++)
		sum += symbols[i].count;
	return sum;
}

static void begin(void)
{
	size_t i;

	for (i = 0; i < n_symbols; i++)
		symbols[i].count = symbols[i].calls = 0;
	n_notes = 0;
}

static void write_result(void)
{
	FILE *file = fopen(out, "w");
	size_t i;

	if (!file)
		fail(out);
	for (i = 0; i < n_notes; i++)
		fprintf(file, "at %" PRIu64 " %s\n", notes[i].count,
			notes[i].name);
	for (i = 0; i < n_symbols; i++)
		if (symbols[i].count)
			fprintf(file, "in %" PRIu64 " %" PRIu64 " %s\n",
				symbols[i].count, symbols[i].calls,
				symbols[i].name);
	if (fclose(file))
		fail(out);
}

static void entered(unsigned int cpu, void *data)
{
	const struct symbol *symbol = data;

	(void)cpu;
	if (symbol->role == 'b')
		begin();
	if (n_notes == MAX_NOTES) {
		fprintf(stderr, "count: more than %d notes\n", MAX_NOTES);
		exit(1);
	}
	notes[n_notes++] = (struct note){ counted(), symbol->name };
	if (symbol->role == 'e')
		write_result();
}

/* The last one that begins at or before the address */
static struct symbol *symbol_of(uint64_t address)
{
	size_t low = 0, high = n_symbols;

	if (address < FIRST_KERNEL)
		return symbols;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (symbols[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return &symbols[low];
}

static void count(struct qemu_plugin_insn *insn)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	struct symbol *symbol = symbol_of(address);

	if (symbol->address == address) {
		qemu_plugin_register_vcpu_insn_exec_inline(
			insn, QEMU_PLUGIN_INLINE_ADD_U64, &symbol->calls, 1);
		if (symbol->role != '-')
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, entered, QEMU_PLUGIN_CB_NO_REGS, symbol);
	}
	qemu_plugin_register_vcpu_insn_exec_inline(
		insn, QEMU_PLUGIN_INLINE_ADD_U64, &symbol->count, 1);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i;

	(void)id;
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		count(qemu_plugin_tb_get_insn(tb, i));
}

static void read_symbols(const char *path)
{
	FILE *file = fopen(path, "r");
	struct symbol *s;

	if (!file)
		fail(path);
	symbols[0].role = '-';
	strcpy(symbols[0].name, "elsewhere");
	for (s = symbols + 1; n_symbols < MAX_SYMBOLS; s++, n_symbols++)
		if (fscanf(file, "%" SCNx64 " %c %55s%*[^\n]", &s->address,
			   &s->role, s->name) != 3)
			break;
	if (!feof(file) || n_symbols == MAX_SYMBOLS) {
		fprintf(stderr, "count: %s: line %zu\n", path, n_symbols);
		exit(1);
	}
	fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			char **argv)
{
	const char *path = NULL;
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "symbols=", 8))
			path = argv[i] + 8;
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else
			return -1;
	}
	if (!path || !out)
		return -1;
	read_symbols(path);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
