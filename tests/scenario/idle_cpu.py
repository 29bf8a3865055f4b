# SPDX-License-Identifier: BSD-2-Clause
"""Idle, with no session and both ports open, the relay uses under 5 % of a core over 30 s."""
import time

from tests.support.lab import Lab

DRIVERS = ("af_xdp", "af_packet")
EXCLUSIVE = True
SPAN = 30.0


def run():
    with Lab() as lab:
        assert lab.metric("portcullis_media_sessions") == 0
        begin, before = time.monotonic(), lab.cpu_seconds("mediarelay")
        time.sleep(SPAN)
        share = (lab.cpu_seconds("mediarelay") - before) / (time.monotonic() - begin)
        print(f"the idle relay used {100 * share:.2f} % of a core")
        assert share < 0.05
