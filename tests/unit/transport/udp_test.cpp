// SPDX-License-Identifier: BSD-2-Clause
// UDP over loopback: batches, hostile datagrams, ICMP, IPv6.
#include "signaling/shard/timer_wheel.hpp"
#include "signaling/transaction/transaction_layer.hpp"
#include "signaling/transport/errc.hpp"
#include "signaling/transport/udp_socket.hpp"
#include "tests/unit/transport/support.hpp"

#include <linux/errqueue.h>

namespace portcullis::transport::testing {
namespace {

using Udp = TransportTest;

TEST_F(Udp, ARequestComesUpAndItsAnswerGoesBack) {
    start();
    Peer peer = Peer::udp();
    peer.send_to(here_, request_text("1"));
    ASSERT_TRUE(run_until_received(1));
    const Source& source = received_[0].source;
    EXPECT_EQ(source.remote, peer.endpoint());
    EXPECT_EQ(source.local, here_);
    EXPECT_EQ(source.interface, "core");
    EXPECT_FALSE(source.flow);
    EXPECT_EQ(source.transport, TransportKind::Udp);
    const auto answer =
        sip::MessageBuilder::response(*received_[0].message, 200, {}, {.to_tag = "t", .source = {}})
            .finish();
    layer_->send(reply_to(source), answer, record_failure());
    ASSERT_TRUE(run_until_text(peer, "\r\n\r\n"));
    EXPECT_EQ(peer.text, answer->bytes());
    EXPECT_TRUE(failures_.empty());
    EXPECT_EQ(layer_->counters().received.by_method[static_cast<std::size_t>(sip::Method::Options)],
              1U);
    EXPECT_EQ(layer_->counters().sent.by_status[200], 1U);
    EXPECT_EQ(layer_->counters().bytes_sent, answer->bytes().size());
}

TEST_F(Udp, BurstsOfAThousandBothWaysLoseNothing) {
    start();
    Peer peer = Peer::udp();
    const int size = 4 << 20;
    ::setsockopt(peer.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    for (int i = 0; i < 1000; ++i) peer.send_to(here_, request_text(std::to_string(i)));
    ASSERT_TRUE(run_until_received(1000));
    for (std::size_t i = 0; i < 1000; ++i) {
        EXPECT_EQ(received_[i].message->essentials().call_id, std::to_string(i));
        layer_->send(to_udp(peer.endpoint()), received_[i].message, record_failure());
        if (i % 100 == 99) {
            settle();
            peer.receive();
        }
    }
    ASSERT_TRUE(run_until_text(peer, "Call-ID: 999"));
    std::size_t count = 0;
    for (std::size_t at = 0; (at = peer.text.find("OPTIONS sip:", at)) != std::string::npos; ++at)
        ++count;
    EXPECT_EQ(count, 1000U);
}

struct HostileCase {
    const char* what;
    std::string bytes;
    const char* answer;  // start of the answer, or nullptr for silence
    Drop drop;
};

class Hostile : public TransportTest, public ::testing::WithParamInterface<HostileCase> {};

TEST_P(Hostile, IsAnsweredOrDroppedAndCounted) {
    start();
    Peer peer = Peer::udp();
    peer.send_to(here_, GetParam().bytes);
    peer.send_to(here_, request_text("after"));
    ASSERT_TRUE(run_until_received(1));
    settle();
    peer.receive();
    EXPECT_EQ(received_.size(), 1U);
    EXPECT_EQ(received_[0].message->essentials().call_id, "after");
    if (GetParam().answer == nullptr) {
        EXPECT_EQ(peer.text, "");
    } else {
        EXPECT_TRUE(peer.text.starts_with(GetParam().answer)) << peer.text;
    }
    EXPECT_EQ(dropped(GetParam().drop), 1U);
}

std::string without(std::string text, const std::string& line) {
    const auto at = text.find(line);
    return text.erase(at, text.find("\r\n", at) + 2 - at);
}
std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

INSTANTIATE_TEST_SUITE_P(
    Datagrams, Hostile,
    ::testing::Values(
        HostileCase{"RFC 5626 4.4.1 CRLF", "\r\n", nullptr, Drop::Keepalive},
        HostileCase{"CRLFCRLF", "\r\n\r\n", nullptr, Drop::Keepalive},
        HostileCase{"zero bytes", std::string(4, '\0'), nullptr, Drop::Keepalive},
        HostileCase{"garbage", "\x16\x03\x01hello", nullptr, Drop::ParseError},
        HostileCase{"blank lines only", "\r\n\r\n\r\n\r\n", nullptr, Drop::ParseError},
        HostileCase{"8.1.1 no Call-ID", without(request_text("x"), "Call-ID"), nullptr,
                    Drop::ParseError},
        HostileCase{"18.3 short body",
                    replaced(request_text("x"), "Content-Length: 0", "Content-Length: 5"),
                    "SIP/2.0 400", Drop::Rejected},
        HostileCase{"20.22 Max-Forwards", replaced(request_text("x"), "70", "7x"), "SIP/2.0 400",
                    Drop::Rejected},
        HostileCase{"21.5.6 version", replaced(request_text("x"), "SIP/2.0\r\n", "SIP/7.0\r\n"),
                    "SIP/2.0 505", Drop::Rejected},
        HostileCase{"8.1.3 response without CSeq",
                    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>\r\n"
                    "To: <sip:x@y>\r\nCall-ID: 1\r\n\r\n",
                    nullptr, Drop::BadResponse}));

TEST_F(Udp, RefusalsCarryReceivedAndRport) {
    start();
    Peer peer = Peer::udp();
    peer.send_to(here_,
                 replaced(replaced(request_text("x"), "127.0.0.1:9", "10.9.9.9"), "70", "-1"));
    ASSERT_TRUE(run_until_text(peer, "SIP/2.0 400"));
    EXPECT_NE(peer.text.find("received=127.0.0.1"), std::string::npos) << peer.text;
    EXPECT_NE(peer.text.find("rport=" + std::to_string(peer.endpoint().port)), std::string::npos);
}

TEST_F(Udp, WhoIsNotAdmittedIsNotParsed) {
    handlers_.admit = [](std::string_view, const Endpoint&, std::size_t size) {
        return size < 100;
    };
    start();
    Peer peer = Peer::udp();
    peer.send_to(here_, request_text("1"));
    EXPECT_TRUE(run_until([&] { return dropped(Drop::NotAdmitted) == 1; }));
    EXPECT_TRUE(received_.empty());
}

TEST_F(Udp, AMalformedRequestMayBeMetWithSilence) {
    handlers_.answers_malformed = [](std::string_view interface, const Endpoint& remote) {
        EXPECT_EQ(interface, "core");
        return remote.address != *IpAddress::parse("127.0.0.1");
    };
    start();
    Peer peer = Peer::udp();
    peer.send_to(here_, replaced(request_text("x"), "70", "-1"));
    EXPECT_TRUE(run_until([&] { return dropped(Drop::ParseError) == 1; }));
    settle();
    peer.receive();
    EXPECT_EQ(peer.text, "");
}

TEST(IcmpError, TellsWhatIsUnreachableAsSection184Says) {
    struct Row {
        const char* what;
        std::uint8_t origin;
        std::uint8_t type;
        std::uint8_t code;
        int error;
        bool unreachable;
    };
    for (const auto& row : {
             Row{"host unreachable", SO_EE_ORIGIN_ICMP, 3, 1, EHOSTUNREACH, true},
             Row{"port unreachable", SO_EE_ORIGIN_ICMP, 3, 3, ECONNREFUSED, true},
             Row{"fragmentation needed", SO_EE_ORIGIN_ICMP, 3, 4, EMSGSIZE, false},
             Row{"time exceeded", SO_EE_ORIGIN_ICMP, 11, 0, EHOSTUNREACH, false},
             Row{"parameter problem", SO_EE_ORIGIN_ICMP, 12, 0, EPROTO, true},
             Row{"no route (v6)", SO_EE_ORIGIN_ICMP6, 1, 0, ENETUNREACH, true},
             Row{"packet too big (v6)", SO_EE_ORIGIN_ICMP6, 2, 0, EMSGSIZE, false},
             Row{"time exceeded (v6)", SO_EE_ORIGIN_ICMP6, 3, 0, EHOSTUNREACH, false},
             Row{"parameter problem (v6)", SO_EE_ORIGIN_ICMP6, 4, 1, EPROTO, true},
             Row{"our own", SO_EE_ORIGIN_LOCAL, 0, 0, ENETUNREACH, false},
         }) {
        sock_extended_err error{};
        error.ee_origin = row.origin;
        error.ee_type = row.type;
        error.ee_code = row.code;
        error.ee_errno = static_cast<std::uint32_t>(row.error);
        EXPECT_EQ(is_unreachable(error), row.unreachable) << row.what;
    }
}

TEST_F(Udp, AClosedPortIsReported) {
    start();
    const Endpoint nobody = free_endpoint();
    layer_->send(to_udp(nobody), message(request_text("1")), {});
    ASSERT_TRUE(run_until([&] { return !failed_.empty(); }));
    EXPECT_EQ(failed_[0], nobody);
    // The pending error must not cost anyone else's datagram.
    Peer peer = Peer::udp();
    for (int i = 0; i < 50; ++i) {
        layer_->send(to_udp(nobody), message(request_text("n")), record_failure());
        layer_->send(to_udp(peer.endpoint()), message(request_text(std::to_string(i))),
                     record_failure());
    }
    ASSERT_TRUE(run_until_text(peer, "Call-ID: 49"));
    for (int i = 0; i < 50; ++i) {
        EXPECT_NE(peer.text.find("Call-ID: " + std::to_string(i)), std::string::npos) << i;
    }
    peer.send_to(here_, request_text("back"));
    EXPECT_TRUE(run_until_received(1));
}

TEST_F(Udp, FailuresComeAfterTheCallNeverInside) {
    start();
    const auto small = message(request_text("1"));
    const auto large = message(request_text("2", std::string(65'000, 'x')));
    layer_->send({"nowhere", TransportKind::Udp, local(5060), {}}, small, record_failure());
    layer_->send({"core", TransportKind::Tls, local(5061), {}}, small, record_failure());
    layer_->send(to_udp({*IpAddress::parse("fd00::1"), 5060}), small, record_failure());
    layer_->send(to_udp(local(0)), small, record_failure());
    EXPECT_TRUE(failures_.empty());
    ASSERT_TRUE(run_until([&] { return failures_.size() == 4; }));
    EXPECT_EQ(failures_[0].code, make_error_code(Errc::UnknownInterface));
    EXPECT_EQ(failures_[1].code, make_error_code(Errc::UnknownInterface));
    EXPECT_EQ(failures_[2].code, make_error_code(Errc::Unreachable));
    EXPECT_EQ(failures_[3].code, make_error_code(Errc::Unreachable));
    Peer peer = Peer::udp();
    layer_->send(to_udp(peer.endpoint()), large, record_failure());
    ASSERT_TRUE(run_until_text(peer, "xxx")) << "just fits into a datagram";
    auto builder = sip::MessageBuilder::request("OPTIONS", "sip:x@y");
    builder.body("text/plain", std::string(70'000, 'x'));
    layer_->send(to_udp(peer.endpoint()), builder.finish(), record_failure());
    ASSERT_TRUE(run_until([&] { return failures_.size() == 5; }));
    EXPECT_EQ(failures_[4].code, make_error_code(Errc::TooLarge));
}

TEST_F(Udp, WorksOverIpv6) {
    if (!bound(SOCK_DGRAM, local(0, "::1"))) GTEST_SKIP() << "no IPv6 on this host";
    start({}, "::1");
    Peer peer = Peer::udp("::1");
    peer.send_to(here_, request_text("6"));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(received_[0].source.remote, peer.endpoint("::1"));
    layer_->send(reply_to(received_[0].source), received_[0].message, {});
    EXPECT_TRUE(run_until_text(peer, "Call-ID: 6"));
    const Endpoint nobody = free_endpoint("::1");
    layer_->send(to_udp(nobody), received_[0].message, {});
    EXPECT_TRUE(run_until([&] { return !failed_.empty() && failed_[0] == nobody; })) << "ICMPv6";
}

TEST_F(Udp, TheTapSeesBothDirections) {
    std::vector<std::string> seen;
    handlers_.on_wire = [&](const WireEvent& event) {
        seen.push_back((event.direction == Direction::Sent ? "> " : "< ") + event.remote.text());
    };
    start();
    Peer peer = Peer::udp();
    peer.send_to(here_, request_text("1"));
    ASSERT_TRUE(run_until_received(1));
    layer_->send(reply_to(received_[0].source), received_[0].message, {});
    const std::string at = peer.endpoint().text();
    EXPECT_EQ(seen, (std::vector<std::string>{"< " + at, "> " + at}));
}

// The two layers together: an unreachable gateway fails the transaction at once, not by Timer B.
class FailureUser final : public transaction::TransactionUser {
 public:
    [[nodiscard]] transaction::Verdict screen(const sip::Message&, const Source&) override {
        return {};
    }
    void on_request(transaction::ServerId, sip::MessagePtr, const Source&) override {}
    bool on_ack(sip::MessagePtr, const Source&) override { return true; }
    transaction::Verdict judge_cancel(transaction::ServerId, const sip::Message&,
                                      const Source&) override {
        return {};
    }
    void on_cancel(transaction::ServerId, transaction::ServerId, sip::MessagePtr,
                   const Source&) override {}
    void on_response(transaction::ClientId, sip::MessagePtr, const Source&) override {}
    void on_stray_response(sip::MessagePtr, const Source&) override {}
    void on_client_failure(transaction::ClientId, transaction::ClientFailure failure) override {
        failures.push_back(failure);
    }
    void on_server_timeout(transaction::ServerId) override {}
    void on_missing_ack(transaction::ServerId) override {}
    void on_server_transport_error(transaction::ServerId) override {}
    void on_client_terminated(transaction::ClientId) override {}
    void on_server_terminated(transaction::ServerId) override {}
    std::vector<transaction::ClientFailure> failures;
};

TEST_F(Udp, AnIcmpErrorFailsTheTransaction) {
    start();
    const SystemClock clock;
    shard::TimerWheel wheel(clock.now());
    FailureUser user;
    transaction::TransactionLayer transactions(clock, wheel, *layer_, {}, {}, user);
    for (const auto kind : {TransportKind::Udp, TransportKind::Tcp}) {
        const Destination nobody{"core", kind, free_endpoint(), {}};
        EXPECT_TRUE(transactions.send_request(
            message(request_text(kind == TransportKind::Udp ? "u" : "t")), nobody));
        ASSERT_TRUE(run_until([&] {
            for (const auto& remote : failed_) transactions.fail_destination(remote, kind);
            return !user.failures.empty();
        }));
        EXPECT_EQ(user.failures, std::vector{transaction::ClientFailure::TransportError});
        user.failures.clear();
    }
}

}  // namespace
}  // namespace portcullis::transport::testing
