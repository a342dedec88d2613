// SPDX-License-Identifier: GPL-2.0
/*
 * The files of this system, or with --sysroot of a tree that was captured from
 * another one. That tree may come from anybody, and we may be root: nothing
 * outside of it is opened, and only regular files of a sensible size are
 * read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lsbar.h"

static int root = -1;
static const char *captured;	/* NULL: this system */

void tree_open(const char *sysroot)
{
	captured = sysroot;
	root = open(sysroot ? sysroot : "/",
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		die("cannot open %s: %s", sysroot ? sysroot : "/",
		    strerror(errno));
}

void tree_close(void)
{
	close(root);
}

bool tree_captured(void)
{
	return captured;
}

/* For messages, and for libpci */
char *tree_path(const char *file)
{
	size_t len = captured ? strlen(captured) : 0;

	while (len && captured[len - 1] == '/')
		len--;
	return text("%.*s/%s", (int)len, captured ? captured : "", file);
}

static int open_file(const char *file, int flags)
{
	bool look = flags & O_PATH;	/* which takes no other flags */
	struct open_how how = {
		.flags = flags | O_CLOEXEC | (look ? 0 : O_NONBLOCK | O_NOCTTY),
		.resolve = captured ? RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS :
				      0,
	};

	if (!captured)
		return openat(root, file, how.flags);
	return syscall(__NR_openat2, root, file, &how, sizeof(how));
}

/* Ends the program if somebody set a trap; a missing file is none. */
static int check_open(int fd, const char *file)
{
	const char *why = NULL;
	struct stat st;

	if (fd < 0 && (errno == EXDEV || errno == ELOOP))
		why = "it is a link that leads out of the captured tree";
	else if (fd < 0 && errno == ENOSYS)
		why = "--sysroot needs openat2(), of Linux 5.6 or newer";
	else if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode)))
		why = "it is not a regular file";

	if (why) {
		if (fd >= 0)
			close(fd);
		die("cannot use %s: %s", tree_path(file), why);
	}
	return fd;
}

/* libpci opens what is in it, wherever that is. */
void tree_check_directory(const char *file)
{
	int fd = open_file(file, O_PATH | O_DIRECTORY);

	if (fd < 0 && (errno == EXDEV || errno == ELOOP))
		die("cannot use %s: it is a link that leads out of the captured tree",
		    tree_path(file));
	if (fd >= 0)
		close(fd);
}

/* Target of a link, NULL if there is none */
char *tree_read_link(const char *file)
{
	int fd = open_file(file, O_PATH | O_NOFOLLOW);
	char target[PATH_MAX];
	ssize_t len;

	if (fd < 0)
		return NULL;
	len = readlinkat(fd, "", target, sizeof(target) - 1);
	close(fd);
	if (len < 0)
		return NULL;
	target[len] = '\0';
	return copy(target);
}

/* May its owner write it, whoever we are? */
bool tree_writable(const char *file)
{
	int fd = open_file(file, O_PATH);
	struct stat st;
	bool writable;

	if (fd < 0)
		return false;
	writable = !fstat(fd, &st) && st.st_mode & S_IWUSR;
	close(fd);
	return writable;
}

/* As read(2) of all that fits, with -errno for an error */
ssize_t tree_read_start(const char *file, char *buf, size_t size)
{
	int fd = check_open(open_file(file, O_RDONLY), file);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + len, size - len)) > 0)
		len += n;
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? n : (ssize_t)len;
}

/* -EFBIG if there is more than size - 1 */
ssize_t tree_read(const char *file, char *buf, size_t size)
{
	ssize_t len = tree_read_start(file, buf, size);

	if (len < 0)
		return len;
	if ((size_t)len == size)
		return -EFBIG;
	buf[len] = '\0';
	return len;
}

/* All of it, likewise */
char *read_stream(FILE *in, const char *name, size_t limit)
{
	size_t size = 1 << 12, len = 0, n;
	char *content = NULL;

	do {
		size *= 2;
		content = checked(realloc(content, size));
		n = fread(content + len, 1, size - len - 1, in);
		len += n;
	} while (n && len < limit);
	if (ferror(in) || len >= limit)
		free(content);
	if (ferror(in))
		die("cannot read %s: %s", name, strerror(errno));
	if (len >= limit)
		die("cannot use %s: it has more than %zu bytes", name, limit);
	for (n = 0; n < len; n++)
		if (!content[n])
			content[n] = '?';
	content[len] = '\0';
	return content;
}

/*
 * A file of unknown size, with its zero bytes made question marks; NULL
 * if it can't be read.
 */
char *tree_read_all(const char *file, size_t limit)
{
	size_t size = 1 << 12;
	char *content = NULL;
	ssize_t len, i;

	do {
		size *= 2;
		content = checked(realloc(content, size));
		len = tree_read(file, content, size);
	} while (len == -EFBIG && size < limit);

	if (len < 0) {
		free(content);
		if (len == -EFBIG)
			die("cannot use %s: it has more than %zu bytes",
			    tree_path(file), limit);
		return NULL;
	}
	for (i = 0; i < len; i++)
		if (!content[i])
			content[i] = '?';
	return content;
}
