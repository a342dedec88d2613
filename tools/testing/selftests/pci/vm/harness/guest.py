# SPDX-License-Identifier: GPL-2.0
"""The guest's programs, and the initramfs that holds them."""

import functools
import platform
import re
import shlex
import subprocess
from pathlib import Path, PurePosixPath

from . import dpdk, events, foreign, inner, libvirt, shell, uboot, xen
from .kernel import compiler
from .settings import VM
from .verdict import infra

PROGRAMS = {     # and what they are made of
    "init": ("init.c", "dump.c", "events.c", "tests.c", "ktap.c", "guest.c"),
    "firmware": ("firmware.c", "program.c", "tables.c", "guest.c"),
    "passthrough": ("passthrough.c", "identity.c", "trapped.c", "ktap.c",
                    "guest.c"),
    "libvirt": ("libvirt.c", "identity.c", "trapped.c", "ktap.c", "guest.c"),
    "dpdk": ("dpdk.c", "identity.c", "ktap.c", "guest.c"),
    "inner": ("inner.c", "page.c", "identity.c", "guest.c"),
    "xen": ("xen.c", "page.c", "trapped.c", "ktap.c", "guest.c"),
    "multiboot": ("multiboot.c", "stub.S", "guest.c"),
}
CFLAGS = ("-O2", "-Wall", "-Wextra", "-static")
SELFTESTS = "tools/testing/selftests"
BADNESS = VM / "badness"

NODES = """\
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
dir /proc 0755 0 0
dir /sys 0755 0 0
dir /tmp 0755 0 0
"""


def run(command, what, env=None):
    try:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, env=env)
    except OSError as error:
        raise infra(f"{what}: {command[0]}: {error.strerror}") from None
    if done.returncode:
        raise infra(f"{what}: {shlex.join(map(str, command))} failed:\n"
                    f"{done.stdout[-2000:]}")
    return done.stdout


def program_dir(settings, scenario):
    return settings.build / "guest" / scenario.arch_name


def tests_source(settings):
    """The tests belong to the kernel under test; they need its lib.mk."""
    for source in (settings.kernel / SELFTESTS / "pci", VM.parent):
        if (source / "Makefile").is_file() and \
           (source.parent / "lib.mk").is_file():
            return source
    raise infra(f"{settings.kernel}: it has no {SELFTESTS}/pci; is the series "
                f"applied?")


def has_use(program, scenario):
    """Not every architecture has kexec_file_load(); here, one runs Xen."""
    if program == "firmware":
        return scenario.kexecs
    return program not in ("xen", "multiboot") or xen.wanted(scenario)


@functools.lru_cache(maxsize=None)
def build_program(cc, program, out):
    """Once, however many scenarios use it."""
    out.mkdir(parents=True, exist_ok=True)
    run([cc, *CFLAGS, "-o", out / program,
         *(VM / source for source in PROGRAMS[program])],
        f"cannot build {program}")


def build_programs(settings, scenario):
    cc, _ = compiler(scenario.arch)
    for program in PROGRAMS:
        if has_use(program, scenario):
            build_program(cc, program, program_dir(settings, scenario))


def tests(scenario):
    return [*scenario["tests.run"], *scenario["tests.during"].split(),
            *scenario["tests.first"].split(), *scenario.event_tests]


def test_program(out, test):
    if shell.is_script(test):
        return shell.path(test)
    return out / test if test in PROGRAMS else out / "tests" / test


@functools.lru_cache(maxsize=None)
def make_tests(source, out, cross_compile):
    out.mkdir(parents=True, exist_ok=True)
    run(["make", "-s", "-C", source, f"OUTPUT={out}",
         f"CROSS_COMPILE={cross_compile}", "USERLDFLAGS=-static", "all"],
        "cannot build the tests")


def build_tests(settings, scenario):
    if not tests(scenario):
        return
    source = tests_source(settings)
    out = program_dir(settings, scenario) / "tests"
    make_tests(source, out, scenario.arch.cross_compile)
    for test in tests(scenario):
        if not test_program(out.parent, test).is_file():
            raise infra(f"{scenario.path}: [tests] run = {test}: {source} has "
                        f"no such program")


def build(settings, scenario):
    build_programs(settings, scenario)
    build_tests(settings, scenario)


def need(path):
    if not path.is_file():
        raise infra(f"{path}: missing; run: vmtest.py build")
    return path


def runs_program(settings, scenario):
    return settings.program and is_native(scenario)


def libraries(program, what, env=None):
    text = run(["ldd", program], what, env)
    missing = re.findall(r"(\S+) => not found", text)
    if missing:
        raise infra(f"{what}: {program}: not found: {', '.join(missing)}")
    return {name: (Path(name), "0755")
            for name in re.findall(r"(/\S+) \(0x", text)}


def program_files(settings):
    """The program as /program, and its libraries where it looks for them."""
    program = settings.program[0]
    return {"/program": (Path(program), "0755"),
            **libraries(program, f"VM_PROGRAM={program}")}


def directories(names):
    return sorted({str(above) for name in names
                   for above in PurePosixPath(name).parents} - {"/"})


def pack(image, target, files):
    """files: path in the initramfs -> (path here, mode)"""
    listing = target.with_suffix(".list")
    listing.write_text(NODES + "".join(
        f"dir {path} 0755 0 0\n"
        for path in directories(files)) + "".join(
        f"file {name} {need(path)} {mode} 0 0\n"
        for name, (path, mode) in files.items()))
    with open(target, "wb") as out:
        done = subprocess.run([image.gen_init_cpio, listing], stdout=out,
                              stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise infra(f"{listing}: {done.stderr}")
    return target


def shell_files(settings):
    """Scripts' programs and their libraries, where they are on this system"""
    files = shell.files(settings)
    for name in shell.PROGRAMS:
        files.update(libraries(files[f"/bin/{name}"][0], name))
    return files


def inner_guest(image, out, target):
    initrd = pack(image, target.with_suffix(".inner"),
                  {"/init": (out / "inner", "0755")})
    return {"/inner/kernel": (image.kernel, "0644"),
            "/inner/initrd": (initrd, "0644")}


def is_native(scenario):
    return scenario.arch.linux == platform.machine()


def package_groups(scenario):
    """Of scripts/packages.txt, beyond what each scenario needs"""
    if xen.wanted(scenario):
        yield "xen"
    if libvirt.tested(scenario) or dpdk.tested(scenario) or \
            scenario["tests.inner"] and not is_native(scenario):
        yield "guests"
    if scenario.arch_name in ("i386", "ppc64", "riscv64") or \
            "clang" in scenario["kernel"] or \
            scenario["firmware"] in ("uefi", *uboot.NAMES):
        yield "all"


def inner_qemu(settings, scenario):
    """This system's, or Debian's for another architecture"""
    if is_native(scenario):
        qemu = inner.qemu(scenario.arch)
        return {**inner.files(qemu),
                **libraries(qemu, "a guest in the guest")}
    root = foreign.root(settings, scenario.arch_name)
    return foreign.files(root, {
        "/inner/qemu": foreign.find(root, f"usr/bin/{scenario.arch.qemu}")})


def xen_files(settings, image, out, target):
    """Xen's programs, their libraries where they would be installed, a guest"""
    files = xen.programs(settings)
    for program, _ in list(files.values()):
        found = libraries(program, "Xen", xen.environment(settings))
        files.update({xen.at_home(settings, path): (path, mode)
                      for path, mode in found.values()})
    return {**files, **xen.data(settings), **inner_guest(image, out, target)}


def initramfs(settings, scenario, image, inner_image, target):
    out = program_dir(settings, scenario)
    files = {"/init": (out / "init", "0755"), "/badness": (BADNESS, "0644")}
    for test in tests(scenario):
        files[f"/tests/{test}"] = (test_program(out, test), "0755")
    if runs_program(settings, scenario):
        files.update(program_files(settings))
    if any(map(shell.is_script, tests(scenario))):
        files.update(shell_files(settings))
    if scenario.events:
        path = target.with_name("events")
        path.write_text(events.file_text(scenario))
        files["/events"] = (path, "0644")
    if scenario["tests.inner"]:
        files.update(inner_qemu(settings, scenario))
        files.update(inner_guest(inner_image, out, target))
    if libvirt.tested(scenario):
        files.update(libvirt.files(settings, scenario))
    if dpdk.tested(scenario):
        files.update(dpdk.files(settings, scenario))
    if xen.wanted(scenario):
        files.update(xen_files(settings, image, out, target))
    return pack(image, target, files)


def stage(settings, scenario, earlier, then, target):
    """
    What starts another kernel: earlier is the image to do so, then (image,
    initramfs, file with the command line).
    """
    image, initrd, cmdline = then
    files = {
        "/init": (program_dir(settings, scenario) / "firmware", "0755"),
        "/kernel": (image.kernel, "0644"),
        "/initrd": (initrd, "0644"),
        "/cmdline": (cmdline, "0644")}
    if xen.wanted(scenario):
        files.update(xen_first(settings, scenario, target))
    if scenario["tests.first"] and target.name == "initrd-kexec":
        files["/first"] = (test_program(program_dir(settings, scenario),
                                        scenario["tests.first"]), "0755")
    return pack(earlier, target, files)


def xen_first(settings, scenario, target):
    """What multiboot.c needs to start Xen"""
    cmdline = target.with_name("xen-cmdline")
    cmdline.write_text(" ".join(scenario["xen.cmdline"].split()))
    hypervisor = xen.hypervisor(settings, target.with_name("xen"))
    return {"/multiboot": (program_dir(settings, scenario) / "multiboot",
                           "0755"),
            "/xen": (hypervisor, "0644"), "/xen-cmdline": (cmdline, "0644")}
