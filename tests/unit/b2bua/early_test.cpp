// SPDX-License-Identifier: BSD-2-Clause
// Provisional responses, reliable and not, on either leg (RFC 3262).
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

std::string reliable_183(int rseq) {
    return "Require: 100rel\nRSeq: " + std::to_string(rseq) +
           "\nAllow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\n";
}

class EarlyTest : public FlowTest {
 protected:
    sip::MessagePtr a_gets_183() { return last(to_pbx(), "183"); }
    // The carrier answers; A gets its 200 and acknowledges it; then A ends the call.
    void answer_and_end(const sip::Message& invite_b, const Says& says, bool a_gets_sdp) {
        b_says(invite_b, 200, says);
        const auto ok = last(to_pbx(), "200");
        EXPECT_EQ(has_sdp(*ok), a_gets_sdp) << ok->bytes();
        (void)last(to_carrier(), "ACK");
        a_acks(*ok);
        end({nullptr, ok});
    }
};

struct RelCase {
    const char* a;  // what A says of 100rel
    bool b_reliable;
    bool with_sdp;
    bool offer;
};

class RelMatrixTest : public EarlyTest, public testing::WithParamInterface<RelCase> {};

TEST_P(RelMatrixTest, EachLegIsAcknowledgedByItself) {  // RFC 3262 sections 3 to 5
    const auto& row = GetParam();
    const bool a_requires = std::string_view(row.a) == kRequires100rel;
    const bool a_knows = *row.a != 0;
    from_pbx(row.offer ? invite(row.a) : offerless(row.a));
    const auto invite_b = last(to_carrier(), "INVITE");
    // Without an offer a reliable response would need an answer that A can not give.
    EXPECT_EQ(invite_b->lists(HeaderId::Supported, "100rel"), row.offer || a_knows);
    EXPECT_FALSE(invite_b->has(HeaderId::Require));
    const bool b_reliable = row.b_reliable && (row.offer || a_knows);
    (void)to_pbx();
    b_says(*invite_b, 183,
           {.body = row.with_sdp ? sdp("198.18.1.2", 6000) : "",
            .headers = b_reliable ? reliable_183(71) : std::string()});
    const auto progress = a_gets_183();
    const bool a_reliable = a_requires || (a_knows && b_reliable);
    EXPECT_EQ(progress->has(HeaderId::RSeq), a_reliable);
    EXPECT_EQ(progress->lists(HeaderId::Require, "100rel"), a_reliable);
    const bool early_offer = !row.offer && row.with_sdp && b_reliable;
    EXPECT_EQ(has_sdp(*progress), row.with_sdp && (row.offer || early_offer));
    if (b_reliable && !early_offer) {
        const auto prack = last(to_carrier(), "PRACK");
        EXPECT_EQ(value(*prack, HeaderId::RAck), "71 1 INVITE");
        EXPECT_EQ(prack->request_uri_text(), "sip:b@198.18.1.2:5060");
        EXPECT_FALSE(has_sdp(*prack));
        b_says(*prack, 200);
    } else {
        EXPECT_TRUE(to_carrier().empty());
    }
    if (a_reliable) {
        EXPECT_NE(value(*progress, HeaderId::RSeq), "71");
        a_pracks(*progress, 2, early_offer ? sdp("198.18.0.2", 4000) : "");
        (void)last(to_pbx(), "200");
        if (early_offer) {
            const auto prack = last(to_carrier(), "PRACK");
            EXPECT_TRUE(contains(*prack, "m=audio 2")) << prack->bytes();
            EXPECT_FALSE(contains(*prack, "198.18.0.2"));
            b_says(*prack, 200);
        }
    }
    const bool settled = b_reliable && row.with_sdp;
    const bool a_settled = a_reliable && row.with_sdp && (row.offer || early_offer);
    b_says(*invite_b, 200, {.body = settled ? "" : sdp("198.18.1.2", 6000)});
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(has_sdp(*ok), !a_settled);
    const bool late_answer = !row.offer && !a_settled;
    from_pbx(in_dialog("ACK", *ok, 1, late_answer ? sdp("198.18.0.2", 4000) : ""));
    EXPECT_EQ(has_sdp(*last(to_carrier(), "ACK")), late_answer);
    end({nullptr, ok});
}

std::vector<RelCase> matrix() {
    std::vector<RelCase> rows;
    for (const auto* const a : {"", kSupports100rel, kRequires100rel}) {
        for (unsigned i = 0; i < 8; ++i) {
            rows.push_back({a, (i & 1U) != 0, (i & 2U) != 0, (i & 4U) != 0});
        }
    }
    return rows;
}
INSTANTIATE_TEST_SUITE_P(All, RelMatrixTest, testing::ValuesIn(matrix()));

TEST_F(EarlyTest, WithoutPrackItIsRepeatedAndTheCallEnds) {  // RFC 3262 section 3
    const auto invite_b = call(kSupports100rel);
    (void)to_pbx();
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(1)});
    const auto first = a_gets_183();
    b_says(*last(to_carrier(), "PRACK"), 200);
    for (const auto pause : {500ms, 1000ms, 2000ms, 4000ms, 8000ms}) {
        advance(pause - 60ms);
        EXPECT_TRUE(to_pbx().empty());
        advance(70ms);
        const auto again = to_pbx();
        ASSERT_EQ(again.size(), 1U);
        EXPECT_EQ(again[0]->bytes(), first->bytes());
    }
    advance(17s);
    const auto refused = last(to_pbx(), "504");
    a_acks(*refused);
    const auto cancel = last(to_carrier(), "CANCEL");
    b_says(*cancel, 200);
    b_says(*invite_b, 487);
    expect_nothing_left();
}

TEST_F(EarlyTest, AWrongRackIsAnswered481) {  // RFC 3262 section 3
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183, {.headers = reliable_183(1)});
    b_says(*last(to_carrier(), "PRACK"), 200);
    const auto progress = a_gets_183();
    const auto rseq = std::stoul(value(*progress, HeaderId::RSeq));
    const std::array wrong{std::to_string(rseq + 1) + " 1 INVITE",
                           std::to_string(rseq) + " 2 INVITE", std::to_string(rseq) + " 1 UPDATE"};
    int cseq = 2;
    for (const auto& rack : wrong) {
        a_asks("PRACK", *progress, cseq++, {}, "RAck: " + rack + "\n");
        (void)last(to_pbx(), "481");
    }
    for (const auto* const header : {"", "RAck: nonsense\n"}) {
        a_asks("PRACK", *progress, cseq++, {}, header);
        (void)last(to_pbx(), "400");
    }
    a_pracks(*progress, cseq, {});
    (void)last(to_pbx(), "200");
    // Acknowledged is acknowledged (RFC 3262 section 3: it matches nothing any more).
    a_pracks(*progress, cseq + 1, {});
    (void)last(to_pbx(), "481");
    answer_and_end(*invite_b, {.body = sdp("198.18.1.2", 6000)}, true);
}

TEST_F(EarlyTest, ARepeatedPrackIsAnsweredAgain) {  // RFC 3261 section 17.2.2
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183, {.headers = reliable_183(1)});
    const auto progress = a_gets_183();
    for (int i = 0; i < 3; ++i) {
        a_pracks(*progress, 2);
        EXPECT_EQ(count(to_pbx(), "200"), 1U);
    }
    (void)to_carrier();
    answer_and_end(*invite_b, {.body = sdp("198.18.1.2", 6000)}, true);
}

TEST_F(EarlyTest, TheSecondWaitsForTheFirst) {  // RFC 3262 section 3
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(7)});
    const auto first = a_gets_183();
    b_says(*invite_b, 180, {.headers = reliable_183(8)});
    EXPECT_TRUE(to_pbx().empty());
    const auto pracks = to_carrier();
    ASSERT_EQ(count(pracks, "PRACK"), 2U);
    EXPECT_EQ(value(*pracks[1], HeaderId::RAck), "8 1 INVITE");
    a_pracks(*first, 2);
    const auto at_pbx = to_pbx();
    const auto second = last(at_pbx, "180");
    EXPECT_EQ(std::stoul(value(*second, HeaderId::RSeq)),
              std::stoul(value(*first, HeaderId::RSeq)) + 1);
    a_pracks(*second, 3);
    (void)last(to_pbx(), "200");
    answer_and_end(*invite_b, {}, false);
}

TEST_F(EarlyTest, The2xxWaitsForThePrackOfADescription) {  // RFC 3262 section 3
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(7)});
    const auto progress = a_gets_183();
    b_says(*invite_b, 200);
    (void)last(to_carrier(), "ACK");
    EXPECT_TRUE(to_pbx().empty());
    a_pracks(*progress, 2);
    const auto at_pbx = to_pbx();
    ASSERT_EQ(at_pbx.size(), 2U);
    EXPECT_EQ(at_pbx[0]->method(), sip::Method::Prack);
    EXPECT_EQ(at_pbx[1]->method(), sip::Method::Invite);
    EXPECT_FALSE(has_sdp(*at_pbx[1]));
    a_acks(*at_pbx[1]);
    end({nullptr, at_pbx[1]});
}

TEST_F(EarlyTest, WithoutADescriptionThe2xxDoesNotWait) {  // RFC 3262 section 3
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 180, {.headers = reliable_183(7)});
    const auto ringing = last(to_pbx(), "180");
    (void)to_carrier();
    b_says(*invite_b, 200, {.body = sdp("198.18.1.2", 6000)});
    const auto ok = last(to_pbx(), "200");
    EXPECT_TRUE(has_sdp(*ok));
    a_acks(*ok);
    advance(5s);
    EXPECT_TRUE(to_pbx().empty());  // not repeated any more
    // A PRACK that the 2xx has overtaken is still to be answered.
    a_pracks(*ringing, 2);
    (void)last(to_pbx(), "200");
    a_pracks(*ringing, 3);
    (void)last(to_pbx(), "481");
    (void)to_carrier();
    end({nullptr, ok});
}

TEST_F(EarlyTest, CancelWhileThe2xxIsHeldEndsBothOnce) {  // RFC 3261 sections 9.2 and 13.2.2.4
    from_pbx(invite(kSupports100rel));
    const auto invite_b = last(to_carrier(), "INVITE");
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(7)});
    const auto progress = a_gets_183();
    b_says(*invite_b, 200);
    EXPECT_EQ(count(to_carrier(), "ACK"), 1U);
    from_pbx(cancel_of(invite(kSupports100rel)));
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "487"), 1U);
    a_acks(*last(at_pbx, "487"));
    const auto at_carrier = to_carrier();
    EXPECT_EQ(count(at_carrier, "BYE"), 1U);
    EXPECT_EQ(count(at_carrier, "CANCEL"), 0U);
    b_says(*last(at_carrier, "BYE"), 200);
    a_pracks(*progress, 2);
    (void)last(to_pbx(), "481");
    b_says(*invite_b, 200);  // its ACK was lost
    const auto again = to_carrier();
    EXPECT_EQ(count(again, "ACK"), 1U);
    EXPECT_EQ(count(again, "BYE"), 0U);
    expect_nothing_left();
}

TEST_F(EarlyTest, ARepeatedOrGappedResponseIsNotPassedOn) {  // RFC 3262 section 4
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183, {.headers = reliable_183(7)});
    a_pracks(*a_gets_183(), 2);
    (void)to_pbx();
    EXPECT_EQ(count(to_carrier(), "PRACK"), 1U);
    b_says(*invite_b, 183, {.headers = reliable_183(7)});
    b_says(*invite_b, 183, {.headers = reliable_183(9)});
    EXPECT_TRUE(to_pbx().empty());
    EXPECT_EQ(count(to_carrier(), "PRACK"), 0U);
    b_says(*invite_b, 180, {.headers = reliable_183(8)});
    EXPECT_EQ(value(*last(to_carrier(), "PRACK"), HeaderId::RAck), "8 1 INVITE");
    a_pracks(*last(to_pbx(), "180"), 3);
    (void)to_pbx();
    answer_and_end(*invite_b, {.body = sdp("198.18.1.2", 6000)}, true);
}

TEST_F(EarlyTest, AReliable199IsAcknowledged) {  // RFC 6228 section 4
    const auto invite_b = call("Supported: 100rel, 199\n");
    b_says(*invite_b, 180, {.tag = "fork-1"});
    const auto ringing = last(to_pbx(), "180");
    b_says(*invite_b, 199, {.tag = "fork-1", .headers = reliable_183(3)});
    EXPECT_EQ(value(*last(to_carrier(), "PRACK"), HeaderId::RAck), "3 1 INVITE");
    EXPECT_EQ(last(to_pbx(), "199")->essentials().to_tag, ringing->essentials().to_tag);
    answer_and_end(*invite_b, {.tag = "fork-2", .body = sdp("198.18.1.2", 6000)}, true);
}

TEST_F(EarlyTest, A199IsNotForWhoRequiresReliableResponses) {  // RFC 3262 section 3
    const auto invite_b = call("Require: 100rel\nSupported: 199\n");
    b_says(*invite_b, 180, {.tag = "fork-1"});
    a_pracks(*last(to_pbx(), "180"), 2);
    (void)last(to_pbx(), "200");
    b_says(*invite_b, 199, {.tag = "fork-1"});
    EXPECT_TRUE(to_pbx().empty());
    answer_and_end(*invite_b, {.tag = "fork-2", .body = sdp("198.18.1.2", 6000)}, true);
}

TEST_F(EarlyTest, A199WithAnUnacknowledgedResponseDoesNotBlockTheRest) {  // RFC 3262 section 3
    const auto invite_b = call("Supported: 100rel, 199\n");
    b_says(*invite_b, 183,
           {.tag = "fork-1", .body = sdp("198.18.1.2", 6000), .headers = reliable_183(3)});
    const auto gone = a_gets_183();
    b_says(*invite_b, 199, {.tag = "fork-1"});
    b_says(*invite_b, 183,
           {.tag = "fork-2", .body = sdp("198.18.1.2", 6100), .headers = reliable_183(9)});
    a_pracks(*gone, 2);
    const auto at_pbx = to_pbx();
    const auto second = last(at_pbx, "183");
    EXPECT_NE(second->essentials().to_tag, gone->essentials().to_tag);
    a_pracks(*second, 3);
    (void)last(to_pbx(), "200");
    (void)to_carrier();
    answer_and_end(*invite_b, {.tag = "fork-2"}, false);
}

TEST_F(EarlyTest, FailoverLeavesNoResponseBehindThatNobodyCanAcknowledge) {
    const auto first_b = call(kSupports100rel);
    b_says(*first_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(3)});
    const auto first = a_gets_183();
    b_says(*last(to_carrier(), "PRACK"), 200);
    b_says(*first_b, 503);
    (void)last(to_carrier(), "ACK");
    const auto second_b = last(take("198.18.1.3:5060"), "INVITE");
    b_says(*second_b, 183, {.body = sdp("198.18.1.3", 6000), .headers = reliable_183(5)},
           "198.18.1.3:5060");
    a_pracks(*first, 2);
    const auto second = last(to_pbx(), "183");
    a_pracks(*second, 3);
    EXPECT_EQ(count(to_pbx(), "200"), 1U);
    b_says(*second_b, 200, {.contact = "sip:b@198.18.1.3:5060"}, "198.18.1.3:5060");
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(ok->essentials().to_tag, second->essentials().to_tag);
    a_acks(*ok);
    from_pbx(in_dialog("BYE", *ok, 9));
    from_carrier(respond(*last(take("198.18.1.3:5060"), "BYE"), 200, "", ""), "198.18.1.3:5060");
    expect_nothing_left();
}

TEST_F(EarlyTest, APrackMayOfferAndIsAnsweredByB) {  // RFC 3262 section 5, RFC 3311
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(3)});
    const auto progress = a_gets_183();
    (void)to_carrier();
    a_pracks(*progress, 2, sdp("198.18.0.2", 4500, "a=sendonly\n"));
    EXPECT_TRUE(to_pbx().empty());
    const auto update = last(to_carrier(), "UPDATE");
    EXPECT_TRUE(contains(*update, "a=sendonly"));
    b_says(*update, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    const auto answered = last(to_pbx(), "200");
    EXPECT_EQ(answered->method(), sip::Method::Prack);
    EXPECT_TRUE(contains(*answered, "a=recvonly"));
    answer_and_end(*invite_b, {}, false);
}

TEST_F(EarlyTest, APrackThatOffersToAPeerWithoutUpdateIsRefused) {  // RFC 6337 section 2.1
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183,
           {.body = sdp("198.18.1.2", 6000), .headers = "Require: 100rel\nRSeq: 3\n"});
    a_pracks(*a_gets_183(), 2, sdp("198.18.0.2", 4500));
    (void)last(to_pbx(), "488");
    EXPECT_EQ(count(to_carrier(), "UPDATE"), 0U);
    answer_and_end(*invite_b, {}, false);
}

TEST_F(EarlyTest, APrackWithoutTheAnswerItOwesEndsTheCall) {  // RFC 3262 section 5
    from_pbx(offerless(kSupports100rel));
    const auto invite_b = last(to_carrier(), "INVITE");
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(3)});
    a_pracks(*a_gets_183(), 2);
    a_acks(*last(to_pbx(), "488"));
    b_says(*last(to_carrier(), "CANCEL"), 200);
    b_says(*invite_b, 487);
    expect_nothing_left();
}

TEST_F(EarlyTest, ATrunkThatInsistsHasItsWay) {  // RFC 3262 section 4
    adjust({{"/trunks/1/session", R"({"reliable_provisional":"required"})"}});
    const auto invite_b = call();
    EXPECT_TRUE(invite_b->lists(HeaderId::Require, "100rel"));
    b_says(*invite_b, 180, {.headers = reliable_183(3)});
    EXPECT_FALSE(last(to_pbx(), "180")->has(HeaderId::RSeq));
    (void)to_carrier();
    answer_and_end(*invite_b, {.body = sdp("198.18.1.2", 6000)}, true);
}

TEST_F(EarlyTest, WhereItIsOffARequireIsRefused) {  // RFC 3261 section 8.2.2.3
    adjust({{"/trunks/0/session", R"({"reliable_provisional":"off"})"}});
    from_pbx(invite(kRequires100rel));
    const auto refused = last(to_pbx(), "420");
    EXPECT_EQ(value(*refused, HeaderId::Unsupported), "100rel");
    a_acks(*refused);
    expect_nothing_left();
}

TEST_F(EarlyTest, APrackThatFailsLeavesTheCallToItsAnswer) {  // RFC 3262 section 4
    for (const int code : {481, 500, 0}) {
        const auto invite_b = call(kSupports100rel);
        b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = reliable_183(3)});
        const auto prack = last(to_carrier(), "PRACK");
        if (code != 0) b_says(*prack, code);
        a_pracks(*a_gets_183(), 2);
        (void)to_pbx();
        answer_and_end(*invite_b, {}, false);
    }
}

}  // namespace
}  // namespace portcullis::b2bua
