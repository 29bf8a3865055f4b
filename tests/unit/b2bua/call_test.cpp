// SPDX-License-Identifier: BSD-2-Clause
// The initial INVITE: set-up, early dialogs, CANCEL at every point, failover, late answers, ends.
#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;

class CallTest : public Harness {};

bool contains(const sip::Message& message, const std::string& text) {
    return message.bytes().find(text) != std::string_view::npos;
}

TEST_F(CallTest, CarriesACallAndHidesEachSideFromTheOther) {
    from_pbx(invite());
    const auto at_pbx = to_pbx();
    EXPECT_EQ(last(at_pbx, "100")->essentials().to_tag, "");
    const auto invite_b = last(to_carrier(), "INVITE");
    EXPECT_EQ(invite_b->request_uri_text(), "sip:4930123@198.18.1.2:5060");
    EXPECT_EQ(invite_b->essentials().max_forwards, 69U);
    EXPECT_EQ(invite_b->essentials().via_count, 1U);
    for (const auto* secret : {"canary", "198.18.0.", "call-1", "pbx-tag", "User-Agent", "4000"}) {
        EXPECT_FALSE(contains(*invite_b, secret)) << secret << "\n" << invite_b->bytes();
    }
    EXPECT_TRUE(contains(*invite_b, "m=audio 2"));
    EXPECT_TRUE(contains(*invite_b, "\"Alice\" <sip:1001@198.18.1.1>"));

    from_carrier(respond(*invite_b, 180, "b-tag", "sip:b@198.18.1.2:5060"));
    const auto ringing = last(to_pbx(), "180");
    EXPECT_FALSE(ringing->essentials().to_tag.empty());
    EXPECT_FALSE(contains(*ringing, "b-tag"));
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    EXPECT_EQ(last(to_carrier(), "ACK")->request_uri_text(), "sip:b@198.18.1.2:5060");
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(ok->essentials().to_tag, ringing->essentials().to_tag);
    for (const auto* secret :
         {"canary-", "canaryuser", "canarysession", "198.18.1.", "6000", "Server"}) {
        EXPECT_FALSE(contains(*ok, secret)) << secret << "\n" << ok->bytes();
    }
    from_pbx(in_dialog("ACK", *ok, 1));
    EXPECT_EQ(checkpoints.size(), 1U);

    from_pbx(in_dialog("BYE", *ok, 2));
    (void)last(to_pbx(), "200");
    const auto bye = last(to_carrier(), "BYE");
    EXPECT_EQ(bye->essentials().cseq.number, 2U);
    from_carrier(respond(*bye, 200, "", ""));
    ASSERT_EQ(relay.released.size(), 1U);
    expect_nothing_left();
    const auto lines = records();
    ASSERT_EQ(lines.size(), 1U);
    for (const auto* field : {"\"sip_code\":200", "\"released_by\":\"a\"", "\"a_trunk\":\"pbx\"",
                              "\"b_trunk\":\"carrier\"", "\"code\":200"}) {
        EXPECT_NE(lines[0].find(field), std::string::npos) << field << "\n" << lines[0];
    }
}

TEST_F(CallTest, APrefixWithARawHashLeavesEscaped) {
    auto text = invite();
    text.replace(text.find("sip:4930123@"), 12, "sip:1234#4930123@");
    from_pbx(text);
    EXPECT_EQ(last(to_carrier(), "INVITE")->request_uri_text().substr(0, 20),
              "sip:1234%234930123@1");
}

TEST_F(CallTest, TheCalledSideHangsUp) {
    const auto call = establish();
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    (void)last(to_carrier(), "200");
    const auto bye = last(to_pbx(), "BYE");
    EXPECT_EQ(bye->request_uri_text(), "sip:1001@198.18.0.2:5060");
    from_pbx(respond(*bye, 200, "", ""));
    expect_nothing_left();
    EXPECT_NE(records().at(0).find("\"released_by\":\"b\""), std::string::npos);
}

TEST_F(CallTest, RepeatedInviteMakesOneCall) {  // threats 15
    for (int i = 0; i < 6; ++i) from_pbx(invite());
    EXPECT_EQ(to_carrier().size(), 1U);
    EXPECT_EQ(calls->size(), 1U);
}

TEST_F(CallTest, CancelBeforeAnyResponseWaitsForOne) {  // RFC 3261 9.1
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    from_pbx(
        "CANCEL sip:4930123@198.18.0.1 SIP/2.0\nVia: SIP/2.0/UDP "
        "198.18.0.2:5060;branch=z9hG4bK-call-1\n"
        "Max-Forwards: 70\nFrom: \"Alice\" <sip:1001@canary.pbx>;tag=pbx-tag\nTo: "
        "<sip:4930123@198.18.0.1>\n"
        "Call-ID: call-1\nCSeq: 1 CANCEL\nContent-Length: 0\n\n");
    const auto at_pbx = to_pbx();
    (void)last(at_pbx, "200");
    const auto terminated = last(at_pbx, "487");
    EXPECT_TRUE(to_carrier().empty());
    from_carrier(respond(*invite_b, 180, "b-tag", "sip:b@198.18.1.2:5060"));
    const auto cancel = last(to_carrier(), "CANCEL");
    EXPECT_EQ(cancel->essentials().top_via.branch, invite_b->essentials().top_via.branch);
    from_carrier(respond(*cancel, 200, "b-tag", ""));
    from_carrier(respond(*invite_b, 487, "b-tag", ""));
    (void)last(to_carrier(), "ACK");
    from_pbx(in_dialog("ACK", *terminated, 1));
    expect_nothing_left();
}

TEST_F(CallTest, CancelThatCrossesTheAnswerLeavesNobodyInACall) {  // threats 16
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    from_carrier(respond(*invite_b, 180, "b-tag", "sip:b@198.18.1.2:5060"));
    from_pbx(
        "CANCEL sip:4930123@198.18.0.1 SIP/2.0\nVia: SIP/2.0/UDP "
        "198.18.0.2:5060;branch=z9hG4bK-call-1\n"
        "Max-Forwards: 70\nFrom: \"Alice\" <sip:1001@canary.pbx>;tag=pbx-tag\nTo: "
        "<sip:4930123@198.18.0.1>\n"
        "Call-ID: call-1\nCSeq: 1 CANCEL\nContent-Length: 0\n\n");
    (void)last(to_carrier(), "CANCEL");
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    const auto ends = to_carrier();
    (void)last(ends, "ACK");
    const auto bye = last(ends, "BYE");
    from_carrier(respond(*bye, 200, "", ""));
    // A repeated 200 gets its ACK again, but no second BYE.
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    const auto again = to_carrier();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0]->method(), sip::Method::Ack);
    const auto at_pbx = to_pbx();
    from_pbx(in_dialog("ACK", *last(at_pbx, "487"), 1));
    expect_nothing_left();
}

TEST_F(CallTest, EveryForkIsADialogOfItsOwnAndOneWins) {  // threats 19, design 8.1
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    from_carrier(respond(*invite_b, 180, "fork-1", "sip:b1@198.18.1.2:5060"));
    const auto tag_1 = std::string(last(to_pbx(), "180")->essentials().to_tag);
    from_carrier(
        respond(*invite_b, 183, "fork-2", "sip:b2@198.18.1.2:5060", sdp("198.18.1.2", 6100)));
    const auto progress = last(to_pbx(), "183");
    EXPECT_NE(progress->essentials().to_tag, tag_1);
    EXPECT_TRUE(contains(*progress, "m=audio 2"));
    from_carrier(
        respond(*invite_b, 200, "fork-1", "sip:b1@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(ok->essentials().to_tag, tag_1);
    EXPECT_EQ(last(to_carrier(), "ACK")->request_uri_text(), "sip:b1@198.18.1.2:5060");
    from_pbx(in_dialog("ACK", *ok, 1));
    EXPECT_EQ(calls->dialogs().size(), 2U);
    from_carrier(
        respond(*invite_b, 200, "fork-2", "sip:b2@198.18.1.2:5060", sdp("198.18.1.2", 6100)));
    const auto loser = to_carrier();
    EXPECT_EQ(last(loser, "ACK")->essentials().to_tag, "fork-2");
    const auto bye = last(loser, "BYE");
    EXPECT_EQ(bye->essentials().to_tag, "fork-2");
    from_carrier(respond(*bye, 200, "", ""));
    EXPECT_EQ(calls->size(), 1U);
    from_pbx(in_dialog("BYE", *ok, 2));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
}

struct FailureCase {
    int code;
    bool second_gateway;
    int answer;  // what the PBX hears when the second gateway is not asked
};

class FailureTest : public Harness, public testing::WithParamInterface<FailureCase> {};

TEST_P(FailureTest, FailsOverOnlyWhereItMay) {
    const auto& row = GetParam();
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    from_carrier(respond(*invite_b, row.code, "b-tag", ""));
    (void)last(to_carrier(), "ACK");
    const auto second = take("198.18.1.3:5060");
    ASSERT_EQ(!second.empty(), row.second_gateway);
    if (row.second_gateway) {
        EXPECT_NE(second[0]->essentials().call_id, invite_b->essentials().call_id);
        from_carrier(
            respond(*second[0], 200, "c-tag", "sip:c@198.18.1.3:5060", sdp("198.18.1.3", 6000)),
            "198.18.1.3:5060");
        const auto ok = last(to_pbx(), "200");
        from_pbx(in_dialog("ACK", *ok, 1));
        from_pbx(in_dialog("BYE", *ok, 2));
        from_carrier(respond(*last(take("198.18.1.3:5060"), "BYE"), 200, "", ""),
                     "198.18.1.3:5060");
    } else {
        const auto failure = last(to_pbx(), std::to_string(row.answer));
        EXPECT_FALSE(contains(*failure, "canary-"));
        from_pbx(in_dialog("ACK", *failure, 1));
    }
    expect_nothing_left();
    EXPECT_EQ(records().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Codes, FailureTest,
                         testing::Values(FailureCase{503, true, 0}, FailureCase{408, true, 0},
                                         FailureCase{500, true, 0}, FailureCase{486, false, 486},
                                         FailureCase{600, false, 600}, FailureCase{603, false, 603},
                                         FailureCase{404, false, 404}, FailureCase{401, false, 403},
                                         FailureCase{302, false, 480},
                                         FailureCase{487, false, 487}));

TEST_F(CallTest, SilentGatewaysAreLeftOneAfterTheOther) {
    from_pbx(invite());
    (void)last(to_carrier(), "INVITE");
    advance(6100ms);
    (void)last(take("198.18.1.3:5060"), "INVITE");
    advance(6100ms);
    const auto failure = last(to_pbx(), "408");
    from_pbx(in_dialog("ACK", *failure, 1));
    expect_nothing_left();
    EXPECT_NE(records().at(0).find("\"attempts\":[{\"trunk\":\"carrier\""), std::string::npos);
}

TEST_F(CallTest, ALateAnswerOfAnAbandonedGatewayIsEnded) {  // design 8.5
    from_pbx(invite());
    const auto first = last(to_carrier(), "INVITE");
    advance(6100ms);
    const auto second = last(take("198.18.1.3:5060"), "INVITE");
    from_carrier(respond(*first, 200, "late", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    const auto ends = to_carrier();
    (void)last(ends, "ACK");
    from_carrier(respond(*last(ends, "BYE"), 200, "", ""));
    from_carrier(respond(*second, 200, "c-tag", "sip:c@198.18.1.3:5060", sdp("198.18.1.3", 6000)),
                 "198.18.1.3:5060");
    const auto ok = last(to_pbx(), "200");
    from_pbx(in_dialog("ACK", *ok, 1));
    from_pbx(in_dialog("BYE", *ok, 2));
    from_carrier(respond(*last(take("198.18.1.3:5060"), "BYE"), 200, "", ""), "198.18.1.3:5060");
    expect_nothing_left();
}

TEST_F(CallTest, ALostAckRepeatsTheAnswerAndThenEndsBothLegs) {  // RFC 3261 13.3.1.4, threats 17
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    (void)to_carrier();
    advance(33s);
    const auto at_pbx = to_pbx();
    EXPECT_GE(std::count_if(at_pbx.begin(), at_pbx.end(),
                            [](const auto& m) { return m->status_code() == 200; }),
              10);
    from_pbx(respond(*last(at_pbx, "BYE"), 200, "", ""));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
}

TEST_F(CallTest, ARepeatedAnswerGetsItsAckAgain) {  // threats 18
    const auto call = establish();
    for (int i = 0; i < 3; ++i) {
        from_carrier(respond(*call.invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060",
                             sdp("198.18.1.2", 6000)));
        EXPECT_EQ(last(to_carrier(), "ACK")->essentials().cseq.number, 1U);
    }
    EXPECT_EQ(calls->size(), 1U);
}

// The ACK was lost and the call is over already: the far side still gets an ACK, and no new BYE.
TEST_F(CallTest, ARepeatedAnswerGetsItsAckAfterTheEnd) {
    const auto call = establish();
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    advance(1s);
    ASSERT_EQ(calls->size(), 0U);
    from_carrier(
        respond(*call.invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    const auto repeated = to_carrier();
    ASSERT_EQ(repeated.size(), 1U);
    EXPECT_EQ(last(repeated, "ACK")->essentials().cseq.number, 1U);
    expect_nothing_left();
}

// RFC 3261 12.1.2: peers of RFC 2543 send no To tag; some forget the Contact.
TEST_F(CallTest, AnAnswerWithoutTagOrContactMakesACall) {
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    from_carrier(respond(*invite_b, 200, "", "", sdp("198.18.1.2", 6000)));
    const auto ack = last(to_carrier(), "ACK");
    EXPECT_EQ(ack->header(sip::HeaderId::To)->find(";tag="), std::string_view::npos);
    from_carrier(respond(*invite_b, 200, "", "", sdp("198.18.1.2", 6000)));
    (void)last(to_carrier(), "ACK");
    const auto ok = last(to_pbx(), "200");
    from_pbx(in_dialog("ACK", *ok, 1));
    from_pbx(in_dialog("BYE", *ok, 2));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
}

// A CANCEL that waits for a provisional response keeps the INVITE, and with it the tombstone,
// longer than 64*T1.
TEST_F(CallTest, ALateAnswerToAHeldCancelIsEnded) {
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    auto cancel = invite();
    cancel =
        with_body("CANCEL" + cancel.substr(6, cancel.find("CSeq") - 6) + "CSeq: 1 CANCEL\n", {});
    advance(5s);
    from_pbx(cancel);
    from_pbx(in_dialog("ACK", *last(to_pbx(), "487"), 1));
    advance(25s);
    from_carrier(respond(*invite_b, 180, "b-tag", "sip:b@198.18.1.2:5060"));
    const auto held = last(to_carrier(), "CANCEL");
    from_carrier(respond(*held, 200, "", ""));
    advance(20s);
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    const auto ends = to_carrier();
    (void)last(ends, "ACK");
    from_carrier(respond(*last(ends, "BYE"), 200, "", ""));
    expect_nothing_left();
}

TEST_F(CallTest, ALosingForkIsEndedAtItsOwnAddress) {  // RFC 3261 13.2.2.4
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    from_carrier(
        respond(*invite_b, 200, "fork-1", "sip:b1@198.18.1.71:5060", sdp("198.18.1.2", 6000)));
    (void)last(take("198.18.1.71:5060"), "ACK");
    from_carrier(
        respond(*invite_b, 200, "fork-2", "sip:b2@198.18.1.72:5060", sdp("198.18.1.2", 6100)));
    const auto loser = take("198.18.1.72:5060");
    (void)last(loser, "ACK");
    (void)last(loser, "BYE");
}

TEST_F(CallTest, AContactThatMakesNoDialogIsRefused) {
    auto text = invite();
    const std::string contact = "Contact: <sip:1001@198.18.0.2:5060>";
    text.replace(text.find(contact), contact.size(), "Contact: <tel:+1001>");
    from_pbx(text);
    from_pbx(in_dialog("ACK", *last(to_pbx(), "400"), 1));
    expect_nothing_left();
}

TEST_F(CallTest, DelayedOfferTravelsInTheAnswerAndTheAck) {  // RFC 3261 13.2.1, threats 22
    auto text = invite();
    text = text.substr(0, text.find("Content-Type")) + "Content-Length: 0\n\n";
    from_pbx(text);
    const auto invite_b = last(to_carrier(), "INVITE");
    EXPECT_TRUE(invite_b->body().empty());
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    const auto ok = last(to_pbx(), "200");
    EXPECT_TRUE(contains(*ok, "m=audio 2"));
    EXPECT_TRUE(to_carrier().empty());  // its ACK waits for the answer
    from_pbx(in_dialog("ACK", *ok, 1, sdp("198.18.0.2", 4000)));
    const auto ack = last(to_carrier(), "ACK");
    EXPECT_TRUE(contains(*ack, "m=audio 2"));
    EXPECT_FALSE(contains(*ack, "198.18.0.2"));
    from_pbx(in_dialog("BYE", *ok, 2));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
}

TEST_F(CallTest, NothingLeavesBeforeItsMediaStands) {  // design 8.3
    relay.hold = true;
    from_pbx(invite());
    EXPECT_TRUE(to_carrier().empty());
    relay.answer();
    const auto invite_b = last(to_carrier(), "INVITE");
    (void)to_pbx();
    from_carrier(
        respond(*invite_b, 183, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    EXPECT_TRUE(to_pbx().empty());
    relay.hold = false;
    relay.answer();
    const auto at_pbx = to_pbx();
    ASSERT_EQ(at_pbx.size(), 2U);
    EXPECT_EQ(at_pbx[0]->status_code(), 183);
    EXPECT_EQ(at_pbx[1]->status_code(), 200);
}

TEST_F(CallTest, ARelayThatRefusesOrIsGoneAnswers503) {
    for (const bool gone : {true, false}) {
        relay.disconnected = gone;
        relay.outcome = relay_api::Outcome::NoPorts;
        from_pbx(invite({}, gone ? "gone" : "full"));
        EXPECT_TRUE(to_carrier().empty());
        from_pbx(in_dialog("ACK", *last(to_pbx(), "503"), 1));
    }
    relay.disconnected = false;
    relay.outcome = relay_api::Outcome::Ok;
    expect_nothing_left();
}

TEST_F(CallTest, MediaTimeoutAndOperatorEndBothLegs) {  // threats 53
    (void)establish();
    calls->for_each([](Call& call) {
        relay_api::SessionEvent event;
        event.session = call.session();
        event.kind = relay_api::SessionEvent::Kind::MediaTimeout;
        call.on_media_event(event);
    });
    calls->reap();
    relay.answer();
    from_pbx(respond(*last(to_pbx(), "BYE"), 200, "", ""));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
    EXPECT_NE(records().at(0).find("media timeout"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::b2bua
