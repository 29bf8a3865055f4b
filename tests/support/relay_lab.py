# SPDX-License-Identifier: BSD-2-Clause
"""Namespaces, veth pairs and a real relay process for the relay's scenario tests."""
import ctypes
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def command(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def in_namespace(name, action):
    """Runs action() on a thread inside a network namespace; sockets made there stay there."""
    result = []

    def body():
        with open(f"/run/netns/{name}", "rb") as file:
            if LIBC.setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns {name}")
        result.append(action())

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    return result[0]


class Lab:
    """<prefix>-sbc between <prefix>-a (198.18.8.0/24, fd00:8::/64) and <prefix>-b (198.18.9.0/24, fd00:9::/64)."""

    SIDES = {"a": ("198.18.8", "fd00:8::"), "b": ("198.18.9", "fd00:9::")}

    def __init__(self):
        build = os.environ.get("LAB_BUILD", os.path.join(ROOT, "build", "release"))
        self.binary = os.path.join(build, "bin", "portcullis-mediarelay")
        self.prefix = os.environ.get("LAB_PREFIX", "pcr")
        self.directory = tempfile.mkdtemp(prefix="portcullis-relay-")
        self.socket = f"{self.directory}/run/relay.sock"
        self.process = None
        self.log = open(f"{self.directory}/relay.log", "wb")

    def ns(self, name): return f"{self.prefix}-{name}"

    def __enter__(self):
        # A runner that gives up ends the test by SIGTERM: leave nothing behind then either.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.down_namespaces()
        for name in ("sbc", "a", "b"):
            command("ip", "netns", "add", self.ns(name))
            command("ip", "-n", self.ns(name), "link", "set", "lo", "up")
        for side, (v4, v6) in self.SIDES.items():
            command("ip", "link", "add", f"m-{side}", "netns", self.ns("sbc"), "type", "veth",
                "peer", "name", f"m-{side}", "netns", self.ns(side))
            for name, host in (("sbc", 1), (side, 2)):
                command("ip", "-n", self.ns(name), "addr", "add", f"{v4}.{host}/24", "dev", f"m-{side}")
                command("ip", "-n", self.ns(name), "addr", "add", f"{v6}{host}/64", "dev", f"m-{side}", "nodad")
                command("ip", "-n", self.ns(name), "link", "set", f"m-{side}", "up")

        return self

    def __exit__(self, kind, *_):
        if self.process is not None: self.kill(signal.SIGKILL)
        self.down_namespaces()
        self.log.close()
        if kind is not None:
            with open(f"{self.directory}/relay.log", errors="replace") as log: print(log.read())
        shutil.rmtree(self.directory)

    def down_namespaces(self):
        for name in ("sbc", "a", "b"):
            subprocess.run(["ip", "netns", "del", self.ns(name)], stderr=subprocess.DEVNULL)

    def document(self, driver="af_xdp", port_min=20000, port_max=20999, **relay):
        pools = []
        for side, (v4, v6) in self.SIDES.items():
            for family, address in (("4", f"{v4}.1"), ("6", f"{v6}1")):
                pools.append({"name": f"{side}{family}", "realm": side, "interface": side,
                              "address": address, "port_min": port_min, "port_max": port_max})
        return json.dumps({
            "realms": [{"name": side} for side in self.SIDES],
            "media_interfaces": [{"name": side, "device": f"m-{side}", "driver": driver}
                                 for side in self.SIDES],
            "media_pools": pools, "relay": relay})

    def start(self, *arguments):
        """Starts the relay; returns the milliseconds until it said READY."""
        notify_path = f"{self.directory}/notify"
        if os.path.exists(notify_path): os.unlink(notify_path)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(notify_path)
        notify.settimeout(10)
        begin = time.monotonic()
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.ns("sbc"), self.binary, "--state-dir",
             f"{self.directory}/state", "--socket", self.socket, *arguments],
            env={**os.environ, "NOTIFY_SOCKET": notify_path}, stdout=self.log, stderr=self.log)
        assert notify.recv(100) == b"READY=1"
        elapsed = (time.monotonic() - begin) * 1000
        notify.close()
        return elapsed

    def kill(self, number):
        self.process.send_signal(number)
        code = self.process.wait(10)
        self.process = None
        return code

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def phone(self, side, family=4, port=0):
        v4, v6 = self.SIDES[side]
        address = f"{v4}.2" if family == 4 else f"{v6}2"
        kind = socket.AF_INET if family == 4 else socket.AF_INET6

        def make():
            made = socket.socket(kind, socket.SOCK_DGRAM)
            made.bind((address, port))
            made.settimeout(1.0)
            return made
        return in_namespace(self.ns(side), make)

    def capture(self, side, expression):
        file = f"{self.directory}/{side}-{time.monotonic_ns()}.txt"
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.ns(side), "tcpdump", "-nn", "-l", "-i", f"m-{side}", expression],
            stdout=open(file, "wb"), stderr=subprocess.PIPE)
        # tcpdump says "listening on" once it sees packets.
        while b"listening" not in process.stderr.readline(): pass
        return process, file

    @staticmethod
    def captured(capture):
        process, file = capture
        time.sleep(0.3)
        process.terminate()
        process.wait()
        with open(file) as text: return [line for line in text.read().splitlines() if line]

    def xdp_attached(self, side):
        text = subprocess.run(["ip", "-n", self.ns("sbc"), "-d", "link", "show", f"m-{side}"],
                              check=True, capture_output=True, text=True).stdout
        return "prog/xdp" in text

    def filter_present(self):
        return subprocess.run(["ip", "netns", "exec", self.ns("sbc"), "nft", "list", "table", "inet",
                               "portcullis_media"], capture_output=True).returncode == 0


def rtp(sequence, payload=b"\xd5" * 160, ssrc=0x1234, kind=0):
    return struct.pack(">BBHII", 0x80, kind, sequence & 0xffff, (sequence * 160) & 0xffffffff, ssrc) + payload


def local(phone): return phone.getsockname()[:2]
