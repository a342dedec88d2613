# SPDX-License-Identifier: GPL-2.0
"""Turn a kernel source tarball on stdin into a git fast-import stream: one
commit on refs/heads/base, the first path component stripped."""

import sys
import tarfile

DATE = "946684800 +0000"  # fixed, so that a base always has the same hash


def entry(tar, member):
    """The git mode and content of a tar member, or None for a directory."""
    if member.isdir():
        return None
    if member.issym():
        return "120000", member.linkname.encode()
    if member.islnk() or member.isreg():
        mode = "100755" if member.mode & 0o100 else "100644"
        return mode, tar.extractfile(member).read()
    sys.exit(f"error: {member.name}: neither file, directory nor link")


def data(content):
    return b"data %d\n%s\n" % (len(content), content)


def main(ident, message):
    out = sys.stdout.buffer
    out.write(f"commit refs/heads/base\ncommitter {ident} {DATE}\n".encode())
    out.write(data(message.encode()))
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|", bufsize=1 << 20) as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            item = entry(tar, member)
            if path and item:
                out.write(f"M {item[0]} inline {path}\n".encode())
                out.write(data(item[1]))
            tar.members.clear()  # or tarfile remembers them all
    out.write(b"done\n")


main(*sys.argv[1:])
