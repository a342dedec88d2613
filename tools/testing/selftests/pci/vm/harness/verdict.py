# SPDX-License-Identifier: GPL-2.0
"""How a run can end.  Anything but PASS is a failure."""

from enum import Enum


class Verdict(Enum):
    """The value is the exit code."""

    PASS = 0
    FAIL = 1
    INVALID = 2     # the control did not share: the run proves nothing
    TIMEOUT = 3
    INFRA = 4       # the harness could not do its work


class Stop(Exception):
    """Nothing more can be learned from this run."""

    def __init__(self, verdict, message):
        super().__init__(message)
        self.verdict = verdict


def infra(message):
    return Stop(Verdict.INFRA, message)
