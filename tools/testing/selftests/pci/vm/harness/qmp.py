# SPDX-License-Identifier: GPL-2.0
"""Just enough of the QEMU Machine Protocol, over QEMU's stdin and stdout."""

import json
import os
import select
import time

from .verdict import infra

SOME_BYTES = 0.01       # seconds for them to come: a UART's come one by one


def flatten(buses):
    """All devices of query-pci."""
    for bus in buses:
        for device in bus["devices"]:
            yield device
            bridge = device.get("pci_bridge", {})
            yield from flatten([{"devices": bridge.get("devices", [])}])


class Closed(Exception):
    """QEMU went away."""


class Late(Exception):
    """Nothing came in time."""


class Qmp:
    ENDS = ("SHUTDOWN", "GUEST_PANICKED")

    def __init__(self, process, deadline):
        self.input, self.output = process.stdin, process.stdout.fileno()
        self.deadline = deadline
        self.pending = b""
        self.events = []
        self.others = []    # with fileno() and receive(): to read from too
        self.message()      # the greeting
        self.command("qmp_capabilities")

    def read(self):
        left = self.deadline - time.monotonic()
        ready, _, _ = select.select([self.output, *self.others], [], [],
                                    max(left, 0))
        if not ready:
            raise Late
        if ready != [self.output]:
            time.sleep(SOME_BYTES)
        for other in self.others[:]:
            if other in ready and not other.receive():
                self.others.remove(other)
        if self.output in ready:
            data = os.read(self.output, 1 << 16)
            if not data:
                raise Closed
            self.pending += data

    def waiting(self):
        """
        A message that has come, or None.  GLib's last words come here, too, if an
        assertion fails.
        """
        while b"\n" in self.pending:
            line, self.pending = self.pending.split(b"\n", 1)
            if line.startswith(b"{"):
                return json.loads(line)
        return None

    def message(self):
        while True:
            message = self.waiting()
            if message:
                return message
            self.read()

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
                raise infra(f"QMP: {name}: {reply['error']['desc']}")
            else:
                return reply["return"]

    def human(self, line):
        return self.command("human-monitor-command",
                            **{"command-line": line})

    def next_event(self, channel=None):
        """None: something is asked on the channel."""
        while True:
            if self.events:
                return self.events.pop(0)
            if channel and channel.asks:
                return None
            message = self.waiting()
            if message:
                self.events.append(message)
            else:
                self.read()

    def ended(self):
        return any(event["event"] in self.ENDS for event in self.events)

    def wait(self, seconds):
        if time.monotonic() > self.deadline:
            raise Late
        time.sleep(seconds)

    def pci_ids(self):
        """The names that devices were created with."""
        return {device["qdev_id"]
                for device in flatten(self.command("query-pci"))}

    def save_view(self, directory):
        """What QEMU decodes now, and where."""
        directory.mkdir(exist_ok=True)
        (directory / "query-pci.json").write_text(
            json.dumps(self.command("query-pci"), indent=1))
        (directory / "mtree.txt").write_text(self.human("info mtree -f -o"))
