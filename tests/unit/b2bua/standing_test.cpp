// SPDX-License-Identifier: BSD-2-Clause
// A call that has stood for a while, and has let go of its set-up, is the same call.
#include <string>
#include <vector>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;

class StandingTest : public FlowTest {
 protected:
    // Past 64*T1, when the last transaction of the set-up is over.
    Established stand() {
        auto call = establish();
        advance(40s);
        (void)to_pbx();
        (void)to_carrier();
        return call;
    }
    bool rests() {
        bool both = true;
        calls->for_each([&both](const Call& call) {
            both = both && call.leg(Side::A).media.rests() && call.leg(Side::B).media.rests();
        });
        return both;
    }
};

TEST_F(StandingTest, LaysItsMediaByAndTakesAReInvite) {
    const auto call = stand();
    EXPECT_TRUE(rests());
    a_asks("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    EXPECT_FALSE(rests());
    const auto hold = last(to_carrier(), "INVITE");
    EXPECT_EQ(session_id(*hold), session_id(*call.invite_b));
    EXPECT_NE(session_version(*hold), session_version(*call.invite_b));
    EXPECT_TRUE(contains(*hold, "a=sendonly"));
    b_says(*hold, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    const auto held = last(to_pbx(), "200");
    EXPECT_EQ(session_id(*held), session_id(*call.ok_a));
    a_acks(*held, 2);
    EXPECT_EQ(count(to_carrier(), "ACK"), 1U);
    // Its 2xx again: the ACK was lost (RFC 3261 section 13.2.2.4).
    b_says(*hold, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    EXPECT_EQ(count(to_carrier(), "ACK"), 1U);
    advance(40s);
    (void)to_carrier();
    EXPECT_TRUE(rests());
    end(call);
}

// Who called is asked for again when the called side transfers: as soon as ever after the ACK.
TEST_F(StandingTest, IsTransferredAsTheOneWhoCalled) {
    std::vector<std::string> callers;
    for (const auto wait : {0s, 40s}) {
        const auto call = establish();
        advance(wait);
        (void)to_pbx();
        (void)to_carrier();
        auto refer = in_dialog("REFER", *call.invite_b, 1, {}, true);
        refer.insert(refer.find("Content-Length"),
                     "Contact: <sip:b@198.18.1.2:5060>\nRefer-To: <sip:1002@198.18.1.1>\n");
        from_carrier(refer);
        const auto invite_c = last(to_pbx(), "INVITE");
        const auto& from = invite_c->essentials().from;
        callers.push_back(std::string(from.display_text()) + std::string(from.uri.user));
        EXPECT_NE(from.uri.user, "");
        calls->for_each([](Call& each) { each.hang_up("enough"); });
        calls->reap();
        (void)to_pbx();
        (void)to_carrier();
    }
    EXPECT_EQ(callers.front(), callers.back());
}

}  // namespace
}  // namespace portcullis::b2bua
