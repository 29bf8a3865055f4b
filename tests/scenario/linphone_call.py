# SPDX-License-Identifier: BSD-2-Clause
"""linphone and Sofia-SIP call each other through the appliance: audio both ways, linphone's hold and
resume, hang-up from each side."""
from tests.support import tone
from tests.support.capture import Capture
from tests.support.lab import Lab
from tests.support.linphone import MEDIA_PORT, Linphone
from tests.support.media import MediaEndpoint
from tests.support.sofia_peer import SofiaPeer, talk_sdp

NUMBER = "+4930123456"
TONE = {"linphone": 1004, "sofia": 425}  # Hz


def talk(phone, wav, media, capture):
    """Both speak; each must have been heard, on the wire of linphone's side and by the other end."""
    phone.play(wav)
    assert media.hears(TONE["linphone"], 50), "the PBX does not hear linphone"
    media.wait_received(50)
    # linphone may name its IPv6 address in SDP, so only the port says which stream it is.
    to_phone = [s for s in capture.stop().rtp() if s.target[1] == MEDIA_PORT["carrier"]]
    share = max((s.tone_share(TONE["sofia"]) for s in to_phone), default=0)
    assert share > 0.9, f"linphone was not sent the PBX's tone ({share:.2f})"


def hold_and_resume(phone, number, far, media):
    phone.pause()
    assert far.expect("INVITE").media()[2] == "sendonly"
    far.accept(talk_sdp(far.peer, media.port, "recvonly", 2))
    phone.expect("Paused")
    phone.resume(number)
    offer = far.expect("INVITE")
    assert offer.media()[2] == "sendrecv"
    far.accept(talk_sdp(far.peer, media.port, None, 3))
    phone.expect("StreamsRunning")


def run():
    with Lab() as lab:
        wav = tone.wav_file(lab.folder, TONE["linphone"], 20)
        pbx, phone = SofiaPeer(lab, "pbx"), Linphone(lab, "carrier")
        media = MediaEndpoint(lab, "pbx", 31000, TONE["sofia"])

        capture = Capture(lab, "carrier")
        caller = pbx.invite(NUMBER, talk_sdp(pbx, media.port))
        number = phone.expect("IncomingReceived")
        phone.answer()
        media.play(caller.expect(200).media()[:2])
        phone.expect("StreamsRunning")
        talk(phone, wav, media, capture)
        hold_and_resume(phone, number, caller, media)
        caller.bye()
        phone.expect("End")
        lab.wait_calls(0)

        capture = Capture(lab, "carrier")
        phone.call("+4940555")
        callee = pbx.incoming()
        callee.ring()
        phone.expect("OutgoingRinging")
        callee.accept(talk_sdp(pbx, media.port))
        media.play(callee.request.media()[:2])
        phone.expect("StreamsRunning")
        talk(phone, wav, media, capture)
        phone.terminate()
        callee.expect("BYE")
        lab.wait_calls(0)
        assert [r["released_by"] for r in lab.wait_records(2)] == ["a", "a"]
