// SPDX-License-Identifier: GPL-2.0
/*
 * Give two network cards to DPDK, whose testpmd forwards from one to the other: a
 * packet sent to one has to come out of the other.  Two more cards, on the links of
 * these, stay with the kernel and send and listen.
 *
 * On the kernel's command line:
 *   vm.dpdk=BDF,BDF        the cards for DPDK
 *   vm.dpdk_from=BDF       the card that sends, on the first one's link
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "identity.h"
#include "ktap.h"

#define TESTPMD		"/dpdk/testpmd"
#define TEXT		"from one link to the other"
#define SECONDS		60
#define TESTS		2
#define CARDS		2

static char *cards[CARDS];

static void open_interface(const char *bdf)
{
	const char *name = identity_interface(bdf);

	if (name && !interface_up(name))
		guest_die("dpdk: %s does not come up", name);
}

/* testpmd, which forwards until it has something to read */
struct program {
	pid_t pid;
	int in, out;
};

static void start(struct program *p)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		guest_die("dpdk: pipe: %m");
	fflush(stdout);
	p->pid = fork();
	if (!p->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execl(TESTPMD, "dpdk-testpmd", "--lcores", "0@0,1@0",
		      "--in-memory", "--no-telemetry", "-m", "64",
		      "-d", "/dpdk/librte_mempool_ring.so",
		      "-d", "/dpdk/librte_net_virtio.so",
		      "-a", cards[0], "-a", cards[1], "--",
		      "--forward-mode=io", "--total-num-mbufs=2048",
		      "--no-lsc-interrupt", NULL);
		printf(TESTPMD ": %m\n");
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	p->in = in[1];
	p->out = out[0];
	fcntl(p->out, F_SETFL, O_NONBLOCK);
}

/* Show what it has said so far; is it still running? */
static bool runs(struct program *p)
{
	static char line[1024];
	static size_t len;
	char c;
	ssize_t got;

	while ((got = read(p->out, &c, 1)) == 1) {
		if (c != '\n' && len < sizeof(line) - 1) {
			line[len++] = c;
			continue;
		}
		printf("# dpdk: %.*s\n", (int)len, line);
		len = 0;
	}
	return got < 0 && errno == EAGAIN;
}

static bool forwards(struct program *p, const char *from)
{
	time_t end = time(NULL) + SECONDS;
	int listener = interface_listen();
	bool heard = false;

	while (runs(p) && !heard && time(NULL) < end) {
		interface_send(from, TEXT);
		usleep(200000);
		heard = interface_heard(listener, TEXT);
	}
	close(listener);
	return heard;
}

static bool ends(struct program *p)
{
	time_t end = time(NULL) + SECONDS;
	int status;

	if (write(p->in, "\n", 1) != 1)
		printf("# dpdk: it does not listen\n");
	while (runs(p) && time(NULL) < end)
		usleep(100000);
	if (time(NULL) >= end)
		kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	printf("# dpdk: status %d\n", status);
	return WIFEXITED(status);
}

int main(void)
{
	char *list = (char *)guest_param("vm.dpdk");
	const char *from = guest_param("vm.dpdk_from");
	struct program p;
	int i;

	if (!list || !from)
		guest_die("no vm.dpdk= or vm.dpdk_from= on the command line");
	for (i = 0; i < CARDS; i++)
		cards[i] = strsep(&list, ",");
	ktap_plan(TESTS, NULL);
	signal(SIGPIPE, SIG_IGN);
	chmod("/", 0755);	/* EAL loads nothing from where everybody can write. */
	must(give_to_vfio(cards[0]) && give_to_vfio(cards[1]),
	     "vfio-pci has the cards");
	guest_each_device(open_interface);
	start(&p);
	printf("# forwards: %s\n",
	       forwards(&p, identity_interface(from)) ? "yes" : "no");
	must(ends(&p), "testpmd exits");
}
