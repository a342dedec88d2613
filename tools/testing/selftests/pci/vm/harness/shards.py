# SPDX-License-Identifier: GPL-2.0
"""
A fair share of the scenarios for each of several hosts.  Each host builds
the kernels that its scenarios need, which takes longer than most scenarios.
"""

import re

from .settings import VM
from .verdict import infra

RECORDED = VM / "seconds"       # as a run left it on an idle host
UNKNOWN = 30
KERNEL = 400    # seconds to build one
OTHERS = 600    # what is not a scenario goes with share 1


def recorded():
    lines = RECORDED.read_text().splitlines()
    return {name: int(seconds) for name, seconds in map(str.split, lines)}


def seconds(scenario, known):
    return known.get(scenario.name, UNKNOWN)


def wanted(text):
    """(which, of how many), both from 1"""
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    if not match or int(match[1]) > int(match[2]):
        raise infra(f"shard {text}: has to be K/N, the Kth of N")
    return int(match[1]), int(match[2])


def deal(scenarios, count):
    """The longest first, each to the host that finishes it soonest."""
    known = recorded()
    shards = [[] for _ in range(count)]
    kernels = [set() for _ in range(count)]
    load = [OTHERS] + [0] * (count - 1)
    for scenario in sorted(scenarios, key=lambda s: (-seconds(s, known), s.name)):
        cost = [load[i] + seconds(scenario, known) +
                KERNEL * (scenario["kernel"] not in kernels[i])
                for i in range(count)]
        best = cost.index(min(cost))
        load[best] = cost[best]
        kernels[best].add(scenario["kernel"])
        shards[best].append(scenario)
    return shards


def take(scenarios, text):
    which, count = wanted(text)
    return deal(scenarios, count)[which - 1]
