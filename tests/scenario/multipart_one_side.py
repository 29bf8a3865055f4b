# SPDX-License-Identifier: BSD-2-Clause
"""A body part that must be understood (RFC 3261 20.11), listed by the caller's trunk but not by the
callee's: it may not pass, so the call is refused with 415 and nothing of it is sent on, rather than
sent on without the part."""
from tests.scenario.multipart_body import Wire, description, isup
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import requests


def run():
    with Lab() as lab:
        wire = Wire(lab)
        wire.listed(["application/isup"], ())
        wire.refused("+49307", description("pbx"), isup(handling="required"))
        invites = requests(wire.captures["carrier"].sip(), "INVITE", SBC["carrier"])
        assert not invites, "sent on without the part it requires"
