# SPDX-License-Identifier: GPL-2.0
"""Progress on stderr: a bar on a terminal, a line now and then elsewhere."""

import sys
import time

WIDTH = 40
SECONDS_BETWEEN_LINES = 15


class Progress:
    def __init__(self, what, total=0, out=sys.stderr):
        self.what, self.total, self.out = what, total, out
        self.start = self.last = time.monotonic()
        self.count = 0
        self.tty = out.isatty()
        self.show()

    def step(self):
        self.count += 1
        now = time.monotonic()
        if now - self.last >= (0.1 if self.tty else SECONDS_BETWEEN_LINES):
            self.last = now
            self.show()

    def line(self):
        if not self.total:
            return f"{self.what}: {self.count}" if self.count else self.what
        done = min(self.count / self.total, 0.99)
        if not self.tty:
            return f"{self.what}: {done:.0%}"
        filled = int(done * WIDTH)
        return f"{self.what} [{'#' * filled:<{WIDTH}}] {done:4.0%}"

    def show(self):
        start, end = ("\r", "") if self.tty else ("", "\n")
        print(f"{start}{self.line()}", end=end, file=self.out, flush=True)

    def done(self, result="done"):
        took = time.monotonic() - self.start
        start = "\r\033[K" if self.tty else ""
        print(f"{start}{self.what}: {result} ({took:.0f} s)", file=self.out,
              flush=True)
