# SPDX-License-Identifier: GPL-2.0
"""
Build a kernel, once for each content: a finished one is kept in a cache, named by
a hash over everything that goes into it.  A tree that is not a clean git checkout
has no such hash, and is built where it was built before.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import kconfig
from .arch import Arch, ARCHES
from .progress import Progress
from .verdict import infra

# Not in the image, so it may differ
IRRELEVANT = ("Documentation", "tools/testing")
SUMS = "SHA256SUMS"
AS_BUILT = "vmtest-image"
LLVM = "-19"    # as Debian calls what is new enough
FIXED = {   # the same source gives the same image, and ccache hits
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
    "KBUILD_BUILD_USER": "vmtest",
    "KBUILD_BUILD_HOST": "vmtest",
    "KBUILD_BUILD_VERSION": "1",
    "LOCALVERSION": "",
}


@dataclass(frozen=True)
class Image:
    """A directory with image, config and gen_init_cpio."""

    dir: Path
    id: str

    @property
    def kernel(self):
        return self.dir / "image"

    @property
    def config(self):
        return self.dir / "config"

    @property
    def gen_init_cpio(self):
        return self.dir / "gen_init_cpio"


@dataclass(frozen=True)
class Kernel:
    tree: Path
    config: str
    build_dir: Path
    cache: Path

    @property
    def name(self):
        return self.build_dir.name

    @property
    def arch(self) -> Arch:
        return ARCHES[self.config.split("-")[0]]

    @property
    def clang(self):
        return "clang" in self.config.split("-")


def for_boot(settings, config, stock=False):
    name = config + ("-stock" if stock else "")
    return Kernel(settings.stock if stock else settings.kernel, config,
                  settings.build / "kernel" / name, settings.cache / "kernel")


# content

def git(tree, *args):
    return subprocess.run(["git", "-C", tree, *args], text=True, check=True,
                          capture_output=True).stdout


def source_id(tree):
    """What git knows of the source, or None if that is not all there is."""
    exclude = [f":(exclude){path}" for path in IRRELEVANT]
    try:
        if git(tree, "rev-parse", "--show-prefix").strip():
            return None     # a directory in somebody else's checkout
        if git(tree, "status", "--porcelain", "--", ".", *exclude):
            return None
        entries = git(tree, "ls-tree", "HEAD") + git(tree, "ls-tree", "HEAD",
                                                     "tools/")
    except (OSError, subprocess.CalledProcessError):
        return None
    return "\n".join(entry for entry in entries.splitlines()
                     if entry.split("\t")[1] not in ("tools", *IRRELEVANT))


def compiler(arch, clang=False):
    cc = f"clang{LLVM}" if clang else f"{arch.cross_compile}gcc"
    package = f"clang{LLVM}, with lld{LLVM} and llvm{LLVM}" if clang else \
        arch.compiler
    try:
        version = subprocess.run([cc, "--version"], text=True, check=True,
                                 capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "strerror", error)
        raise infra(f"{cc}: {why}; on Debian it is in {package}") \
            from None
    return cc, version.splitlines()[0]


def key(kernel):
    source = source_id(kernel.tree)
    if source is None:
        return None
    content = [source, kconfig.text(kernel.config), kernel.arch.image,
               *compiler(kernel.arch, kernel.clang), *FIXED.values()]
    return hashlib.sha256("\0".join(content).encode()).hexdigest()


# cache

def sums(directory):
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(directory.iterdir()) if path.name != SUMS)


def intact(directory):
    listed = directory / SUMS
    return listed.is_file() and listed.read_text() == sums(directory)


def collect(kernel, target):
    """Copy into TARGET what of a build dir makes an Image."""
    obj = kernel.build_dir
    shutil.copy2(obj / kernel.arch.image, target / "image")
    shutil.copy2(obj / ".config", target / "config")
    shutil.copy2(obj / "usr/gen_init_cpio", target)
    (target / SUMS).write_text(sums(target))


def store(kernel, name, parent):
    """All of it or nothing, even if two do it at once."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".new-") as new:
        new = Path(new) / name
        new.mkdir()
        collect(kernel, new)
        final = parent / name
        try:
            new.rename(final)
        except OSError:     # another clone has built the same, and may boot it
            if not final.is_dir():
                raise
    return final


def find(kernel):
    """The finished Image of the tree as it is now, or None."""
    name = key(kernel)
    if name is None:
        directory = kernel.build_dir / AS_BUILT
        name = "as last built"
    else:
        directory = kernel.cache / name
    if not directory.is_dir():
        return None
    if not intact(directory):
        raise infra(f"{directory}: does not match its {SUMS}; remove it, and "
                    f"run: vmtest.py build")
    return Image(directory, name[:16])


def need(kernel):
    image = find(kernel)
    if image is None:
        raise infra(f"no {kernel.name} kernel for {kernel.tree} as it is now; "
                    f"run: vmtest.py build")
    return image


# build

def environment(kernel):
    """Depend mode: a miss isn't preprocessed first, which takes as long again."""
    both = os.path.commonpath([kernel.tree, kernel.build_dir])
    return {"CCACHE_NOHASHDIR": "1", "CCACHE_DEPEND": "1", "CCACHE_BASEDIR": both,
            **os.environ, **FIXED}


def make_command(kernel, *targets):
    cc, _ = compiler(kernel.arch, kernel.clang)
    if shutil.which("ccache"):
        cc = "ccache " + cc
    return ["make", "-C", str(kernel.tree), f"O={kernel.build_dir}",
            f"ARCH={kernel.arch.linux}", f"CC={cc}", f"HOSTCC={cc}"
            if not kernel.arch.cross_compile else "HOSTCC=gcc",
            f"CROSS_COMPILE={kernel.arch.cross_compile}", "LOCALVERSION=",
            *([f"LLVM={LLVM}"] if kernel.clang else []), *targets]


def tail(path, lines=15):
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def make(kernel, targets, log, progress, **env):
    command = make_command(kernel, *targets)
    with open(log, "a", encoding="utf-8") as out, subprocess.Popen(
            command, text=True, errors="replace", stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment(kernel), **env)) as process:
        for line in process.stdout:
            out.write(line)
            if line.startswith("  CC  "):
                progress.step()
    if process.returncode:
        progress.done("failed")
        raise infra(f"cannot build {kernel.name} from {kernel.tree}; the end "
                    f"of {log}:\n{tail(log)}")


def configure(kernel, log, progress):
    wanted = kernel.build_dir / "vmtest.config"
    wanted.write_text(kconfig.text(kernel.config))
    make(kernel, ["allnoconfig"], log, progress, KCONFIG_ALLCONFIG=str(wanted))
    kconfig.verify(kernel.config, kernel.build_dir / ".config")


def compile_tree(kernel):
    log = kernel.build_dir / "vmtest.log"
    log.write_text("")
    progress = Progress(f"building kernel {kernel.name}",
                        kconfig.objects(kernel.config))
    configure(kernel, log, progress)
    jobs = os.environ.get("JOBS") or os.cpu_count()
    make(kernel, [f"-j{jobs}", Path(kernel.arch.image).name], log, progress)
    progress.done()


@contextlib.contextmanager
def locked(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another run that holds {path} ...",
                  file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(kernel):
    kernel.build_dir.mkdir(parents=True, exist_ok=True)
    with locked(kernel.build_dir / "vmtest.lock"):
        name = key(kernel)
        image = find(kernel) if name else None
        if image:
            return image
        compile_tree(kernel)
        if key(kernel) != name:
            raise infra(f"{kernel.tree} changed while it was built; again: "
                        f"vmtest.py build")
        if name:
            store(kernel, name, kernel.cache)
        else:
            shutil.rmtree(kernel.build_dir / AS_BUILT, ignore_errors=True)
            store(kernel, AS_BUILT, kernel.build_dir)
        return need(kernel)
