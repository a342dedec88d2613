/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device says through its driver, so that two kernels can be asked for it;
 * and how to take it from that driver, for somebody outside of the kernel.
 */
#ifndef VM_IDENTITY_H
#define VM_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

/* The MAC of a network card, the first line on a disk; false: neither, or not yet */
bool identity_read(const char *bdf, char *text, size_t size);

/* The name of a device's network interface, or NULL */
const char *identity_interface(const char *bdf);

/* The address of a driver's first device, never freed; there has to be one. */
const char *identity_first_of(const char *driver);

/* The name of a device's driver, or NULL */
const char *identity_driver(const char *bdf);

/* false: errno says why, unless vfio-pci just does not take the device */
bool give_to_vfio(const char *bdf);

bool interface_up(const char *name);

/* A packet of its own kind, with that text, to everybody on the link */
bool interface_send(const char *name, const char *text);

/* Has one with that text come to any interface since this socket was made? */
int interface_listen(void);
bool interface_heard(int fd, const char *text);

#endif
