# SPDX-License-Identifier: BSD-2-Clause
"""What a caller hears and sees before the answer, by policy, while two forks of the far side play: the
latest early dialog, the first for good, or none (the trunk's `early_media`); and one early dialog for all
forks where the caller's realm can live with no more (`single_early_dialog`). The answer is heard always."""
from tests.support.calls import NUMBER, TONE, Party
from tests.support.lab import Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_pair import changed
from tests.support.wait import wait_for

SHARDS = (1,)
OTHER_TONE = 1750  # Hz, of the second fork


class Forks:
    """A caller, and a far side whose INVITE has reached two phones, each with a tone of its own."""

    def __init__(self, lab):
        self.lab = lab
        self.a, self.one = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        self.two = Party(lab, "carrier", 43000, agent=self.one.agent)
        self.two.media.stop()
        self.two.media = MediaEndpoint(lab, "carrier", 43002, OTHER_TONE)
        self.a.dialog = self.a.agent.invite(NUMBER, self.a.sdp())
        self.invite = self.one.agent.expect("INVITE")

    def rings(self, phone, tag, status=183):
        """That phone plays, and says so; the caller's view of it."""
        self.one.agent.respond(self.invite, status, sdp=phone.sdp(), tag=tag)
        phone.play_to(self.invite)
        return self.a.agent.expect(status)

    def hears(self, tone):
        """Until the caller hears that tone and no other; what was under way before is let by."""
        wait_for(lambda: self.a.media.hears(tone, 10), 5, f"the caller does not hear {tone} Hz")
        assert self.a.media.hears(tone, 25), f"the caller does not hear {tone} Hz only"

    def hears_nothing(self, phone):
        """The caller gets none of what that phone sends meanwhile."""
        before, sent = self.a.media.count(), phone.media.sent
        wait_for(lambda: phone.media.sent >= sent + 50, 5, "the phone does not play")
        assert self.a.media.count() == before, "early media was heard against the policy"

    def answered(self, phone, tag, tone):
        """That phone answers and is heard alone; then the call is ended. The caller's 200."""
        self.one.agent.accept(self.invite, phone.sdp(), tag=tag)
        answer = self.a.agent.expect(200, call_id=self.a.dialog.call_id)
        self.a.dialog.ack(answer)
        self.one.agent.expect("ACK", 5, self.invite.call_id)
        self.a.play_to(answer)
        self.hears(tone)
        assert phone.media.hears(TONE["pbx"]), "the phone does not hear the caller"
        self.a.dialog.request("BYE")
        bye = self.one.agent.expect("BYE", 5, self.invite.call_id)
        assert bye.tag("to") == tag, (bye.tag("to"), tag)
        self.one.agent.respond(bye, 200, "OK")
        self.a.agent.expect(lambda m: m.method == "BYE" and m.status == 200)
        self.lab.wait_calls(0)
        return answer


def with_policy(policy):
    return Lab(changed(carrier={"early_media": policy}))


def latest():
    with with_policy("latest") as lab:
        forks = Forks(lab)
        first = forks.rings(forks.one, "one")
        forks.hears(TONE["carrier"])
        second = forks.rings(forks.two, "two")
        assert first.body and second.body and first.tag("to") != second.tag("to")
        forks.hears(OTHER_TONE)
        forks.answered(forks.one, "one", TONE["carrier"])


def first_for_good():
    with with_policy("first") as lab:
        forks = Forks(lab)
        first = forks.rings(forks.one, "one")
        forks.hears(TONE["carrier"])
        second = forks.rings(forks.two, "two")
        assert first.body and not second.body, "the second fork's media was offered"
        assert first.tag("to") != second.tag("to"), "it is an early dialog all the same"
        forks.hears(TONE["carrier"])
        answer = forks.answered(forks.two, "two", OTHER_TONE)
        assert answer.tag("to") == second.tag("to") and answer.body


def none():
    """Ringing is seen, as it came, but no session description; nothing is heard before the answer."""
    with with_policy("none") as lab:
        forks = Forks(lab)
        for tag, phone, status in (("one", forks.one, 183), ("two", forks.two, 180)):
            seen = forks.rings(phone, tag, status)
            assert not seen.body and not seen.all("content-type"), seen.headers
            forks.hears_nothing(phone)
        assert not forks.a.media.count()
        forks.answered(forks.one, "one", TONE["carrier"])


def single_early_dialog():
    """One To tag and one description, with whatever phone is heard; so it is in the answer."""
    def change(document):
        document["realms"][0]["single_early_dialog"] = True
    with Lab(change) as lab:
        forks = Forks(lab)
        agent = forks.one.agent
        agent.respond(forks.invite, 180, "Ringing", tag="three")
        ringing = forks.a.agent.expect(180)
        first = forks.rings(forks.one, "one")
        forks.hears(TONE["carrier"])
        second = forks.rings(forks.two, "two", 182)  # a second 183 would look like a repeated one
        forks.hears(OTHER_TONE)
        assert ringing.tag("to") == first.tag("to") == second.tag("to"), "more than one early dialog"
        assert not ringing.body and first.body == second.body, "two answers in one dialog"
        answer = forks.answered(forks.one, "one", TONE["carrier"])
        assert answer.tag("to") == first.tag("to") and answer.body == first.body


def run():
    latest()
    first_for_good()
    none()
    single_early_dialog()
