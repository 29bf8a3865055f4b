#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Keeps one daemon of the lab running, as systemd does in production.

usage: supervise.py NAME RUN_DIR COMMAND...

A daemon that ends is started again after a back-off (50 ms, doubling to 2 s, back to 50 ms once it
has been up for 10 s). RUN_DIR/NAME.pid always names the running daemon and is absent while there is
none; RUN_DIR/NAME.supervisor names this process. Signals to the supervisor:
SIGTERM/SIGINT stop everything, SIGUSR1 stop the daemon and keep it down, SIGHUP kill -9 it and keep
it down, SIGUSR2 start it again.
"""
import ctypes
import os
import signal
import subprocess
import sys
import time

FIRST_DELAY = 0.05
LAST_DELAY = 2.0
STEADY_AFTER = 10.0
STOP_GRACE = 5.0
PR_SET_PDEATHSIG = 1
CONTROL = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP,
           signal.SIGCHLD}
LIBC = ctypes.CDLL(None, use_errno=True)


def in_child():
    """Runs between fork and exec: a clean signal mask, and death together with the supervisor."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


class Supervisor:
    def __init__(self, name, run_dir, command):
        self.name = name
        self.command = command
        self.pid_file = os.path.join(run_dir, name + ".pid")
        self.supervisor_file = os.path.join(run_dir, name + ".supervisor")
        self.daemon = None
        self.started = 0.0
        self.delay = FIRST_DELAY
        self.start_at = time.monotonic()  # None: stay down until told otherwise

    def say(self, text):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        print(f"{stamp}Z supervisor daemon={self.name} {text}", flush=True)

    def write_pid(self, path, pid):
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(f"{pid}\n")
        os.replace(path + ".new", path)

    def start(self):
        self.daemon = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, preexec_fn=in_child)
        self.started = time.monotonic()
        self.start_at = None
        self.write_pid(self.pid_file, self.daemon.pid)
        self.say(f"event=started pid={self.daemon.pid}")

    def reap(self):
        """Collects a daemon that ended by itself and plans its next start."""
        if self.daemon is None or self.daemon.poll() is None:
            return
        code = self.daemon.returncode
        self.forget()
        if time.monotonic() - self.started >= STEADY_AFTER:
            self.delay = FIRST_DELAY
        how = f"signal={-code}" if code < 0 else f"status={code}"
        self.say(f"event=ended {how} restart_in_ms={int(self.delay * 1000)}")
        self.start_at = time.monotonic() + self.delay
        self.delay = min(self.delay * 2, LAST_DELAY)

    def forget(self):
        self.daemon = None
        if os.path.exists(self.pid_file):
            os.unlink(self.pid_file)

    def stop(self, first):
        """Ends the daemon with signal `first`, then with SIGKILL, and keeps it down."""
        self.start_at = None
        if self.daemon is not None:
            self.daemon.send_signal(first)
            try:
                self.daemon.wait(STOP_GRACE)
            except subprocess.TimeoutExpired:
                self.say("event=killed reason=did-not-stop")
                self.daemon.kill()
                self.daemon.wait()
            self.forget()
        self.say("event=down")

    def run(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, CONTROL)
        self.write_pid(self.supervisor_file, os.getpid())
        while True:
            now = time.monotonic()
            if self.start_at is not None and now >= self.start_at:
                self.start()
            wait = 3600.0 if self.start_at is None else max(0.0, self.start_at - now)
            got = signal.sigtimedwait(CONTROL, wait)
            number = got.si_signo if got else None
            if number in (signal.SIGTERM, signal.SIGINT):
                self.stop(signal.SIGTERM)
                os.unlink(self.supervisor_file)
                return
            if number == signal.SIGUSR1:
                self.stop(signal.SIGTERM)
            elif number == signal.SIGHUP:
                self.stop(signal.SIGKILL)
            elif number == signal.SIGUSR2 and self.daemon is None:
                self.delay = FIRST_DELAY
                self.start_at = time.monotonic()
            self.reap()


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("usage: supervise.py NAME RUN_DIR COMMAND...")
    Supervisor(sys.argv[1], sys.argv[2], sys.argv[3:]).run()
