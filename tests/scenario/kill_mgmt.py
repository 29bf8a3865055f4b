# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of the management daemon during a call: audio and signaling go on, the call ends well and
leaves its record; with mgmt down, killed daemons start from their last good configuration."""
from tests.support.calls import Call
from tests.support.lab import Lab
from tests.support.wait import wait_for


def run():
    with Lab() as lab:
        call = Call(lab)
        old = lab.kill("mgmt")
        call.assert_audio()
        call.reinvite(call.a, call.b, call.a.sdp("sendonly"), call.b.sdp("recvonly"))
        call.reinvite(call.a, call.b, call.a.sdp(), call.b.sdp())
        call.assert_audio()
        lab.wait_restarted("mgmt", old)
        lab.sh("api", "GET", "/system/status")
        lab.wait_calls(1)
        call.hang_up(call.b)
        record = lab.wait_records(1)[0]
        assert record["sip_code"] == 200 and record["released_by"] == "b", record
        lab.wait_calls(0)

        lab.sh("stop-daemon", "mgmt", "--kill")
        for daemon in ("mediarelay", "signaling"):
            lab.wait_restarted(daemon, lab.kill(daemon))
        wait_for(lambda: "relay_connected" in lab.log("signaling").rpartition("event=started")[2], 10,
                 "signaling did not find the relay again")
        again = Call(lab, parties=(call.a, call.b))
        again.assert_audio()
        again.hang_up()
        lab.sh("start-daemon", "mgmt")
        assert len(lab.wait_records(2)) == 2
