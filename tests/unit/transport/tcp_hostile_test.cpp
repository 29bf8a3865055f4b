// SPDX-License-Identifier: BSD-2-Clause
// Peers that mean harm or know no better: slow, endless, broken, silent, many.
#include "signaling/transport/errc.hpp"
#include "tests/unit/transport/support.hpp"

namespace portcullis::transport::testing {
namespace {

using TcpHostile = TransportTest;

TEST_F(TcpHostile, AMessageThatNeverEndsIsCutOff) {
    start({.header_timeout = 150ms});
    Peer peer = Peer::tcp(here_);
    const auto begun = std::chrono::steady_clock::now();
    peer.send("OPTIONS sip:x SIP/2.0\r\n");
    // One header at a time, each well within any idle time (slowloris).
    int sent = 0;
    EXPECT_TRUE(run_until([&] {
        io_.restart();
        io_.run_for(5ms);
        if (::send(peer.fd(), "X: 1\r\n", 6, MSG_NOSIGNAL) == 6) ++sent;
        return !peer.receive();
    }));
    EXPECT_GT(sent, 5);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 150ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
    EXPECT_EQ(dropped(Drop::HeaderTimeout), 1U);
    EXPECT_EQ(layer_->connection_count(), 0U);
}

TEST_F(TcpHostile, ABodyThatNeverComesIsCutOff) {
    start({.header_timeout = 100ms});
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("good"));
    std::string text = tcp_request("1", "0123456789");
    text.resize(text.size() - 1);
    peer.send(text);
    EXPECT_TRUE(run_until_closed(peer));
    EXPECT_EQ(received_.size(), 1U);
    EXPECT_EQ(dropped(Drop::HeaderTimeout), 1U);
}

TEST_F(TcpHostile, ATimelyStreamOutlivesTheHeaderTimeout) {
    start({.header_timeout = 120ms});
    Peer peer = Peer::tcp(here_);
    const std::string text = tcp_request("1");
    // Each message takes a good part of the timeout, and the next begins with its last bytes.
    std::size_t count = 0;
    const auto end = std::chrono::steady_clock::now() + 400ms;
    peer.send(text.substr(0, 20));
    while (std::chrono::steady_clock::now() < end) {
        io_.restart();
        io_.run_for(40ms);
        peer.send(text.substr(20) + text.substr(0, 20));
        ASSERT_TRUE(run_until_received(++count));
    }
    EXPECT_GE(count, 5U);
    EXPECT_EQ(dropped(Drop::HeaderTimeout), 0U);
}

TEST_F(TcpHostile, WhoSaysNothingSensibleIsCutOff) {
    start({.idle_timeout = 10s, .unproven_timeout = 100ms});
    Peer silent = Peer::tcp(here_);
    Peer pinging = Peer::tcp(here_);
    Peer good = Peer::tcp(here_);
    good.send(tcp_request("1"));
    EXPECT_TRUE(run_until([&] {
        (void)::send(pinging.fd(), "\r\n\r\n", 4, MSG_NOSIGNAL);
        return !silent.receive() && !pinging.receive();
    }));
    EXPECT_TRUE(good.receive());
    EXPECT_EQ(layer_->connection_count(), 1U);
}

TEST_F(TcpHostile, IdleConnectionsCloseAndTrafficKeepsThem) {
    start({.idle_timeout = 150ms});
    Peer idle = Peer::tcp(here_);
    Peer busy = Peer::tcp(here_);
    idle.send(tcp_request("1"));
    busy.send(tcp_request("2"));
    ASSERT_TRUE(run_until_received(2));
    EXPECT_TRUE(run_until([&] {
        (void)::send(busy.fd(), "\r\n\r\n", 4, MSG_NOSIGNAL);
        return !idle.receive();
    }));
    EXPECT_TRUE(busy.receive());
    EXPECT_EQ(dropped(Drop::HeaderTimeout), 0U);
}

TEST_F(TcpHostile, AnInterfaceHasAnIdleTimeOfItsOwn) {
    make({.idle_timeout = 60s});
    here_ = free_endpoint();
    const auto status = layer_->configure({{.name = "core",
                                            .address = here_,
                                            .transports = {TransportKind::Tcp},
                                            .idle_timeout = 150ms}});
    ASSERT_TRUE(status) << status.error().text();
    PeerListener listener;
    layer_->send({.interface = "core",
                  .transport = TransportKind::Tcp,
                  .remote = listener.endpoint(),
                  .flow = {}},
                 message(tcp_request("1")), record_failure());
    Peer accepted = Peer::tcp(here_);
    accepted.send(tcp_request("2"));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(layer_->connection_count(), 2U);
    EXPECT_TRUE(run_until_closed(accepted));
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 0; }));
    EXPECT_TRUE(failures_.empty());
}

struct BrokenCase {
    const char* what;
    std::string length;  // the Content-Length line
    const char* answer;
};

class Broken : public TransportTest, public ::testing::WithParamInterface<BrokenCase> {};

TEST_P(Broken, FramingIsAnsweredAndTheConnectionClosed) {
    start();
    Peer peer = Peer::tcp(here_);
    std::string text = tcp_request("1");
    text.replace(text.find("Content-Length: 0\r\n"), 19, GetParam().length);
    peer.send(text + tcp_request("smuggled"));
    EXPECT_TRUE(run_until_closed(peer));
    EXPECT_TRUE(peer.text.starts_with(GetParam().answer)) << peer.text;
    EXPECT_TRUE(received_.empty()) << "nothing behind a broken frame is believed";
    EXPECT_EQ(dropped(Drop::BrokenFraming), 1U);
    peer.close();
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 0; }));
}

INSTANTIATE_TEST_SUITE_P(
    Lengths, Broken,
    ::testing::Values(
        BrokenCase{"20.14 missing", "", "SIP/2.0 400"},
        BrokenCase{"negative", "Content-Length: -1\r\n", "SIP/2.0 400"},
        BrokenCase{"2^32+32", "Content-Length: 4294967328\r\n", "SIP/2.0 4"},
        BrokenCase{"20 digits", "Content-Length: 99999999999999999999\r\n", "SIP/2.0 4"},
        BrokenCase{"twice", "Content-Length: 0\r\nContent-Length: 5\r\n", "SIP/2.0 400"}));

TEST_F(TcpHostile, AnEndlessHeaderIsCutOffBySize) {
    start();
    Peer peer = Peer::tcp(here_);
    const std::string chunk = "X-A: " + std::string(1000, 'a') + "\r\n";
    peer.send("OPTIONS sip:x SIP/2.0\r\n");
    int sent = 0;
    EXPECT_TRUE(run_until([&] {
        if (::send(peer.fd(), chunk.data(), chunk.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) ++sent;
        return !peer.receive();
    }));
    EXPECT_LT(sent, 2000);
    EXPECT_EQ(dropped(Drop::BrokenFraming), 1U);
}

TEST_F(TcpHostile, AMalformedMessageInAnIntactFrameCostsNothingElse) {
    start();
    Peer peer = Peer::tcp(here_);
    std::string bad = tcp_request("bad");
    bad.replace(bad.find("70"), 2, "xx");
    peer.send(bad + tcp_request("good"));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(received_[0].message->essentials().call_id, "good");
    ASSERT_TRUE(run_until_text(peer, "SIP/2.0 400"));
    EXPECT_TRUE(peer.receive()) << "the connection lives";
    EXPECT_EQ(dropped(Drop::Rejected), 1U);
}

TEST_F(TcpHostile, APeerThatDoesNotReadIsClosed) {
    start({.max_outbox = 64U << 10});
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("1"));
    ASSERT_TRUE(run_until_received(1));
    const Destination back = reply_to(received_[0].source);
    const auto large = message(tcp_request("2", std::string(30'000, 'x')));
    for (int i = 0; i < 2000 && closed_.empty(); ++i) {
        layer_->send(back, large, record_failure());
        io_.restart();
        io_.run_for(0ms);
    }
    ASSERT_TRUE(run_until([&] { return !closed_.empty(); }));
    EXPECT_EQ(dropped(Drop::OutboxFull), 1U);
    EXPECT_GE(failures_.size(), 2U) << "every message still queued is reported";
    EXPECT_LE(failures_.size(), 5U) << "and no more than the limit was queued";
    EXPECT_EQ(failures_[0].code, make_error_code(Errc::OutboxFull));
}

TEST_F(TcpHostile, PingsOfAPeerThatDoesNotReadCostNothing) {
    start({.max_outbox = 1024});
    Peer peer = Peer::tcp(here_);
    std::string pings;
    for (int i = 0; i < 16'384; ++i) pings += "\r\n\r\n";
    const int small = 4096;
    ::setsockopt(peer.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    // A pong each would fill the kernel's buffers with 2 bytes per ping, then the outbox.
    std::uint64_t handled = 0;
    for (int i = 0; i < 200; ++i) {
        (void)::send(peer.fd(), pings.data(), pings.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        io_.restart();
        io_.poll();
        handled = dropped(Drop::Keepalive);
    }
    EXPECT_GT(handled, 100'000U);
    EXPECT_EQ(dropped(Drop::OutboxFull), 0U);
    EXPECT_EQ(layer_->connection_count(), 1U);
    EXPECT_LT(layer_->counters().bytes_sent, 200'000U) << "one pong at a time";
}

TEST_F(TcpHostile, SmallMessagesAreChargedTheirKeeping) {
    start({.max_outbox = 1024});
    PeerListener gateway(0);
    // Not connected before the event loop runs: all of it waits.
    const auto one = message(tcp_request("1"));
    const std::size_t fit = 1024 / one->bytes().size();
    for (std::size_t i = 0; i < fit; ++i) {
        layer_->send(to_tcp(gateway.endpoint()), one, record_failure());
    }
    ASSERT_TRUE(run_until([&] { return !closed_.empty(); }));
    EXPECT_EQ(dropped(Drop::OutboxFull), 1U);
}

TEST_F(TcpHostile, ConnectionsPerSourceAreCapped) {
    start({.max_connections_per_source = 3});
    std::vector<Peer> peers;
    for (int i = 0; i < 3; ++i) peers.push_back(Peer::tcp(here_));
    ASSERT_TRUE(run_until([&] { return layer_->connection_count() == 3; }));
    Peer fourth = Peer::tcp(here_);
    EXPECT_TRUE(run_until_closed(fourth));
    EXPECT_EQ(dropped(Drop::ConnectionCap), 1U);
    peers.front().close();
    ASSERT_TRUE(run_until([&] { return layer_->connection_count() == 2; }));
    Peer fifth = Peer::tcp(here_);
    fifth.send(tcp_request("1"));
    EXPECT_TRUE(run_until_received(1)) << "room again";
}

TEST_F(TcpHostile, ConnectionsAreCappedAltogether) {
    start({.max_connections = 2});
    Peer one = Peer::tcp(here_);
    Peer two = Peer::tcp(here_);
    ASSERT_TRUE(run_until([&] { return layer_->connection_count() == 2; }));
    Peer three = Peer::tcp(here_);
    EXPECT_TRUE(run_until_closed(three));
    // What others fill leaves us as many of our own.
    PeerListener gateways[3];
    for (const auto& gateway : gateways) {
        layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), record_failure());
    }
    ASSERT_TRUE(run_until([&] { return failures_.size() == 1; }));
    EXPECT_EQ(layer_->connection_count(), 4U);
    EXPECT_EQ(failures_[0].code, make_error_code(Errc::TooManyConnections));
}

TEST_F(TcpHostile, WhoIsNotAdmittedIsClosedAtOnce) {
    bool admitted = false;
    handlers_.admit = [&](std::string_view interface, const Endpoint&, std::size_t) {
        EXPECT_EQ(interface, "core");
        return admitted;
    };
    start();
    Peer denied = Peer::tcp(here_);
    EXPECT_TRUE(run_until_closed(denied));
    EXPECT_EQ(layer_->counters().connections_accepted, 0U);
    admitted = true;
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("1"));
    ASSERT_TRUE(run_until_received(1));
    admitted = false;  // a list that is new reaches connections that are not
    peer.send(tcp_request("2"));
    EXPECT_TRUE(run_until_closed(peer));
    EXPECT_EQ(received_.size(), 1U);
}

// Connections that come and go in every way, with answers to the dead on their way.
TEST_F(TcpHostile, ChurnLeavesNothing) {
    start();
    for (int i = 0; i < 300; ++i) {
        Peer peer = Peer::tcp(here_);
        if (i % 3 != 0) peer.send(tcp_request(std::to_string(i)).substr(0, i % 2 ? 40 : 1000));
        if (i % 5 == 0) {
            io_.restart();
            io_.poll();
        }
        if (i % 4 == 0) peer.reset();
        for (const auto& one : std::exchange(received_, {})) {
            layer_->send(reply_to(one.source), one.message, {});
        }
    }
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 0; }));
    EXPECT_EQ(layer_->counters().connections_accepted + layer_->counters().connections_opened,
              layer_->counters().connections_closed);
}

}  // namespace
}  // namespace portcullis::transport::testing
