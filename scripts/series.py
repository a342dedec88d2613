# SPDX-License-Identifier: GPL-2.0
"""The series as data: git, the patches and new files of the repo, who owns
which new file, and the commits that they make."""

import email
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
# A port is the series for another kernel, in part: see CONTRIBUTING.md
PORT = os.environ.get("PORT", "")
BUILD = TOP / "build" / PORT
LINUX = BUILD / "linux"
STOCK = BUILD / "stock"
OVERLAY = ["Documentation", "arch", "drivers", "include", "kernel", "lib", "tools"]


class Error(Exception):
    """What was wrong, with what, and what to do; one line each."""


def run_verb(main):
    try:
        check_port()
        main()
    except Error as error:
        first, *rest = str(error).split("\n")
        sys.exit("\n".join([f"error: {first}"] + [f"       {line}" for line in rest]))
    except KeyboardInterrupt:
        sys.exit(130)


def check_port():
    ports = sorted(path.parent.name for path in TOP.glob("ports/*/BASE"))
    if PORT and PORT not in ports:
        raise Error(f"PORT={PORT}: there is no such port\nThere are: {', '.join(ports) or 'none'}")


class Git:
    """git in one repository, ignoring the user's own configuration."""

    def __init__(self, repo, **env):
        self.repo = repo
        keep = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        self.env = keep | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"} | env

    def run(self, *args, data=None, check=True):
        """The CompletedProcess, its output as bytes."""
        done = subprocess.run(["git", "-c", "safe.directory=*", "-C", self.repo, *args],
                              env=self.env, input=data, capture_output=True)
        if check and done.returncode:
            raise Error(f"git {args[0]} in {self.repo}: {done.stderr.decode().strip()}")
        return done

    def __call__(self, *args, data=None):
        return self.run(*args, data=data).stdout.decode().strip()

    def ok(self, *args):
        return self.run(*args, check=False).returncode == 0

    def lines(self, *args):
        """The items of a -z command."""
        return [item for item in self.run(*args).stdout.decode().split("\0") if item]

    def ref(self, name):
        return self.run("rev-parse", "-q", "--verify", name, check=False).stdout.decode().strip()


def with_index(git, index):
    return Git(git.repo, GIT_INDEX_FILE=str(index))


# --- What the repo holds -----------------------------------------------------

def series_lines(text):
    """The lines of patches/series that mean something: [set]s and patches."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line]


def series_names(text):
    """The patch names in the text of patches/series."""
    return [line for line in series_lines(text) if not line.startswith("[")]


def repo_files():
    """The series' inputs: overlay and patches, committed or not."""
    port = [f"ports/{PORT}"] if PORT else []
    paths = Git(TOP).lines("ls-files", "-zco", "--exclude-standard", "--", *OVERLAY, "patches", *port)
    return sorted({path for path in paths if os.path.lexists(TOP / path)})


def snapshot(git):
    """The inputs as a git tree, which is also what says if they changed."""
    with tempfile.TemporaryDirectory() as tmp:
        store = Git(TOP, GIT_DIR=git("rev-parse", "--absolute-git-dir"), GIT_WORK_TREE=str(TOP),
                    GIT_INDEX_FILE=f"{tmp}/index")
        files = "\0".join(repo_files()).encode()
        if files:
            store("add", "-f", "--pathspec-from-file=-", "--pathspec-file-nul", data=files)
        return store("write-tree")


def tree_files(git, tree, *paths):
    """{path: (mode, blob)} of a git tree."""
    items = (item.split("\t", 1) for item in git.lines("ls-tree", "-rz", tree, "--", *paths))
    return {path: tuple(info.split()[::2]) for info, path in items}


def index_files(git, files):
    listing = "".join(f"{mode} {blob}\t{path}\0" for path, (mode, blob) in files.items())
    git("update-index", "--add", "-z", "--index-info", data=listing.encode())


def make_tree(git, files):
    """The git tree of {path: (mode, blob)}."""
    with tempfile.TemporaryDirectory() as tmp:
        indexed = with_index(git, f"{tmp}/index")
        index_files(indexed, files)
        return indexed("write-tree")


@dataclass
class Patch:
    name: str
    author: str
    email: str
    date: str
    message: bytes
    notes: list  # the lines below "---", without "Adds:" and diffstat
    adds: list
    diff: bytes
    files: dict = field(default_factory=dict)  # what adds stands for: {path: (mode, blob)}
    path: str = ""  # in the repo


DIFFSTAT = re.compile(r" \S.* \| +(\d+|Bin)|\s\d+ files? changed|\s(create|delete) mode ")


def parse_patch(path, mail):
    with tempfile.TemporaryDirectory() as tmp:
        done = Git(tmp).run("mailinfo", "msg", "patch", data=mail)
        info = dict(line.split(": ", 1) for line in done.stdout.decode().splitlines() if ": " in line)
        body, rest = (Path(tmp, part).read_bytes() for part in ("msg", "patch"))
    missing = [key for key in ("Author", "Email", "Subject", "Date") if not info.get(key)]
    if missing:
        raise Error(f"{path}: not a git-am mail: it has no {', '.join(missing)}")
    head, start, diff = re.match(rb"(.*?)(^diff --git .*)?\Z", rest, re.S | re.M).group(1, 2, 2)
    lines = head.decode().splitlines()[1:]
    return Patch(Path(path).name, info["Author"], info["Email"], info["Date"],
                 info["Subject"].encode() + b"\n\n" + body,
                 [l for l in lines if not l.startswith("Adds:") and not DIFFSTAT.match(l)],
                 [l.removeprefix("Adds:").strip() for l in lines if l.startswith("Adds:")],
                 diff or b"", path=path)


def series_text(git, inputs, port=PORT):
    """What is in the series, in order; for a port that does not say, all of it."""
    own = git.run("cat-file", "blob", f"{inputs}:ports/{port}/series", check=False)
    if port and own.returncode == 0:
        return own.stdout.decode()
    text = git.run("cat-file", "blob", f"{inputs}:patches/series").stdout.decode()
    return re.sub(r"(?m)^\d{4}-", "", text) if port else text


def read_series(git, inputs):
    """The patches in order, each with the new files that it owns."""
    patches = read_patches(git, inputs)
    return read_port(git, inputs, patches) if PORT else patches


def read_patches(git, inputs):
    files = tree_files(git, inputs)
    if "patches/series" not in files:
        raise Error("patches/series is missing")
    names = series_names(series_text(git, inputs, port=""))
    check_names(names, {p for p in files if p.startswith("patches/")})
    patches = [parse_patch(p, git.run("cat-file", "blob", files[p][1]).stdout)
               for p in (f"patches/{n}" for n in names)]
    check_owners(patches, {p: f for p, f in files.items() if not p.startswith(("patches/", "ports/"))})
    undo_later_edits(git, patches)
    return patches


def by_subject(patches):
    """{name without its number: patch}: a port doesn't mind other numbers."""
    return {patch.name.partition("-")[2]: patch for patch in patches}


def read_port(git, inputs, patches):
    """The patches of the port: as in the series, unless the port has edits of its own."""
    ported, series, own = [], by_subject(patches), tree_files(git, inputs, f"ports/{PORT}/")
    names = series_names(series_text(git, inputs))
    for name in names:
        file = own.get(f"ports/{PORT}/{name}")
        if not file and name not in series:
            raise Error(f"ports/{PORT}/series: {name} is neither beside it nor, with a number before it, in patches/")
        data = git.run("cat-file", "blob", file[1]).stdout if file else b""
        ported.append(port_patch(f"ports/{PORT}/{name}", data, series.get(name)))
    unused = [path for path in own if path.endswith(".patch") and Path(path).name not in names]
    if unused:
        raise Error(f"{unused[0]} is not in ports/{PORT}/series")
    return ported


def port_patch(path, data, patch):
    """A patch of a port. Its file may be a mail, or the diff alone, or missing."""
    name = Path(path).name
    if not data:
        return replace(patch, name=name)
    if data.startswith(b"diff "):
        return replace(patch, name=name, path=path, diff=data)
    return replace(parse_patch(path, data), files=patch.files if patch else {})


@dataclass
class Set:
    """What is posted together: a "[name]" of patches/series and what follows it."""
    name: str
    patches: list
    letter: str  # patches/letters/NAME.txt, as a mail; "" if the set is not posted
    needs: list  # sets that it applies on
    lines: int  # it may add at most

    def header(self, key):
        return email.message_from_string(self.letter)[key]


def read_sets(git, inputs, patches):
    """The sets of the series in order."""
    files = tree_files(git, inputs, "patches/")
    sets, by_name = [], {patch.name: patch for patch in patches}
    for line in series_lines(series_text(git, inputs)):
        if line.startswith("["):
            sets.append(read_set(git, files, line.strip("[]")))
        elif sets:
            sets[-1].patches.append(by_name[line])
        else:
            raise Error(f"patches/series: {line} is in no set\nName one above it: [fixes], for example")
    check_sets(sets)
    return sets


def read_set(git, files, name):
    path = f"patches/letters/{name}.txt"
    letter = git.run("cat-file", "blob", files[path][1]).stdout.decode() if path in files else ""
    head = email.message_from_string(letter)
    if letter and not head["Subject"]:
        raise Error(f"{path}: has no Subject:")
    return Set(name, [], letter, (head["Needs"] or "").split(), int(head["Lines"] or 0))


def check_sets(sets):
    """A set needs only sets that come before it."""
    for number, patch_set in enumerate(sets):
        before = [other.name for other in sets[:number]]
        if patch_set.name in before:
            raise Error(f"patches/series has [{patch_set.name}] twice")
        for need in patch_set.needs:
            if need not in before:
                raise Error(f"patches/letters/{patch_set.name}.txt: Needs: {need}, but no such set comes before it\n"
                            f"Before it are: {', '.join(before) or 'none'}")


def stack(sets, name):
    """The set of that name, and the patches that it applies on."""
    named = [patch_set for patch_set in sets if patch_set.name == name]
    if not named:
        raise Error(f"SET={name}: there is no such set\nThere are: {', '.join(patch_set.name for patch_set in sets)}")
    if not named[0].letter:
        raise Error(f"SET={name}: it is not posted\nA posted set has a letter, patches/letters/{name}.txt")
    needs = {name}
    for patch_set in reversed(sets):
        needs |= set(patch_set.needs) if patch_set.name in needs else set()
    return named[0], [p for patch_set in sets for p in patch_set.patches if patch_set.name in needs - {name}]


def build_set(git, base, sets, name):
    """The set of that name, the commit that it applies on, and its last one."""
    patch_set, below = stack(sets, name)
    commits = [base, *build(git, base, below + patch_set.patches)]
    return patch_set, commits[len(below)], commits[-1]


def check_names(names, files):
    problems = [f"patches/{n} is in patches/series twice" for n in {n for n in names if names.count(n) > 1}]
    problems += [f"patches/{n} is in patches/series but does not exist"
                 for n in names if f"patches/{n}" not in files]
    problems += [f"{f} is not in patches/series"
                 for f in sorted(files) if f.endswith(".patch") and f.removeprefix("patches/") not in names]
    if problems:
        raise Error("\n".join(problems))


def covers(entry, path):
    """An "Adds:" entry names a file or, ending in "/", all below a directory."""
    return path == entry or entry.endswith("/") and path.startswith(entry)


def check_owners(patches, overlay):
    """Every new file belongs to exactly one patch; fill in Patch.files."""
    problems = []
    for path, blob in overlay.items():
        owners = [p for p in patches if any(covers(e, path) for e in p.adds)]
        if len(owners) != 1:
            names = " and ".join(p.path for p in owners) or "no patch"
            problems.append(f"{path}: added by {names}")
        for owner in owners:
            owner.files[path] = blob
    for patch in patches:
        problems += [f"{patch.path}: \"Adds: {e}\", but the repo has no such file"
                     for e in patch.adds if not any(covers(e, path) for path in overlay)]
    if problems:
        problems.append("Each new file needs exactly one patch with \"Adds: path\" (or \"Adds: dir/\") below its \"---\".")
        raise Error("\n".join(problems))


# --- Patches to commits ------------------------------------------------------

def build(git, base, patches):
    """The commits of the series on base, made without a work tree."""
    with tempfile.TemporaryDirectory() as tmp:
        indexed = with_index(git, f"{tmp}/index")
        indexed("read-tree", base)
        commits = [base]
        for patch in patches:
            for path in touched(git, patch):
                if not indexed("ls-files", "--", path):
                    raise Error(f"{patch.path}: edits {path}, which is not there yet\n"
                                "A new file goes into the repo at its path, whole, named by one \"Adds:\" line.")
            apply_diff(indexed, patch)
            add_files(indexed, base, patch)
            commits.append(commit(indexed, commits[-1], patch))
        return commits[1:]


def touched(git, patch):
    """The files that the patch edits."""
    numstat = git.run("apply", "--numstat", "-z", data=patch.diff, check=False).stdout.decode() if patch.diff else ""
    return [item.split("\t", 2)[2] for item in numstat.split("\0") if item.count("\t") == 2]


def apply_diff(git, patch, *options):
    if not patch.diff:
        return
    done = git.run("apply", "--cached", "--whitespace=nowarn", *options, data=patch.diff, check=False)
    if done.returncode:
        raise Error(f"{patch.path}: does not apply\n{done.stderr.decode().strip()}")


def undo_later_edits(git, patches):
    """The repo has new files as the last patch leaves them. Set each Patch.files
    to what that patch adds, before later ones edit it."""
    with tempfile.TemporaryDirectory() as tmp:
        indexed = with_index(git, f"{tmp}/index")
        for patch in reversed(patches):
            index_files(indexed, patch.files)
        new = {path for patch in patches for path in patch.files}
        for patch in reversed(patches):
            edits = new.intersection(touched(git, patch))
            if edits:
                take_off(indexed, patch, edits)
            if patch.files:
                patch.files = index_of(indexed, patch.files)


def take_off(git, patch, paths):
    try:
        apply_diff(git, patch, "-R", *(f"--include={path}" for path in paths))
    except Error as error:
        raise Error(f"{error}\nIt edits a new file, which the repo has as the last patch leaves it;\n"
                    "so the edit has to be in that file already: make it in build/linux, then make refresh.") from error


def index_of(git, paths):
    """{path: (mode, blob)} of these files in the index."""
    items = (item.split("\t", 1) for item in git.lines("ls-files", "-sz", "--", *paths))
    return {path: tuple(info.split()[:2]) for info, path in items}


def add_files(git, base, patch):
    for path in patch.files:
        if git.ok("cat-file", "-e", f"{base}:{path}"):
            raise Error(f"{patch.path}: adds {path}, which the base already has\n"
                        "An edit to an existing file goes into the patch as a diff.")
    index_files(git, patch.files)


def commit(git, parent, patch):
    """One commit whose hash depends on the parent and the mail alone."""
    tree = git("write-tree")
    if tree == git("rev-parse", f"{parent}^{{tree}}"):
        raise Error(f"{patch.path}: changes nothing: it has neither a diff nor \"Adds:\"")
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
           for key, value in (("NAME", patch.author), ("EMAIL", patch.email), ("DATE", patch.date))}
    message = git.run("stripspace", data=patch.message).stdout
    return Git(git.repo, **who)("commit-tree", tree, "-p", parent, data=message)
