# SPDX-License-Identifier: GPL-2.0
"""
What is moved, toggled, faked and lost until small BARs are isolated: ours
against other ways, on the same machines.  And how full a window can get.
"""

from harness import boot, config_space, kernel, layout
from harness.verdict import Stop, Verdict

from . import machines, ways

FIRMWARE = {"packed": {}, "seabios": {"scenario_firmware": "seabios",
                                      "scenario_layout": "keep",
                                      "scenario_decode": "keep"}}
WINDOW, E1000, BRIDGE = 1 << 20, 128 << 10, "pci-bridge,addr=2,chassis_nr=1"


LARGE = 7       # e1000, whose BAR has E1000 bytes
PAGE = 4096
SMALL_BARS = {"short": (32, 33), "all": (16, 31, 32, 33, 48)}


def q35(firmware):
    return machines.changed(machines.load("disturb"), f"disturb-{firmware}",
                            **FIRMWARE[firmware])


def full(number):
    devices = {"bridge": BRIDGE + ",shpc=off"}
    for i in range(LARGE):
        devices[f"large{i}"] = f"e1000,bus=bridge,addr={i + 1:x},romfile="
    for i in range(number):
        slot, function = divmod(i, machines.FUNCTIONS)
        devices[f"d{i}"] = (
            f"{machines.SMALL[i % 2]},multifunction=on,bus=bridge,"
            f"addr={LARGE + 1 + slot:x}.{function}")
    return machines.changed(machines.load("full"), f"full-{number}",
                            devices=devices)


# one boot

def image(settings, way, scenario):
    return kernel.need(ways.kernel_of(settings, way, scenario["kernel"]))


def run(settings, scenario, way, devices):
    first = kernel.need(kernel.for_boot(settings, scenario["kernel"]))
    this_boot = boot.Boot(way.name, settings.out / scenario.name / way.name,
                          image(settings, way, scenario), first)
    # "all" would go to the first stage, too
    boot.run_well(settings, machines.changed(
        scenario, scenario.name, cmdline_more=ways.words(way, devices)),
        this_boot)
    return layout.read(this_boot.dir)


def small_of(view):
    return {key: bar for key, bar in view.bars.items()
            if bar.small(view.page)}


def listed(view):
    """What a perfect list has; before the @ is the exponent of a page."""
    order = view.page.bit_length() - 1
    return [f"{order}@{bdf}" for bdf in sorted({bdf for bdf, _ in
                                                small_of(view)})]


# what came of it

def toggles(view):
    """How often memory decode goes off and on, of all devices."""
    before, during = config_space.split(view)
    return sum(config_space.toggles(before, during, bdf)
               for bdf in view.devices)


def placed(view):
    return {key: bar for key, bar in view.bars.items() if bar.assigned}


def moved(stock, view, keys):
    new = placed(view)
    return sum(key in new and new[key].at.start != stock.bars[key].at.start
               for key in keys)


def windows_changed(stock, view):
    return sum(a != b for bdf in stock.devices
               for a, b in zip(sorted_windows(stock, bdf),
                               sorted_windows(view, bdf)))


def sorted_windows(view, bdf):
    """The same number for each bridge, whatever is lost."""
    windows = sorted((w.start, w.end) for w in view.devices[bdf].windows)
    return windows + [None] * (4 - len(windows))


def window_bytes(view):
    return sum(w.end - w.start + 1 for device in view.devices.values()
               for w in device.windows)


def compare(stock, view):
    old, new = placed(stock), placed(view)
    small = {key for key in old if key in small_of(stock)}
    shared = layout.sharing(view)
    return {
        "small": len(small),
        "isolated": sum(key in new and key not in shared for key in small),
        "sharing": sum(key in shared for key in small),
        "lost": sum(key not in new for key in old),
        "small_moved": moved(stock, view, small),
        "large_moved": moved(stock, view, old.keys() - small),
        "windows_changed": windows_changed(stock, view),
        "faked_sizes": sum(key in new and new[key].size != old[key].size
                           for key in old),
        "decode_off": sum(stock.decodes(bdf) and not view.decodes(bdf)
                          for bdf in stock.devices),
        "toggles": toggles(view) - toggles(stock),
        "window_bytes": window_bytes(view),
    }


def measure_machine(settings, scenario, what):
    stock = None
    for way in ways.WAYS:
        view = run(settings, scenario, way, listed(stock) if stock else ())
        if stock is None:
            stock = view
        yield {**what, "way": way.name, **compare(stock, view)}
        if way == ways.STOCK and what.get("firmware") != "seabios" and \
           not layout.sharing(view):
            raise Stop(Verdict.INVALID, f"{scenario.name}: none shares a page "
                       f"in stock")


def measure(settings, _how):
    for firmware in FIRMWARE:
        yield from measure_machine(settings, q35(firmware),
                                   {"machine": "q35", "firmware": firmware})


def measure_full(settings, how):
    for number in SMALL_BARS[how]:
        yield from measure_machine(
            settings, full(number),
            {"machine": "full", "page": PAGE, "bars": number,
             "pages": (WINDOW - LARGE * E1000) // PAGE})


def build(settings):
    """Beside the usual two, a kernel for each way that takes one."""
    config = machines.load("disturb")["kernel"]
    for way in ways.WAYS:
        kernel.build(ways.kernel_of(settings, way, config))


def scenarios(_how):
    return [machines.load("disturb")]


def scenarios_full(_how):
    return [machines.load("full")]
