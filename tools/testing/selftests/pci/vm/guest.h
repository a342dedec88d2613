/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs that run as the guest's init have in common.
 */
#ifndef VM_GUEST_H
#define VM_GUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

void guest_mount(void);

/* Value of NAME=value on the kernel's command line, or NULL. */
const char *guest_param(const char *name);

/* Path of a file of a PCI device in sysfs, never freed. */
const char *guest_device_path(const char *bdf, const char *file);

/* Start of a file, as a string without its last newline; false: errno says why. */
bool guest_read(const char *path, char *text, size_t size);
bool guest_write(const char *path, const char *text);

/*
 * With vm.trace=yes on the command line: leave a mark in QEMU's trace of config
 * accesses, a character written to the host bridge's vendor ID, which is
 * read-only.
 */
void guest_mark(const char *what);

/* Call fn for each PCI device, in order of address. */
void guest_each_device(void (*fn)(const char *bdf));

/* Stop at once: device_shutdown() would alter what the host looks at next. */
_Noreturn void guest_stop(void);

/* Say on the console why this guest cannot go on, and stop. */
_Noreturn void guest_die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

#endif
