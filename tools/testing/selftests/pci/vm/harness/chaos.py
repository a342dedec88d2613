# SPDX-License-Identifier: GPL-2.0
"""
Chaos: a scenario's [events], drawn from seeds.  Each step makes sense in the state
that is tracked here; one that no longer does, because earlier ones were left out, is
left out, too.  So a failing sequence can be shortened.
"""

import itertools
import random
import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Set, Tuple

SYSFS = "/sys/bus/pci"
ROOT_BUSES = ("", "pci.0", "pcie.0")
PORT = "pcie-root-port"
BRIDGES = (PORT, "pcie-pci-bridge", "pci-bridge")
REST = "test shares_page_test"
END = "end"         # the name of the event that puts everything back
STEPS = 4           # before a rest, at most
FUNCTIONS = 3       # of a card in a slot of PCI Express, at most
VFIO = "vfio-pci"

# Which BARs of QEMU's devices are small, or can be
BARS = {"i6300esb": (0,), "ivshmem-plain": (0,), "pci-ohci": (0,),
        "pci-testdev": (2,), "pcnet": (1,), "pvpanic-pci": (0,),
        "rtl8139": (1,), "sdhci-pci": (0,), "tpci200": (0, 2, 3), "tulip": (1,)}
# What is plugged in, and the driver it gets
CARDS = {"i6300esb": "i6300ESB timer",
         "i6300esb,romfile=rom.bin,romsize=2048": "i6300ESB timer",
         "pvpanic-pci": "pvpanic-pci", "sdhci-pci": "sdhci-pci",
         "tpci200": "tpci200", "edu": "", "pci-testdev,membar=64": "",
         "pci-testdev,membar=2K": "", "pcnet,romfile=": "pcnet32",
         "rtl8139,romfile=": "8139cp",
         "rtl8139,romfile=rom.bin,romsize=2048": "8139cp"}
NETWORK = ("pcnet", "rtl8139")
# How often each is drawn.  No suspend: one that ends before its last steps leaves
# windows of bridges as they were before they had addresses, in stock too.
WEIGHTS = {"plug": 5, "unplug": 3, "remove": 3, "rescan": 1, "unbind": 4,
           "bind": 2, "vfio": 2, "isolate": 6, "enable": 1, "disable": 1,
           "look": 2, "reset": 1}


@dataclass(frozen=True)
class Step:
    event: str
    what: str           # a method of State
    args: Tuple = ()


@dataclass
class Device:
    path: str
    files: Tuple[str, ...]      # resource0, rom: what may share a page
    own: str                    # driver; "": it has none
    above: str = ""             # the bridge's name, "" on the root bus
    bridge: bool = False
    resets: bool = False        # is it alone below a port?
    bound: str = ""
    there: bool = True          # False: removed by sysfs
    enabled: bool = False       # by sysfs


def properties(text):
    """-device's argument -> model, its properties"""
    model, *rest = text.split(",")
    return model, dict(part.partition("=")[::2] for part in rest)


def files(model, options):
    rom = ("rom",) if options.get("romfile") else ()
    return (*(f"resource{n}" for n in BARS.get(model, ())), *rom)


def place(addr):
    """QEMU's addr=3 or 0.1 in sysfs: 03.0, 00.1"""
    slot, _, function = addr.partition(".")
    return f"{int(slot, 16):02x}.{function or 0}"


@dataclass
class State:
    """What is where, as far as it is known without looking."""

    devices: Dict[str, Device] = field(default_factory=dict)
    slots: Dict[str, Tuple[str, ...]] = field(default_factory=dict)
    ports: Set[str] = field(default_factory=set)
    has_vfio: bool = False
    free: Set[str] = field(default_factory=set)     # devices that may have moved

    def path(self, bus, addr):
        if bus in ROOT_BUSES:
            return f"{SYSFS}/devices/0000:00:{place(addr)}"
        return f"{self.devices[bus].path}/*:{place(addr)}"

    def add(self, name, text, driver, alone=True):
        model, options = properties(text)
        bus, addr = options.get("bus", ""), options.get("addr", "")
        bridge = self.devices.get(bus)
        if bus not in ROOT_BUSES and not (bridge and bridge.bridge) or \
                not addr and bus not in self.ports:
            return      # nothing of PCI, or nothing that is known
        if model == PORT:
            self.ports.add(name)
        self.devices[name] = Device(
            self.path(bus, addr or "0"), files(model, options), driver,
            bus if bridge else "", model in BRIDGES,
            bus in self.ports and alone, driver)

    def below(self, name):
        """A device and everything behind it."""
        yield name
        for other, device in self.devices.items():
            if device.above == name:
                yield from self.below(other)

    def get(self, name, bridges=False) -> Optional[Device]:
        """None: it is not there, or a bridge."""
        device = self.devices.get(name)
        fits = device and device.there and (bridges or not device.bridge)
        return device if fits else None

    def unused(self, name):
        device = self.get(name)
        return device if device and not device.bound else None

    # steps: the lines, or None if it makes no sense

    def plug(self, slot, name, cards):
        bus, _, addr = slot.partition(":")
        if self.slots[slot] or bus not in ROOT_BUSES and \
                not self.get(bus, bridges=True):
            return None
        lines, waits = [], []
        # Function 0 comes last, and lets the guest see all of them
        for number, card in reversed(list(enumerate(cards))):
            function = f"{name}{'abc'[number]}"
            text = f"{card},id={function},bus={bus},addr={addr}.{number}"
            if number == 0 and len(cards) > 1:
                text += ",multifunction=on"
            if properties(card)[0] in NETWORK:
                lines.append(f"netdev_add hubport,id=net-{function},hubid=0")
                text += f",netdev=net-{function}"
            lines.append(f"device_add {text}")
            self.add(function, text, CARDS[card], alone=len(cards) == 1)
            waits += self.waits(function)
            self.slots[slot] = (function, *self.slots[slot])
        return lines + waits

    def unplug(self, slot):
        names = self.slots[slot]
        if not names or not all(map(self.get, names)):
            return None
        lines = [f"device_del {names[0]}",
                 *(f"gone {self.devices[name].path}" for name in names)]
        for name in names:
            del self.devices[name]
        self.slots[slot] = ()
        return lines

    def remove(self, name):
        device = self.get(name, bridges=True)
        if not device:
            return None
        for other in self.below(name):
            self.devices[other].there = False
        return [f"write {device.path}/remove 1", f"gone {device.path}"]

    def waits(self, name):
        device = self.devices[name]
        return [f"wait {device.path}/{'driver' if device.own else 'resource'}"]

    def rescan(self):
        lines = [f"write {SYSFS}/rescan 1"]
        for name, device in self.devices.items():
            if not device.there:
                lines += self.waits(name)
                device.there, device.enabled = True, False
                device.bound = device.own
                self.free.add(name)
        return lines

    def unbind(self, name):
        device = self.get(name)
        if not device or not device.bound:
            return None
        device.bound = ""
        return [f"write {device.path}/driver/unbind %",
                f"gone {device.path}/driver"]

    def bind_to(self, name, driver):
        device = self.unused(name)
        if not device or not driver:
            return None
        device.bound = driver
        return [f"write {device.path}/driver_override {driver}",
                f"write {device.path}/subsystem/drivers_probe %",
                f"wait {device.path}/driver"]

    def bind(self, name):
        device = self.get(name)
        return self.bind_to(name, device.own) if device else None

    def vfio(self, name):
        return self.bind_to(name, VFIO) if self.has_vfio else None

    def isolate(self, name, file):
        device = self.get(name)
        if not device:
            return None
        path = f"{device.path}/{file}_shares_page"
        if device.bound:
            return [f"try {path} 0"]
        self.free.add(name)
        return [f"write {path} 0", f"read {path} 0"]

    def set_enabled(self, name, wanted):
        device = self.unused(name)
        if not device or device.enabled == wanted:
            return None
        device.enabled = wanted
        self.free.add(name)
        return [f"write {device.path}/enable {int(wanted)}"]

    def enable(self, name):
        return self.set_enabled(name, True)

    def disable(self, name):
        return self.set_enabled(name, False)

    def look(self, name):
        device = self.get(name, bridges=True)
        if not device:
            return None
        # Not the ROM: rom.bin has nothing in it that Linux would take for one
        return [f"read {device.path}/{file}" for file in (
            "resource", "config", *(f"{f}_shares_page" for f in device.files))]

    def reset(self, name):
        device = self.unused(name)
        if not device or not device.resets:
            return None
        return [f"write {device.path}/reset 1"]

    # all is found again before a rest, and put back in the end

    def lost(self):
        return any(not device.there for device in self.devices.values())

    def put_back(self):
        if self.lost():
            yield "rescan", ()
        for slot, names in self.slots.items():
            if names:
                yield "unplug", (slot,)
        for name, device in list(self.devices.items()):
            if device.enabled:
                yield "disable", (name,)
            if device.bound != device.own:
                if device.bound:
                    yield "unbind", (name,)
                if device.own:
                    yield "bind", (name,)


def state_of(devices, drivers, slots):
    made = State(slots={slot: () for slot in slots},
                 has_vfio=any(text.startswith("intel-iommu")
                              for text in devices.values()))
    for name, text in devices.items():
        made.add(name, text, drivers.get(name, ""))
    return made


# drawing

def arguments(state, what, number, rng):
    """What a step could be done to; it need not make sense."""
    if what == "rescan":
        return ()
    if what in ("plug", "unplug"):
        slot = rng.choice(list(state.slots))
        if what == "unplug":
            return (slot,)
        express = slot.partition(":")[0] in state.ports
        count = rng.randint(1, FUNCTIONS) if express else 1
        return slot, f"c{number}", tuple(rng.choices(list(CARDS), k=count))
    name = rng.choice(list(state.devices))
    if what == "isolate":
        return name, rng.choice(state.devices[name].files or ("rom",))
    return (name,)


def fits(state, step):
    """A bridge has no file, for one, that is known here."""
    return step.what != "isolate" or step.args[1] in \
        getattr(state.devices.get(step.args[0]), "files", ())


def act(state, step):
    return getattr(state, step.what)(*step.args) if fits(state, step) else None


def draw_one(state, event, number, rng):
    while True:
        what, = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
        step = Step(event, what, arguments(state, what, number, rng))
        if act(state, step):
            return step


def draw(state, seed, rests) -> List[Step]:
    rng, numbers = random.Random(seed), itertools.count(1)
    steps = []
    for rest in range(1, rests + 1):
        event = f"s{seed}-{rest}"
        for _ in range(rng.randint(1, STEPS)):
            steps.append(draw_one(state, event,
                                  f"{seed}-{next(numbers)}", rng))
        if state.lost():
            steps.append(Step(event, "rescan"))
            state.rescan()
    return steps + put_back(state, f"s{seed}-{END}")


def put_back(state, event):
    steps = []
    for what, args in state.put_back():
        steps.append(Step(event, what, args))
        act(state, steps[-1])
    return steps


def draw_all(state, seeds, rests):
    return [step for seed in seeds for step in draw(state, seed, rests)]


# as [events]

def end_event(state, lines):
    if lines and state.lost():
        lines += state.rescan()
    return lines + [REST] if lines else []


def render(state, steps):
    """The events, and "EVENT:NAME+NAME" for those that let devices move."""
    happen, moves = {}, []
    groups = [(event, list(group)) for event, group in
              itertools.groupby(steps, lambda step: step.event)]
    for event, group in [*groups, (END, None)]:
        state.free = set()
        lines = [line for step in group or put_back_later(state)
                 for line in act(state, step) or ()]
        lines = end_event(state, lines)
        if lines:
            happen[event] = lines
        if state.free:
            moves.append(f"{event}:{'+'.join(sorted(state.free))}")
    return happen, moves


def put_back_later(state):
    """put_back() looks at what has become of the state meanwhile."""
    for what, args in state.put_back():
        yield Step(END, what, args)


# shortening

def without(steps, start, length):
    return steps[:start] + steps[start + length:]


def shorten(steps, fails):
    """Halves, then quarters, down to single steps, until each is needed."""
    length = max(len(steps) // 2, 1)
    while True:
        start, before = 0, len(steps)
        while start < len(steps):
            fewer = without(steps, start, length)
            if fewer and fails(fewer):
                steps = fewer
            else:
                start += length
        if length == 1 and len(steps) == before:
            return steps
        length = max(length // 2, 1)


def up_to(steps, failed):
    """Without what came after the first event that is in failed."""
    events = list(dict.fromkeys(step.event for step in steps))
    first = next((n for n, event in enumerate(events) if event in failed),
                 len(events) - 1)
    return [step for step in steps if step.event in events[:first + 1]]


def seeds(text):
    """1-10, or 3 7"""
    numbers = []
    for word in text.split():
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", word)
        if not match or int(match[2] or match[1]) < int(match[1]):
            raise ValueError("numbers, or FIRST-LAST")
        numbers += range(int(match[1]), int(match[2] or match[1]) + 1)
    return numbers
