/* SPDX-License-Identifier: GPL-2.0 */
/* A system as text, for from.c and lspci.c */
#ifndef FROM_H
#define FROM_H

#include "lsbar.h"

struct pci_address {
	unsigned int domain, bus, dev, func;
};

/* A device as it is shown once */
struct block {
	struct pci_address at;
	size_t order;			/* in the file */
	int class, vendor, device, numa_node;	/* -1: not given */
	char *driver, *iommu_group, *pf, *reset;	/* NULL: likewise */
	bool is_bridge, in_sriov, writable;
	int nr_lines;			/* of BARs, I/O ports included */
	struct bar *bars;
	size_t nr_bars, nr_guessed;
	enum status status[ROM + 1];
};

struct paste {
	struct block *blocks, *block;	/* all, and the one that we are in */
	size_t nr_blocks;
	bool captured;		/* by lsbar-capture */
	bool complete;		/* up to its last line */
	char *iomem, *cmdline;
	uint64_t page_size;
};

/* lspci.c */
char *parse_bdf(const char *line, struct pci_address *at);
char *next_line(char **rest);
void parse_cut_kind(struct paste *p, const char *kind, char **rest);
void parse_lspci_line(struct paste *p, char *line, char **rest);

/* class.c: class and IDs in the first line of a device */
void parse_kind(struct block *block, const char *line);
void parse_brackets(struct block *block, const char *line);

#endif
