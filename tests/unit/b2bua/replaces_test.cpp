// SPDX-License-Identifier: BSD-2-Clause
// INVITE with Replaces while its sender takes a leg's place: what the replaced leg does meanwhile,
// how it is refused, and one without an offer (RFC 3891 section 3).
#include <fmt/format.h>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

class ReplacesTest : public FlowTest {
 protected:
    static std::string replacing(const sip::Message& ok_a) {
        return fmt::format("Replaces: call-1;to-tag={};from-tag=pbx-tag\n",
                           ok_a.essentials().to_tag);
    }
    static std::string without_offer(const std::string& text) {
        return text.substr(0, text.find("Content-Type")) + "Content-Length: 0\n\n";
    }
    // A call whose leg A is about to be replaced, and the offer of its successor at the carrier.
    struct Replacing {
        Established call;
        std::string invite;
        sip::MessagePtr offer;
    };
    Replacing begin() {
        Replacing made{establish(), {}, {}};
        made.invite = invite(replacing(*made.call.ok_a), "call-3");
        from_pbx(made.invite);
        made.offer = last(to_carrier(), "INVITE");
        (void)to_pbx();
        return made;
    }
    void b_accepts(const sip::Message& offer) {
        b_says(offer, 200, {.body = sdp("198.18.1.2", 6000)});
        (void)last(to_carrier(), "ACK");
    }
    void end_by_a(const sip::Message& ok, int cseq) {
        from_pbx(in_dialog("BYE", ok, cseq));
        b_says(*last(to_carrier(), "BYE"), 200);
        expect_nothing_left();
    }
};

TEST_F(ReplacesTest, TheReplacedLegMayHangUpFirst) {
    const auto made = begin();
    from_pbx(in_dialog("BYE", *made.call.ok_a, 2));
    (void)last(to_pbx(), "200");
    EXPECT_TRUE(to_carrier().empty());
    b_accepts(*made.offer);
    const auto at_pbx = to_pbx();
    const auto ok = last(at_pbx, "200");
    EXPECT_EQ(ok->essentials().call_id, "call-3");
    EXPECT_EQ(count(at_pbx, "BYE"), 0U);
    a_acks(*ok);
    end_by_a(*ok, 3);
}

TEST_F(ReplacesTest, OnceTheReplacedLegHasLeftAFailureEndsTheCall) {
    const auto made = begin();
    from_pbx(in_dialog("BYE", *made.call.ok_a, 2));
    (void)to_pbx();
    b_says(*made.offer, 488);
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "BYE"), 0U);
    const auto failure = last(at_pbx, "488");
    EXPECT_EQ(failure->essentials().call_id, "call-3");
    a_acks(*failure);
    b_says(*last(to_carrier(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ReplacesTest, TheReplacedLegAsksForNothingElseMeanwhile) {  // RFC 3261 section 14.2
    const auto made = begin();
    a_asks("INVITE", *made.call.ok_a, 2, sdp("198.18.0.2", 4444));
    a_acks(*last(to_pbx(), "491"), 2);
    a_asks("INFO", *made.call.ok_a, 3);
    EXPECT_TRUE(last(to_pbx(), "500")->has(HeaderId::RetryAfter));
    EXPECT_TRUE(to_carrier().empty());
    b_accepts(*made.offer);
    const auto at_pbx = to_pbx();
    const auto ok = last(at_pbx, "200");
    a_says(*last(at_pbx, "BYE"), 200);
    a_acks(*ok);
    end_by_a(*ok, 2);
}

TEST_F(ReplacesTest, TheOtherSideHangsUpMeanwhile) {
    const auto made = begin();
    from_carrier(in_dialog("BYE", *made.call.invite_b, 1, {}, true));
    b_says(*made.offer, 487);
    const auto at_pbx = to_pbx();
    const auto refused = last(at_pbx, "487");
    EXPECT_FALSE(refused->essentials().to_tag.empty());
    a_acks(*refused);
    const auto bye = last(at_pbx, "BYE");
    EXPECT_EQ(bye->essentials().call_id, "call-1");
    a_says(*bye, 200);
    expect_nothing_left();
}

enum class Why { Refused, Busy, NoSdp, Cancelled, Relay };
class ReplacesRefusalTest : public ReplacesTest, public testing::WithParamInterface<Why> {};

TEST_P(ReplacesRefusalTest, HasATagOfOurs) {  // RFC 3261 section 8.2.6.2
    const auto call = establish();
    const auto text = invite(replacing(*call.ok_a), "call-3");
    std::string code = "488";
    int cseq = 2;
    switch (GetParam()) {
        case Why::Refused:
            from_pbx(text);
            b_says(*last(to_carrier(), "INVITE"), 488);
            break;
        case Why::Busy: {
            a_asks("INVITE", *call.ok_a, cseq++, sdp("198.18.0.2", 4000, "a=sendonly\n"));
            const auto offer = last(to_carrier(), "INVITE");
            from_pbx(text);
            code = "491";
            const auto refused = last(to_pbx(), "491");
            EXPECT_FALSE(refused->essentials().to_tag.empty());
            a_acks(*refused);
            b_says(*offer, 488);
            a_acks(*last(to_pbx(), "488"), 2);
            break;
        }
        case Why::NoSdp: {
            auto broken = text;
            broken.replace(broken.find("\nv=0"), 4, "\nv=7");
            from_pbx(broken);
            break;
        }
        case Why::Cancelled: {
            from_pbx(text);
            const auto offer = last(to_carrier(), "INVITE");
            b_says(*offer, 100);
            from_pbx(cancel_of(text));
            b_says(*last(to_carrier(), "CANCEL"), 200);
            b_says(*offer, 487);
            code = "487";
            break;
        }
        case Why::Relay:
            relay.outcome = relay_api::Outcome::NoPorts;
            from_pbx(text);
            relay.outcome = relay_api::Outcome::Ok;
            code = "500";
    }
    if (GetParam() != Why::Busy) {
        const auto refused = last(to_pbx(), code);
        EXPECT_FALSE(refused->essentials().to_tag.empty()) << refused->bytes();
        a_acks(*refused);
    }
    (void)to_carrier();
    end_by_a(*call.ok_a, cseq);
}

INSTANTIATE_TEST_SUITE_P(Reasons, ReplacesRefusalTest,
                         testing::Values(Why::Refused, Why::Busy, Why::NoSdp, Why::Cancelled,
                                         Why::Relay));

TEST_F(ReplacesTest, WithoutAnOfferItGetsTheOtherSides) {  // RFC 3261 section 13.2.1
    const auto call = establish();
    from_pbx(without_offer(invite(replacing(*call.ok_a), "call-3")));
    const auto asked = last(to_carrier(), "INVITE");
    EXPECT_FALSE(has_sdp(*asked));
    b_says(*asked, 200, {.body = sdp("198.18.1.2", 6002)});
    const auto at_pbx = to_pbx();
    const auto ok = last(at_pbx, "200");
    EXPECT_EQ(ok->essentials().call_id, "call-3");
    EXPECT_FALSE(ok->essentials().to_tag.empty());
    EXPECT_TRUE(has_sdp(*ok));
    EXPECT_EQ(count(at_pbx, "BYE"), 0U);
    EXPECT_TRUE(to_carrier().empty());
    from_pbx(in_dialog("ACK", *ok, 1, sdp("198.18.0.2", 4800)));
    EXPECT_TRUE(has_sdp(*last(to_carrier(), "ACK")));
    const auto bye = last(to_pbx(), "BYE");
    EXPECT_EQ(bye->essentials().call_id, "call-1");
    a_says(*bye, 200);
    end_by_a(*ok, 2);
}

TEST_F(ReplacesTest, AnAckWithoutTheAnswerEndsAllLegs) {  // RFC 3261 section 13.2.1
    const auto call = establish();
    from_pbx(without_offer(invite(replacing(*call.ok_a), "call-3")));
    b_says(*last(to_carrier(), "INVITE"), 200, {.body = sdp("198.18.1.2", 6002)});
    a_acks(*last(to_pbx(), "200"));
    const auto at_carrier = to_carrier();
    (void)last(at_carrier, "ACK");
    b_says(*last(at_carrier, "BYE"), 200);
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "BYE"), 2U);
    for (const auto& m : at_pbx) {
        if (m->is_request() && m->method() == sip::Method::Bye) a_says(*m, 200);
    }
    expect_nothing_left();
}

TEST_F(ReplacesTest, WithoutAnOfferARefusalLeavesTheCall) {
    const auto call = establish();
    from_pbx(without_offer(invite(replacing(*call.ok_a), "call-3")));
    b_says(*last(to_carrier(), "INVITE"), 488);
    a_acks(*last(to_pbx(), "488"));
    (void)to_carrier();
    end_by_a(*call.ok_a, 2);
}

}  // namespace
}  // namespace portcullis::b2bua
