// SPDX-License-Identifier: GPL-2.0
/*
 * Have libvirt give a network card to a KVM guest: a managed <hostdev>, which
 * takes the card from its driver and gives it back.
 *
 * On the kernel's command line:
 *   vm.inner=8139cp    the driver whose first device it is
 *   vm.hook=yes        with the hook of lsbar's examples
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "identity.h"
#include "ktap.h"
#include "trapped.h"

#define LOG		"/tmp/libvirt.log"
#define GUEST		"/tmp/guest.xml"
#define SOCKET		"/run/libvirt/libvirt-sock"
#define HOOKS		"/etc/libvirt/hooks"
#define SECONDS		200
#define TESTS		5
#define TESTS_HOOK	(TESTS + 3)

static void show_all(void)
{
	lines_show(LOG, "");
	lines_show("/var/log/libvirt/qemu/inner.log", "");
	lines_show(INNER_CONSOLE, "");
}

static void write_file(const char *path, const char *format, ...)
{
	FILE *out = fopen(path, "we");
	va_list args;

	if (!out)
		guest_die("libvirt: %s: %m", path);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	if (fclose(out))
		guest_die("libvirt: %s: %m", path);
}

/* What libvirtd expects, and what it must not ask of such a small kernel */
static void prepare(void)
{
	static const char *const dirs[] = {
		"/run", "/run/libvirt", "/var", "/var/log", "/var/lib",
		"/var/cache", "/etc", "/etc/libvirt", HOOKS,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		mkdir(dirs[i], 0755);
	chmod("/", 0755);
	if (symlink("/run", "/var/run"))
		guest_die("libvirt: /var/run: %m");
	write_file("/etc/passwd", "root:x:0:0::/:/bin/sh\n"
		   "libvirt-qemu:x:64055:64055::/:/bin/sh\n");
	write_file("/etc/group", "root:x:0:\nkvm:x:103:\n"
		   "libvirt-qemu:x:64055:\n");
	write_file("/etc/machine-id", "%032x\n", 1);
	write_file("/etc/libvirt/libvirtd.conf", "log_outputs = \"3:stderr\"\n"
		   "host_uuid = \"00000000-0000-4000-8000-000000000001\"\n"
		   "auth_unix_rw = \"none\"\n");
	write_file("/etc/libvirt/qemu.conf", "user = \"root\"\n"
		   "group = \"root\"\nsecurity_driver = \"none\"\n"
		   "seccomp_sandbox = 0\nnamespaces = [ ]\n"
		   "cgroup_controllers = [ ]\nstdio_handler = \"file\"\n"
		   "remember_owner = 0\n");
}

static pid_t start(char *const *argv)
{
	pid_t pid;
	int log;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	log = open(LOG, O_WRONLY | O_CREAT | O_APPEND, 0644);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	setenv("PATH", "/usr/bin:/usr/sbin:/bin", 1);
	execv(argv[0], argv);
	printf("%s: %m\n", argv[0]);
	fflush(stdout);
	_exit(127);
}

/* QEMUs are not children of libvirtd, which waits until nothing is left of them. */
static bool ended(pid_t wanted, int *status)
{
	pid_t pid;

	while ((pid = waitpid(-1, status, WNOHANG)) > 0)
		if (pid == wanted)
			return true;
	return false;
}

static bool run_virsh(const char *verb, const char *what)
{
	char *argv[] = { "/usr/bin/virsh", "-c", "qemu:///system",
			 (char *)verb, (char *)what, NULL };
	pid_t pid = start(argv);
	int status;

	while (!ended(pid, &status))
		usleep(10000);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool wait_until(bool (*done)(const char *what), const char *what)
{
	time_t end = time(NULL) + SECONDS;
	int status;

	while (!done(what) && time(NULL) < end) {
		ended(0, &status);
		usleep(100000);
	}
	return done(what);
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static bool says(const char *what)
{
	return lines_count(INNER_CONSOLE, what, "");
}

static bool start_daemon(void)
{
	char *argv[] = { "/usr/sbin/libvirtd", NULL };

	start(argv);
	return wait_until(exists, SOCKET) && run_virsh("uri", NULL);
}

static void describe(const char *bdf)
{
	unsigned int domain, bus, slot, function;

	if (sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		guest_die("libvirt: %s is not a device's address", bdf);
	write_file(GUEST,
		   "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
		   "<name>inner</name><memory unit='MiB'>192</memory>\n"
		   "<os><type arch='aarch64' machine='virt'>hvm</type>\n"
		   "<kernel>/inner/kernel</kernel><initrd>/inner/initrd</initrd>\n"
		   "<cmdline>console=ttyAMA0 panic=-1 oops=panic</cmdline></os>\n"
		   "<features><gic version='3'/></features>\n"
		   "<cpu mode='host-passthrough'/>\n"
		   "<on_reboot>destroy</on_reboot>\n"
		   "<devices><emulator>/inner/qemu</emulator>\n"
		   "<hostdev mode='subsystem' type='pci' managed='yes'><source>\n"
		   "<address domain='%u' bus='%u' slot='%u' function='%u'/>\n"
		   "</source><rom enabled='no'/></hostdev>\n"
		   "<serial type='file'><source path='" INNER_CONSOLE "'/></serial>\n"
		   "<memballoon model='none'/></devices>\n"
		   "<qemu:commandline><qemu:arg value='-trace'/>\n"
		   "<qemu:arg value='vfio_region_*'/><qemu:arg value='-trace'/>\n"
		   "<qemu:arg value='memory_region_ram_device_*'/>\n"
		   "<qemu:arg value='-D'/><qemu:arg value='" INNER_TRACE "'/>\n"
		   "</qemu:commandline></domain>\n", domain, bus, slot, function);
}

static const char *card, *driver;

static bool is_back(const char *bdf)
{
	const char *now = identity_driver(bdf);

	return now && !strcmp(now, driver);
}

static void install_hook(void)
{
	if (symlink("/examples/libvirt-hook", HOOKS "/qemu"))
		guest_die("libvirt: " HOOKS "/qemu: %m");
}

/* It comes before libvirt takes the card from its driver */
static void refuse_by_hook(void)
{
	must(!run_virsh("create", GUEST), "virsh create is refused");
	lines_show(LOG, "shares its page");
	must(lines_count(LOG, "has it: unbind that first", ""),
	     "... as the card has a driver");
	must(guest_write(guest_device_path(card, "driver/unbind"), card),
	     "that is unbound");
}

int main(void)
{
	const char *hook = guest_param("vm.hook");
	char mac[64];

	ktap_plan(hook ? TESTS_HOOK : TESTS, show_all);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	driver = guest_param("vm.inner");
	if (!driver)
		guest_die("no vm.inner= on the command line");
	card = identity_first_of(driver);
	if (!identity_read(card, mac, sizeof(mac)))
		guest_die("libvirt: %s is not a network card", card);
	prepare();
	describe(card);
	if (hook)
		install_hook();
	must(start_daemon(), "libvirtd runs");
	if (hook)
		refuse_by_hook();
	must(run_virsh("create", GUEST), "virsh create succeeds");
	must(wait_until(says, "inner: done"), "the guest looks at its card");
	lines_show(INNER_CONSOLE, "inner: ");
	lines_show(INNER_TRACE, "vfio_region_setup");
	trapped_show(card, driver);
	trapped_show_mapped();
	must(says(mac), "its driver reads the same MAC");
	must(wait_until(is_back, card), "the card has its driver back");
}
