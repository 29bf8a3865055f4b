// SPDX-License-Identifier: BSD-2-Clause
// Attended transfers between two calls that are both ours: told as done when the target has agreed,
// undone when it refuses (RFC 3515 section 2.4.4, RFC 5589 section 7).
#include <fmt/format.h>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

// A talks with B in call-1 and with C in call-2, and refers B to C.
class JoinTest : public FlowTest {
 protected:
    Established one;
    Established two;
    sip::MessagePtr offer;  // to C, to be joined

    void second() {
        from_pbx(invite({}, "call-2"));
        two.invite_b = last(to_carrier(), "INVITE");
        from_carrier(
            respond(*two.invite_b, 200, "c-tag", "sip:c@198.18.1.2:5060", sdp("198.18.1.2", 7000)));
        two.ok_a = last(to_pbx(), "200");
        (void)last(to_carrier(), "ACK");
        from_pbx(in_dialog("ACK", *two.ok_a, 1));
    }
    void refer() {
        const auto text = fmt::format(
            "<sip:4930124@198.18.0.1?Replaces=call-2%3Bto-tag%3D{}%3Bfrom-tag%3Dpbx-tag>",
            two.ok_a->essentials().to_tag);
        a_asks("REFER", *one.ok_a, 2, {},
               "Contact: <sip:1001@198.18.0.2>\nRefer-To: " + text + "\n");
    }
    void begin() {
        one = establish();
        second();
        refer();
        const auto at_pbx = to_pbx();
        (void)last(at_pbx, "202");
        EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 100 Trying"});
        EXPECT_EQ(count(at_pbx, "BYE"), 0U);
        answer(at_pbx, "NOTIFY");
        offer = last(to_carrier(), "INVITE");
        EXPECT_EQ(offer->essentials().call_id, two.invite_b->essentials().call_id);
    }
    void c_says(const sip::Message& request, int code, const std::string& body = {}) {
        from_carrier(respond(request, code, "c-tag", "sip:c@198.18.1.2:5060", body));
    }
    static Lines notified(const std::vector<sip::MessagePtr>& messages) {
        Lines lines;
        for (const auto& m : messages) {
            if (m->method() == sip::Method::Notify && m->is_request()) {
                lines.emplace_back(m->body().substr(0, m->body().find("\r\n")));
            }
        }
        return lines;
    }
    void answer(const std::vector<sip::MessagePtr>& messages, const std::string& method) {
        for (const auto& m : messages) {
            if (m->is_request() && m->method_text() == method) a_says(*m, 200);
        }
    }
    // C's BYE or another request, in the dialog that its INVITE from us made.
    void c_asks(const std::string& method, int cseq) {
        b_asks(method, *two.invite_b, cseq, {}, {}, "c-tag");
    }
    void end_call(const Established& call, int cseq) {
        from_pbx(in_dialog("BYE", *call.ok_a, cseq));
        const auto bye = last(to_carrier(), "BYE");
        EXPECT_EQ(bye->essentials().call_id, call.invite_b->essentials().call_id);
        from_carrier(respond(*bye, 200, "", ""));
        (void)to_pbx();
    }
    // What A hears, and its answers to it.
    std::vector<sip::MessagePtr> at_a() {
        auto messages = to_pbx();
        answer(messages, "NOTIFY");
        answer(messages, "BYE");
        return messages;
    }
};

TEST_F(JoinTest, IsToldAsDoneWhenTheTargetHasAgreed) {  // RFC 3515 section 2.4.4
    begin();
    EXPECT_TRUE(to_pbx().empty());
    c_says(*offer, 200, sdp("198.18.1.2", 7000));
    (void)last(to_carrier(), "ACK");
    const auto at_pbx = at_a();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 200 OK"});
    EXPECT_EQ(count(at_pbx, "BYE"), 1U);
    EXPECT_EQ(last(at_pbx, "BYE")->essentials().call_id, "call-2");
    EXPECT_EQ(calls->size(), 1U);
    from_pbx(in_dialog("BYE", *one.ok_a, 3));
    c_asks("BYE", 1);
    const auto bye = last(to_carrier(), "BYE");
    EXPECT_EQ(bye->essentials().call_id, one.invite_b->essentials().call_id);
    b_says(*bye, 200);
    expect_nothing_left();
    EXPECT_EQ(records().size(), 2U);
}

TEST_F(JoinTest, ARefusalLeavesBothCalls) {
    begin();
    c_says(*offer, 488);
    EXPECT_EQ(count(to_carrier(), "BYE"), 0U);
    const auto at_pbx = at_a();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 488 Not Acceptable Here"});
    EXPECT_EQ(count(at_pbx, "BYE"), 0U);
    EXPECT_EQ(calls->size(), 2U);
    // Both carry on: a hold in each.
    a_asks("INVITE", *one.ok_a, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    b_says(*last(to_carrier(), "INVITE"), 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    a_acks(*last(to_pbx(), "200"), 3);
    (void)to_carrier();
    from_pbx(in_dialog("INVITE", *two.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    const auto hold = last(to_carrier(), "INVITE");
    EXPECT_EQ(hold->essentials().call_id, two.invite_b->essentials().call_id);
    // RFC 3264 section 8: C has seen the version of the offer that it refused.
    EXPECT_EQ(std::stoi(session_version(*hold)), std::stoi(session_version(*offer)) + 1);
    c_says(*hold, 200, sdp("198.18.1.2", 7000, "a=recvonly\n"));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 2));
    (void)to_carrier();
    end_call(two, 3);
    end_call(one, 4);
    expect_nothing_left();
    EXPECT_EQ(records().size(), 2U);
}

TEST_F(JoinTest, TheReferrerMayLeaveItsSecondCallMeanwhile) {
    begin();
    from_pbx(in_dialog("BYE", *two.ok_a, 2));
    (void)last(to_pbx(), "200");
    EXPECT_TRUE(to_carrier().empty());
    c_says(*offer, 200, sdp("198.18.1.2", 7000));
    (void)last(to_carrier(), "ACK");
    const auto at_pbx = at_a();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 200 OK"});
    EXPECT_EQ(count(at_pbx, "BYE"), 0U);
    from_pbx(in_dialog("BYE", *one.ok_a, 3));
    c_asks("BYE", 1);
    b_says(*last(to_carrier(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(JoinTest, ARefusalEndsTheCallThatTheReferrerHasLeft) {
    begin();
    from_pbx(in_dialog("BYE", *two.ok_a, 2));
    (void)to_pbx();
    c_says(*offer, 488);
    const auto bye = last(to_carrier(), "BYE");
    EXPECT_EQ(bye->essentials().call_id, two.invite_b->essentials().call_id);
    c_says(*bye, 200);
    EXPECT_EQ(notified(at_a()), Lines{"SIP/2.0 488 Not Acceptable Here"});
    EXPECT_EQ(calls->size(), 1U);
    end_call(one, 3);
    expect_nothing_left();
}

TEST_F(JoinTest, TheReferrerLeavesItsFirstCallAndTheTargetRefuses) {
    begin();
    from_pbx(in_dialog("BYE", *one.ok_a, 3));
    (void)last(to_pbx(), "200");
    EXPECT_TRUE(to_carrier().empty());
    c_says(*offer, 488);
    const auto bye = last(to_carrier(), "BYE");
    EXPECT_EQ(bye->essentials().call_id, one.invite_b->essentials().call_id);
    b_says(*bye, 200);
    EXPECT_TRUE(to_pbx().empty());
    EXPECT_EQ(calls->size(), 1U);
    end_call(two, 2);
    expect_nothing_left();
}

TEST_F(JoinTest, TheReferrerLeavesItsFirstCallAndTheTargetAgrees) {  // RFC 5589 section 7.2
    begin();
    from_pbx(in_dialog("BYE", *one.ok_a, 3));
    (void)last(to_pbx(), "200");
    c_says(*offer, 200, sdp("198.18.1.2", 7000));
    (void)last(to_carrier(), "ACK");
    const auto at_pbx = at_a();
    EXPECT_TRUE(notified(at_pbx).empty());
    EXPECT_EQ(last(at_pbx, "BYE")->essentials().call_id, "call-2");
    c_asks("BYE", 1);
    b_says(*last(to_carrier(), "BYE"), 200);
    expect_nothing_left();
}

struct LostCase {
    const char* name;
    int code;  // 0: silence
    const char* told;
};
class LostTargetTest : public JoinTest, public testing::WithParamInterface<LostCase> {};

TEST_P(LostTargetTest, EndsOnlyItsOwnCall) {  // RFC 3261 section 12.2.1.2
    begin();
    if (GetParam().code != 0) {
        c_says(*offer, GetParam().code);
    } else {
        advance(32200ms);
    }
    const auto at_carrier = to_carrier();
    EXPECT_EQ(count(at_carrier, "BYE"), 1U);
    const auto bye = last(at_carrier, "BYE");
    EXPECT_EQ(bye->essentials().call_id, two.invite_b->essentials().call_id);
    c_says(*bye, 481);
    const auto at_pbx = at_a();
    EXPECT_EQ(notified(at_pbx), Lines{GetParam().told});
    EXPECT_EQ(last(at_pbx, "BYE")->essentials().call_id, "call-2");
    EXPECT_EQ(calls->size(), 1U);
    end_call(one, 3);
    expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(Codes, LostTargetTest,
                         testing::Values(LostCase{"Unknown", 481,
                                                  "SIP/2.0 500 Server Internal Error"},
                                         LostCase{"Late", 408, "SIP/2.0 408 Request Timeout"},
                                         LostCase{"Silent", 0, "SIP/2.0 408 Request Timeout"}),
                         [](const auto& row) { return row.param.name; });

TEST_F(JoinTest, TheTargetHangsUpMeanwhile) {
    begin();
    c_says(*offer, 100);
    c_asks("BYE", 1);
    const auto at_carrier = to_carrier();
    (void)last(at_carrier, "200");
    EXPECT_EQ(count(at_carrier, "BYE"), 0U);
    c_says(*last(at_carrier, "CANCEL"), 200);
    c_says(*offer, 487);
    const auto at_pbx = at_a();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 487 Request Terminated"});
    EXPECT_EQ(count(at_pbx, "BYE"), 1U);
    EXPECT_EQ(last(at_pbx, "BYE")->essentials().call_id, "call-2");
    EXPECT_EQ(calls->size(), 1U);
    (void)to_carrier();
    end_call(one, 3);
    expect_nothing_left();
}

// Nothing is left to be joined with; A's calls end with it.
TEST_F(JoinTest, TheStayingPartyHangsUpMeanwhile) {
    begin();
    c_says(*offer, 100);
    b_asks("BYE", *one.invite_b, 1);
    auto at_carrier = to_carrier();
    (void)last(at_carrier, "200");
    c_says(*last(at_carrier, "CANCEL"), 200);
    c_says(*last(at_carrier, "BYE"), 200);
    c_says(*offer, 487);
    const auto at_pbx = at_a();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 487 Request Terminated"});
    EXPECT_EQ(count(at_pbx, "BYE"), 2U);
    expect_nothing_left();
}

TEST_F(JoinTest, ARelayThatRefusesLeavesBothCalls) {
    one = establish();
    second();
    relay.outcome = relay_api::Outcome::NoPorts;
    refer();
    relay.outcome = relay_api::Outcome::Ok;
    EXPECT_EQ(notified(at_a()), (Lines{"SIP/2.0 100 Trying", "SIP/2.0 503 Service Unavailable"}));
    EXPECT_TRUE(to_carrier().empty());
    end_call(one, 3);
    end_call(two, 2);
    expect_nothing_left();
}

TEST_F(JoinTest, ARequestThatWaitedGoesWithItsDialog) {
    one = establish();
    second();
    relay.hold = true;
    relay.outcome = relay_api::Outcome::NoPorts;
    refer();
    c_asks("BYE", 1);
    EXPECT_TRUE(to_carrier().empty());
    relay.hold = false;
    relay.answer();
    relay.outcome = relay_api::Outcome::Ok;
    (void)last(to_carrier(), "200");
    const auto at_pbx = at_a();
    EXPECT_EQ(last(at_pbx, "BYE")->essentials().call_id, "call-2");
    EXPECT_EQ(calls->size(), 1U);
    end_call(one, 3);
    expect_nothing_left();
}

// Both parties of the second call leave it while the relay is asked: nobody of the first is told.
TEST_F(JoinTest, ARequestWhoseDialogEndedWhileItWaitedHarmsNobody) {
    one = establish();
    second();
    relay.hold = true;
    relay.outcome = relay_api::Outcome::NoPorts;
    refer();
    from_pbx(in_dialog("BYE", *two.ok_a, 2));
    c_asks("BYE", 1);
    relay.hold = false;
    relay.answer();
    relay.outcome = relay_api::Outcome::Ok;
    for (const auto& message : to_carrier()) {
        EXPECT_EQ(message->essentials().call_id, two.invite_b->essentials().call_id);
        if (message->is_request()) c_says(*message, 200);
    }
    EXPECT_EQ(count(at_a(), "BYE"), 0U);
    EXPECT_EQ(calls->size(), 1U);
    end_call(one, 3);
    expect_nothing_left();
}

// Its far end moved while it was lent: the next request goes there.
TEST_F(JoinTest, AReturnedLegKeepsWhatItsPeerSaidMeanwhile) {
    begin();
    auto update = in_dialog("UPDATE", *two.invite_b, 1, {}, true);
    for (auto at = update.find("b-tag"); at != std::string::npos; at = update.find("b-tag")) {
        update.replace(at, 5, "c-tag");
    }
    from_carrier(with(std::move(update), "Contact: <sip:c@198.18.1.2:6070>\n"));
    (void)last(to_carrier(), "200");
    c_says(*offer, 488);
    (void)to_carrier();
    (void)at_a();
    from_pbx(in_dialog("BYE", *two.ok_a, 2));
    const auto bye = last(take("198.18.1.2:6070"), "BYE");
    EXPECT_EQ(bye->request_uri_text(), "sip:c@198.18.1.2:6070");
    from_carrier(respond(*bye, 200, "", ""));
    (void)to_pbx();
    end_call(one, 3);
    expect_nothing_left();
}

// B accepts what C said, but its answer does not fit: it runs that offer, so that the next one has
// a higher version though it says the old again (RFC 3264 section 8).
TEST_F(JoinTest, AnAcceptedOfferThatFailsIsTakenBackUnderANewVersion) {
    begin();
    c_says(*offer, 200, sdp("198.18.1.2", 7000, "a=recvonly\n"));
    const auto told = last(to_carrier(), "INVITE");
    EXPECT_EQ(told->essentials().call_id, one.invite_b->essentials().call_id);
    b_says(*told, 200, {.body = sdp("198.18.1.2", 6000) + "m=video 5000 RTP/AVP 31\r\n"});
    (void)last(to_carrier(), "ACK");
    (void)at_a();
    ASSERT_EQ(calls->size(), 1U);
    const auto& leg = calls->find(calls->ids_after(CallId{0}, 1).front())->leg(Side::B);
    EXPECT_GT(static_cast<int>(leg.media.copy().writer.version()),
              std::stoi(session_version(*told)));
    from_pbx(in_dialog("BYE", *one.ok_a, 3));
    c_asks("BYE", 1);
    b_says(*last(to_carrier(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(JoinTest, AnOfferMeanwhileIsAGlare) {  // RFC 3261 section 14.2
    begin();
    b_asks("INVITE", *one.invite_b, 1, sdp("198.18.1.2", 6002));
    (void)last(to_carrier(), "491");
    from_pbx(in_dialog("INVITE", *two.ok_a, 2, sdp("198.18.0.2", 4444)));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "491"), 2));
    EXPECT_TRUE(to_carrier().empty());
    c_says(*offer, 486);
    EXPECT_EQ(notified(at_a()), Lines{"SIP/2.0 486 Busy Here"});
    (void)to_carrier();
    end_call(one, 3);
    end_call(two, 4);
    expect_nothing_left();
}

// An operator ends the lending call: its far end belongs to the transfer all the same.
TEST_F(JoinTest, TheSecondCallIsEndedByUsMeanwhile) {
    begin();
    for (const auto id : calls->ids_after(CallId{0}, 10)) {
        auto* const call = calls->find(id);
        if (call->record().a_sip_call_id == "call-2") call->hang_up("ended by the operator");
    }
    calls->reap();
    EXPECT_EQ(count(to_carrier(), "BYE"), 0U);
    EXPECT_EQ(last(at_a(), "BYE")->essentials().call_id, "call-2");
    c_says(*offer, 488);
    const auto bye = last(to_carrier(), "BYE");
    EXPECT_EQ(bye->essentials().call_id, two.invite_b->essentials().call_id);
    c_says(*bye, 200);
    EXPECT_EQ(notified(at_a()), Lines{"SIP/2.0 488 Not Acceptable Here"});
    end_call(one, 3);
    expect_nothing_left();
}

}  // namespace
}  // namespace portcullis::b2bua
