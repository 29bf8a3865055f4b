// SPDX-License-Identifier: BSD-2-Clause
// The server side of the transaction layer: matching, retransmission, ACK, CANCEL, refusals.
#include "tests/unit/transaction/support.hpp"

namespace portcullis::transaction::testing {
namespace {

using std::chrono::seconds;

class ServerLayer : public LayerTest {
 protected:
    ServerId invite(const Source& source, RequestOptions options = {}) {
        receive(request(options), source);
        return user_.server;
    }
    void invite_and_answer(const Source& source, int code, std::string_view tag = "to1") {
        const ServerId id = invite(source);
        layer_.respond(id, answer(user_.last, code, tag));
    }
};

TEST_F(ServerLayer, SixInvitesAreOneRequest) {
    invite(udp());
    for (int i = 0; i < 5; ++i) invite(udp());
    EXPECT_EQ(user_.take(), Lines{"request INVITE"}) << "17.2.1";
    EXPECT_EQ(transport_.count("100 INVITE"), 6U) << "17.2.1: the last provisional again";
    EXPECT_EQ(layer_.counts().retransmissions_received, 5U);
    EXPECT_TRUE(transport_.sent[0].message->essentials().to_tag.empty()) << "8.2.6.2";
    layer_.respond(user_.server, answer(user_.last, 486));
    receive(request({.method = "ACK", .to_tag = "to1"}), udp());
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, TheLastProvisionalIsRepeated) {
    const ServerId id = invite(udp());
    layer_.respond(id, answer(user_.last, 180));
    layer_.respond(id, answer(user_.last, 183));
    invite(udp());
    EXPECT_EQ(transport_.names(), (Lines{"100 INVITE", "180 INVITE", "183 INVITE", "183 INVITE"}));
    layer_.respond(id, answer(user_.last, 404));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, AFailureIsRepeatedUntilAcknowledged) {
    const ServerId id = invite(udp());
    layer_.respond(id, answer(user_.last, 486));
    run(seconds(4));
    EXPECT_EQ(times("486 INVITE"), (std::vector{0.0, 0.5, 1.5, 3.5})) << "Timer G";
    receive(request({.method = "ACK", .to_tag = "to1"}), udp());
    receive(request({.method = "ACK", .to_tag = "to1"}), udp());
    run(seconds(4));
    EXPECT_EQ(transport_.count("486 INVITE"), 4U);
    EXPECT_EQ(user_.take(), Lines{"request INVITE"}) << "17.2.1: that ACK is not the TU's";
    run(seconds(2));
    EXPECT_EQ(user_.take(), Lines{"server-end"}) << "Timer I = T4";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, TheLostAckOfAFailureEndsByTimerH) {
    const ServerId id = invite(udp());
    layer_.respond(id, answer(user_.last, 486));
    user_.take();
    run(seconds(31));
    EXPECT_EQ(user_.take(), Lines{});
    run(seconds(1));
    EXPECT_EQ(user_.take(), (Lines{"server-timeout", "server-end"}));
    // 0.5 1.5 3.5 7.5 ... 31.5: eleven, and the last at 32 is H's.
    EXPECT_EQ(transport_.count("486 INVITE"), 11U);
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, OverTcpAFailureIsSentOnceAndTheAckEndsIt) {
    const ServerId id = invite(tcp());
    layer_.respond(id, answer(user_.last, 486));
    run(seconds(10));
    EXPECT_EQ(transport_.count("486 INVITE"), 1U) << "17.2.1";
    receive(request({.method = "ACK", .to_tag = "to1"}), tcp());
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "server-end"})) << "Timer I = 0";
    EXPECT_NOTHING_LEFT();
}

class SuccessTest : public ServerLayer, public ::testing::WithParamInterface<bool> {};

TEST_P(SuccessTest, A2xxIsRepeatedUntilTheAck) {
    const Source source = GetParam() ? tcp() : udp();
    const ServerId id = invite(source);
    layer_.respond(id, answer(user_.last, 200));
    run(seconds(8));
    // 13.3.1.4: "regardless of whether the transport is reliable".
    EXPECT_EQ(times("200 INVITE"), (std::vector{0.0, 0.5, 1.5, 3.5, 7.5}));
    invite(source);
    EXPECT_EQ(transport_.count("200 INVITE"), 5U) << "RFC 6026: a repeated INVITE is absorbed";
    receive(request({.method = "ACK", .branch = "z9hG4bKack", .to_tag = "to1"}), source);
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "ack"}));
    run(seconds(10));
    EXPECT_EQ(transport_.count("200 INVITE"), 5U);
    receive(request({.method = "ACK", .branch = "z9hG4bKack", .to_tag = "to1"}), source);
    EXPECT_EQ(user_.take(), Lines{"ack"}) << "17.1.1.2: every ACK of a 2xx goes up";
    run(seconds(15));
    EXPECT_EQ(user_.take(), Lines{"server-end"}) << "Timer L, no failure";
    EXPECT_NOTHING_LEFT();
}

TEST_P(SuccessTest, TheLostAckOfA2xxIsReportedOnce) {
    const Source source = GetParam() ? tcp() : udp();
    invite_and_answer(source, 200);
    // An ACK with another CSeq number or tag is not this INVITE's.
    receive(request({.method = "ACK", .branch = "z9hG4bKa", .to_tag = "to1", .cseq = 2}), source);
    receive(request({.method = "ACK", .branch = "z9hG4bKb", .to_tag = "other"}), source);
    run(seconds(33));
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "ack", "ack", "missing-ack", "server-end"}));
    EXPECT_EQ(transport_.count("200 INVITE"), 11U) << "13.3.1.4: until 64*T1";
    EXPECT_NOTHING_LEFT();
}

TEST_P(SuccessTest, AnAckThatKeepsTheBranchCounts) {
    const Source source = GetParam() ? tcp() : udp();
    invite_and_answer(source, 200);
    receive(request({.method = "ACK", .to_tag = "to1"}), source);
    run(seconds(20));
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "ack"}));
    EXPECT_EQ(transport_.count("200 INVITE"), 1U);
    EXPECT_NOTHING_LEFT();
}

INSTANTIATE_TEST_SUITE_P(Transports, SuccessTest, ::testing::Bool(),
                         [](const auto& row) { return row.param ? "tcp" : "udp"; });

TEST_F(ServerLayer, AFinalAfterAFinalIsIgnored) {
    const ServerId id = invite(udp());
    layer_.respond(id, answer(user_.last, 486));
    layer_.respond(id, answer(user_.last, 200));
    layer_.respond(id, answer(user_.last, 180));
    layer_.respond(ServerId{999}, answer(user_.last, 200));
    EXPECT_EQ(transport_.names(), (Lines{"100 INVITE", "486 INVITE"}));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, NonInviteRepeatsItsAnswerUntilTimerJ) {
    receive(request({.method = "OPTIONS"}), udp());
    receive(request({.method = "OPTIONS"}), udp());
    EXPECT_EQ(transport_.names(), Lines{}) << "17.2.2: Trying absorbs";
    layer_.respond(user_.server, answer(user_.last, 200));
    receive(request({.method = "OPTIONS"}), udp());
    EXPECT_EQ(transport_.count("200 OPTIONS"), 2U);
    run(seconds(33));
    EXPECT_EQ(user_.take(), (Lines{"request OPTIONS", "server-end"}));
    receive(request({.method = "OPTIONS"}), udp());
    EXPECT_EQ(user_.take(), Lines{"request OPTIONS"}) << "a new transaction";
    layer_.respond(user_.server, answer(user_.last, 200));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, ResponsesCarryReceivedAndRport) {
    receive(request({.sent_by = "10.0.0.9:5062", .extra = ";rport"}), udp());
    const auto& via = transport_.sent[0].message->essentials().top_via;
    EXPECT_EQ(via.received, "198.18.0.2") << "18.2.1";
    EXPECT_EQ(via.rport, 5060) << "RFC 3581 section 4";
    EXPECT_EQ(transport_.sent[0].to.remote.text(), "198.18.0.2:5060");
    layer_.respond(user_.server, answer(user_.last, 200));
    EXPECT_EQ(transport_.sent[1].message->essentials().top_via.received, "198.18.0.2");
    EXPECT_EQ(transport_.sent[1].message->header(sip::HeaderId::Contact), "<sip:b@198.18.1.2>");
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, CancelBeforeAnyAnswer) {
    const ServerId id = invite(udp());
    const auto original = user_.last;
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "cancel"}));
    EXPECT_EQ(user_.cancelled, id);
    EXPECT_EQ(transport_.count("200 CANCEL"), 1U);
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(transport_.count("200 CANCEL"), 2U) << "17.2.2: repeated, not handled again";
    EXPECT_EQ(user_.take(), Lines{});
    layer_.respond(id, answer(original, 487));
    EXPECT_EQ(transport_.count("487 INVITE"), 1U) << "9.2";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, CancelTakesTheTagOfTheRinging) {
    invite_and_answer(udp(), 180, "ringing");
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(transport_.sent.back().message->essentials().to_tag, "ringing") << "9.2";
    layer_.respond(user_.server, answer(user_.last, 487, "ringing"));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, CancelCrossingTheAnswerHasNoEffect) {
    invite_and_answer(udp(), 200);
    user_.take();
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(user_.take(), Lines{}) << "9.2: no effect after the final response";
    EXPECT_EQ(transport_.count("200 CANCEL"), 1U);
    EXPECT_EQ(transport_.count("487 INVITE"), 0U);
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, CancelOfNothingIs481WithoutState) {
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(transport_.names(), Lines{"481 CANCEL"}) << "9.2";
    EXPECT_EQ(layer_.table_size(), 0U);
    // Another sent-by or branch is another transaction (17.2.3).
    invite(udp());
    receive(request({.method = "CANCEL", .branch = "z9hG4bKother"}), udp());
    receive(request({.method = "CANCEL", .sent_by = "198.18.0.3:5060"}), udp());
    EXPECT_EQ(transport_.count("481 CANCEL"), 3U);
    EXPECT_EQ(user_.take(), Lines{"request INVITE"});
    layer_.respond(user_.server, answer(user_.last, 480));
    EXPECT_NOTHING_LEFT();
}

struct OtherCancel {
    const char* what;
    std::string from;
    std::string to;
};

class CancelOfOthers : public ServerLayer, public ::testing::WithParamInterface<OtherCancel> {};

TEST_P(CancelOfOthers, Is481AndTheInviteLives) {  // RFC 3261 9.1, 9.2; threats 27
    const ServerId id = invite(udp());
    const auto original = user_.last;
    std::string text(request({.method = "CANCEL"})->bytes());
    text.replace(text.find(GetParam().from), GetParam().from.size(), GetParam().to);
    receive(parse(text), udp());
    EXPECT_EQ(user_.take(), Lines{"request INVITE"});
    EXPECT_EQ(transport_.names(), (Lines{"100 INVITE", "481 CANCEL"}));
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(user_.take(), Lines{"cancel"});
    layer_.respond(id, answer(original, 487));
    EXPECT_NOTHING_LEFT();
}

INSTANTIATE_TEST_SUITE_P(
    Fields, CancelOfOthers,
    ::testing::Values(OtherCancel{"Call-ID", "c1@pbx", "c2@pbx"},
                      OtherCancel{"From tag", "tag=from1", "tag=from2"},
                      OtherCancel{"From", "<sip:a@pbx>", "<sip:x@pbx>"},
                      OtherCancel{"To", "<sip:b@sbc>", "<sip:x@sbc>"},
                      OtherCancel{"To tag", "<sip:b@sbc>", "<sip:b@sbc>;tag=guessed"},
                      OtherCancel{"CSeq", "CSeq: 1 CANCEL", "CSeq: 2 CANCEL"}));

TEST_F(ServerLayer, TheCoreMayKeepACancelFromHavingAnEffect) {  // design 8.7
    const ServerId id = invite(udp());
    const auto original = user_.last;
    user_.take();
    user_.cancel_verdict = Verdict::refuse(403, "not from this address");
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(user_.take(), Lines{});
    EXPECT_EQ(transport_.names(), (Lines{"100 INVITE", "403 CANCEL"}));
    EXPECT_EQ(transport_.sent.back().message->header(sip::HeaderId::Warning),
              "399 portcullis \"not from this address\"");
    user_.cancel_verdict = {};
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(user_.take(), Lines{"cancel"}) << "the refusal kept no state";
    layer_.respond(id, answer(original, 487));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, AnAckThatTheCoreDoesNotHearStopsNothing) {
    invite_and_answer(udp(), 200);
    user_.hears_ack = false;
    receive(request({.method = "ACK", .branch = "z9hG4bKack", .to_tag = "to1"}), udp());
    run(seconds(33));
    EXPECT_EQ(transport_.count("200 INVITE"), 11U);
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "ack", "missing-ack", "server-end"}));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, ARequestThatComesTwiceByTwoWaysIsMerged) {
    invite(udp(), {.branch = "z9hG4bKway1"});
    receive(request({.branch = "z9hG4bKway2"}), udp());
    EXPECT_EQ(user_.take(), Lines{"request INVITE"});
    EXPECT_EQ(transport_.names(), (Lines{"100 INVITE", "482 INVITE"})) << "8.2.2.2";
    receive(request({.branch = "z9hG4bKway2", .to_tag = "in-dialog"}), udp());
    EXPECT_EQ(user_.take(), Lines{"request INVITE"}) << "8.2.2.2 is for requests without To tag";
    receive(request({.branch = "z9hG4bKway3", .cseq = 2}), udp());
    EXPECT_EQ(user_.take(), Lines{"request INVITE"}) << "after a challenge: a new CSeq";
    EXPECT_EQ(layer_.counts().merged_requests, 1U);
}

TEST_F(ServerLayer, ForksToTwoNumbersAreTwoCalls) {
    const ServerId first = invite(udp(), {.branch = "z9hG4bK1", .uri = "sip:+491@198.18.0.1"});
    const auto original = user_.last;
    const ServerId second = invite(udp(), {.branch = "z9hG4bK2", .uri = "sip:+492@198.18.0.1"});
    EXPECT_NE(first, second);
    EXPECT_EQ(transport_.names(), (Lines{"100 INVITE", "100 INVITE"})) << "8.2.2.2";
    layer_.respond(first, answer(original, 486));
    layer_.respond(second, answer(user_.last, 486));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, ARetryAfterAFailureIsARequestOfItsOwn) {
    const ServerId first = invite(udp(), {.branch = "z9hG4bK1"});
    layer_.respond(first, answer(user_.last, 503));
    const ServerId second = invite(udp(), {.branch = "z9hG4bK2"});
    EXPECT_NE(first, second) << "a proxy's next try need not wait for Timer H";
    run(seconds(33));
    EXPECT_EQ(user_.server_ends.size(), 1U);
    receive(request({.branch = "z9hG4bK3"}), udp());
    EXPECT_EQ(transport_.count("482 INVITE"), 1U) << "the end of the first leaves the second's key";
    layer_.respond(second, answer(user_.last, 200));
    receive(request({.branch = "z9hG4bK4"}), udp());
    EXPECT_EQ(transport_.count("482 INVITE"), 2U) << "an answered call is still there";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, OldStylePeersAreMatchedByFields) {
    const RequestOptions old{.branch = "", .sent_by = "198.18.0.2"};
    invite(udp(), old);
    invite(udp(), old);
    EXPECT_EQ(user_.take(), Lines{"request INVITE"}) << "17.2.3";
    layer_.respond(user_.server, answer(user_.last, 486, "our-tag"));
    auto ack = old;
    ack.method = "ACK";
    ack.to_tag = "another";
    receive(request(ack), udp());
    EXPECT_EQ(user_.take(), Lines{"ack"}) << "17.2.3: the To tag must be that of the response";
    ack.to_tag = "our-tag";
    receive(request(ack), udp());
    run(seconds(6));
    EXPECT_EQ(user_.take(), Lines{"server-end"}) << "Timer I";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, ABareCookieIsNoBranch) {
    const ServerId first = invite(udp(), {.branch = "z9hG4bK", .call_id = "one"});
    const auto original = user_.last;
    const ServerId second = invite(udp(), {.branch = "z9hG4bK", .call_id = "two"});
    EXPECT_NE(first, second) << "RFC 4475 section 3.2.1";
    layer_.respond(first, answer(original, 486, "our-tag"));
    receive(request({.method = "ACK", .branch = "z9hG4bK", .to_tag = "our-tag", .call_id = "one"}),
            udp());
    run(seconds(6));
    EXPECT_EQ(user_.server_ends, std::set{first}) << "the ACK found its own";
    layer_.respond(second, answer(user_.last, 486));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, OldStyleCancelFindsItsInvite) {
    RequestOptions old{.branch = "1", .sent_by = "198.18.0.2"};
    const ServerId id = invite(udp(), old);
    old.method = "CANCEL";
    receive(request(old), udp());
    EXPECT_EQ(user_.cancelled, id);
    layer_.respond(id, answer(user_.last, 487));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, StrayAckMakesNoState) {
    receive(request({.method = "ACK", .to_tag = "x"}), udp());
    EXPECT_EQ(user_.take(), Lines{"ack"});
    EXPECT_EQ(layer_.table_size(), 0U);
    EXPECT_EQ(transport_.names(), Lines{});
}

TEST_F(ServerLayer, WhatTheCoreDoesNotAcceptMakesNoState) {
    for (const auto& verdict : {Verdict::ignore(), Verdict::refuse(403)}) {
        user_.verdict = verdict;
        for (const auto* const method : {"INVITE", "INVITE", "OPTIONS", "CANCEL"}) {
            receive(request({.method = method}), udp());
            EXPECT_EQ(layer_.table_size(), 0U);
        }
    }
    run(seconds(40));
    EXPECT_EQ(transport_.names(), (Lines{"403 INVITE", "403 INVITE", "403 OPTIONS", "403 CANCEL"}));
    EXPECT_EQ(transport_.sent[0].message->bytes(), transport_.sent[1].message->bytes()) << "8.2.7";
    EXPECT_FALSE(transport_.sent[0].message->essentials().to_tag.empty()) << "8.2.6.2";
    EXPECT_EQ(user_.take(), Lines{});
}

TEST_F(ServerLayer, TheCoreIsNotAskedAboutWhatATransactionKnows) {
    const ServerId id = invite(udp());
    user_.verdict = Verdict::ignore();
    invite(udp());
    EXPECT_EQ(transport_.count("100 INVITE"), 2U);
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "cancel"}));
    layer_.respond(id, answer(user_.last, 487));
    receive(request({.method = "ACK", .to_tag = "to1"}), udp());
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, WhenFullAnswers503WithoutState) {
    layer_.configure({}, {.max_server = 1, .max_client = 0});
    invite(udp());
    receive(request({.method = "OPTIONS", .branch = "z9hG4bK2", .call_id = "c2"}), udp());
    EXPECT_EQ(transport_.names(), (Lines{"100 INVITE", "503 OPTIONS"}));
    EXPECT_TRUE(transport_.sent[1].message->has(sip::HeaderId::RetryAfter)) << "21.5.4";
    receive(request({.method = "OPTIONS", .branch = "z9hG4bK2", .call_id = "c2"}), udp());
    EXPECT_EQ(transport_.sent[1].message->essentials().to_tag,
              transport_.sent[2].message->essentials().to_tag)
        << "8.2.7: the same tag for each retransmission";
    receive(request({.method = "CANCEL"}), udp());
    EXPECT_EQ(user_.take(), (Lines{"request INVITE", "cancel"})) << "CANCEL is never refused";
    EXPECT_FALSE(layer_.send_request(outgoing("OPTIONS"), to_udp()));
    layer_.respond(user_.server, answer(user_.last, 487));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, ALostConnectionFallsBackToTheSentBy) {
    const ServerId id = invite(tcp(), {.transport = "TCP"});
    layer_.respond(id, answer(user_.last, 486));
    EXPECT_EQ(transport_.sent[1].to.flow, tcp().flow);
    EXPECT_EQ(transport_.sent[1].to.remote.port, 0) << "nobody listens where it connected from";
    transport_.fail(1);
    ASSERT_EQ(transport_.sent.size(), 3U);
    EXPECT_EQ(transport_.sent[2].to.remote.text(), "198.18.0.2:5060") << "18.2.2";
    EXPECT_FALSE(transport_.sent[2].to.flow);
    user_.take();
    transport_.fail(2);
    EXPECT_EQ(user_.take(), Lines{"server-transport-error"}) << "RFC 6026 8.8: it stays";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ServerLayer, TheFallbackOutlivesTheTransaction) {
    receive(request({.method = "OPTIONS", .transport = "TCP"}), tcp());
    layer_.respond(user_.server, answer(user_.last, 200));
    EXPECT_EQ(layer_.table_size(), 0U) << "Timer J = 0";
    transport_.fail(0);
    EXPECT_EQ(transport_.count("200 OPTIONS"), 2U);
}

TEST_F(ServerLayer, WithoutRportAnswersGoToTheSentByPort) {
    receive(request({.method = "OPTIONS", .sent_by = "198.18.0.2:5080"}), udp());
    layer_.respond(user_.server, answer(user_.last, 200));
    EXPECT_EQ(transport_.sent[0].to.remote.text(), "198.18.0.2:5080") << "18.2.2";
    receive(request({.method = "OPTIONS",
                     .branch = "z9hG4bK2",
                     .sent_by = "198.18.0.2",
                     .cseq = 2,
                     .extra = ";maddr=203.0.113.9"}),
            udp());
    layer_.respond(user_.server, answer(user_.last, 200));
    EXPECT_EQ(transport_.sent[1].to.remote.text(), "198.18.0.2:5060")
        << "the default port, and never a third party's address";
    EXPECT_NOTHING_LEFT();
}

}  // namespace
}  // namespace portcullis::transaction::testing
