// SPDX-License-Identifier: BSD-2-Clause
// Re-INVITE in both directions: staging, commit, revert, o= versions, glare, crossing requests.
#include "signaling/sdp/parser.hpp"
#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;

class ModifyTest : public Harness {
 protected:
    static std::string version(const sip::Message& message) {
        const auto description = sdp::parse_session(message.body());
        return description ? std::string(description->origin.session_version) : "none";
    }
    template <class T>
    [[nodiscard]] std::size_t asked() const {
        return static_cast<std::size_t>(std::count_if(
            relay.requests.begin(), relay.requests.end(),
            [](const RelayRequest& request) { return std::holds_alternative<T>(request); }));
    }
    void end(const Established& call) {
        from_pbx(in_dialog("BYE", *call.ok_a, 99));
        from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
        expect_nothing_left();
    }
};

TEST_F(ModifyTest, HoldAndResumeKeepPortsAndCountVersions) {
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    const auto hold = last(to_carrier(), "INVITE");
    EXPECT_NE(hold->body().find("a=sendonly"), std::string_view::npos);
    EXPECT_EQ(hold->essentials().cseq.number, 2U);
    EXPECT_NE(version(*hold), version(*call.invite_b));
    from_carrier(respond(*hold, 200, "b-tag", "sip:b@198.18.1.2:5060",
                         sdp("198.18.1.2", 6000, "a=recvonly\n")));
    const auto held = last(to_pbx(), "200");
    EXPECT_NE(held->body().find("a=recvonly"), std::string_view::npos);
    (void)last(to_carrier(), "ACK");
    from_pbx(in_dialog("ACK", *held, 2));
    from_pbx(in_dialog("INVITE", *call.ok_a, 3, sdp("198.18.0.2", 4000)));
    const auto resume = last(to_carrier(), "INVITE");
    EXPECT_EQ(resume->body().find("a=sendonly"), std::string_view::npos);
    from_carrier(respond(*resume, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 3));
    // The same session again is the same description, version included (RFC 3264 section 8).
    from_pbx(in_dialog("INVITE", *call.ok_a, 4, sdp("198.18.0.2", 4000)));
    const auto refresh = last(to_carrier(), "INVITE");
    EXPECT_EQ(refresh->body(), resume->body());
    from_carrier(respond(*refresh, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 4));
    end(call);
}

TEST_F(ModifyTest, AChangedAddressIsStagedThenCommitted) {
    const auto call = establish();
    relay.requests.clear();
    from_carrier(in_dialog("INVITE", *call.invite_b, 1, sdp("198.18.1.2", 7000), true));
    EXPECT_EQ(asked<relay_api::UpdateLeg>(), 1U);
    EXPECT_EQ(asked<relay_api::CommitLegs>(), 0U);
    const auto offer = last(to_pbx(), "INVITE");
    from_pbx(respond(*offer, 200, "", "sip:1001@198.18.0.2:5060", sdp("198.18.0.2", 4000)));
    EXPECT_EQ(asked<relay_api::CommitLegs>(), 1U);
    from_carrier(in_dialog("ACK", *call.invite_b, 1, {}, true));
    end(call);
}

struct FailedCase {
    int code;
    int answer;
};
class FailedModifyTest : public ModifyTest, public testing::WithParamInterface<FailedCase> {};

TEST_P(FailedModifyTest, LeavesTheSessionAsItWas) {  // RFC 3261 14.1
    const auto call = establish();
    relay.requests.clear();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4444)));
    from_carrier(respond(*last(to_carrier(), "INVITE"), GetParam().code, "b-tag", ""));
    const auto failure = last(to_pbx(), std::to_string(GetParam().answer));
    from_pbx(in_dialog("ACK", *failure, 2));
    EXPECT_EQ(asked<relay_api::RevertLegs>(), 1U);
    EXPECT_EQ(asked<relay_api::CommitLegs>(), 0U);
    (void)to_carrier();
    // And the next one goes through.
    from_pbx(in_dialog("INVITE", *call.ok_a, 3, sdp("198.18.0.2", 4000)));
    from_carrier(respond(*last(to_carrier(), "INVITE"), 200, "b-tag", "sip:b@198.18.1.2:5060",
                         sdp("198.18.1.2", 6000)));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 3));
    (void)to_carrier();
    end(call);
}

INSTANTIATE_TEST_SUITE_P(Codes, FailedModifyTest,
                         testing::Values(FailedCase{488, 488}, FailedCase{504, 504},
                                         FailedCase{491, 491}, FailedCase{500, 500}));

class LostDialogTest : public ModifyTest, public testing::WithParamInterface<FailedCase> {};

TEST_P(LostDialogTest, EndsBothLegsWithBye) {  // RFC 3261 12.2.1.2 and 14.1
    for (const bool from_a : {true, false}) {
        const auto call = establish();
        (void)to_pbx();
        const auto body = from_a ? sdp("198.18.0.2", 4444) : sdp("198.18.1.2", 6444);
        const auto text =
            in_dialog("INVITE", from_a ? *call.ok_a : *call.invite_b, 2, body, !from_a);
        from_a ? from_pbx(text) : from_carrier(text);
        const auto offer = last(from_a ? to_carrier() : to_pbx(), "INVITE");
        if (GetParam().code == 0) {
            advance(33s);
        } else {
            const auto failure = respond(*offer, GetParam().code, "", "");
            from_a ? from_carrier(failure) : from_pbx(failure);
        }
        const auto at_pbx = to_pbx();
        const auto at_carrier = to_carrier();
        const auto told = last(from_a ? at_pbx : at_carrier, std::to_string(GetParam().answer));
        const auto ack = in_dialog("ACK", *told, 2);
        from_a ? from_pbx(ack) : from_carrier(ack);
        from_pbx(respond(*last(at_pbx, "BYE"), from_a ? 200 : 481, "", ""));
        from_carrier(respond(*last(at_carrier, "BYE"), from_a ? 481 : 200, "", ""));
        expect_nothing_left();
    }
}

INSTANTIATE_TEST_SUITE_P(Codes, LostDialogTest,
                         testing::Values(FailedCase{481, 500}, FailedCase{408, 408},
                                         FailedCase{0, 408}));

TEST_F(ModifyTest, GlareIsAnswered491AndTheFirstCompletes) {  // threats 20
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    const auto offer = last(to_carrier(), "INVITE");
    from_carrier(
        in_dialog("INVITE", *call.invite_b, 1, sdp("198.18.1.2", 6000, "a=sendonly\n"), true));
    (void)last(to_carrier(), "491");
    from_carrier(in_dialog("ACK", *call.invite_b, 1, {}, true));
    // From the same side: 500 with Retry-After (RFC 3261 14.2).
    from_pbx(in_dialog("INVITE", *call.ok_a, 3, sdp("198.18.0.2", 4000)));
    EXPECT_TRUE(last(to_pbx(), "500")->has(sip::HeaderId::RetryAfter));
    from_carrier(respond(*offer, 200, "b-tag", "sip:b@198.18.1.2:5060",
                         sdp("198.18.1.2", 6000, "a=recvonly\n")));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 2));
    (void)to_carrier();
    end(call);
}

TEST_F(ModifyTest, OfferlessReinviteFetchesAnOffer) {
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2));
    const auto ask = last(to_carrier(), "INVITE");
    EXPECT_TRUE(ask->body().empty());
    from_carrier(respond(*ask, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6500)));
    const auto offer = last(to_pbx(), "200");
    EXPECT_NE(offer->body().find("m=audio"), std::string_view::npos);
    EXPECT_TRUE(to_carrier().empty());
    from_pbx(in_dialog("ACK", *offer, 2, sdp("198.18.0.2", 4000)));
    EXPECT_NE(last(to_carrier(), "ACK")->body().find("m=audio"), std::string_view::npos);
    end(call);
}

TEST_F(ModifyTest, ByeDuringAReinviteEndsEverything) {
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=inactive\n")));
    const auto offer = last(to_carrier(), "INVITE");
    from_carrier(respond(*offer, 100, "", ""));
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    const auto at_carrier = to_carrier();
    (void)last(at_carrier, "200");
    const auto at_pbx = to_pbx();
    from_pbx(in_dialog("ACK", *last(at_pbx, "487"), 2));
    from_pbx(respond(*last(at_pbx, "BYE"), 200, "", ""));
    from_carrier(respond(*offer, 487, "b-tag", ""));
    if (!at_carrier.empty()) {
        for (const auto& m : at_carrier) {
            if (m->method() == sip::Method::Cancel && m->is_request()) {
                from_carrier(respond(*m, 200, "b-tag", ""));
            }
        }
    }
    expect_nothing_left();
}

// 408 would have A end the dialog (12.2.1.2), 487 says that A cancelled.
TEST_F(ModifyTest, OneThatOnlyRingsIsCancelledAndTheCallLives) {
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    const auto offer = last(to_carrier(), "INVITE");
    from_carrier(respond(*offer, 183, "b-tag", "sip:b@198.18.1.2:5060"));
    advance(61s);
    from_carrier(respond(*last(to_carrier(), "CANCEL"), 200, "", ""));
    from_carrier(respond(*offer, 487, "b-tag", ""));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "504"), 2));
    EXPECT_EQ(calls->size(), 1U);
    (void)to_carrier();
    end(call);
}

TEST_F(ModifyTest, OneThatOnlyRingsAndIgnoresTheCancelIsGivenUp) {  // RFC 3261 9.1
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    const auto offer = last(to_carrier(), "INVITE");
    from_carrier(respond(*offer, 183, "b-tag", "sip:b@198.18.1.2:5060"));
    advance(61s);
    from_carrier(respond(*last(to_carrier(), "CANCEL"), 200, "", ""));
    advance(33s);
    from_pbx(in_dialog("ACK", *last(to_pbx(), "504"), 2));
    EXPECT_EQ(calls->size(), 1U);
    (void)to_carrier();
    end(call);
}

TEST_F(ModifyTest, CancelWhileTheRelayWorksWaitsItsTurn) {
    const auto call = establish();
    relay.hold = true;
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4444)));
    auto cancel = in_dialog("CANCEL", *call.ok_a, 2);
    const std::string theirs = "branch=z9hG4bK-CANCEL-2-a";
    cancel.replace(cancel.find(theirs), theirs.size(), "branch=z9hG4bK-INVITE-2-a");
    from_pbx(cancel);
    relay.hold = false;
    relay.answer();
    const auto offer = last(to_carrier(), "INVITE");
    from_carrier(respond(*offer, 100, "", ""));
    from_carrier(respond(*last(to_carrier(), "CANCEL"), 200, "b-tag", ""));
    from_carrier(respond(*offer, 487, "b-tag", ""));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "487"), 2));
    (void)to_carrier();
    end(call);
}

TEST_F(ModifyTest, ARepeatedAnswerToAnOfferlessReinviteIsNotASecondOne) {
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2));
    const auto ask = last(to_carrier(), "INVITE");
    from_pbx(in_dialog("ACK", *call.ok_a, 1));  // of the first answer, once more
    for (int i = 0; i < 2; ++i) {
        from_carrier(respond(*ask, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6500)));
    }
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 2, sdp("198.18.0.2", 4000)));
    EXPECT_FALSE(last(to_carrier(), "ACK")->body().empty());
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

TEST_F(ModifyTest, AnAddedStreamGetsPortsBeforeItIsOffered) {
    const auto call = establish();
    from_pbx(
        in_dialog("INVITE", *call.ok_a, 2,
                  sdp("198.18.0.2", 4000, "m=video 4002 RTP/AVP 96\na=rtpmap:96 H264/90000\n")));
    const auto offer = last(to_carrier(), "INVITE");
    const auto description = sdp::parse_session(offer->body());
    ASSERT_TRUE(description);
    ASSERT_EQ(description->media.size(), 2U);
    EXPECT_GT(description->media[1].port, 0);
    // The carrier declines the video and keeps the audio.
    from_carrier(respond(*offer, 200, "b-tag", "sip:b@198.18.1.2:5060",
                         sdp("198.18.1.2", 6000, "m=video 0 RTP/AVP 96\n")));
    const auto answer = sdp::parse_session(last(to_pbx(), "200")->body());
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->media.size(), 2U);
    EXPECT_EQ(answer->media[1].port, 0);
    EXPECT_GT(answer->media[0].port, 0);
    from_pbx(in_dialog("ACK", *call.ok_a, 2));
    (void)to_carrier();
    end(call);
}

}  // namespace
}  // namespace portcullis::b2bua
