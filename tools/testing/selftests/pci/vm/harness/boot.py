# SPDX-License-Identifier: GPL-2.0
"""
One boot of one kernel: the directory it leaves holds all that was seen, and
the command that does it again.
"""

import contextlib
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from . import devicetree, dpdk, events, guest, inner, uboot, xen
from .arch import CHANNEL, CONSOLE, TO_FILE
from .kernel import Image
from .layout import RESULT
from .qmp import Closed, Late, Qmp
from .verdict import Stop, Verdict, infra

# The guest's clock counts its instructions (32 ns each, no waiting when idle),
# so that a busy host can't delay its timers, which could make it panic.  With 16
# ns each, a kernel that does a lot at each tick gets other work done, too; with 4
# ns, a hypervisor and its guests.  QEMU's powernv can't count them.
CLOCKS = {"instructions": ("-icount", "shift=5,sleep=off"),
          "fast": ("-icount", "shift=4,sleep=off"),
          "faster": ("-icount", "shift=2,sleep=off"), "host": ()}
ALWAYS = "loglevel=8 printk.time=0 panic=-1 oops=panic"
TRACE = "trace.log"
FILE, MORE, LAST_WORDS = "#file:", "#+", events.LAST_WORDS
ROM = "rom.bin"     # for romfile=: an expansion ROM smaller than a page
DISK = "disk.bin"   # for file=: ../../drivers_test.c knows what is on it
RUNNING = set()     # QEMUs, to end them on Ctrl-C whichever thread started them
NOTHING = "# no result: the guest did not get there\n"
CRASHES = (signal.SIGABRT, signal.SIGSEGV)


class Crashed(Stop):
    """QEMU has a bug of its own."""


@dataclass(frozen=True)
class Boot:
    name: str           # stock, off, on
    dir: Path
    image: Image
    first: Image        # of the first stage, if there is one
    inner: Optional[Image] = None   # of a guest in the guest, likewise


# what to start

def marks(scenario):
    """The trace has to show where one kernel ends and user space starts."""
    return "vm.trace=yes" if scenario.traced else ""


def trace_args(scenario):
    if not scenario.traced:
        return ()
    return ("-trace", "pci_cfg_read", "-trace", "pci_cfg_write", "-D", TRACE)


def command_line(settings, scenario, boot):
    ports = scenario.ports
    words = [f"console={ports.console}", ALWAYS, f"vm.result={ports.result}"]
    if scenario["tests.run"]:
        words.append("vm.tests=" + ",".join(scenario["tests.run"]))
    if guest.runs_program(settings, scenario):
        words.append("vm.program=" + ",".join(settings.program[1:]))
    if scenario["tests.during"]:
        words.append("vm.during=" + scenario["tests.during"])
    words += inner.parameters(scenario)
    words += dpdk.parameters(scenario)
    words += xen.parameters(scenario, boot.name)
    words += [marks(scenario), scenario["cmdline.more"],
              scenario["cmdline.all"], scenario["cmdline.kernel"]]
    if boot.name == "on":
        words.append(scenario["cmdline.on"])
    return " ".join(" ".join(words).split())


def first_command_line(scenario):
    return " ".join([
        f"console={scenario.ports.first or scenario.ports.console}", ALWAYS,
        f"vm.layout={scenario['layout']}", f"vm.decode={scenario['decode']}",
        f"vm.rom={scenario['rom']}",
        marks(scenario), scenario["cmdline.all"],
        scenario["cmdline.firmware"]])


def stages(settings, scenario, boot):
    """What starts before the kernel under test: (name, image, command line)"""
    if scenario["kexec"] == "yes":
        yield "kexec", boot.image, (
            f"{command_line(settings, scenario, boot)} vm.layout=keep")
    if scenario.firmware.first_stage:
        yield "first", boot.first, first_command_line(scenario)


def payload(settings, scenario, boot):
    """(kernel, initramfs, command line) that QEMU is to load"""
    image, name = boot.image, "cmdline"
    initrd = guest.initramfs(settings, scenario, image, boot.inner or image,
                             boot.dir / "initrd")
    cmdline = command_line(settings, scenario, boot)
    for stage, earlier, words in stages(settings, scenario, boot):
        (boot.dir / name).write_text(cmdline)
        initrd = guest.stage(settings, scenario, earlier,
                             (image, initrd, boot.dir / name),
                             boot.dir / f"initrd-{stage}")
        image, name, cmdline = earlier, f"cmdline-{stage}", words
    (boot.dir / name).write_text(cmdline)
    return image.kernel, initrd, cmdline


def loads(scenario, boot, kernel, initrd, cmdline):
    if uboot.used(scenario):
        return uboot.args(scenario, boot.dir, kernel, initrd, cmdline)
    return ["-kernel", str(kernel), "-initrd", initrd.name, "-append", cmdline]


def qemu_command(scenario, channel, loaded):
    command = [scenario.arch.qemu, "-nodefaults", "-no-user-config",
               "-display", "none", "-accel", "tcg",
               *CLOCKS[scenario["qemu.clock"]],
               *scenario.arch.cpu, *scenario.firmware_args,
               *scenario["qemu.args"], *scenario["qemu.more"],
               "-chardev", f"{channel},id=result", *scenario.ports.args,
               *trace_args(scenario),
               "-qmp", "stdio", "-no-reboot", "-no-shutdown", *loaded]
    for name, device in scenario.devices.items():
        driver, _, properties = device.partition(",")
        command += ["-device", ",".join(
            filter(None, [driver, f"id={name}", properties]))]
    return command


def write_script(path, command):
    """Run by hand, nobody looks at the stopped QEMU: let it exit."""
    path.write_text("#!/bin/sh\n"
                    "# The same boot again. Arguments go to QEMU.\n"
                    "# No events happen: nobody answers the guest.\n"
                    'cd "$(dirname "$0")" || exit\n'
                    f"exec {shlex.join(command)} \\\n"
                    '\t-action shutdown=poweroff "$@"\n')
    path.chmod(0o755)


def rom_image():
    size = 2048
    return (b"\x55\xaa" + bytes([size // 512])).ljust(size, b"\0")


def disk_image():
    return b"the first sector of a disk\n".ljust(1 << 20, b"\0")


def prepare(boot):
    """Nothing left from an earlier run may be taken for a result."""
    if boot.dir.exists():
        shutil.rmtree(boot.dir)
    boot.dir.mkdir(parents=True)
    for name in (CONSOLE, CHANNEL, RESULT):
        (boot.dir / name).write_text(NOTHING)
    (boot.dir / ROM).write_bytes(rom_image())
    (boot.dir / DISK).write_bytes(disk_image())
    shutil.copy(boot.image.config, boot.dir / ".config")


# running it

def tail(path, lines=20):
    text = path.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"  {line}" for line in text)


def drive(process, scenario, boot):
    qmp = Qmp(process, time.monotonic() + scenario["timeout"])
    with events.Channel(boot.dir, boot.dir / CHANNEL) as channel:
        qmp.others.append(channel)
        events.serve(qmp, channel, boot.dir)
        qmp.save_view(boot.dir)     # QEMU stands still
        try:
            qmp.command("quit")
        except Closed:
            pass


def went_away(process, scenario, boot):
    status = process.wait()
    error = (boot.dir / "qemu-stderr").read_text(errors="replace").strip()
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    kind = Crashed if -status in CRASHES else Stop
    return kind(Verdict.INFRA, f"{scenario.name}/{boot.name}: "
                f"{scenario.arch.qemu} exited on its own, {how}: "
                f"{error or 'it said nothing'} (again: "
                f"{boot.dir / 'qemu-cmd'})")


def last_seen(scenario, boot, verdict, what):
    console = boot.dir / CONSOLE
    return Stop(verdict, f"{scenario.name}/{boot.name}: {what}; the end of "
                f"{console}:\n{tail(console)}")


def timed_out(scenario, boot):
    return last_seen(scenario, boot, Verdict.TIMEOUT,
                     f"still running after {scenario['timeout']} s")


def no_verdict(scenario, boot):
    return last_seen(scenario, boot, Verdict.FAIL,
                     "the guest ended without a verdict")


def start(scenario, boot, command):
    with open(boot.dir / "qemu-stderr", "w", encoding="utf-8") as stderr:
        try:
            return subprocess.Popen(command, cwd=boot.dir, stderr=stderr,
                                    stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE)
        except OSError as error:
            raise infra(f"{command[0]}: {error.strerror}; on Debian it is in "
                        f"{scenario.arch.package}") from None


def run_qemu(scenario, boot, command):
    process = start(scenario, boot, command)
    RUNNING.add(process)
    try:
        drive(process, scenario, boot)
    except Closed:
        raise went_away(process, scenario, boot) from None
    except Late:
        raise timed_out(scenario, boot) from None
    finally:
        process.kill()
        with contextlib.suppress(BrokenPipeError), process:
            RUNNING.discard(process)


def kill_all():
    for process in list(RUNNING):
        process.kill()


def split_channel(directory):
    """Lines that are dumps of files go back into files."""
    files, rest, name = {}, [], None
    text = (directory / CHANNEL).read_text(errors="replace")
    for line in text.splitlines():
        if line.startswith(FILE):
            name, _, content = line[len(FILE):].partition(" ")
            files.setdefault(name, []).append(content + "\n")
        elif name and line.startswith(MORE):
            files[name].append(line[len(MORE):] + "\n")
        else:
            rest.append(line + "\n")
    (directory / RESULT).write_text("".join(rest))
    for name, lines in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines))


def run_well(settings, scenario, boot):
    """For callers that check nothing else: the guest's own checks have to pass."""
    run(settings, scenario, boot)
    if (boot.dir / RESULT).read_text().splitlines()[-1] != LAST_WORDS + "PASS":
        raise last_seen(scenario, boot, Verdict.FAIL,
                        f"the guest failed, see {boot.dir / RESULT}")


def run(settings, scenario, boot):
    prepare(boot)
    loaded = loads(scenario, boot, *payload(settings, scenario, boot))
    more = devicetree.args(scenario, boot.dir)
    write_script(boot.dir / "qemu-cmd",
                 qemu_command(scenario, TO_FILE, loaded) + more)
    run_qemu(scenario, boot,
             qemu_command(scenario, events.CHARDEV, loaded) + more)
    split_channel(boot.dir)
    last = (boot.dir / RESULT).read_text().splitlines()[-1:]
    if not last or not last[0].startswith(LAST_WORDS):
        raise no_verdict(scenario, boot)
