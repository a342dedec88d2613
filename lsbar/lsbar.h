/* SPDX-License-Identifier: GPL-2.0 */
/* lsbar: which PCI BARs share a page? */
#ifndef LSBAR_H
#define LSBAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <pci/pci.h>

#define VERSION		"1.0"
#define SMALLEST_PAGE	4096

/* Flags in a resource file, see include/linux/ioport.h of the kernel */
#define RES_MEM		0x00000200
#define RES_UNSET	0x20000000	/* the start is not an address */
#define RES_PCI_FIXED	0x00000010	/* can't be moved */
#define RES_PREFETCH	0x00002000
#define RES_MEM_64	0x00100000
#define RES_ROM_SHADOW	0x00000002	/* of a ROM: a copy in RAM */
#define RES_EA		0x00000020	/* Enhanced Allocation */

/* Lines of a resource file; the kernel may leave out VF BARs and windows */
enum { ROM = 6, VF_BAR = 7, WINDOW = 13, NR_RESOURCES = 17 };

struct range {
	uint64_t start, end;	/* end is the last byte in it */
};

/* UNKNOWN is 0: what nobody worked out is unknown */
enum verdict { UNKNOWN, ISOLATED, SHARES, UNASSIGNED };

/* Is it fit for passthrough? The worse ones come later. */
enum fitness { NO_ADDRESS, FIT, MISALIGNED, OWN, FITNESS_UNKNOWN, FOREIGN };

enum answer { DONT_KNOW, YES, NO };

/* What resourceN_shares_page says. NO_STATUS: the kernel has no such file */
enum status { NO_STATUS, BAD_STATUS, STATUS_ISOLATED, STATUS_SHARES,
	      STATUS_UNASSIGNED };

struct device {
	struct pci_dev *pci;
	char bdf[32];
	char *driver, *iommu_group, *pf, *reset;	/* NULL: not asked yet */
	bool selected;
	bool has_window;	/* it is a bridge */
	bool writable;		/* a status of it can be written: K13 */
	size_t guest;		/* those with the same go together; 0: none */
	bool faked;		/* if it is in pci=resource_alignment= */
};

struct bar {
	struct range at;
	uint64_t flags;
	struct device *dev;
	int nr;			/* line in the resource file */
	enum status status;
	bool claimed;		/* it is in /proc/iomem, as its device's */
	bool no_size;		/* its size is not known */
	bool guessed;		/* its number is not known */
};

/* Something at an address: a BAR, or (bar is NULL) a line of /proc/iomem */
struct resource {
	struct range at;
	struct bar *bar;
	char *name;
};

struct index;

struct system {
	struct pci_access *pci;
	struct device *devices;
	size_t nr_devices;
	struct bar *bars;	/* of all devices, sorted by device and nr */
	size_t nr_bars;
	struct resource *iomem;
	size_t nr_iomem;
	bool addresses;		/* /proc/iomem shows addresses */
	bool has_status;	/* the kernel has resourceN_shares_page */
	bool can_isolate;	/* and they can be written */
	bool on;		/* it was booted with pci=passthrough_align */
	bool realloc;		/* and with pci=realloc */
	bool probe_only;	/* firmware wants its addresses kept */
	char *align;		/* of pci=resource_alignment=; NULL: none */
	char *early;		/* what follows earlyprintk=; NULL: nothing */
	uint64_t page_size;	/* 0: unknown */
	struct index *index;
	bool pasted;		/* --from */
	bool no_drivers, no_groups;	/* not known of any device */
};

/* fail.c */
void die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void die_usage(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
extern void (*die_hook)(void);	/* for the fuzzer, which can't let us exit */
void plain_ascii(char *text);
char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *copy(const char *s);
void *checked(void *allocated);
void *grow(void *array, size_t nr, size_t size);

/* tree.c: the files of this system, or of the tree captured from another */
void tree_open(const char *sysroot);
void tree_close(void);
char *read_stream(FILE *in, const char *name, size_t limit);
bool tree_captured(void);
char *tree_path(const char *file);
char *tree_read_link(const char *file);
ssize_t tree_read(const char *file, char *buf, size_t size);
ssize_t tree_read_start(const char *file, char *buf, size_t size);
bool tree_writable(const char *file);
void tree_check_directory(const char *file);
char *tree_read_all(const char *file, size_t limit);

/* pci.c: what libpci knows */
struct pci_access *pci_open(void);
struct pci_access *pci_open_nothing(void);
void pci_list(struct system *sys);
void pci_fill(struct device *dev, int fields);
int class_of(struct device *dev);

/* links.c: NULL if there is none */
const char *driver_of(struct device *dev);
const char *iommu_group_of(struct device *dev);
bool is_vf(struct device *dev);
bool is_vf_of(struct device *dev, const struct device *pf);
bool is_bridge(struct device *dev);
const char *reset_of(struct device *dev);

/* resource.c */
bool read_resources(struct system *sys, struct device *dev);
enum status read_status(struct device *dev, int nr);

/* iomem.c */
void read_iomem(struct system *sys, char *content);

/* from.c */
void system_from(struct system *sys, const char *file, const char *iomem);

/* system.c */
void system_read(struct system *sys);
void read_options(struct system *sys, char *cmdline);
uint64_t checked_page_size(uint64_t size, const char *file);
void system_free(struct system *sys);

/* range.c */
bool parse_hex(char **p, const char *before, uint64_t *value,
	       const char *after);
bool parse_number(const char *s, uint64_t *value);
bool contains(struct range a, struct range b);
uint64_t size_of(struct range r);	/* 0: all 2^64 bytes */
char *human_size(uint64_t size, bool bytes);	/* 64K, or 65536 */
struct range pages_of(struct range r, uint64_t page);

/* index.c: what is in a range? Each step takes O(log n). */
struct index *index_new(struct resource *resources, size_t nr);
void index_free(struct index *index);
struct cursor {
	const struct index *index;
	struct range in;
	size_t next;
};
struct cursor index_in(const struct index *index, struct range in);
const struct resource *index_next(struct cursor *c);
size_t index_size(const struct index *index);
size_t index_position(const struct index *index, const struct resource *resource);

/* bar.c */
bool is_memory(const struct bar *bar);
bool is_bar(const struct bar *bar);	/* and no VF BAR or window */
bool is_window(const struct bar *bar);
bool is_assigned(const struct bar *bar);
bool is_empty(const struct bar *bar);
bool is_small(const struct bar *bar, uint64_t page);
char *bar_label(const struct bar *bar);	/* "1" or "ROM" */
char *bar_name(const struct bar *bar);
char *resource_name(const struct resource *resource);

/* verdict.c */
#define MAX_OTHERS 16

struct finding {
	enum verdict verdict;
	enum fitness fitness;
	bool differs;		/* from what the kernel says */
	const struct resource *foreign;	/* one that does not go with it */
	const struct resource *others[MAX_OTHERS];
	size_t nr_others;
	bool more;		/* others than these, maybe unknown ones */
};

void index_system(struct system *sys);
bool is_padding(const struct resource *resource);
bool is_part(const struct bar *bar, const struct resource *resource);
/* What else is in the pages of a BAR */
struct others {
	const struct bar *bar;
	struct cursor c;
	const struct resource *widest;	/* that reaches furthest so far */
};

struct others others_of(const struct system *sys, const struct bar *bar,
			uint64_t page);
const struct resource *next_other(struct others *o);
struct finding judge(const struct system *sys, const struct bar *bar,
		     uint64_t page);
const char *verdict_name(enum verdict v);	/* "?" if unknown */
const char *fitness_name(enum fitness f);
const char *status_name(enum status s);

/* exempt.c: what the kernel leaves alone */
enum move { STAY, MOVE, PLACE, SKIP_VF, SKIP_FIXED, SKIP_HOST_BRIDGE,
	    SKIP_NO_CLASS, SKIP_PIC, SKIP_CONSOLE, SKIP_NAMED, MOVE_UNKNOWN };

enum move exempt(const struct system *sys, const struct bar *bar);
enum answer is_early_console(const struct system *sys, struct device *dev);

/* align.c: is the device named in pci=resource_alignment=? */
enum answer is_named(const struct system *sys, struct device *dev);

/* plan.c: what would pci=passthrough_align do? */
struct plan {
	enum move move;
	const struct resource *window;	/* that it is in; NULL: unknown */
	uint64_t needs, free;		/* pages in that window */
	bool free_known;
	bool own_page;		/* it is alone there, and can go to its start */
	bool none_free;		/* no page for it before others have moved */
	bool full;		/* or too few for all that move */
	enum answer fits;
	enum verdict after;
};

struct planner;

/* BY_NAME: what pci=resource_alignment= would do, of those that are faked */
enum planned { BY_PARAMETER, BY_NAME };

struct planner *planner_new(const struct system *sys, uint64_t page,
			    enum planned what);
void planner_free(struct planner *p);
struct plan room_for(const struct planner *p, const struct bar *bar);
struct plan plan_for(const struct planner *p, const struct bar *bar);
const char *move_name(enum move move);

/* window.c */
const struct resource *window_of(const struct system *sys, const struct bar *bar);
uint64_t whole_pages(struct range gap, uint64_t page);
bool is_host_window(const struct system *sys, const struct resource *window);

/* use.c: what happens to a BAR that is passed through */
enum answer vfio_maps(const struct system *sys, const struct bar *bar,
		      const struct finding *f, uint64_t page);
enum answer xen_exposes(const struct system *sys, const struct bar *bar);
char *holder_of(const struct system *sys, const struct bar *bar);

/* What the user wants to see */
enum format { TABLE, JSON, RAW, PAIRS };

/* What helps a BAR that is not fit, on this kernel */
enum cure { NO_CURE, CURE_UNKNOWN, WRITE, WRITE_OTHERS, PARAMETER, REALLOC,
	    FAKE_SIZE, FAKE_OTHERS, SLOT };

struct row {
	const struct bar *bar;
	struct finding finding;
	struct plan plan;	/* if there is a planner */
	enum cure cure;
};

struct view {
	const struct system *sys;
	struct planner *planner;
	struct planner *by_name;
	uint64_t page;
	struct row *rows;
	size_t nr_rows;
	struct bar *none;	/* of devices without a BAR */
	const char *filter;	/* NULL: none */
	enum format format;
	bool bytes, no_headings, colour;
	bool all;		/* BARs that are large and isolated, too */
	bool xen;		/* Xen is to pass them through */
	bool sets;		/* a row is a device, not a BAR */
};

/* rows.c */
struct options;
void select_devices(struct system *sys, const struct options *o);
void make_rows(struct view *v);
void make_plan(struct view *v);
void free_view(struct view *v);
void keep_rows(struct view *v, bool (*keep)(const struct view *v,
					    const struct row *row));
bool is_interesting(const struct view *v, const struct row *row);
bool shares(const struct view *v, const struct row *row);
bool concerns_plan(const struct view *v, const struct row *row);

struct tally {
	size_t verdicts[UNASSIGNED + 1];
	size_t differ;
};

struct tally tally_rows(const struct view *v);

/* cure.c: the one that knows what to do about a BAR that is not fit */
void make_cures(struct view *v);	/* of which there must be a plan */
bool needs_cure(const struct row *row);
const char *cure_name(enum cure cure);

/* advice.c: the same in words */
const char *advice(const struct view *v, const struct row *row);
void print_advice(const struct view *v);

/* sets.c: which devices go together? */
void make_sets(struct system *sys, uint64_t page);
void rows_by_device(struct view *v);

/* cells.c */
#define MAX_COLUMNS 64
/* A cell's text: allocated, NULL for "there is none", or unknown_cell */
extern char unknown_cell[];

enum json_type { JSON_STRING, JSON_NUMBER, JSON_BOOL, JSON_ARRAY };

struct column {
	const char *name;
	const char *help;
	char *(*cell)(const struct view *v, const struct row *r);
	int flags;		/* SCOLS_FL_* */
	enum json_type json;
	bool plan;		/* needs a planner */
};

extern const struct column columns[];
extern const size_t nr_columns;
char *plain_cell(const struct view *v, const struct column *column,
		 const struct row *row);	/* "" if there is none */

/* table.c */
struct columns {
	const struct column *list[MAX_COLUMNS];
	size_t nr;
};

void choose_columns(struct columns *chosen, const char *list,
		    const char *defaults);
void choose_all_columns(struct columns *chosen);
bool need_plan(const struct columns *chosen);
void print_table(const struct view *v, const struct columns *chosen);

const struct column *find_column(const char *name, size_t len);

/* filter.c, sort.c */
void filter_rows(struct view *v);
void sort_rows(struct view *v, const struct column *column);

/* json.c */
void print_json(const struct view *v, const struct columns *chosen);

/* pages.c: pages that hold more than one thing */
struct page_view {
	struct range at;
	const struct resource **resources;
	size_t nr;
};

struct page_view *shared_pages(const struct view *v, size_t *nr);
void free_pages(struct page_view *pages, size_t nr);
struct range in_page(const struct page_view *page, const struct resource *resource);

/* map.c, svg.c, check.c, metrics.c: other ways to show it */
void print_map(const struct view *v);
void write_svg(const struct view *v, const char *file);
enum { EXIT_SHARES = 2, EXIT_UNKNOWN, EXIT_DIFFER, EXIT_SLOW };
int check(const struct view *v);
void print_openmetrics(const struct view *v);
void print_features(const struct view *v);

#endif
