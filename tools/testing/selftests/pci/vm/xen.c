// SPDX-License-Identifier: GPL-2.0
/*
 * In dom0 on Xen: give devices with a small memory BAR to HVM guests and show
 * what dom0 and the guests read in these BARs, which frames of memory Xen lets
 * them have and which they get.  The host draws the conclusions.
 *
 * On the kernel's command line:
 *   vm.xen=BDF,BDF+BDF  the devices: of the first guest, of the second
 *   vm.xen_guest=WORD   more for the command line of the guests
 *   vm.xen_cycles=N     first give and take them this often
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "ktap.h"
#include "page.h"
#include "trapped.h"

#define PCIBACK		"/sys/bus/pci/drivers/pciback"
#define LOG		"/tmp/xen.log"
#define QEMU_LOG	"/var/log/xen/qemu-dm-%.15s.log"
#define SECONDS		120	/* of the guest's clock; it takes 25 */
#define TRIES		3
#define GUESTS		4
#define DEVICES		4
#define SLOT		0x10	/* in the guest, of the first device */
#define ARGS		8
#define DONE		"inner: done"

#define CMDLINE		"console=ttyS0 loglevel=4 panic=-1 oops=panic tsc=reliable vm.page=yes"

struct device {
	char bdf[16];
	char before[4096];		/* what sysfs says of it */
};

struct guest {
	char name[16], console[32], config[32];
	struct device devices[DEVICES];
	int n_devices;
};

static struct guest guests[GUESTS];
static int n_guests, cycles;
static const char *more_words;		/* of a guest's command line */

/* what: an extended regular expression */
static void show(const char *path, const char *what)
{
	FILE *in = fopen(path, "re");
	char line[512];
	regex_t wanted;

	if (regcomp(&wanted, what, REG_EXTENDED | REG_NOSUB))
		guest_die("xen: bad pattern: %s", what);
	while (in && fgets(line, sizeof(line), in))
		if (!regexec(&wanted, line, 0, NULL, 0))
			printf("# %.*s\n", (int)strcspn(line, "\r\n"), line);
	if (in)
		fclose(in);
	regfree(&wanted);
}

static bool run(const char *program, ...);

/* What Xen, xl and the QEMUs said */
static void show_all(void)
{
	char log[64];
	int i;

	for (i = 0; i < n_guests; i++) {
		snprintf(log, sizeof(log), QEMU_LOG, guests[i].name);
		show(log, "");
	}
	run("/xen/xl", "list", NULL);
	run("/xen/xl", "dmesg", NULL);
	show(LOG, "");
}

/* running Xen's programs */

/* argv[0] with what it prints in LOG; arguments end with NULL. */
static bool run(const char *program, ...)
{
	char *argv[ARGS] = { (char *)program };
	int log, status, i = 1;
	va_list args;
	pid_t pid;

	va_start(args, program);
	while (i < ARGS - 1 && (argv[i] = va_arg(args, char *)))
		i++;
	va_end(args);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		log = open(LOG, O_WRONLY | O_CREAT | O_APPEND, 0644);
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		execv(program, argv);
		printf("%s: %m\n", program);
		fflush(stdout);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

#define xl(...) run("/xen/xl", __VA_ARGS__, NULL)

static bool start_daemons(void)
{
	static const char *const dirs[] = {
		"/run", "/run/xen", "/run/lock", "/var", "/var/lib",
		"/var/lib/xen", "/var/log", "/var/log/xen", "/etc", "/etc/xen",
		"/dev/pts",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		mkdir(dirs[i], 0755);
	if (symlink("/run", "/var/run") || symlink("/run/lock", "/var/lock") ||
	    mount("xenfs", "/proc/xen", "xenfs", 0, NULL) ||
	    mount("devpts", "/dev/pts", "devpts", 0, NULL))
		guest_die("xen: cannot set up dom0: %m");
	close(open("/etc/xen/xl.conf", O_WRONLY | O_CREAT, 0644));
	return run("/xen/xenstored", "--pid-file", "/run/xenstored.pid", NULL) &&
	       run("/xen/xen-init-dom0", NULL) &&
	       run("/xen/xenconsoled", "--pid-file=/run/xenconsoled.pid", NULL);
}

/* what sysfs says */

static void describe(const char *bdf, char *text, size_t size)
{
	char name[64], value[16] = "";
	size_t len;
	int i;

	if (!guest_read(guest_device_path(bdf, "resource"), text, size))
		guest_die("xen: there is no %s: %m", bdf);
	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "resource%d_shares_page", i);
		if (guest_read(guest_device_path(bdf, name), value,
			       sizeof(value))) {
			len = strlen(text);
			snprintf(text + len, size - len, "\n%s %s", name,
				 value);
		}
	}
}

static bool as_before(const struct device *d)
{
	char now[sizeof(d->before)];

	describe(d->bdf, now, sizeof(now));
	if (strcmp(now, d->before))
		printf("# %s was\n# %s\n# is\n# %s\n", d->bdf, d->before, now);
	return !strcmp(now, d->before);
}

static void show_bar(const char *bdf)
{
	struct bar_page page;

	if (!page_open(bdf, &page))
		return;
	page_sign(&page);
	printf("# dom0: %s BAR %d reads %s\n", bdf, page.bar.nr,
	       page_text(&page, page.offset));
	page_close(&page);
}

/* giving and taking */

static bool is_assignable(const char *bdf)
{
	char path[128];

	snprintf(path, sizeof(path), PCIBACK "/%s", bdf);
	return !access(path, F_OK);
}

/* Each in a slot that shows which it is: SLOT and up */
static void write_devices(const struct guest *g, FILE *out)
{
	int i;

	fprintf(out, "pci = [ ");
	for (i = 0; i < g->n_devices; i++)
		fprintf(out, "'%s@%x', ", g->devices[i].bdf, SLOT + i);
	fprintf(out, "]\n");
}

static bool write_config(const struct guest *g)
{
	FILE *out = fopen(g->config, "we");

	if (!out)
		return false;
	write_devices(g, out);
	/*
	 * RDTSCP would need its MSR, which TCG's SVM does not switch.  With
	 * XSAVE, Xen's and TCG's CPUID disagree, and Linux warns.
	 */
	fprintf(out, "type = 'hvm'\nname = '%s'\nmemory = 96\n"
		"kernel = '/inner/kernel'\nramdisk = '/inner/initrd'\n"
		"cmdline = '%s %s'\n"
		"serial = 'file:%s'\nvga = 'none'\nvnc = 0\nnographic = 1\n"
		"cpuid = 'host,rdtscp=0,xsave=0'\ntsc_mode = 'native'\n"
		"on_poweroff = 'destroy'\non_reboot = 'destroy'\n"
		"on_crash = 'destroy'\n", g->name, CMDLINE, more_words,
		g->console);
	return !fclose(out);
}

static bool take_from_driver(const struct device *d)
{
	return xl("pci-assignable-add", d->bdf) && is_assignable(d->bdf);
}

static bool give_to_driver(const struct device *d)
{
	return xl("pci-assignable-remove", "-r", d->bdf) &&
	       !is_assignable(d->bdf);
}

static bool create_paused(const struct guest *g)
{
	return xl("create", "-e", "-p", g->config);
}

static bool destroy(const struct guest *g)
{
	return xl("destroy", g->name);
}

static bool each(bool (*fn)(const struct guest *g))
{
	int i;

	for (i = 0; i < n_guests; i++)
		if (!fn(&guests[i]))
			return false;
	return true;
}

static bool each_device(bool (*fn)(const struct device *d))
{
	int i, j;

	for (i = 0; i < n_guests; i++)
		for (j = 0; j < guests[i].n_devices; j++)
			if (!fn(&guests[i].devices[j]))
				return false;
	return true;
}

/* How xl resets it before a guest gets it; it has no such file if it can't */
static bool show_reset(const struct device *d)
{
	char text[32];

	if (!guest_read(guest_device_path(d->bdf, "reset_method"), text,
			sizeof(text)))
		*text = '\0';
	printf("# %s: reset by %s\n", d->bdf, *text ? text : "nothing");
	return true;
}

static bool cycle(void)
{
	int i;

	each_device(show_reset);
	for (i = 0; i < cycles; i++)
		if (!each_device(take_from_driver) || !each(create_paused) ||
		    !each(destroy) || !each_device(give_to_driver) ||
		    !each_device(as_before))
			break;
	printf("# %d of %d cycles\n", i, cycles);
	return i == cycles;
}

/* what the guests say */

static bool says(const struct guest *g, const char *what)
{
	return lines_count(g->console, what, "");
}

static bool wait_for(const struct guest *g)
{
	time_t end = time(NULL) + SECONDS;

	while (!says(g, DONE) && time(NULL) < end)
		usleep(200000);
	return says(g, DONE);
}

/*
 * One after the other, and the first ones stay: several that start at once get
 * little done except their timers' interrupts, each of which is emulated twice.
 *
 * Some crash before there is a kernel, when the boot ROM has begun to load it.
 */
static bool create(const struct guest *g)
{
	int tries = TRIES;

	while (xl("create", "-e", g->config)) {
		if (wait_for(g))
			return true;
		if (says(g, "inner: ") || !--tries || !destroy(g))
			break;
		printf("# %s: no word from its init, trying again\n", g->name);
	}

	return false;
}

static bool show_guest(const struct guest *g)
{
	char log[64];
	int i;

	for (i = 0; i < g->n_devices; i++)
		printf("# given: %s has %s as 0000:00:%x.0\n", g->name,
		       g->devices[i].bdf, SLOT + i);
	snprintf(log, sizeof(log), QEMU_LOG, g->name);
	show(log, "xen_pt_region_update");
	show(g->console, says(g, DONE) ? "inner: " : "");
	return true;
}

/* The guests' numbers; what Xen lets each of them have, what its QEMU mapped */
static bool show_log(void)
{
	bool ok;

	unlink(LOG);
	ok = xl("list") && xl("debug-keys", "q") && xl("dmesg");
	show(LOG, "^g[0-9]|memory_map:|Rangesets belonging|I/O Memory");
	return ok;
}

static void add_devices(struct guest *g, char *list)
{
	struct device *d;
	char *bdf;

	while ((bdf = strsep(&list, "+"))) {
		if (g->n_devices == DEVICES)
			guest_die("xen: more than %d devices", DEVICES);
		d = &g->devices[g->n_devices++];
		snprintf(d->bdf, sizeof(d->bdf), "%s", bdf);
		describe(d->bdf, d->before, sizeof(d->before));
	}
}

static void add_guests(char *list)
{
	struct guest *g;
	char *devices;

	while ((devices = strsep(&list, ","))) {
		if (n_guests == GUESTS)
			guest_die("xen: more than %d guests", GUESTS);
		g = &guests[n_guests++];
		snprintf(g->name, sizeof(g->name), "g%d", n_guests);
		snprintf(g->console, sizeof(g->console), "/tmp/console%d",
			 n_guests);
		snprintf(g->config, sizeof(g->config), "/tmp/config%d",
			 n_guests);
		add_devices(g, devices);
	}
}

int main(void)
{
	const char *list = guest_param("vm.xen");
	const char *number = guest_param("vm.xen_cycles");
	bool done;

	cycles = number ? atoi(number) : 0;
	more_words = guest_param("vm.xen_guest") ?: "";
	if (!list)
		guest_die("xen: no vm.xen= on the command line");
	add_guests(strdup(list));
	ktap_plan(6 + !!cycles, show_all);
	guest_each_device(show_bar);
	must(start_daemons(), "Xen's daemons run in dom0");
	must(each(write_config), "configurations are written");
	if (cycles)
		must(cycle(), "guests come and go, addresses and status stay");
	must(each_device(take_from_driver), "xen-pciback has the devices");
	done = each(create);
	each(show_guest);
	must(done, "xl create succeeds, the guests look at their devices");
	must(show_log() && each(destroy), "the guests are gone");
	must(each_device(give_to_driver) && each_device(as_before),
	     "drivers have the devices back, addresses and status stay");
}
