# SPDX-License-Identifier: GPL-2.0
"""Commits of build/linux back to what the repo holds of them: a mail with the
edits to existing files, and the new files as they are."""

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
    """The files that commit adds, as {path: (mode, blob)}; it may not touch
    new files of the commits before it."""
    names = git.lines("diff-tree", "-r", "-z", "--no-renames", "--name-only", "--no-commit-id", commit)
    in_base = set(tree_files(git, base, *names)) if names else set()
    before = set(tree_files(git, f"{commit}^", *names)) if names else set()
    subject = git("show", "-s", "--format=%h (\"%s\")", commit)
    for path in names:
        if path not in in_base and path in before:
            raise Error(f"build/linux: {subject} changes {path}, a new file of an earlier commit\n"
                        "A new file belongs whole to one patch; fold the change into its commit:\n"
                        "git commit --fixup=COMMIT, git rebase -i --autosquash base")
        if path not in in_base and path.partition("/")[0] not in OVERLAY:
            raise Error(f"build/linux: {subject} adds {path}, but new files may only be below\n"
                        + ", ".join(OVERLAY))
    return {p: f for p, f in tree_files(git, commit, *names).items() if p not in in_base} if names else {}


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
    name: str  # of the patch that it was made from, "" for a new commit
    slug: str
    mail: bytes
    files: dict


def export(git, base, tip):
    found = []
    for commit in commits_of(git, base, tip):
        files = new_files(git, base, commit)
        name = "".join(notes_of(git, commit, "patch")[:1])
        slug = git("show", "-s", "--format=%f", commit)[:52].rstrip("-.")
        found.append(Exported(name, slug, mail_of(git, commit, files), files))
    return found
