# SPDX-License-Identifier: BSD-2-Clause
"""Waiting for events, always with a limit and a message that says what did not happen."""
import os
import select
import time


class Timeout(AssertionError):
    pass


def wait_for(condition, seconds, what, interval=0.02):
    """Calls `condition` until it answers something true, and answers that; `what` (a text, or a
    function that makes one) says what is wrong when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Timeout(f"after {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(interval)


def read_until(pipe, text, seconds):
    """Reads a process's pipe until `text` appears."""
    deadline, got = time.monotonic() + seconds, b""
    while text not in got:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise Timeout(f"within {seconds:g} s: no '{text.decode()}' in: {got.decode()!r}")
        more = os.read(pipe.fileno(), 4096)
        if not more:
            raise Timeout(f"ended before '{text.decode()}': {got.decode()!r}")
        got += more
    return got
