// SPDX-License-Identifier: GPL-2.0
/*
 * Give devices to a KVM guest in this guest, whose drivers have to read what ours
 * have read: a MAC, a disk's first line.  QEMU counts the accesses to the devices'
 * memory BARs that it had to carry out itself, since it could not map the BAR.
 *
 * On the kernel's command line:
 *   vm.inner=8139cp,nvme       drivers; each gives away its first device
 *   vm.inner_words=WORDS       more for the guest's command line, joined with +
 *   vm.inner_options=nvme:X    options for QEMU's vfio-pci, of one driver's device
 *   vm.reads=N                 have the guest read a register N times; nothing is
 *                              counted then, as that takes time itself
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "identity.h"
#include "ktap.h"
#include "trapped.h"

#define SECONDS		100
#define TESTS		4
#define DEVICES		4
#define ARGS		64
#define FIRST_SLOT	5

struct device {
	const char *bdf, *driver;
	char tells[64];
};

static struct device devices[DEVICES];
static int n_devices;

/* which devices */

static void add_first_of(const char *driver)
{
	struct device *d = &devices[n_devices];

	if (n_devices == DEVICES)
		guest_die("passthrough: more than %d devices", DEVICES);
	d->bdf = identity_first_of(driver);
	d->driver = driver;
	if (!identity_read(d->bdf, d->tells, sizeof(d->tells)))
		guest_die("passthrough: %s shows no MAC and no disk", d->bdf);
	n_devices++;
}

static bool is_ours(const char *bdf)
{
	int i;

	for (i = 0; i < n_devices; i++)
		if (!strcmp(devices[i].bdf, bdf))
			return true;
	return false;
}

static bool give(const struct device *d)
{
	return give_to_vfio(d->bdf);
}

static bool each(bool (*fn)(const struct device *d))
{
	int i;

	for (i = 0; i < n_devices; i++)
		if (!fn(&devices[i]))
			return false;
	return true;
}

/* Cards that stay here have to hear those that go. */
static void open_interface(const char *bdf)
{
	const char *name = identity_interface(bdf);

	if (name && !is_ours(bdf) && !interface_up(name))
		guest_die("passthrough: %s does not come up", name);
}

/* the guest */

#if defined(__x86_64__)
#define UART "ttyS0"
static const char *const machine[] = {
	"-M", "q35,smm=off,kernel-irqchip=split", "-cpu", "qemu64",
	"-bios", "qboot.rom", NULL
};
#else
#define UART "ttyAMA0"
static const char *const machine[] = {
	"-M", "virt,gic-version=3", "-cpu", "host", NULL
};
#endif

static const char *argv[ARGS];
static int argc;

static void add(const char *arg)
{
	if (argc == ARGS - 1)
		guest_die("passthrough: more than %d arguments", ARGS);
	argv[argc++] = arg;
}

static __attribute__((format(printf, 2, 3))) void
add_option(const char *option, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		guest_die("out of memory");
	va_end(args);
	add(option);
	add(text);
}

static const char *options_of(const struct device *d)
{
	const char *options = guest_param("vm.inner_options");
	size_t len = strlen(d->driver);

	if (!options || strncmp(options, d->driver, len) || options[len] != ':')
		return "";
	return options + len + 1;
}

static void add_device(int i)
{
	const char *options = options_of(&devices[i]);

	add_option("-device", "vfio-pci,host=%s,addr=%d%s%s", devices[i].bdf,
		   FIRST_SLOT + i, *options ? "," : "", options);
}

/* A command line has no blanks in a word. */
static char *words(void)
{
	char *text = (char *)guest_param("vm.inner_words"), *plus;

	while (text && (plus = strchr(text, '+')))
		*plus = ' ';
	return text ?: "";
}

static void fill_command_line(const char *reads)
{
	const char *const *arg;
	int i;

	add("qemu");
	for (arg = machine; *arg; arg++)
		add(*arg);
	for (i = 0; i < n_devices; i++)
		add_device(i);
	add_option("-append",
		   "console=" UART " panic=-1 oops=panic vm.send=yes vm.devices=%d%s%s %s",
		   n_devices, reads ? " vm.reads=" : "", reads ?: "", words());
	add_option("-trace", "%s", reads ? "-vfio_region_*" : "vfio_region_*");
	add_option("-trace", "%s", reads ? "-memory_region_ram_device_*" :
					   "memory_region_ram_device_*");
}

static const char *const always[] = {
	"-L", "/inner", "-accel", "kvm", "-m", "192M", "-nodefaults",
	"-no-user-config", "-display", "none", "-no-reboot",
	"-serial", "file:" INNER_CONSOLE, "-D", INNER_TRACE,
	"-kernel", "/inner/kernel", "-initrd", "/inner/initrd", NULL
};

static pid_t start(const char *reads)
{
	const char *const *arg;
	pid_t pid;

	fill_command_line(reads);
	for (arg = always; *arg; arg++)
		add(*arg);
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	execv("/inner/qemu", (char *const *)argv);
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

/* what came of it */

static bool show_trapped(const struct device *d)
{
	trapped_show(d->bdf, d->driver);
	return true;
}

static bool tells_the_same(const struct device *d)
{
	return lines_count(INNER_CONSOLE, d->driver, d->tells);
}

static int listener;

static bool was_heard(const struct device *d)
{
	/* MACs have colons, disks here have none. */
	return !strchr(d->tells, ':') || interface_heard(listener, d->tells);
}

int main(void)
{
	char *drivers = (char *)guest_param("vm.inner"), *driver;
	bool ended, same;

	ktap_plan(TESTS, NULL);
	while ((driver = strsep(&drivers, ",")))
		add_first_of(driver);
	if (!n_devices)
		guest_die("no vm.inner= on the command line");
	guest_each_device(open_interface);
	listener = interface_listen();
	must(each(give), "vfio-pci has the devices");

	ended = ends(start(guest_param("vm.reads")));
	same = each(tells_the_same);
	lines_show(INNER_CONSOLE, ended && same ? "inner: " : "");
	must(ended, "the guest in the guest ends");
	lines_show(INNER_TRACE, "vfio_region_setup");
	each(show_trapped);
	trapped_show_mapped();
	must(same, "its drivers read the same MAC and disks");
	must(each(was_heard), "its packets arrive here");
}
