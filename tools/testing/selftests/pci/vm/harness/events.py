# SPDX-License-Identifier: GPL-2.0
"""
Events: what a scenario lets happen to the devices while the guest runs.  The
guest goes through them and asks here for what only the host can do; the other
half of this is ../events.c.
"""

import os
import re
import select
import socket

from .qmp import Closed

SOCKET = "channel.socket"
CHARDEV = f"socket,path={SOCKET},server=on,wait=off"
ASK, LOOK = "#ask: ", "look "
LAST_WORDS = "# guest: "
PATIENCE = 1            # seconds
BEFORE = "before"       # the name of the state before the first event
# What the guest does itself, and how many words that has
WORDS = {"write": 2, "try": 2, "read": 1, "wait": 1, "gone": 1, "test": 1,
         "start": 1, "stop": 1}


# what a scenario says

def check_name(name):
    """Directories are named after it."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in (BEFORE, "guest"):
        raise ValueError("named with a-z, 0-9 and -")


def repeated(lines):
    """Repeat the lines after "times N", up to "stop" or the end."""
    words = [line.split(" ", 1)[0] for line in lines]
    if "times" not in words:
        return lines
    begin = words.index("times")
    number = lines[begin][6:]
    if not number.isdigit():
        raise ValueError("'times' and a number")
    end = words.index("stop", begin) if "stop" in words[begin:] else len(lines)
    return lines[:begin] + lines[begin + 1:end] * int(number) + lines[end:]


def actions(value):
    """The actions of an event, one per line, or ValueError."""
    lines = repeated([line for line in value.splitlines() if line])
    if not lines:
        raise ValueError("followed by one or more actions, one per line")
    for action in lines:
        first, *rest = action.split(" ", 2)
        if len(rest) < WORDS.get(first, 0):
            raise ValueError(f"'{first}' and {WORDS[first]} words")
    return lines


def names(scenario):
    """The states in which both sides have looked."""
    return [BEFORE, *scenario.events] if scenario.events else []


def file_text(scenario):
    """/events in the initramfs"""
    return "".join(f"{name} {action}\n"
                   for name, actions in scenario.events.items()
                   for action in actions)


# what the guest says

class Channel:
    """
    What comes from the guest goes to a file, and asks are picked out.  (QEMU
    could log to a file too, but logs twice what it can't write at once.)
    """

    def __init__(self, directory, log):
        self.asks, self.rest, self.ended = [], b"", False
        self.log = open(log, "wb")  # pylint: disable=consider-using-with
        self.socket = socket.socket(socket.AF_UNIX)
        where = os.open(directory, os.O_PATH)
        try:    # a socket's path may not be long
            self.socket.connect(f"/proc/self/fd/{where}/{SOCKET}")
        finally:
            os.close(where)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.log.close()

    def fileno(self):
        return self.socket.fileno()

    def receive(self):
        """False: there is nothing more to come."""
        try:
            data = self.socket.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        self.take(data)
        return bool(data)

    def take(self, data):
        self.log.write(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.ended |= any(line.startswith(LAST_WORDS.encode()) for line in lines)
        self.asks += [line[len(ASK):].decode(errors="replace")
                      for line in lines if line.startswith(ASK.encode())]

    def drain(self):
        """The guest has ended; QEMU may have to catch up."""
        while not self.ended and select.select([self], [], [], PATIENCE)[0] \
                and self.receive():
            pass

    def answer(self, text):
        try:
            self.socket.sendall(text.encode() + b"\n")
        except ConnectionError:
            raise Closed from None


# what the host does

def until_gone(qmp, device):
    """
    The guest has a say in it, and may need some seconds.  (DEVICE_DELETED comes
    when QEMU has freed the device, and with -icount that may be never.)
    """
    while device in qmp.pci_ids():
        if qmp.ended():
            return "the guest ended"
        qmp.wait(0.1)
    return "ok"


def act(qmp, action):
    """A line for QEMU's human monitor, which is silent if all is well."""
    said = " ".join(qmp.human(action).split())
    word, _, rest = action.partition(" ")
    if said or word != "device_del":
        return said or "ok"
    return until_gone(qmp, rest)


def serve(qmp, channel, directory):
    """Do what the guest asks for, until it ends."""
    while True:
        event = qmp.next_event(channel)
        if event is None:
            ask = channel.asks.pop(0)
            if ask.startswith(LOOK):
                qmp.save_view(directory / ask[len(LOOK):])
                channel.answer("ok")
            else:
                channel.answer(act(qmp, ask))
        elif event["event"] in qmp.ENDS:
            channel.drain()
            return
        elif event["event"] == "SUSPEND":
            qmp.command("system_wakeup")
