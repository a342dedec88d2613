// SPDX-License-Identifier: GPL-2.0
/*
 * Give a network device to a KVM guest in this guest, whose driver has to read
 * the MAC that ours has read.  QEMU counts the accesses to the device's memory
 * BAR that it had to carry out itself, since it could not map the BAR.
 *
 * On the kernel's command line:
 *   vm.inner=8139cp    the driver that has the device
 *   vm.reads=N         have the guest read a register so often; nothing is
 *                      counted then, as that takes time itself
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define PCI		"/sys/bus/pci/"
#define CONSOLE		"/tmp/inner-console"
#define TRACE		"/tmp/inner-trace"
#define SECONDS		100
#define TESTS		3

static int tests;

static void result(bool ok, const char *name)
{
	printf("%s %d %s\n", ok ? "ok" : "not ok", ++tests, name);
	if (!ok)
		exit(1);
}

/* Address and MAC of the device that @driver has */
static bool find_device(const char *driver, char *bdf, size_t size, char *mac,
			size_t mac_size)
{
	char *pattern, *path;
	bool found = false;
	glob_t dir;

	if (asprintf(&pattern, PCI "drivers/%s/0000:*/net/*/address",
		     driver) < 0)
		guest_die("out of memory");
	if (!glob(pattern, 0, NULL, &dir)) {
		path = dir.gl_pathv[0];
		found = guest_read(path, mac, mac_size);
		snprintf(bdf, size, "%.12s", strstr(path, "0000:"));
		globfree(&dir);
	}
	free(pattern);
	return found;
}

static bool give_to_vfio(const char *bdf)
{
	char driver[PATH_MAX];
	ssize_t len;

	if (!guest_write(guest_device_path(bdf, "driver_override"), "vfio-pci") ||
	    !guest_write(guest_device_path(bdf, "driver/unbind"), bdf) ||
	    !guest_write(PCI "drivers_probe", bdf))
		return false;
	len = readlink(guest_device_path(bdf, "driver"), driver,
		       sizeof(driver) - 1);
	driver[len < 0 ? 0 : len] = '\0';
	return len > 0 && strstr(driver, "/vfio-pci");
}

static pid_t start(const char *bdf, const char *reads)
{
	char device[64], append[128];
	const char *trace = reads ? "-vfio_region_*" : "vfio_region_*";
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(device, sizeof(device), "vfio-pci,host=%s,addr=05", bdf);
	snprintf(append, sizeof(append),
		 "console=ttyS0 panic=-1 oops=panic pci=passthrough_align%s%s",
		 reads ? " vm.reads=" : "", reads ? reads : "");
	execl("/inner/qemu", "qemu", "-L", "/inner", "-accel", "kvm",
	      "-cpu", "qemu64", "-M", "q35,smm=off,kernel-irqchip=split", "-bios", "qboot.rom",
	      "-m", "128M", "-nodefaults", "-no-user-config",
	      "-display", "none", "-no-reboot",
	      "-serial", "file:" CONSOLE, "-device", device,
	      "-trace", trace, "-D", TRACE, "-kernel", "/inner/kernel",
	      "-initrd", "/inner/initrd", "-append", append, NULL);
	printf("# /inner/qemu: %m\n");
	exit(127);
}

static bool ends(pid_t pid)
{
	int tenths, status;

	for (tenths = 0; tenths < 10 * SECONDS; tenths++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && !WEXITSTATUS(status);
		usleep(100000);
	}
	kill(pid, SIGKILL);
	return false;
}

static int count(const char *path, const char *word, const char *more)
{
	char line[512];
	int n = 0;
	FILE *in = fopen(path, "re");

	while (in && fgets(line, sizeof(line), in))
		n += strstr(line, word) && strstr(line, more);
	if (in)
		fclose(in);
	return n;
}

static void show(const char *path, const char *word)
{
	char line[512];
	FILE *in = fopen(path, "re");

	while (in && fgets(line, sizeof(line), in))
		if (strstr(line, word))
			printf("# %s", line);
	if (in)
		fclose(in);
}

int main(void)
{
	const char *driver = guest_param("vm.inner");
	char bdf[16], mac[32];
	bool ended, same;

	printf("TAP version 13\n1..%d\n", TESTS);
	if (!driver || !find_device(driver, bdf, sizeof(bdf), mac, sizeof(mac)))
		guest_die("no device of the driver in vm.inner=");
	result(give_to_vfio(bdf), "vfio-pci has the device");

	fflush(stdout);
	ended = ends(start(bdf, guest_param("vm.reads")));
	same = count(CONSOLE, mac, driver);
	show(CONSOLE, ended && same ? "inner: " : "");
	result(ended, "the guest in the guest comes to an end");
	show(TRACE, "vfio_region_setup");
	printf("# trapped: %d reads, %d writes\n",
	       count(TRACE, "vfio_region_read", ":region1+"),
	       count(TRACE, "vfio_region_write", ":region1+"));
	result(same, "its driver reads the same MAC");
}
