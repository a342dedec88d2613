/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices bound to vfio-pci.
 *
 * This does not use the library in ../vfio/lib: it maps everything that it can
 * when it opens a device, and its mmap_reserve() unmaps from the end of the BAR
 * on, which fails for a BAR that is smaller than a page.
 */
#ifndef SELFTESTS_PCI_VFIO_DEV_H
#define SELFTESTS_PCI_VFIO_DEV_H

#include <linux/vfio.h>
#include <sys/ioctl.h>

#include "bars.h"

#define VFIO_DRIVER	"vfio-pci"
#define MAX_GROUPS	64

struct vfio_dev {
	char name[16];
	int fd;
};

/* Devices behind one bridge are in one group, which can be opened only once */
struct vfio_groups {
	struct {
		int id, fd, container;
	} group[MAX_GROUPS];
	int nr;
};

static inline bool vfio_usable(void)
{
	return !access("/dev/vfio/vfio", R_OK | W_OK) &&
	       !access("/sys/bus/pci/drivers/" VFIO_DRIVER, F_OK);
}

static inline int iommu_group(const char *dev)
{
	char name[16];

	dev_link(dev, "iommu_group", name, sizeof(name));
	return *name ? atoi(name) : -1;
}

static inline bool bind_again(const char *dev, const char *override)
{
	int fd = open("/sys/bus/pci/drivers_probe", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && dev_write(dev, "driver_override", override);

	dev_write(dev, "driver/unbind", dev);
	if (ok && write(fd, dev, strlen(dev)) < 0)
		ok = false;
	if (fd >= 0)
		close(fd);
	return ok;
}

static inline bool vfio_take(const char *dev)
{
	char driver[32];

	bind_again(dev, VFIO_DRIVER);
	dev_link(dev, "driver", driver, sizeof(driver));
	return !strcmp(driver, VFIO_DRIVER);
}

static inline void vfio_give_back(const char *dev)
{
	bind_again(dev, "\n");
}

static inline int open_group(struct vfio_groups *groups, int id)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int i, fd, container;
	char path[32];

	for (i = 0; i < groups->nr; i++)
		if (groups->group[i].id == id)
			return groups->group[i].fd;
	if (i == MAX_GROUPS)
		return -1;

	snprintf(path, sizeof(path), "/dev/vfio/%d", id);
	fd = open(path, O_RDWR | O_CLOEXEC);
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	groups->group[groups->nr].id = id;
	groups->group[groups->nr].fd = fd;
	groups->group[groups->nr++].container = container;
	if (fd < 0 || container < 0 ||
	    ioctl(fd, VFIO_GROUP_GET_STATUS, &status) ||
	    !(status.flags & VFIO_GROUP_FLAGS_VIABLE) ||
	    ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -1;
	return fd;
}

static inline bool vfio_open(struct vfio_groups *groups, struct vfio_dev *dev)
{
	int group = open_group(groups, iommu_group(dev->name));

	dev->fd = group < 0 ? -1 : ioctl(group, VFIO_GROUP_GET_DEVICE_FD,
					 dev->name);
	return dev->fd >= 0;
}

static inline void vfio_close_groups(struct vfio_groups *groups)
{
	while (groups->nr--) {
		close(groups->group[groups->nr].fd);
		close(groups->group[groups->nr].container);
	}
}

static inline bool vfio_region(const struct vfio_dev *dev, int nr,
			       struct vfio_region_info *info)
{
	*info = (struct vfio_region_info) {
		.argsz = sizeof(*info),
		.index = VFIO_PCI_BAR0_REGION_INDEX + nr,
	};
	return !ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

#endif
