# SPDX-License-Identifier: GPL-2.0
"""A scenario: one small INI file, on top of the machine that it names."""

import configparser
import dataclasses
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Tuple

from . import chaos, events
from .arch import ARCHES, FIRMWARES, PORTS
from .settings import VM
from .verdict import Verdict, infra

BOOTS = ("stock", "off", "on")
CONFIGS = tuple(sorted(p.stem for p in (VM / "configs").glob("*.config")))


def text(value):
    return value


def text_lines(value):
    return [line for line in value.splitlines() if line]


def number(value):
    if not value.isdigit():
        raise ValueError("a number")
    return int(value)


def positive(value):
    if not value.isdigit() or not int(value):
        raise ValueError("a number above 0")
    return int(value)


def words(value):
    return value.split()


def arguments(value):
    return shlex.split(value, comments=True)


def one_of(*valid):
    def check(value):
        if value not in valid:
            raise ValueError("one of " + ", ".join(valid))
        return value
    return check


def some_of(*valid):
    def check(value):
        if not value.split() or not set(value.split()) <= set(valid):
            raise ValueError("some of " + ", ".join(valid))
        return value.split()
    return check


def fragments(value):
    """x86_64-debug is base.config, x86_64.config and debug.config."""
    parts = value.split("-")
    if parts[0] not in ARCHES or not set(parts) <= set(CONFIGS):
        raise ValueError(f"one of {', '.join(ARCHES)}, and after it any of "
                         f"{', '.join(CONFIGS)}, joined by -")
    return value


def optional(check):
    return lambda value: check(value) if value else ""


# section -> key -> (check, default); None: the key has to be there
SCHEMA = {
    "scenario": {
        "about": (text, None),
        "machine": (words, None),   # machines/NAME.conf, and what is to be changed in
                                    # it, machines/THAT.conf: read first
        "kernel": (fragments, None),
        "firmware": (one_of(*FIRMWARES), None),
        "layout": (one_of("keep", "isolate", "pack", "zero", "overlap", "low"),
                   "keep"),         # see ../firmware.c
        "decode": (one_of("keep", "on", "off"), "keep"),
        "rom": (one_of("keep", "on"), "keep"),  # expansion ROMs enabled?
        "kexec": (one_of("yes", "no"), "no"),   # then it starts itself by kexec
        "boots": (some_of(*BOOTS), " ".join(BOOTS)),
        "timeout": (positive, "120"),     # seconds, each boot
        "trace": (one_of("yes", "no"), "no"),   # of accesses to config space
        "report": (one_of("yes", "no"), "no"),  # is it in vmtest.py report
        "core": (one_of("yes", "no"), "yes"),   # in make test, not only test-all
    },
    "qemu": {
        "args": (arguments, ""),
        "more": (arguments, ""),        # on top of the machine's args
        "clock": (one_of("instructions", "fast", "faster", "host"),
                  "instructions"),      # see boot.py
        "ports": (one_of("", *PORTS), ""),      # other than the arch's own
    },
    "cmdline": {
        "all": (text, ""),
        "on": (text, "pci=passthrough_align"),
        "more": (text, ""),             # of a variant; "all" comes after it
        "firmware": (text, ""),         # of the first stage, on top of "all"
        "kernel": (text, ""),           # of the kernel under test, likewise
    },
    "chaos": {                  # events that are drawn, after those in [events]
        "seeds": (chaos.seeds, ""),     # a sequence of each: 1-10, or 3 7
        "rests": (positive, "4"),       # in each, where all views have to agree
        "slots": (words, ""),           # to plug cards into, BUS:ADDR
    },
    "tests": {
        "run": (words, ""),             # programs in ../, without arguments
        "during": (text, ""),           # one that runs while [events] happen
        "first": (text, ""),            # one that runs before kexec = yes
        "inner": (words, ""),   # drivers, the first device of each of which a
                                # KVM guest in the guest gets
    },
    "inner": {                  # that guest
        "kernel": (optional(fragments), ""),    # if not the one under test
        "cmdline": (words, "pci=passthrough_align"),
        "options": (text, ""),  # DRIVER:OPTIONS of QEMU's vfio-pci, for one of them
    },
    "dpdk": {
        "cards": (words, ""),   # BDFs of two network cards that it gets
        "from": (text, ""),     # of one that stays, on the first one's link
        "off_says": (text, ""), # what it says about a BAR that it can't have
    },
    "xen": {                    # under the kernel under test, which is dom0's
        "cmdline": (text, ""),  # Xen's own; none: no Xen
        "give": (words, ""),    # BDFs of devices to give to HVM guests: those of one
                                # are joined with +
        "aligns": (words, "off on"),    # boots in which the guests have the parameter
        "cycles": (number, "0"),        # first give and take them this often
    },
    "expect": {
        "control_shares": (number, "1"),    # this many BARs share in "off"
        "firmware_shares": (number, "0"),   # ... and as firmware left them
        "ignored": (one_of("yes", "no"), "no"),     # "on" is like "off"
        "needless": (one_of("yes", "no"), "no"),    # "off" is as good as "on"
        "may_share": (words, ""),       # devices whose BARs may share in "on"
        "stay": (words, ""),            # ... and which may not move, either
        "resized": (words, ""),         # devices with BARs made larger by Linux
        "windows": (one_of("stay", "any"), "stay"),     # of bridges, in "on"
        "more_share": (words, ""),      # events that make more share, in "off"
        "moves": (words, ""),           # events after which BARs may be moved, or
                                        # EVENT:ID+ID: only those of these devices
        "resets": (words, ""),          # devices that events reset
        "log": (text_lines, ""),        # each is in a line of the log of "on"
        # Other than PASS: a test of the harness, which has to see it
        "verdict": (one_of(*Verdict.__members__), "PASS"),
        "words": (text, ""),                # ... and these with it
    },
}
# ... and sections with keys of one's own: the ids of QEMU devices, names of
# events in the order in which they happen, and nodes of the device tree
FREE = ("devices", "drivers", "dtb", "events")


@dataclass(frozen=True)
class Scenario:
    path: Path
    values: Dict[Tuple[str, str], object]
    devices: Dict[str, str]     # id -> what to give to -device
    drivers: Dict[str, str]     # id -> the driver it must be bound to
    dtb: List[List[str]]        # node, property, its cells; or a node to make
    events: Dict[str, List[str]]    # name -> what is done; see ../events.c

    @property
    def name(self):
        return self.path.stem

    def __getitem__(self, key):
        section, _, name = key.rpartition(".")
        return self.values[section or "scenario", name]

    @property
    def hot_added(self):
        return hot_added(self.events)

    @property
    def event_tests(self):
        """Programs that events run."""
        return [action.split()[1] for actions in self.events.values()
                for action in actions
                if action.split()[0] in ("test", "start")]

    @property
    def asks(self):
        """In "on", isolate_test asks for pages, not the parameter."""
        return "ISOLATE=" in self["cmdline.on"]

    def isolated_in(self, state):
        """Do small BARs have their pages in "on", in this state?"""
        isolated = not self.asks
        for name, actions in self.events.items():
            isolated |= "test isolate_test" in actions
            if self.asks and "test rescan_test" in actions:
                isolated = False
            if name == state:
                return isolated
        return not self.asks

    def may_move(self, event):
        """After it: names of devices, or None for all of them."""
        for word in self["expect.moves"]:
            name, colon, devices = word.partition(":")
            if name == event:
                return set(devices.split("+")) if colon else None
        return set()

    def chaos(self):
        """What there is before the first event"""
        return chaos.state_of(self.devices, self.drivers, self["chaos.slots"])

    def steps(self, seeds):
        return chaos.draw_all(self.chaos(), seeds, self["chaos.rests"])

    def with_steps(self, steps):
        """Events as [events] has them, and what they let move"""
        happen, moves = chaos.render(self.chaos(), steps)
        key = ("expect", "moves")
        return dataclasses.replace(
            self, events={**self.events, **happen},
            values={**self.values, key: self.values[key] + moves})

    @property
    def traced(self):
        return self["trace"] == "yes" or bool(self["expect.resets"])

    @property
    def kexecs(self):
        return self.firmware.first_stage or self["kexec"] == "yes"

    @property
    def expected(self):
        return Verdict[self["expect.verdict"]]

    @property
    def arch_name(self):
        return self["kernel"].split("-")[0]

    @property
    def arch(self):
        return ARCHES[self.arch_name]

    @property
    def ports(self):
        return PORTS[self["qemu.ports"] or self.arch.ports]

    @property
    def firmware(self):
        return FIRMWARES[self["firmware"]]

    @property
    def firmware_args(self):
        return self.firmware.args[self.arch_name]


def new_parser():
    parser = configparser.ConfigParser(interpolation=None,
                                       delimiters=("=",),
                                       comment_prefixes=("#",))
    parser.optionxform = str
    return parser


def read_into(parser, path):
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except OSError as error:
        raise infra(f"{path}: {error.strerror}") from None
    except (configparser.Error, UnicodeDecodeError) as error:
        raise infra(f"{path}: {error}") from None


def named_file(what, where, name):
    path = VM / where / f"{name}.conf"
    if not path.is_file():
        valid = sorted(p.stem for p in path.parent.glob("*.conf"))
        raise infra(f"{what}{name}: unknown; choose from {', '.join(valid)}")
    return path


def machine_files(parser, path):
    if not parser.has_option("scenario", "machine"):
        raise infra(f"{path}: [scenario] has no 'machine'")
    for name in words(parser["scenario"]["machine"]):
        yield named_file(f"{path}: [scenario] machine = ", "machines", name)


def parse(path, variant):
    """The machine and its changes, on top the scenario, on top the variant."""
    alone = new_parser()
    read_into(alone, path)
    both = new_parser()
    for machine in machine_files(alone, path):
        read_into(both, machine)
    both.read_dict(alone)
    if variant:
        kernel = both.get("scenario", "kernel", fallback="")
        read_into(both, named_file("VM_VARIANT=", "variants", variant))
        more = both.get("scenario", "kernel", fallback="")
        if more.startswith("-"):    # on top of the scenario's own
            both["scenario"]["kernel"] = kernel.removesuffix(more) + more
    return both


def check_names(parser, path):
    valid = [*SCHEMA, *FREE]
    for section in parser.sections():
        if section not in valid:
            raise infra(f"{path}: unknown section [{section}]; choose from "
                        f"{', '.join(valid)}")
        for key in parser[section]:
            if section in SCHEMA and key not in SCHEMA[section]:
                raise infra(f"{path}: [{section}] unknown key '{key}'; choose "
                            f"from {', '.join(SCHEMA[section])}")


def value_of(parser, path, section, key):
    check, default = SCHEMA[section][key]
    value = parser.get(section, key, fallback=default)
    if value is None:
        raise infra(f"{path}: [{section}] has no '{key}'")
    try:
        return check(value)
    except ValueError as error:
        raise infra(f"{path}: [{section}] {key} = {value}: "
                    f"has to be {error}") from None


def free_section(parser, section):
    return dict(parser[section]) if parser.has_section(section) else {}


def read_event(path, name, value):
    try:
        events.check_name(name)
        return events.actions(value)
    except ValueError as error:
        raise infra(f"{path}: [events] {name}: has to be {error}") from None


def read_events(path, section):
    return {name: read_event(path, name, value)
            for name, value in section.items()}


def read_dtb(path, section):
    for key, value in section.items():
        if not re.fullmatch(r'\S+( \S+ =([0-9a-f ]*|"[^" ]+")| =)', f"{key} ={value}"):
            raise infra(f"{path}: [dtb] {key} = {value}: has to be a node, a property "
                        'and its cells in hexadecimal or a "string", or a node')
        yield [*key.split(), *value.split()]


def hot_added(happen):
    """IDs of devices that events add."""
    return re.findall(r"device_add .*?\bid=([^,\s]+)", "\n".join(
        action for actions in happen.values() for action in actions))


def check_known(path, what, names, known):
    for name in names:
        if name not in known:
            raise infra(f"{path}: {what}: {name}: unknown; choose from "
                        f"{', '.join(known) or 'none'}")


def check_firmware(path, scenario):
    valid = [name for name, firmware in FIRMWARES.items()
             if scenario.arch_name in firmware.args]
    if scenario["firmware"] not in valid:
        raise infra(f"{path}: [scenario] firmware = {scenario['firmware']}: "
                    f"not on {scenario.arch_name}, which has "
                    f"{', '.join(valid)}")


def check_slots(path, scenario):
    for slot in scenario["chaos.slots"]:
        bus, colon, addr = slot.partition(":")
        if not colon or not re.fullmatch("[0-9a-f]{1,2}", addr) or \
                bus not in (*scenario.devices, *chaos.ROOT_BUSES[1:]):
            raise infra(f"{path}: [chaos] slots = {slot}: has to be the name of a "
                        f"bus, : and a number in hexadecimal")
    if scenario["chaos.seeds"] and not scenario["chaos.slots"]:
        raise infra(f"{path}: [chaos] seeds without slots to plug cards into")


def buses(device):
    """Names in the path of the bus that a device is on."""
    bus = re.search(r",bus=([^,]*)", device)
    return set(re.split("[./]", bus[1])) if bus else set()


def taken_out(devices):
    """A device without a value is removed, with whatever is plugged into it."""
    gone, more = set(), {key for key, value in devices.items() if not value}
    while more:
        gone |= more
        more = {key for key, value in devices.items()
                if buses(value) & more} - gone
    return gone


def without(section, gone):
    return {key: value for key, value in section.items()
            if value and key not in gone}


def load(path, variant="", draw=True):
    path = Path(path)
    parser = parse(path, variant)
    check_names(parser, path)
    values = {(section, key): value_of(parser, path, section, key)
              for section, keys in SCHEMA.items() for key in keys}
    devices = free_section(parser, "devices")
    drivers = free_section(parser, "drivers")
    happen = read_events(path, free_section(parser, "events"))
    check_known(path, "[drivers]", drivers, devices)
    come = hot_added(happen)
    for key, known in (("may_share", [*devices, *come]), ("stay", devices),
                       ("resized", devices), ("resets", devices),
                       ("more_share", happen), ("moves", happen)):
        check_known(path, f"[expect] {key}", [
            name.partition(":")[0] for name in values["expect", key]], known)
    gone = taken_out(devices)
    scenario = Scenario(path, values, without(devices, gone),
                     without(drivers, gone),
                     list(read_dtb(path, free_section(parser, "dtb"))), happen)
    check_firmware(path, scenario)
    check_slots(path, scenario)
    if not draw:
        return scenario
    return scenario.with_steps(scenario.steps(scenario["chaos.seeds"]))


def all_paths() -> List[Path]:
    return sorted((VM / "scenarios").glob("*.conf"))
