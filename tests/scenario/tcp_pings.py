# SPDX-License-Identifier: BSD-2-Clause
"""Connections that we made are pinged as often as `keepalive_s` says (RFC 5626 4.4.1), each ping that is
answered followed by the next after that time."""
from tests.scenario.tcp_flows import call, over_tcp
from tests.support.lab import Lab
from tests.support.tcp_ua import TcpAgent
from tests.support.wait import wait_for


def run():
    with Lab(over_tcp) as lab:  # 1 s
        pbx, carrier = TcpAgent(lab, "pbx"), TcpAgent(lab, "carrier", 5060, listen=True)
        call(pbx, carrier, "+49301", pbx)
        wait_for(lambda: carrier.streams[0].pings >= 4, 9,
                 lambda: f"{carrier.streams[0].pings} pings within 9 s, one each second was asked for")
