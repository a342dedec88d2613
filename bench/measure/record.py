# SPDX-License-Identifier: GPL-2.0
"""Results as data: JSON, with what they were measured on."""

import json
import subprocess

from harness import kernel

from . import BENCH, TOP, machines

RESULTS = BENCH / "results"


def output(*command):
    return subprocess.run(command, text=True, check=True,
                          capture_output=True).stdout.strip()


def commit():
    head = output("git", "-C", TOP, "rev-parse", "--short=12", "HEAD")
    # bench/ itself changes as it is recorded
    dirty = output("git", "-C", TOP, "status", "--porcelain", "--", ".",
                   ":(exclude)bench/results", ":(exclude)bench/*.md",
                   ":(exclude)bench/*.svg")
    return head + ("+" if dirty else "")


def base():
    words = dict(line.split(None, 1) for line in
                 (TOP / "BASE").read_text().splitlines()
                 if line.strip() and not line.startswith("#"))
    return {key: words[key] for key in ("version", "package") if key in words}


def kernels(settings):
    """Some measurements need none."""
    config = machines.load("bars")["kernel"]
    images = {name: kernel.find(kernel.for_boot(settings, config,
                                                stock=name == "stock"))
              for name in ("stock", "off")}
    return {name: image.id for name, image in images.items() if image}


def provenance(settings):
    return {
        "commit": commit(), "base": base(), "kernels": kernels(settings),
        "qemu": output("qemu-system-x86_64", "--version").splitlines()[0],
        "compiler": output("gcc", "--version").splitlines()[0],
    }


def path(name):
    return RESULTS / f"{name}.json"


def write(name, how, rows, made_with, complete=True):
    RESULTS.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(row, sort_keys=True) for row in rows)
    head = json.dumps({"how": how, "complete": complete, **made_with},
                      indent=1, sort_keys=True)
    path(name).write_text(f'{head[:-2]},\n "rows": [\n{lines}\n ]\n}}\n')


def read(name):
    """All of it, or None if that has not been measured yet."""
    try:
        return json.loads(path(name).read_text())
    except FileNotFoundError:
        return None
