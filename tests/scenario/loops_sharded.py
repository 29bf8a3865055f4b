# SPDX-License-Identifier: BSD-2-Clause
"""Our own INVITE that a proxy sends back unchanged is 482 with several shards as with one: whichever
shard made it, the request finds the call it came from."""
from tests.scenario.loops import Ends, unchanged
from tests.support.lab import Lab

SHARDS = (4,)
CALLS = 6  # each has a Call-ID of chance: not all may meet their shard by luck


def run():
    with Lab() as lab:
        ends = Ends(lab)
        for _ in range(CALLS):
            unchanged(ends)
        lab.wait_idle()
