# SPDX-License-Identifier: BSD-2-Clause
"""What the scenarios of transfer share: the third end of the call, and the progress that NOTIFY
reports (RFC 3515 2.4.4, RFC 3420)."""
from tests.support.calls import TONE
from tests.support.media import MediaEndpoint
from tests.support.peer_pair import PORT
from tests.support.wait import Timeout

THIRD_PORT = 45000  # audio of the carrier side's second end
THIRD_TONE = 697


class Voices:
    """Media endpoints of the PBX's end and of two ends on the carrier's side."""

    def __init__(self, lab):
        self.pbx = MediaEndpoint(lab, "pbx", PORT["pbx"], TONE["pbx"])
        self.first = MediaEndpoint(lab, "carrier", PORT["carrier"], TONE["carrier"])
        self.second = MediaEndpoint(lab, "carrier", THIRD_PORT, THIRD_TONE)

    def assert_first_and_second_talk(self):
        assert self.second.hears(TONE["carrier"]), "the target does not hear the transferee"
        assert self.first.hears(THIRD_TONE), "the transferee does not hear the target"


def progress(call, seconds=10.0):
    """The NOTIFYs of a REFER up to the one that ends the subscription: the status of each sipfrag."""
    seen = []
    while True:
        notify = call.expect("NOTIFY", seconds)
        assert notify.header("event").split(";")[0].strip() == "refer", notify.header("event")
        assert notify.header("content-type").startswith("message/sipfrag"), str(notify.headers)
        words = notify.text.split()
        assert words[0] == "SIP/2.0", notify.text
        seen.append(int(words[1]))
        if notify.header("subscription-state").startswith("terminated"):
            return seen


def newest_place(call):
    """Where the newest offer in that call wants media."""
    place = call.request.media()
    while True:
        try:
            place = call.expect("INVITE", 0.2).media() or place
        except Timeout:
            return place[:2]
