// SPDX-License-Identifier: BSD-2-Clause
// Every event of a set-up at every moment at which the relay works (design 8.3): whatever comes,
// A hears one final response, B is left without a call it does not know the end of, and nothing
// stays behind.
#include <fmt/format.h>

#include <set>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;
using sip::Method;

const char* const kReliableOne =
    "Require: 100rel\nRSeq: 1\nAllow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\n";

enum class Moment {
    Allocation,    // of leg B, before its INVITE
    EarlyMedia,    // of the first fork
    Answer,        // the 2xx of leg B
    DelayedOffer,  // the 2xx of an INVITE without offer
    DelayedAck,    // the ACK with the answer
    EarlyOffer,    // in a reliable response
    PrackAnswer,   // the PRACK that answers it
    EarlyUpdate,   // of leg A
    kEnd
};
enum class Event {
    Cancel,
    CancelThenAnswer,
    ByeOfA,
    ByeOfB,
    Answer,
    OtherForkAnswers,
    OtherForkRings,
    Refusal,
    Unavailable,
    Redirection,
    UpdateOfB,
    HangUp,
    Time,
    kEnd
};

class OddMomentOfSetupTest : public FlowTest,
                             public testing::WithParamInterface<std::tuple<int, int>> {
 protected:
    // The call up to the moment; the relay's answer is then outstanding.
    void reach(Moment moment) {
        const bool offers = moment == Moment::Allocation || moment == Moment::EarlyMedia ||
                            moment == Moment::Answer || moment == Moment::EarlyUpdate;
        invite_a_ = offers ? invite(kSupports100rel) : offerless(kSupports100rel);
        if (moment == Moment::Allocation) relay.hold = true;
        from_pbx(invite_a_);
        if (moment == Moment::Allocation) return;
        invite_b_ = last(to_carrier(), "INVITE");
        switch (moment) {
            case Moment::EarlyMedia:
                relay.hold = true;
                b_says(*invite_b_, 183, {.body = sdp("198.18.1.2", 6000)});
                break;
            case Moment::Answer:
            case Moment::DelayedOffer:
                b_says(*invite_b_, 180);
                relay.hold = true;
                answer_of_b("b-tag");
                break;
            case Moment::DelayedAck: {
                answer_of_b("b-tag");
                const auto ok = last(to_pbx(), "200");
                finals_.insert(200);
                relay.hold = true;
                from_pbx(in_dialog("ACK", *ok, 1, sdp("198.18.0.2", 4000)));
                break;
            }
            case Moment::EarlyOffer:
                relay.hold = true;
                b_says(*invite_b_, 183, {.body = sdp("198.18.1.2", 6000), .headers = kReliableOne});
                break;
            default:
                b_says(*invite_b_, 183, {.body = sdp("198.18.1.2", 6000), .headers = kReliableOne});
                progress_ = last(to_pbx(), "183");
                settle();
                if (moment == Moment::PrackAnswer) {
                    relay.hold = true;
                    a_pracks(*progress_, 2, sdp("198.18.0.2", 4000));
                } else {
                    a_pracks(*progress_, 2);
                    relay.hold = true;
                    a_asks("UPDATE", *progress_, 3, sdp("198.18.0.2", 4440));
                }
        }
    }

    void answer_of_b(const std::string& tag) {
        answered_tags_.insert(tag);
        b_says(*invite_b_, 200, {.tag = tag, .body = sdp("198.18.1.2", 6000)});
    }

    void happen(Event event) {
        const bool b_is_called = invite_b_ != nullptr;
        switch (event) {
            case Event::CancelThenAnswer:
            case Event::Cancel:
                from_pbx(cancel_of(invite_a_));
                if (b_is_called && event == Event::CancelThenAnswer) answer_of_b("b-tag");
                break;
            case Event::ByeOfA:
                if (progress_) a_asks("BYE", *progress_, 9);
                break;
            case Event::ByeOfB:
                if (b_is_called) b_asks("BYE", *invite_b_, 9);
                break;
            case Event::Answer:
                if (b_is_called) answer_of_b("b-tag");
                break;
            case Event::OtherForkAnswers:
                if (b_is_called) answer_of_b("fork-2");
                break;
            case Event::OtherForkRings:
                if (b_is_called) {
                    b_says(*invite_b_, 183, {.tag = "fork-2", .body = sdp("198.18.1.2", 6200)});
                }
                break;
            case Event::Refusal:
                if (b_is_called) b_says(*invite_b_, 486);
                break;
            case Event::Unavailable:
                if (b_is_called) b_says(*invite_b_, 503);
                break;
            case Event::Redirection:
                if (b_is_called) {
                    b_says(*invite_b_, 302,
                           {.headers = "Contact: <sip:7@198.18.1.3>\n", .contact = {}});
                }
                break;
            case Event::UpdateOfB:
                if (b_is_called) b_asks("UPDATE", *invite_b_, 8, sdp("198.18.1.2", 6600));
                break;
            case Event::HangUp:
                calls->for_each([](Call& call) { call.hang_up("operator"); });
                calls->reap();
                break;
            default:
                advance(45s);
        }
    }

    // Both peers answer what they are asked, until nothing more comes.
    void settle() {
        for (int round = 0; round < 8; ++round) {
            for (const auto* const address : {"198.18.1.2:5060", kSecondGateway}) {
                for (const auto& m : take(address)) b_hears(*m, address);
            }
            for (const auto& m : to_pbx()) a_hears(*m);
        }
    }

    void b_hears(const sip::Message& m, const std::string& address) {
        if (!m.is_request()) return;
        switch (m.method()) {
            case Method::Ack:
                acked_tags_.emplace(m.essentials().to_tag);
                break;
            case Method::Invite:
                if (!invite_b_ && m.essentials().to_tag.empty()) {
                    b_says(m, 486, Says(), address);
                } else if (m.essentials().to_tag.empty()) {
                    b_says(m, 486, {.tag = "second"}, address);
                } else {
                    b_says(m, 200, {.body = sdp("198.18.1.2", 6000)}, address);
                }
                break;
            case Method::Cancel:
                b_says(m, 200, Says(), address);
                if (invite_b_) b_says(*invite_b_, 487, Says(), address);
                break;
            case Method::Bye:
                ended_tags_.emplace(m.essentials().to_tag);
                b_says(m, 200, Says(), address);
                break;
            default:
                b_says(m, 200, {.body = has_sdp(m) ? sdp("198.18.1.2", 6000) : ""}, address);
        }
    }

    void a_hears(const sip::Message& m) {
        if (m.is_request()) {
            if (m.method() == Method::Ack) return;
            a_says(m, 200, {.body = has_sdp(m) ? sdp("198.18.0.2", 4000) : ""});
            return;
        }
        if (m.method() != Method::Invite || m.status_code() < 200) return;
        finals_.insert(m.status_code());
        a_acks(m);
    }

    std::string invite_a_;
    sip::MessagePtr invite_b_;
    sip::MessagePtr progress_;
    std::set<int> finals_;  // that A heard of its INVITE
    std::set<std::string, std::less<>> answered_tags_;
    std::set<std::string, std::less<>> acked_tags_;
    std::set<std::string, std::less<>> ended_tags_;
};

TEST_P(OddMomentOfSetupTest, NothingIsLostOrLeft) {
    reach(static_cast<Moment>(std::get<0>(GetParam())));
    ASSERT_FALSE(relay.idle());
    happen(static_cast<Event>(std::get<1>(GetParam())));
    relay.hold = false;
    relay.answer();
    settle();
    // A 2xx that found nobody is repeated by its sender (RFC 3261 section 13.3.1.4).
    for (const auto& tag : std::set(answered_tags_)) {
        if (!acked_tags_.contains(tag)) answer_of_b(tag);
    }
    settle();
    if (calls->size() != 0) {
        calls->for_each([](Call& call) { call.hang_up("end of test"); });
        calls->reap();
        relay.answer();
        settle();
    }
    EXPECT_EQ(finals_.size(), 1U);
    for (const auto& tag : answered_tags_) {
        EXPECT_TRUE(acked_tags_.contains(tag)) << tag;
        const bool ended = ended_tags_.contains(tag) ||
                           static_cast<Event>(std::get<1>(GetParam())) == Event::ByeOfB;
        EXPECT_TRUE(ended) << tag;
    }
    EXPECT_EQ(records().size(), 1U);
    expect_nothing_left();
    EXPECT_EQ(relay.released.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(All, OddMomentOfSetupTest,
                         testing::Combine(testing::Range(0, static_cast<int>(Moment::kEnd)),
                                          testing::Range(0, static_cast<int>(Event::kEnd))),
                         [](const auto& row) {
                             return fmt::format("Moment{}Event{}", std::get<0>(row.param),
                                                std::get<1>(row.param));
                         });

}  // namespace
}  // namespace portcullis::b2bua
