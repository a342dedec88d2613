/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Take a device from its driver, for somebody outside of the kernel.
 */
#ifndef VM_GIVE_H
#define VM_GIVE_H

#include <stdbool.h>

/* false: errno says why, if it was not that vfio-pci does not take the device */
bool give_to_vfio(const char *bdf);

#endif
