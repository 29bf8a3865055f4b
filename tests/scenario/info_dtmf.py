# SPDX-License-Identifier: BSD-2-Clause
"""INFO inside a call (RFC 6086, and the old DTMF forms): application/dtmf-relay and application/dtmf
cross both ways with their bodies, the answer comes back, refusals too; by policy INFO is not passed."""
from tests.support.lab import ADDRESS, Lab
from tests.support.peer_checks import assert_one_dialog, requests
from tests.support.peer_pair import PeerPair, changed, final_of

TIMEOUT = 300

FORMS = (("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), ("application/dtmf", "5"))


def run():
    with Lab() as lab:
        pair = PeerPair(lab, {"manual": ["INFO"]}, {"manual": ["INFO"]})
        near, far = pair.call()
        for one, other in ((near, far), (far, near)):
            for kind, text in FORMS:
                one.request_of("INFO", body=text, content_type=kind)
                got = other.expect("INFO")
                assert got.text == text and got.header("content-type") == kind, got.text
                other.respond(200, method="INFO")
                final_of(one, "INFO", 200)
            one.request_of("INFO", body="odd", content_type="application/x-odd")
            other.expect("INFO")
            other.respond(415, method="INFO", headers=["Accept: application/dtmf-relay"])
            refusal = final_of(one, "INFO", 415)
            assert "dtmf-relay" in refusal.header("accept")
        pair.end(near, far)
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            assert_one_dialog(pair.wire(side))
            assert ADDRESS[other].encode() not in pair.captures[side].raw()
        pair.check_wires()

    with Lab(changed(pbx={"pass_in_dialog": []}, carrier={"pass_in_dialog": []})) as lab:
        pair = PeerPair(lab)
        near, far = pair.call()
        near.request_of("INFO", body=FORMS[0][1], content_type=FORMS[0][0])
        answer = near.expect_final("INFO")
        assert answer.status in (403, 405, 469, 501), str(answer)
        pair.end(near, far)
        assert not requests(pair.wire("carrier"), "INFO"), "INFO crossed against the policy"
