// SPDX-License-Identifier: BSD-2-Clause
// The client side of the transaction layer: retransmission, ACK, CANCEL, late 2xx, failures.
#include "tests/unit/transaction/support.hpp"

namespace portcullis::transaction::testing {
namespace {

using std::chrono::seconds;

class ClientLayer : public LayerTest {
 protected:
    ClientId invite(const Destination& to) {
        request_ = outgoing("INVITE");
        return layer_.send_request(request_, to);
    }
    void reply(int code, std::string_view tag = "to1") {
        receive(answer(request_, code, tag), udp());
    }
    sip::MessagePtr request_;
};

TEST_F(ClientLayer, InviteIsRepeatedAndTimesOut) {
    EXPECT_TRUE(invite(to_udp()));
    run(seconds(33));
    EXPECT_EQ(times("INVITE"), (std::vector{0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5})) << "Timer A";
    EXPECT_EQ(user_.take(), (Lines{"timeout", "client-end"})) << "Timer B";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, OverTcpNothingIsRepeated) {
    invite(to_tcp());
    (void)layer_.send_request(outgoing("OPTIONS"), to_tcp());
    run(seconds(33));
    EXPECT_EQ(transport_.names(), (Lines{"INVITE", "OPTIONS"}));
    EXPECT_EQ(user_.take(), (Lines{"timeout", "client-end", "timeout", "client-end"}));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, AProvisionalStopsRepeatsAndTheTimeout) {
    const ClientId id = invite(to_udp());
    reply(100);
    reply(180);
    reply(180);
    run(seconds(120));
    EXPECT_EQ(transport_.count("INVITE"), 1U);
    EXPECT_EQ(user_.take(), (Lines{"response 100", "response 180", "response 180"}));
    EXPECT_TRUE(layer_.is_alive(id));
    reply(486);
    EXPECT_EQ(layer_.counts().invite_client[3], 1U);
    EXPECT_NOTHING_LEFT();
    EXPECT_EQ(user_.take(), (Lines{"response 486", "client-end"}));
}

TEST_F(ClientLayer, AFailureIsAcknowledgedEachTime) {
    invite(to_udp());
    reply(486, "busy");
    reply(486, "busy");
    EXPECT_EQ(user_.take(), Lines{"response 486"});
    EXPECT_EQ(transport_.names(), (Lines{"INVITE", "ACK", "ACK"}));
    const sip::Message& ack = *transport_.sent[1].message;
    const auto& facts = ack.essentials();
    EXPECT_EQ(facts.top_via.branch, request_->essentials().top_via.branch) << "17.1.1.3";
    EXPECT_EQ(facts.via_count, 1U) << "17.1.1.3: a single Via";
    EXPECT_EQ(facts.to_tag, "busy");
    EXPECT_EQ(facts.cseq.number, 7U);
    EXPECT_EQ(ack.request_uri_text(), request_->request_uri_text());
    EXPECT_EQ(ack.values(sip::HeaderId::Route), request_->values(sip::HeaderId::Route));
    EXPECT_EQ(transport_.sent[1].to, to_udp()) << "17.1.1.2: same address, port and transport";
    run(seconds(31));
    EXPECT_EQ(user_.take(), Lines{});
    run(seconds(2));
    EXPECT_EQ(user_.take(), Lines{"client-end"}) << "Timer D";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, Every2xxGoesUpUntilTimerMThenIsStray) {
    invite(to_udp());
    reply(200, "fork1");
    reply(200, "fork1");
    reply(200, "fork2");
    reply(486);
    EXPECT_EQ(user_.take(), (Lines{"response 200", "response 200", "response 200"}))
        << "RFC 6026 7.2";
    EXPECT_EQ(transport_.count("ACK"), 0U) << "13.2.2.4: the TU's";
    run(seconds(33));
    EXPECT_EQ(user_.take(), Lines{"client-end"});
    reply(200, "fork1");
    EXPECT_EQ(user_.take(), Lines{"stray 200"});
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, A2xxAfterAFailureIsHeardOf) {
    invite(to_udp());
    reply(486);
    user_.take();
    reply(200, "other");
    EXPECT_EQ(user_.take(), Lines{"stray 200"});
    EXPECT_NOTHING_LEFT();
}

struct Alien {
    const char* name;
    const char* from;  // what of the right response
    const char* to;    // is changed into what
};

class AlienResponse : public ClientLayer, public ::testing::WithParamInterface<Alien> {};

TEST_P(AlienResponse, IsDroppedAndTheRightOneStillCounts) {
    invite(to_udp());
    std::string text(answer(request_, 200)->bytes());
    const auto at = text.find(GetParam().from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, std::string_view(GetParam().from).size(), GetParam().to);
    receive(parse(text), udp());
    EXPECT_EQ(user_.take(), Lines{});
    EXPECT_EQ(layer_.counts().stray_responses, 1U);
    reply(200);
    EXPECT_EQ(user_.take(), Lines{"response 200"});
    EXPECT_NOTHING_LEFT();
}

INSTANTIATE_TEST_SUITE_P(
    Rfc3261, AlienResponse,
    ::testing::Values(Alien{"two_vias_8_1_3_3",
                            "\r\nFrom:", "\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\nFrom:"},
                      Alien{"call_id", "Call-ID: 00call", "Call-ID: other"},
                      Alien{"from_tag", ";tag=00ours", ";tag=theirs"},
                      Alien{"no_from_tag", ";tag=00ours", ""},
                      Alien{"cseq_number", "CSeq: 7", "CSeq: 8"}),
    [](const auto& row) { return row.param.name; });

TEST_F(ClientLayer, ResponsesAreMatchedByBranchAndMethod) {
    invite(to_udp());
    receive(answer(outgoing("INVITE"), 200), udp());
    EXPECT_EQ(user_.take(), Lines{"stray 200"}) << "17.1.3";
    const auto branch = std::string(request_->essentials().top_via.branch);
    receive(answer(outgoing("OPTIONS", branch), 200), udp());
    EXPECT_EQ(user_.take(), Lines{"stray 200"}) << "17.1.3: CSeq method";
    EXPECT_EQ(layer_.counts().stray_responses, 2U);
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, ABranchIsUsedOnce) {
    const auto request = outgoing("OPTIONS");
    EXPECT_TRUE(layer_.send_request(request, to_udp()));
    EXPECT_FALSE(layer_.send_request(request, to_udp()));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, NonInviteRepeatsByTimerE) {
    request_ = outgoing("BYE");
    (void)layer_.send_request(request_, to_udp());
    run(seconds(33));
    EXPECT_EQ(times("BYE"),
              (std::vector{0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5}))
        << "17.1.2.2";
    EXPECT_EQ(user_.take(), (Lines{"timeout", "client-end"})) << "Timer F";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, NonInviteAbsorbsRepeatedAnswers) {
    request_ = outgoing("BYE");
    (void)layer_.send_request(request_, to_udp());
    reply(200);
    reply(200);
    EXPECT_EQ(user_.take(), Lines{"response 200"});
    run(seconds(6));
    EXPECT_EQ(user_.take(), Lines{"client-end"}) << "Timer K = T4";
    EXPECT_EQ(transport_.count("BYE"), 1U);
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, CancelWaitsForAProvisional) {
    const ClientId id = invite(to_udp());
    const ClientId cancel = layer_.cancel(id, {{"Reason", "SIP;cause=200"}});
    EXPECT_TRUE(cancel);
    EXPECT_FALSE(layer_.cancel(id)) << "once";
    run(seconds(1));
    EXPECT_EQ(transport_.count("CANCEL"), 0U) << "9.1";
    reply(180);
    ASSERT_EQ(transport_.count("CANCEL"), 1U);
    const sip::Message& message = *transport_.sent.back().message;
    const auto& facts = message.essentials();
    EXPECT_EQ(facts.top_via.branch, request_->essentials().top_via.branch) << "9.1";
    EXPECT_EQ(facts.via_count, 1U);
    EXPECT_EQ(facts.cseq.number, 7U);
    EXPECT_EQ(facts.to_tag, "") << "9.1: To as in the request";
    EXPECT_EQ(message.request_uri_text(), request_->request_uri_text());
    EXPECT_EQ(message.values(sip::HeaderId::Route), request_->values(sip::HeaderId::Route));
    EXPECT_EQ(message.header(sip::HeaderId::Reason), "SIP;cause=200");
    EXPECT_EQ(transport_.sent.back().to, to_udp());
    receive(answer(transport_.sent.back().message, 200), udp());
    reply(487);
    EXPECT_EQ(user_.take(), (Lines{"response 180", "response 200", "response 487"}));
    EXPECT_NOTHING_LEFT();
    EXPECT_EQ(user_.client_ends.size(), 2U);
}

TEST_F(ClientLayer, CancelAfterAProvisionalLeavesAtOnceAndIsRepeated) {
    const ClientId id = invite(to_udp());
    reply(183);
    layer_.cancel(id);
    run(seconds(2));
    EXPECT_EQ(times("CANCEL"), (std::vector{0.0, 0.5, 1.5}));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, A200ThatCrossesTheCancelGoesUp) {
    const ClientId id = invite(to_udp());
    reply(180);
    layer_.cancel(id);
    reply(200);
    receive(answer(transport_.sent.back().message, 200), udp());
    EXPECT_EQ(user_.take(), (Lines{"response 180", "response 200", "response 200"})) << "9.1";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, AFinalBeforeAnyProvisionalMakesTheCancelMoot) {
    const ClientId id = invite(to_udp());
    EXPECT_TRUE(layer_.cancel(id));
    reply(200);
    EXPECT_EQ(transport_.count("CANCEL"), 0U) << "9.1";
    EXPECT_EQ(user_.take(), (Lines{"response 200", "client-end"})) << "the CANCEL's end";
    EXPECT_FALSE(layer_.cancel(id)) << "nothing to cancel after a final response";
    EXPECT_FALSE(layer_.cancel(ClientId{77}));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, AHeldCancelEndsWithItsInvite) {
    const ClientId id = invite(to_udp());
    EXPECT_TRUE(layer_.cancel(id));
    run(seconds(33));
    EXPECT_EQ(user_.take(), (Lines{"timeout", "client-end", "client-end"}));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, ACancelThatNobodyHeedsEndsTheInvite) {
    const ClientId id = invite(to_udp());
    reply(180);
    layer_.cancel(id);
    receive(answer(transport_.sent.back().message, 200), udp());
    user_.take();
    run(seconds(33));
    EXPECT_EQ(user_.take(), (Lines{"client-end", "timeout", "client-end"})) << "9.1: 64*T1";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, NonInvitesCannotBeCancelled) {
    const ClientId id = layer_.send_request(outgoing("OPTIONS"), to_udp());
    EXPECT_FALSE(layer_.cancel(id)) << "9.1";
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, ATransportErrorFailsWhatWaits) {
    invite(to_udp());
    transport_.fail(0);
    EXPECT_EQ(user_.take(), (Lines{"transport-error", "client-end"})) << "17.1.4";
    transport_.fail(0);
    EXPECT_EQ(user_.take(), Lines{});
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, AnAckThatCannotLeaveIsNoFailureOfTheCall) {
    invite(to_udp());
    reply(486);
    transport_.fail(1);
    EXPECT_EQ(user_.take(), (Lines{"response 486", "client-end"}));
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, FailDestinationHitsOnlyThatDestination) {
    const auto first = outgoing("INVITE");
    (void)layer_.send_request(first, to_udp());
    (void)layer_.send_request(outgoing("OPTIONS"), to_tcp());
    auto elsewhere = to_udp();
    elsewhere.remote.port = 5070;
    (void)layer_.send_request(outgoing("OPTIONS"), elsewhere);
    const auto ringing = outgoing("INVITE");
    (void)layer_.send_request(ringing, to_udp());
    receive(answer(ringing, 180), udp());
    user_.take();
    layer_.fail_destination(to_udp().remote, TransportKind::Udp);
    EXPECT_EQ(user_.take(), (Lines{"transport-error", "client-end"})) << "a ringing call goes on";
    receive(answer(ringing, 486), udp());
    EXPECT_NOTHING_LEFT();
}

TEST_F(ClientLayer, FailFlowHitsOnlyWhatIsUnansweredOnIt) {
    transport_.flow = {0, 1, 1};
    const auto ringing = outgoing("INVITE");
    (void)layer_.send_request(ringing, to_tcp());
    receive(answer(ringing, 180), tcp());
    (void)layer_.send_request(outgoing("OPTIONS"), to_tcp());
    const auto answered = outgoing("OPTIONS");
    (void)layer_.send_request(answered, to_tcp());
    receive(answer(answered, 200), tcp());
    transport_.flow = {0, 1, 2};  // the same destination, dialled again
    const auto later = outgoing("OPTIONS");
    (void)layer_.send_request(later, to_tcp());
    transport_.flow = {};
    const auto unreliable = outgoing("OPTIONS");
    (void)layer_.send_request(unreliable, to_udp());
    user_.take();
    layer_.fail_flow({0, 1, 1});
    EXPECT_EQ(user_.take(), (Lines{"transport-error", "client-end"})) << "17.1.4";
    layer_.fail_flow({});
    EXPECT_EQ(user_.take(), Lines{});
    receive(answer(later, 200), tcp());
    receive(answer(unreliable, 200), udp());
    receive(answer(ringing, 486), tcp());
    EXPECT_NOTHING_LEFT();
}

class LargeRequests : public ClientLayer {
 protected:
    static sip::MessagePtr large(std::string_view method) {
        const auto plain = outgoing(method);
        auto builder = sip::MessageBuilder::request(method, "sip:b@198.18.1.2");
        for (std::size_t i = 0; i < plain->header_count(); ++i) {
            const auto header = plain->header_at(i);
            if (header.id != sip::HeaderId::ContentLength) builder.add(header.name, header.value);
        }
        return builder.body("text/plain", std::string(1400, 'x')).finish();
    }
    [[nodiscard]] std::string via(std::size_t index) const {
        return std::string(transport_.sent.at(index).message->essentials().top_via.transport);
    }
    [[nodiscard]] std::string branch(std::size_t index) const {
        return std::string(transport_.sent.at(index).message->essentials().top_via.branch);
    }
};

// 18.1.1: over TCP with the Via to match; once over UDP if that fails.
TEST_F(LargeRequests, GoByTcpAndFallBackOnce) {
    for (const auto* const method : {"INVITE", "MESSAGE"}) {
        transport_.sent.clear();
        transport_.flow = {0, 1, 1};
        const auto request = large(method);
        (void)layer_.send_request(request, to_udp());
        ASSERT_EQ(transport_.sent.size(), 1U);
        EXPECT_EQ(transport_.sent[0].to.transport, TransportKind::Tcp);
        EXPECT_EQ(transport_.sent[0].to.connect_timeout, seconds(2));
        EXPECT_EQ(via(0), "TCP");
        EXPECT_EQ(transport_.sent[0].message->body(), request->body());
        run(seconds(1));
        EXPECT_EQ(transport_.sent.size(), 1U) << "TCP is reliable";
        transport_.flow = {};
        transport_.fail(0);
        ASSERT_EQ(transport_.sent.size(), 2U);
        EXPECT_EQ(transport_.sent[1].to, to_udp());
        EXPECT_EQ(transport_.sent[1].message, request);
        EXPECT_EQ(via(1), "UDP");
        EXPECT_EQ(branch(1), branch(0));
        EXPECT_EQ(user_.take(), Lines{});
        run(seconds(1));
        EXPECT_GT(transport_.sent.size(), 2U) << "UDP is not";
        transport_.fail(1);
        EXPECT_EQ(user_.take(), (Lines{"transport-error", "client-end"}));
    }
    EXPECT_EQ(layer_.counts().moved_to_tcp, 2U);
    EXPECT_EQ(layer_.counts().back_to_udp, 2U);
    EXPECT_NOTHING_LEFT();
}

TEST_F(LargeRequests, StayWithTcpOnceItAnswered) {
    transport_.flow = {0, 1, 1};
    const auto id = layer_.send_request(large("INVITE"), to_udp());
    const auto sent = transport_.sent.at(0).message;
    receive(answer(sent, 180), tcp());
    layer_.fail_flow({0, 1, 1});
    EXPECT_EQ(transport_.sent.size(), 1U);
    EXPECT_EQ(user_.take(), Lines{"response 180"});
    layer_.cancel(id);
    ASSERT_EQ(transport_.names().back(), "CANCEL");
    EXPECT_EQ(transport_.sent.back().to.transport, TransportKind::Tcp);
    EXPECT_EQ(via(1), "TCP");
    receive(answer(sent, 487), tcp());
    EXPECT_EQ(transport_.names().back(), "ACK");
    EXPECT_EQ(via(2), "TCP");
    EXPECT_NOTHING_LEFT();
}

TEST_F(LargeRequests, ACancelledOneIsNotSentAgain) {
    const auto id = layer_.send_request(large("INVITE"), to_udp());
    layer_.cancel(id);
    transport_.fail(0);
    EXPECT_EQ(transport_.sent.size(), 1U);
    EXPECT_EQ(user_.take().front(), "transport-error");
    EXPECT_NOTHING_LEFT();
}

TEST_F(LargeRequests, StayWithUdpWhereTheLimitIsOff) {
    layer_.configure(TimerValues{}, {.udp_max_bytes = 0});
    (void)layer_.send_request(large("INVITE"), to_udp());
    EXPECT_EQ(transport_.sent.at(0).to, to_udp());
    EXPECT_EQ(via(0), "UDP");
    EXPECT_NOTHING_LEFT();
}

// The TU may end, start and cancel transactions from within any callback.
class Restless final : public RecordingUser {
 public:
    void on_response(ClientId id, sip::MessagePtr response, const Source& source) override {
        RecordingUser::on_response(id, response, source);
        layer->cancel(id);
        layer->fail_destination(*Endpoint::parse("198.18.1.2:5060"), TransportKind::Udp);
    }
    void on_client_failure(ClientId id, ClientFailure failure) override {
        RecordingUser::on_client_failure(id, failure);
        if (again) {
            const auto request = std::exchange(again, nullptr);
            (void)layer->send_request(
                request, {"peer", TransportKind::Tcp, *Endpoint::parse("198.18.1.3:5060"), {}});
        }
    }
    TransactionLayer* layer = nullptr;
    sip::MessagePtr again;
};

TEST_F(ClientLayer, CallbacksMayCallBack) {
    Restless user;
    TransactionLayer layer(clock_, wheel_, transport_, TimerValues{}, TransactionLimits{}, user);
    user.layer = &layer;
    user.again = outgoing("INVITE");
    const auto bye = outgoing("BYE");
    (void)layer.send_request(bye, to_udp());
    (void)layer.send_request(outgoing("OPTIONS"), to_udp());
    layer.on_message(answer(bye, 100), udp());
    EXPECT_EQ(user.take().front(), "response 100");
    run(seconds(40));
    EXPECT_EQ(layer.table_size(), 0U);
}

TEST_F(ClientLayer, TheLayerMayGoWithWorkUnderWay) {
    {
        TransactionLayer layer(clock_, wheel_, transport_, TimerValues{}, TransactionLimits{},
                               user_);
        (void)layer.send_request(outgoing("INVITE"), to_udp());
        layer.on_message(request({}), udp());
        layer.respond(user_.server, answer(user_.last, 200));
    }
    EXPECT_EQ(wheel_.size(), 0U);
    user_.take();
    for (std::size_t i = 0; i < transport_.sent.size(); ++i) transport_.fail(i);
    run(seconds(40));
    EXPECT_EQ(user_.take(), Lines{});
}

}  // namespace
}  // namespace portcullis::transaction::testing
