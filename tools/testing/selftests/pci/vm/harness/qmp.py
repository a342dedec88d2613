# SPDX-License-Identifier: GPL-2.0
"""Just enough of the QEMU Machine Protocol, over QEMU's stdin and stdout."""

import json
import os
import select
import time


class Closed(Exception):
    """QEMU went away."""


class Late(Exception):
    """Nothing came in time."""


class Qmp:
    def __init__(self, process, deadline):
        self.input, self.output = process.stdin, process.stdout.fileno()
        self.deadline = deadline
        self.pending = b""
        self.events = []
        self.message()      # the greeting
        self.command("qmp_capabilities")

    def read(self):
        left = self.deadline - time.monotonic()
        ready, _, _ = select.select([self.output], [], [], max(left, 0))
        if not ready:
            raise Late
        data = os.read(self.output, 1 << 16)
        if not data:
            raise Closed
        self.pending += data

    def message(self):
        """GLib too says its last words there, if an assertion fails."""
        while True:
            while b"\n" not in self.pending:
                self.read()
            line, self.pending = self.pending.split(b"\n", 1)
            if line.startswith(b"{"):
                return json.loads(line)

    def command(self, name, **arguments):
        request = json.dumps({"execute": name, "arguments": arguments})
        try:
            self.input.write(request.encode() + b"\n")
            self.input.flush()
        except BrokenPipeError:
            raise Closed from None
        while True:
            reply = self.message()
            if "event" in reply:
                self.events.append(reply)
            elif "error" in reply:
                raise RuntimeError(f"{name}: {reply['error']['desc']}")
            else:
                return reply["return"]

    def human(self, line):
        return self.command("human-monitor-command",
                            **{"command-line": line})

    def wait_for(self, *names):
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] in names:
                    return event
            self.events.append(self.message())
