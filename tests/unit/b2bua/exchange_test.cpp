// SPDX-License-Identifier: BSD-2-Clause
// Offers within the call: hold in every form, streams that come and go, our own offers and their
// back-off, and events at odd moments (RFC 3261 section 14, RFC 3264 section 8, RFC 6337).
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/parser.hpp"
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

const char* const kVideoStream = "m=video 4002 RTP/AVP 96\na=rtpmap:96 H264/90000\n";

class ExchangeTest : public FlowTest {
 protected:
    static sdp::SessionDescription parsed(const sip::Message& message) {
        const auto description = sdp::parse_session(message.body());
        EXPECT_TRUE(description) << message.bytes();
        return description ? *description : sdp::SessionDescription{};
    }
    static std::string replaced(std::string text, const std::string& from, const std::string& to) {
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
            text.replace(at, from.size(), to);
        }
        return text;
    }
    // A call in which A was told another answer than the winner's: an offer of ours is due.
    struct Owed {
        sip::MessagePtr invite_b;
        sip::MessagePtr ok;
        sip::MessagePtr offer;
    };
    Owed own_offer() {
        adjust({{"/realms/0/single_early_dialog", "true"}});
        Owed made;
        made.invite_b = call(kAllowUpdate);
        b_says(*made.invite_b, 183,
               {.tag = "fork-1", .body = sdp("198.18.1.2", 6100, "a=recvonly\n")});
        b_says(*made.invite_b, 200,
               {.tag = "b-tag", .body = sdp("198.18.1.2", 6200), .headers = kAllowUpdate});
        made.ok = last(to_pbx(), "200");
        (void)to_carrier();
        a_acks(*made.ok);
        made.offer = last(to_pbx(), "INVITE");
        return made;
    }
    // How long until our next INVITE to A; gives up after `limit`.
    Duration until_offer(Duration limit, sip::MessagePtr& offer) {
        for (Duration waited{}; waited < limit; waited += 10ms) {
            advance(10ms);
            const auto at_pbx = to_pbx();
            if (count(at_pbx, "INVITE") == 0) continue;
            offer = last(at_pbx, "INVITE");
            return waited;
        }
        return limit;
    }
};

struct HoldCase {
    const char* name;
    const char* address;
    const char* attribute;
    const char* answer;
    std::vector<std::string> seen;  // any of these in what B gets
};
class HoldTest : public ExchangeTest, public testing::WithParamInterface<HoldCase> {};

TEST_P(HoldTest, CrossesAndComesBack) {  // RFC 3264 section 8.4, RFC 6337 section 5.3
    const auto& row = GetParam();
    const auto call = establish();
    for (int round = 0; round < 2; ++round) {
        const int cseq = 2 + 2 * round;
        a_asks("INVITE", *call.ok_a, cseq, sdp(row.address, 4000, row.attribute));
        const auto hold = last(to_carrier(), "INVITE");
        EXPECT_TRUE(std::any_of(row.seen.begin(), row.seen.end(), [&](const auto& text) {
            return contains(*hold, text);
        })) << hold->bytes();
        EXPECT_FALSE(contains(*hold, "198.18.0."));
        EXPECT_GT(parsed(*hold).media.at(0).port, 0);
        b_says(*hold, 200, {.body = sdp("198.18.1.2", 6000, row.answer)});
        const auto held = last(to_pbx(), "200");
        EXPECT_EQ(session_id(*held), session_id(*call.ok_a));
        a_acks(*held, cseq);
        (void)to_carrier();
        a_asks("INVITE", *call.ok_a, cseq + 1, sdp("198.18.0.2", 4000));
        const auto resume = last(to_carrier(), "INVITE");
        for (const auto& text : row.seen) EXPECT_FALSE(contains(*resume, text));
        b_says(*resume, 200, {.body = sdp("198.18.1.2", 6000)});
        a_acks(*last(to_pbx(), "200"), cseq + 1);
        (void)to_carrier();
    }
    end(call);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, HoldTest,
    testing::Values(
        HoldCase{"SendOnly", "198.18.0.2", "a=sendonly\n", "a=recvonly\n", {"a=sendonly"}},
        HoldCase{"Inactive", "198.18.0.2", "a=inactive\n", "a=inactive\n", {"a=inactive"}},
        HoldCase{"NullAddress",
                 "0.0.0.0",
                 "",
                 "a=recvonly\n",
                 {"a=sendonly", "a=inactive", "c=IN IP4 0.0.0.0"}},
        HoldCase{
            "NullAddressAndInactive", "0.0.0.0", "a=inactive\n", "a=inactive\n", {"a=inactive"}}),
    [](const auto& row) { return row.param.name; });

TEST_F(ExchangeTest, AStreamIsAddedRemovedAndAddedAgain) {  // RFC 3264 sections 8.1 and 8.2
    const auto call = establish();
    const std::array offers{kVideoStream, "m=video 0 RTP/AVP 96\n", kVideoStream};
    for (std::size_t i = 0; i < offers.size(); ++i) {
        const int cseq = static_cast<int>(i) + 2;
        const bool active = offers[i] == kVideoStream;
        a_asks("INVITE", *call.ok_a, cseq, sdp("198.18.0.2", 4000, offers[i]));
        const auto offer = last(to_carrier(), "INVITE");
        ASSERT_EQ(parsed(*offer).media.size(), 2U);
        EXPECT_EQ(parsed(*offer).media[1].port != 0, active);
        b_says(*offer, 200,
               {.body =
                    sdp("198.18.1.2", 6000,
                        active ? replaced(kVideoStream, "4002", "6002") : std::string(offers[i]))});
        const auto answer = last(to_pbx(), "200");
        EXPECT_EQ(parsed(*answer).media.at(1).port != 0, active);
        a_acks(*answer, cseq);
        (void)to_carrier();
    }
    // An m-line never goes away (section 8).
    a_asks("INVITE", *call.ok_a, 9, sdp("198.18.0.2", 4000));
    a_acks(*last(to_pbx(), "488"), 9);
    EXPECT_TRUE(to_carrier().empty());
    end(call);
}

TEST_F(ExchangeTest, AnAnswerThatDoesNotFitEndsTheCall) {  // RFC 3264 section 6
    const auto call = establish();
    a_asks("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    b_says(*last(to_carrier(), "INVITE"), 200, {.body = sdp("198.18.1.2", 6000, kVideoStream)});
    // B runs a session that A never heard of: nothing both share is left.
    const auto at_pbx = to_pbx();
    a_acks(*last(at_pbx, "488"), 2);
    a_says(*last(at_pbx, "BYE"), 200);
    const auto at_carrier = to_carrier();
    EXPECT_EQ(count(at_carrier, "ACK"), 1U);
    b_says(*last(at_carrier, "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ExchangeTest, ABodyThatIsNoSdpIsRefused) {  // RFC 3261 section 8.2.3
    const auto call = establish();
    auto text = in_dialog("INVITE", *call.ok_a, 2, "hello");
    text.replace(text.find("application/sdp"), 15, "text/plain");
    from_pbx(text);
    const auto refused = last(to_pbx(), "415");
    EXPECT_EQ(value(*refused, HeaderId::Accept), "application/sdp");
    a_acks(*refused, 2);
    a_asks("INVITE", *call.ok_a, 3, "not a description\n");
    a_acks(*last(to_pbx(), "488"), 3);
    EXPECT_TRUE(to_carrier().empty());
    end(call);
}

TEST_F(ExchangeTest, AnOfferlessReinviteOfBIsServedToo) {  // RFC 3261 section 14.2
    const auto call = establish();
    b_asks("INVITE", *call.invite_b, 1);
    const auto ask = last(to_pbx(), "INVITE");
    EXPECT_FALSE(has_sdp(*ask));
    a_says(*ask, 200, {.body = sdp("198.18.0.2", 4400)});
    EXPECT_EQ(count(to_pbx(), "ACK"), 0U);
    EXPECT_TRUE(contains(*last(to_carrier(), "200"), "m=audio 2"));
    // RFC 3311 section 5.2: the offer of the 200 has no answer yet.
    a_asks("UPDATE", *call.ok_a, 2, sdp("198.18.0.2", 4000));
    EXPECT_TRUE(last(to_pbx(), "500")->has(HeaderId::RetryAfter));
    b_asks("UPDATE", *call.invite_b, 2, sdp("198.18.1.2", 6000));
    (void)last(to_carrier(), "491");
    from_carrier(in_dialog("ACK", *call.invite_b, 1, sdp("198.18.1.2", 6000), true));
    EXPECT_TRUE(has_sdp(*last(to_pbx(), "ACK")));
    end(call);
}

TEST_F(ExchangeTest, AnOfferlessReinviteThatFailsLeavesTheSession) {  // RFC 3261 section 14.1
    const auto call = establish();
    a_asks("INVITE", *call.ok_a, 2);
    b_says(*last(to_carrier(), "INVITE"), 488);
    a_acks(*last(to_pbx(), "488"), 2);
    (void)to_carrier();
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

TEST_F(ExchangeTest, AnOfferlessReinviteWithoutAckEndsBothLegs) {  // RFC 3261 section 13.3.1.4
    const auto call = establish();
    a_asks("INVITE", *call.ok_a, 2);
    b_says(*last(to_carrier(), "INVITE"), 200, {.body = sdp("198.18.1.2", 6500)});
    (void)last(to_pbx(), "200");
    advance(33s);
    a_says(*last(to_pbx(), "BYE"), 200);
    const auto at_carrier = to_carrier();
    EXPECT_GE(count(at_carrier, "ACK"), 1U);
    b_says(*last(at_carrier, "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ExchangeTest, OurOwnOfferIsRetriedAsNonOwnerOfTheCallId) {  // RFC 3261 section 14.1
    auto made = own_offer();
    for (int i = 0; i < 4; ++i) {
        a_says(*made.offer, 491);
        EXPECT_EQ(count(to_pbx(), "ACK"), 1U);
        sip::MessagePtr again;
        EXPECT_LE(until_offer(3s, again), 2000ms);  // 0 to 2 s
        ASSERT_TRUE(again);
        EXPECT_EQ(again->body(), made.offer->body());
        EXPECT_GT(again->essentials().cseq.number, made.offer->essentials().cseq.number);
        made.offer = again;
    }
    // Not for ever.
    a_says(*made.offer, 491);
    (void)to_pbx();
    sip::MessagePtr again;
    (void)until_offer(6s, again);
    EXPECT_FALSE(again);
    EXPECT_EQ(calls->size(), 1U);
    end({nullptr, made.ok});
}

TEST_F(ExchangeTest, AnOfferOfAMeetsOurOwn) {  // RFC 3261 section 14.2
    const auto made = own_offer();
    a_asks("INVITE", *made.ok, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    a_acks(*last(to_pbx(), "491"), 2);
    a_says(*made.offer, 200, {.body = sdp("198.18.0.2", 4000)});
    EXPECT_EQ(count(to_pbx(), "ACK"), 1U);
    a_asks("INVITE", *made.ok, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    b_says(*last(to_carrier(), "INVITE"), 200, {.body = sdp("198.18.1.2", 6200, "a=recvonly\n")});
    a_acks(*last(to_pbx(), "200"), 3);
    (void)to_carrier();
    end({nullptr, made.ok});
}

TEST_F(ExchangeTest, OurOwnOfferThatIsRefusedLeavesTheCall) {
    const auto made = own_offer();
    a_says(*made.offer, 488);
    EXPECT_EQ(count(to_pbx(), "ACK"), 1U);
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_EQ(calls->size(), 1U);
    end({nullptr, made.ok});
}

TEST_F(ExchangeTest, ByeDuringOurOwnOfferEndsEverything) {
    for (const int code : {100, 491}) {
        const auto made = own_offer();
        a_says(*made.offer, code);
        (void)to_pbx();
        from_carrier(in_dialog("BYE", *made.invite_b, 99, {}, true));
        const auto at_pbx = to_pbx();
        a_says(*last(at_pbx, "BYE"), 200);
        if (code == 100) {
            a_says(*last(at_pbx, "CANCEL"), 200);
            a_says(*made.offer, 487);
        }
        (void)to_pbx();
        expect_nothing_left();
    }
}

// Events that come while the relay works on a re-INVITE of A (design 8.3).
class OddMomentTest : public ExchangeTest {
 protected:
    // Runs `event` while the relay works on A's re-INVITE, then lets everything finish.
    template <class Event>
    void at_the_odd_moment(Event event) {
        const auto call = establish_with(kAllowUpdate, kAllowUpdate);
        relay.hold = true;
        a_asks("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4444));
        EXPECT_TRUE(to_carrier().empty());
        event(call);
        relay.hold = false;
        relay.answer();
        for (int round = 0; round < 6; ++round) {
            for (const auto& m : to_carrier()) settle_b(*m);
            for (const auto& m : to_pbx()) settle_a(*m);
        }
        if (calls->size() != 0) end(call);
        advance(40s);
        (void)to_pbx();
        (void)to_carrier();
        expect_nothing_left();
    }
    void settle_b(const sip::Message& m) {
        if (!m.is_request() || m.method() == sip::Method::Ack) return;
        const bool offers = m.method() == sip::Method::Invite && has_sdp(m);
        b_says(m, 200, {.body = offers ? sdp("198.18.1.2", 6000) : ""});
    }
    void settle_a(const sip::Message& m) {
        if (m.is_request() && m.method() != sip::Method::Ack) {
            a_says(m, 200, {.body = has_sdp(m) ? sdp("198.18.0.2", 4444) : ""});
        } else if (m.is_response() && m.method() == sip::Method::Invite && m.status_code() >= 200) {
            a_acks(m, static_cast<int>(m.essentials().cseq.number));
        }
    }
};

TEST_F(OddMomentTest, ByeOfA) {
    at_the_odd_moment([this](const auto& call) { a_asks("BYE", *call.ok_a, 3); });
}

TEST_F(OddMomentTest, ByeOfB) {
    at_the_odd_moment([this](const auto& call) { b_asks("BYE", *call.invite_b, 1); });
}

TEST_F(OddMomentTest, OffersOfBothSides) {
    at_the_odd_moment([this](const auto& call) {
        b_asks("UPDATE", *call.invite_b, 1, sdp("198.18.1.2", 6666));
        b_asks("INVITE", *call.invite_b, 2, sdp("198.18.1.2", 6666));
        from_carrier(in_dialog("ACK", *call.invite_b, 2, {}, true));
        a_asks("UPDATE", *call.ok_a, 3, sdp("198.18.0.2", 4666));
    });
}

TEST_F(OddMomentTest, RepeatedAnswersAndAcks) {
    at_the_odd_moment([this](const auto& call) {
        b_says(*call.invite_b, 200, {.body = sdp("198.18.1.2", 6000)});
        a_acks(*call.ok_a);
        b_says(*call.invite_b, 200, {.tag = "other", .body = sdp("198.18.1.2", 6000)});
    });
}

TEST_F(OddMomentTest, TheOperatorEndsIt) {
    at_the_odd_moment([this](const auto&) {
        calls->for_each([](Call& call) { call.hang_up("operator"); });
        calls->reap();
    });
}

TEST_F(OddMomentTest, InfoAndRefresh) {
    at_the_odd_moment([this](const auto& call) {
        a_asks("INFO", *call.ok_a, 3);
        a_asks("UPDATE", *call.ok_a, 4);
        b_asks("INFO", *call.invite_b, 1);
    });
}

TEST_F(OddMomentTest, TheRelayNeverAnswers) {
    at_the_odd_moment([this](const auto&) { advance(70s); });
}

TEST_F(OddMomentTest, TheRelayRefuses) {
    relay.outcome = relay_api::Outcome::Ok;
    const auto call = establish();
    relay.outcome = relay_api::Outcome::NoPorts;
    a_asks("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4444));
    relay.outcome = relay_api::Outcome::Ok;
    a_acks(*last(to_pbx(), "500"), 2);
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

}  // namespace
}  // namespace portcullis::b2bua
