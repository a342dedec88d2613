# SPDX-License-Identifier: GPL-2.0
"""build/linux: a git tree of the base with the series on top, to edit, commit and
rebase in as one likes; moved without touching other files."""

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from series import BUILD, LINUX, STOCK, TOP, Error, Git, build, read_series, snapshot

HERE = LINUX.relative_to(TOP)

# What the tree was last made of and into. "moving" is there while files move.
REFS = "refs/passthrough-align"
DEBIAN_IGNORES = "# Debian packaging: ignore everything at the top level"


@contextmanager
def locked():
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another run that holds {lock.name} ...", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def base_repo():
    """The bare repository of the base, made if need be."""
    with subprocess.Popen([TOP / "scripts/base"], stdout=subprocess.PIPE) as process:
        try:
            path = process.stdout.read().decode().strip()
        except KeyboardInterrupt:
            process.wait()  # it cleans up
            raise
    if process.returncode:
        sys.exit(process.returncode)
    return Path(path)


def state(git, name):
    return git.ref(f"{REFS}/{name}")


def set_state(git, **refs):
    """All of them or none; an empty value removes one."""
    lines = "".join(f"update {REFS}/{name} {value or '0' * 40}\n" for name, value in refs.items())
    git("update-ref", "--stdin", data=lines.encode())


@contextmanager
def new_repo(directory):
    """An empty repository that becomes directory if all goes well."""
    git = Git(directory.with_suffix(".tmp"))
    shutil.rmtree(git.repo, ignore_errors=True)
    try:
        git.repo.mkdir()
        git("init", "-q", "-b", "series")
        git("config", "include.path", os.path.relpath(TOP / "scripts/gitconfig", git.repo / ".git"))
        print(f"Checking out {directory.relative_to(TOP)} ...", file=sys.stderr)
        yield git
        os.rename(git.repo, directory)
    finally:
        shutil.rmtree(git.repo, ignore_errors=True)


def add_base(git, repo):
    """Have the base's objects, as hard links where possible; its commit."""
    commit = Git(repo).ref("base")
    if not git.ok("cat-file", "-e", commit):
        for pack in (repo / "objects/pack").iterdir():
            link_or_copy(pack, Path(git.repo, ".git/objects/pack", pack.name))
    git("tag", "-f", "base", commit)
    return commit


def link_or_copy(source, target):
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        temporary = target.with_suffix(".tmp")
        shutil.copy(source, temporary)
        temporary.rename(target)


def check_out(git, commit, force=False):
    """Go to commit, touching only files that differ."""
    done = subprocess.run(["git", "-C", git.repo, "checkout", *(["-f"] if force else []),
                           "-q" if not sys.stderr.isatty() else "--progress",
                           "-B", "series", commit], env=git.env, check=False,
                          stdout=subprocess.DEVNULL)
    if done.returncode < 0:
        raise KeyboardInterrupt
    if done.returncode:
        raise Error(f"{git.repo}: git could not move it to the series (see above)")
    see_new_files(git)


def move(git, commit, force=False, **refs):
    """Check out commit, with refs as the new state; an interrupted move is
    completed by finish_move()."""
    before = {name: state(git, name) for name in refs}
    set_state(git, moving=commit, **refs)
    try:
        check_out(git, commit, force)
    except Error:
        set_state(git, moving="", **before)
        raise
    set_state(git, moving="")


def finish_move(git):
    """The tree was clean before the move, so nothing can be lost."""
    target = state(git, "moving")
    if target:
        Path(git.repo, ".git/index.lock").unlink(missing_ok=True)
        move(git, target, force=True)


def see_new_files(git):
    """Debian's source has git ignore all files; here new ones must be seen.
    The change is hidden from git, too."""
    path = Path(git.repo, ".gitignore")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if DEBIAN_IGNORES in text:
        git("update-index", "--skip-worktree", ".gitignore")
        path.write_text(text.partition(DEBIAN_IGNORES)[0], encoding="utf-8")


def changes(git):
    """What git status says, one line per file."""
    return git.run("status", "--porcelain").stdout.decode().splitlines()


def busy(git):
    """A rebase, merge or the like that is under way."""
    names = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
    return [name for name in names if Path(git.repo, ".git", name).exists()]


def own_work(git):
    """Why the tree is not what make tree left; empty if it is."""
    if busy(git):
        return "an unfinished " + busy(git)[0]
    if any(not line.startswith("??") for line in changes(git)):
        return "uncommitted edits"
    if git.ref("HEAD") != state(git, "series"):
        return "commits that patches/ does not have"
    return ""


def write_notes(git, commits, patches):
    """What the commit itself can't hold of a patch, to come back on refresh."""
    for commit, patch in zip(commits, patches):
        git("notes", "--ref=patch", "add", "-f", "-m", patch.name, commit)
        text = "\n".join([f"Adds: {e}" for e in patch.adds if e.endswith("/")] + patch.notes).strip()
        if text:
            git("notes", "add", "-f", "-F", "-", commit, data=text.encode())


def apply_series(git, base, force=False):
    """Make the commits of the series as the repo has it now and go to them."""
    inputs = snapshot(git)
    patches = read_series(git, inputs)
    commits = build(git, base, patches)
    write_notes(git, commits, patches)
    tip = commits[-1] if commits else base
    move(git, tip, force, base=base, inputs=inputs, series=tip)
    return tip, len(patches)


def up_to_date(git, base):
    return state(git, "base") == base and state(git, "inputs") == snapshot(git)


def update_tree(repo, force):
    """Bring build/linux up to date, unless that would lose someone's work."""
    git = Git(LINUX)
    finish_move(git)
    base = add_base(git, repo)
    work = own_work(git)
    if up_to_date(git, base) and not (work and force):
        if work:
            print(f"note: {HERE} has {work}; left as it is", file=sys.stderr)
        return
    if work and not force:
        raise Error(f"{HERE} has {work}, and the series or its base has changed\n"
                    "Take it into patches/ with \"make refresh\", or drop it with FORCE=1.")
    apply_series(git, base, force)


def make_linux(repo, force):
    """build/linux, anew or brought up to date."""
    if LINUX.exists():
        return update_tree(repo, force)
    with new_repo(LINUX) as git:
        apply_series(git, add_base(git, repo))


def make_stock(repo):
    """build/stock: the base alone, pristine."""
    if not STOCK.exists():
        with new_repo(STOCK) as git:
            check_out(git, add_base(git, repo))
    git = Git(STOCK)
    base = add_base(git, repo)
    if git.ref("HEAD") != base or changes(git):
        Path(git.repo, ".git/index.lock").unlink(missing_ok=True)
        check_out(git, base, force=True)
