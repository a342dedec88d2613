# SPDX-License-Identifier: GPL-2.0
"""
Two cards driven by DPDK: what it needs from Debian, and whether a packet gets from
one to the other.
"""

import re

from . import foreign

DRIVERS = "usr/lib/*-linux-gnu/dpdk/pmds-*/lib{}.so.*.*"
PLUGINS = ("rte_net_virtio", "rte_mempool_ring")
FORWARDS = re.compile(r" *# forwards: (yes|no)")
SAID = re.compile(r" *# dpdk: (.*)")


def tested(scenario):
    return bool(scenario["dpdk.cards"])


def parameters(scenario):
    """What dpdk.c has to know"""
    if not tested(scenario):
        return []
    return ["vm.dpdk=" + ",".join(scenario["dpdk.cards"]),
            f"vm.dpdk_from={scenario['dpdk.from']}"]


def files(settings, scenario):
    """path in the initramfs -> (path here, mode)"""
    root = foreign.root(settings, scenario.arch_name)
    programs = {"/dpdk/testpmd": foreign.find(root, "usr/bin/dpdk-testpmd")}
    for name in PLUGINS:
        programs[f"/dpdk/lib{name}.so"] = \
            foreign.find(root, DRIVERS.format(name))
    return foreign.files(root, programs)


# checks

def said(view):
    return [match[1] for match in view.said(SAID)]


def verdict(view):
    return next((match[1] for match in view.said(FORWARDS)), "nobody tried")


def goes_without(run):
    """off: DPDK goes without the BAR, and can't use the cards"""
    view, words = run.views["off"], run.scenario["dpdk.off_says"]
    if verdict(view) != "no":
        yield f"forwards: {verdict(view)}"
    if not any(words in line for line in said(view)):
        yield f"it does not say: {words}"


def forwards(run):
    """on: DPDK forwards packets from one card to the other"""
    if verdict(run.views["on"]) != "yes":
        yield f"forwards: {verdict(run.views['on'])}"
        yield from said(run.views["on"])[-10:]
