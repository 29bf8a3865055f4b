# SPDX-License-Identifier: BSD-2-Clause
"""Two sides joined by a wire, without an appliance between them: where peers are tested against each
other, so that a broken peer is not taken for a broken appliance."""
import atexit
import itertools
import os
import shutil
import subprocess
import tempfile

from tests.support.lab import ADDRESS, ADDRESS6

SIDES = ("pbx", "carrier")


class PeerLab:
    """What a peer asks of a Lab (namespaces, a folder, numbers, on_exit), and no daemons."""

    def __init__(self, prefix=None):
        self.prefix = prefix or os.environ.get("LAB_PREFIX", f"p{os.getpid() % 100000}")
        self.folder = tempfile.mkdtemp(prefix=f"portcullis-{self.prefix}-")
        self._exits, self._numbers = [], itertools.count(1)

    def namespace(self, side):
        return f"{self.prefix}-{side}"

    def command(self, side, *words):
        return ["ip", "netns", "exec", self.namespace(side), *words]

    def on_exit(self, action):
        self._exits.append(action)

    def next_number(self):
        return next(self._numbers)

    def __enter__(self):
        atexit.register(self._down)
        for side in SIDES:
            self._ip("netns", "add", self.namespace(side))
            self._ip("-n", self.namespace(side), "link", "set", "lo", "up")
        self._ip("-n", self.namespace("pbx"), "link", "add", "sbc0", "type", "veth",
                 "peer", "name", "sbc0", "netns", self.namespace("carrier"))
        for side in SIDES:
            name = self.namespace(side)
            self._ip("-n", name, "addr", "add", f"{ADDRESS[side]}/16", "dev", "sbc0")
            self._ip("-n", name, "addr", "add", f"{ADDRESS6[side]}/32", "dev", "sbc0", "nodad")
            self._ip("-n", name, "link", "set", "sbc0", "up")
            # Some peers ask the kernel which address they would use towards the world.
            self._ip("-n", name, "route", "add", "default", "dev", "sbc0")
            subprocess.run(self.command(side, "ethtool", "-K", "sbc0", "tx", "off"), check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, kind, error, trace):
        for stop in reversed(self._exits):
            stop()
        keep = os.environ.get("LAB_KEEP_LOGS")
        if keep and kind is not None:
            shutil.copytree(self.folder, os.path.join(keep, self.prefix), dirs_exist_ok=True)
        self._down()
        atexit.unregister(self._down)

    def _down(self):
        subprocess.run(["ip", "-n", self.namespace("pbx"), "link", "del", "sbc0"], check=False,
                       stderr=subprocess.DEVNULL)
        for side in SIDES:
            subprocess.run(["ip", "netns", "del", self.namespace(side)], check=False,
                           stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _ip(*words):
        subprocess.run(["ip", *words], check=True)
