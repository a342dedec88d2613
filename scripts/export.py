# SPDX-License-Identifier: GPL-2.0
"""Turn commits of build/linux back into what the repo holds of them: a mail with
the edits to existing files, and the new files as they are."""

import re
from dataclasses import dataclass

from series import OVERLAY, Error, covers, tree_files

MAIL = ["format-patch", "-1", "--stdout", "--zero-commit", "--no-signature", "--no-stat", "-N",
        "--abbrev=12", "--no-renames", "--always", "--diff-filter=a", "--no-notes"]


def commits_of(git, base, tip):
    if not git.ok("merge-base", "--is-ancestor", base, tip):
        raise Error("build/linux: HEAD is not on top of the base any more\n"
                    "Rebase it: git -C build/linux rebase --onto base ...; or start over: make tree FORCE=1")
    if git("rev-list", "--merges", f"{base}..{tip}"):
        raise Error("build/linux: merge commits can't become patches; rebase instead")
    return git("rev-list", "--reverse", f"{base}..{tip}").split()


def new_files(git, base, commit):
    """The files that commit adds, as {path: (mode, blob)}."""
    changed = git.lines("diff-tree", "-r", "-z", "--no-renames", "--name-status", "--no-commit-id", commit)
    status = dict(zip(changed[1::2], changed[::2]))
    names = [path for path in status if status[path] == "A"]
    subject = git("show", "-s", "--format=%h (\"%s\")", commit)
    gone = [path for path in status if status[path] == "D" and not git.ok("cat-file", "-e", f"{base}:{path}")]
    if gone:
        raise Error(f"build/linux: {subject} removes {gone[0]}, a new file of an earlier commit\n"
                    "Take it out of that commit: git rebase -i base")
    for path in names:
        if path.partition("/")[0] not in OVERLAY:
            raise Error(f"build/linux: {subject} adds {path}, but new files may only be below\n"
                        + ", ".join(OVERLAY))
    return tree_files(git, commit, *names) if names else {}


def notes_of(git, commit, ref="commits"):
    """The lines of the commit's note."""
    done = git.run("notes", f"--ref={ref}", "show", commit, check=False)
    return done.stdout.decode().strip().splitlines()


def adds_lines(notes, files):
    """"Adds:" for each new file; directories that the note names are kept."""
    wanted = [line.removeprefix("Adds:").strip() for line in notes if line.startswith("Adds:")]
    kept = [e for e in wanted if e.endswith("/") and any(covers(e, p) for p in files)]
    single = [p for p in files if not any(covers(e, p) for e in kept)]
    return [f"Adds: {entry}" for entry in sorted(kept + single)]


def mail_of(git, commit, files):
    """The patch as a mail, its new files left out and named."""
    mail = git.run(*MAIL, commit).stdout
    head, _, diff = re.match(rb"(.*?)(^(diff --git .*))?\Z", mail, re.S | re.M).groups()
    notes = notes_of(git, commit)
    below = adds_lines(notes, files)
    own = [line for line in notes if not line.startswith("Adds:")]
    below += ([""] if below and own else []) + own
    body = head.rstrip(b"\n") + (b"\n" if b"\n\n" in head.rstrip(b"\n") else b"\n\n")
    diff = re.sub(rb"^index [0-9a-f]+\.\..*\n", b"", diff or b"", flags=re.M)  # changes with every edit
    text = body + b"---\n" + "".join(f"{line}\n" for line in below).encode()
    return text + (b"\n" + diff if diff else b"")


@dataclass
class Exported:
    """What the repo holds of a commit."""
    id: str
    name: str  # of the patch that it was made from, "" for a new commit
    slug: str
    mail: bytes
    files: dict


def export(git, base, tip):
    exported = []
    for commit in commits_of(git, base, tip):
        files = new_files(git, base, commit)
        name = "".join(notes_of(git, commit, "patch")[:1])
        slug = git("show", "-s", "--format=%f", commit)[:52].rstrip("-.")
        exported.append(Exported(commit, name, slug, mail_of(git, commit, files), files))
    return exported
