// SPDX-License-Identifier: BSD-2-Clause
// Several forks that each offer in a reliable response to an INVITE without an offer (RFC 3262
// section 5, RFC 6337 section 2.1).
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

class DelayedForkTest : public FlowTest {
 protected:
    sip::MessagePtr invite_b;

    void begin(const std::string& extra = kSupports100rel) {
        from_pbx(offerless(extra));
        invite_b = last(to_carrier(), "INVITE");
        (void)to_pbx();
    }
    void offers(int fork, int port, int rseq = 1) {
        b_says(*invite_b, 183,
               {.tag = "fork-" + std::to_string(fork),
                .body = sdp("198.18.1.2", port),
                .headers = kAllowUpdate + std::string("Require: 100rel\nRSeq: ") +
                           std::to_string(rseq) + "\n"});
    }
    // A's answer to that offer; the PRACK that takes it on.
    sip::MessagePtr a_answers(const sip::Message& progress, int cseq, int port = 4000) {
        a_pracks(progress, cseq, sdp("198.18.0.2", port));
        const auto prack = last(to_carrier(), "PRACK");
        EXPECT_TRUE(has_sdp(*prack)) << prack->bytes();
        b_says(*prack, 200);
        return prack;
    }
    [[nodiscard]] static std::string to_tag(const sip::Message& message) {
        return std::string(message.essentials().to_tag);
    }
    // The call is that of the fork; its media is what the relay forwards.
    void answers(int fork, int port, int a_port = 4000) {
        b_says(*invite_b, 200, {.tag = "fork-" + std::to_string(fork)});
        EXPECT_FALSE(has_sdp(*last(to_carrier(), "ACK")));
        const auto ok = last(to_pbx(), "200");
        EXPECT_FALSE(has_sdp(*ok));
        a_acks(*ok);
        EXPECT_EQ(count(to_pbx(), "INVITE"), 0U);
        const auto& install = std::get<relay_api::InstallSession>(relay.requests.back());
        ASSERT_EQ(install.legs.size(), 2U);
        EXPECT_EQ(install.legs[0].streams.at(0).rtp_remote.value_or(Endpoint{}).port, a_port);
        EXPECT_EQ(install.legs[1].streams.at(0).rtp_remote.value_or(Endpoint{}).port, port);
        end({nullptr, ok});
    }
};

TEST_F(DelayedForkTest, EachOfferIsAnsweredByA) {
    for (const int winner : {1, 2}) {
        begin();
        offers(1, 6100);
        const auto first = last(to_pbx(), "183");
        EXPECT_EQ(value(*a_answers(*first, 2), HeaderId::RAck), "1 1 INVITE");
        (void)last(to_pbx(), "200");
        offers(2, 6200, 7);
        EXPECT_EQ(count(to_carrier(), "PRACK"), 0U);
        const auto second = last(to_pbx(), "183");
        EXPECT_TRUE(has_sdp(*second));
        EXPECT_NE(to_tag(*second), to_tag(*first));
        const auto prack = a_answers(*second, 3, 4100);
        EXPECT_EQ(value(*prack, HeaderId::RAck), "7 1 INVITE");
        EXPECT_EQ(to_tag(*prack), "fork-2");
        (void)last(to_pbx(), "200");
        answers(winner, winner == 1 ? 6100 : 6200, winner == 1 ? 4000 : 4100);
    }
}

TEST_F(DelayedForkTest, OneOfferAtATimeIsBroughtToA) {
    begin();
    offers(1, 6100);
    offers(2, 6200);
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "183"), 1U);
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_EQ(to_tag(*a_answers(*at_pbx.front(), 2)), "fork-1");
    const auto then = to_pbx();
    (void)last(then, "200");
    const auto second = last(then, "183");
    EXPECT_EQ(to_tag(*a_answers(*second, 3, 4100)), "fork-2");
    answers(1, 6100);
}

TEST_F(DelayedForkTest, AForkThatIsOverMakesRoom) {  // RFC 6228
    begin();
    offers(1, 6100);
    offers(2, 6200);
    const auto gone = last(to_pbx(), "183");
    b_says(*invite_b, 199, {.tag = "fork-1"});
    a_pracks(*gone, 2, sdp("198.18.0.2", 4000));
    const auto then = to_pbx();
    (void)last(then, "200");
    EXPECT_EQ(count(to_carrier(), "PRACK"), 0U);
    EXPECT_EQ(to_tag(*a_answers(*last(then, "183"), 3, 4100)), "fork-2");
    answers(2, 6200, 4100);
}

// Two first offers have no place in one dialog: the other branch ends by its own timer.
TEST_F(DelayedForkTest, WithOneEarlyDialogOnlyTheFirstOfferIsAnswered) {  // RFC 3262 section 3
    adjust({{"/realms/0/single_early_dialog", "true"}});
    begin();
    offers(1, 6100);
    const auto first = last(to_pbx(), "183");
    offers(2, 6200);
    (void)a_answers(*first, 2);
    EXPECT_EQ(count(to_pbx(), "183"), 0U);
    EXPECT_EQ(count(to_carrier(), "PRACK"), 0U);
    answers(1, 6100);
}

// A 2xx with the offer of a fork that was not brought to A yet: the answer comes in the ACK.
TEST_F(DelayedForkTest, TheAnswerOfAForkThatWaitedBringsItsOffer) {
    begin();
    offers(1, 6100);
    const auto first = last(to_pbx(), "183");
    (void)a_answers(*first, 2);
    (void)to_pbx();
    b_says(*invite_b, 200, {.tag = "fork-2", .body = sdp("198.18.1.2", 6200)});
    const auto ok = last(to_pbx(), "200");
    EXPECT_TRUE(has_sdp(*ok));
    EXPECT_EQ(count(to_carrier(), "ACK"), 0U);
    from_pbx(in_dialog("ACK", *ok, 1, sdp("198.18.0.2", 4000)));
    EXPECT_TRUE(has_sdp(*last(to_carrier(), "ACK")));
    end({nullptr, ok});
}

TEST_F(DelayedForkTest, AfterTheAnswerTheCallCanBeTransferred) {  // what B said is known
    begin();
    offers(1, 6100);
    (void)a_answers(*last(to_pbx(), "183"), 2);
    (void)to_pbx();
    b_says(*invite_b, 200, {.tag = "fork-1"});
    (void)to_carrier();
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    a_asks("REFER", *ok, 3, {},
           "Contact: <sip:1001@198.18.0.2>\nRefer-To: <sip:4930999@198.18.0.1>\n");
    const auto offered = last(to_carrier(), "INVITE");
    EXPECT_TRUE(has_sdp(*offered));
    b_says(*offered, 486, {.tag = "c-tag"});
    (void)to_carrier();
    const auto at_pbx = to_pbx();
    for (const auto& m : at_pbx) {
        if (m->is_request()) a_says(*m, 200);
    }
    end({nullptr, ok});
}

// The answered fork's media, whichever early media was heard last (RFC 6337 section 3.1.1).
TEST_F(DelayedForkTest, WithAnOfferTheAnsweredForksMediaStands) {
    from_pbx(invite(kSupports100rel));
    invite_b = last(to_carrier(), "INVITE");
    (void)to_pbx();
    offers(1, 6100);
    a_pracks(*last(to_pbx(), "183"), 2);
    (void)to_pbx();
    offers(2, 6200);
    a_pracks(*last(to_pbx(), "183"), 3);
    (void)to_pbx();
    (void)to_carrier();
    answers(1, 6100);
}

}  // namespace
}  // namespace portcullis::b2bua
