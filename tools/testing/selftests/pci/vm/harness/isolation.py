# SPDX-License-Identifier: GPL-2.0
"""Which BARs share a page: enough of them in the control, and no small one "on"."""

from .layout import sharing
from .views import describe


def control_shares(run):
    """off: enough BARs share a page to prove something"""
    count = len(sharing(run.views["off"]))
    wanted = run.scenario["expect.control_shares"]
    if count < wanted:
        yield f"{count} BARs share a page, not {wanted} or more"


def more_share(run, view, before):
    """more BARs share a page than before"""
    if len(sharing(view)) <= len(sharing(before)):
        yield f"{len(sharing(before))} before, {len(sharing(view))} after"


def not_isolated(run, view):
    may = (*run.scenario["expect.may_share"], *run.scenario["expect.stay"])
    for key, others in sharing(view).items():
        bar = view.bars[key]
        if bar.small(view.page) and view.devices[bar.bdf].id not in may:
            yield f"{bar} at {bar.at}: {describe(others)}"


def isolated(run):
    """on: no small BAR shares a page"""
    yield from not_isolated(run, run.views["on"])


def isolated_anyway(run):
    """off: no small BAR shares a page, as Linux sees to that here"""
    yield from not_isolated(run, run.views["off"])
