// SPDX-License-Identifier: BSD-2-Clause
// TCP over loopback: framing at every split, flows, the connection pool, failures to connect.
#include "signaling/transport/errc.hpp"
#include "tests/unit/transport/support.hpp"

namespace portcullis::transport::testing {
namespace {

using Tcp = TransportTest;

TEST_F(Tcp, AMessageMayBeSplitAtEveryByte) {
    start();
    const std::string text = tcp_request("split", "body\r\n\r\nmore");
    const Peer peer = Peer::tcp(here_);
    for (std::size_t at = 1; at < text.size(); ++at) {
        peer.send(text.substr(0, at));
        io_.restart();
        io_.run_for(1ms);
        EXPECT_EQ(received_.size(), at - 1) << "split at " << at;
        peer.send(text.substr(at));
        ASSERT_TRUE(run_until_received(at)) << "split at " << at;
        EXPECT_EQ(received_.back().message->body(), "body\r\n\r\nmore");
    }
}

TEST_F(Tcp, PipelinedMessagesComeUpInOrder) {
    start();
    std::string text = "\r\n";
    for (int i = 0; i < 200; ++i)
        text += tcp_request(std::to_string(i), std::string(static_cast<std::size_t>(i % 7), 'x'));
    const Peer peer = Peer::tcp(here_);
    peer.send(text);
    ASSERT_TRUE(run_until_received(200));
    for (std::size_t i = 0; i < 200; ++i) {
        EXPECT_EQ(received_[i].message->essentials().call_id, std::to_string(i));
    }
    const Source& source = received_[0].source;
    EXPECT_EQ(source.remote, peer.endpoint());
    EXPECT_EQ(source.local, here_);
    EXPECT_TRUE(source.flow);
    EXPECT_TRUE(layer_->is_alive(source.flow));
}

TEST_F(Tcp, AnswersUseTheFlowOfTheRequest) {
    start();
    Peer one = Peer::tcp(here_);
    Peer two = Peer::tcp(here_);
    one.send(tcp_request("one"));
    ASSERT_TRUE(run_until_received(1));
    two.send(tcp_request("two"));
    ASSERT_TRUE(run_until_received(2));
    layer_->send(reply_to(received_[0].source), received_[0].message, {});
    ASSERT_TRUE(run_until_text(one, "Call-ID: one"));
    two.receive();
    EXPECT_EQ(two.text, "");
}

TEST_F(Tcp, KeepAlivesGetTheirPong) {
    start();
    Peer peer = Peer::tcp(here_);
    peer.send("\r\n\r\n");
    ASSERT_TRUE(run_until_text(peer, "\r\n")) << "RFC 5626 section 3.5.1";
    peer.send("\r\n");
    settle();
    peer.send("\r\n");
    ASSERT_TRUE(run_until_text(peer, "\r\n\r\n")) << "the ping may be split";
    peer.send(tcp_request("1"));
    ASSERT_TRUE(run_until_received(1));
    settle();
    peer.receive();
    EXPECT_EQ(peer.text, "\r\n\r\n");
}

TEST_F(Tcp, OneConnectionServesAGateway) {
    start();
    PeerListener gateway;
    // The first two wait for the connection, the third finds it.
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), record_failure());
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("2")), record_failure());
    UniqueFd fd;
    ASSERT_TRUE(run_until([&] { return bool(fd = gateway.accept()); }));
    EXPECT_EQ(gateway.from.address, here_.address) << "from the interface's address";
    Peer peer(std::move(fd));
    ASSERT_TRUE(run_until_text(peer, "Call-ID: 2"));
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("3")), record_failure());
    ASSERT_TRUE(run_until_text(peer, "Call-ID: 3"));
    EXPECT_FALSE(gateway.accept());
    EXPECT_EQ(layer_->connection_count(), 1U);
    peer.send(tcp_request("back"));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(received_[0].source.remote, gateway.endpoint());
    EXPECT_EQ(received_[0].source.interface, "core");
    EXPECT_TRUE(failures_.empty());
}

TEST_F(Tcp, InterfacesHaveConnectionsOfTheirOwn) {
    make();
    here_ = free_endpoint();
    const Endpoint other = free_endpoint("127.0.0.2");
    ASSERT_TRUE(layer_->configure({core(), {"peer", other, {TransportKind::Tcp}}}));
    PeerListener gateway;
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), {});
    layer_->send({"peer", TransportKind::Tcp, gateway.endpoint(), {}}, message(tcp_request("2")),
                 {});
    std::vector<IpAddress> from;
    UniqueFd fds[2];
    ASSERT_TRUE(run_until([&] {
        if (UniqueFd fd = gateway.accept()) {
            fds[from.size()] = std::move(fd);
            from.push_back(gateway.from.address);
        }
        return from.size() == 2;
    }));
    EXPECT_NE(from[0], from[1]);
}

TEST_F(Tcp, ARefusedConnectionFailsEveryMessage) {
    start();
    const Endpoint nobody = free_endpoint();
    layer_->send(to_tcp(nobody), message(tcp_request("1")), record_failure());
    layer_->send(to_tcp(nobody), message(tcp_request("2")), record_failure());
    EXPECT_TRUE(failures_.empty()) << "never from inside send()";
    ASSERT_TRUE(run_until([&] { return failures_.size() == 2; }));
    EXPECT_EQ(failures_[0].code, make_error_code(Errc::Unreachable));
    EXPECT_TRUE(failed_.empty()) << "each message has its own word";
    EXPECT_EQ(layer_->connection_count(), 0U);
}

TEST_F(Tcp, AConnectionThatIsNotAnsweredTimesOut) {
    start({.connect_timeout = 100ms});
    // A full backlog: the kernel drops further SYNs.
    PeerListener gateway(0);
    std::vector<Peer> fill;
    for (int i = 0; i < 4; ++i) {
        UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const auto to = to_sockaddr(gateway.endpoint());
        (void)::connect(fd.get(), to.data(), to.size);
        fill.emplace_back(std::move(fd));
    }
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), record_failure());
    ASSERT_TRUE(run_until([&] { return !failures_.empty(); }));
    EXPECT_EQ(failures_[0].code, make_error_code(Errc::TimedOut));
}

TEST_F(Tcp, AfterALossTheNextMessageDialsAgain) {
    start();
    PeerListener gateway;
    const FlowId flow =
        layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), record_failure());
    EXPECT_TRUE(flow);
    UniqueFd fd;
    ASSERT_TRUE(run_until([&] { return bool(fd = gateway.accept()); }));
    Peer first(std::move(fd));
    ASSERT_TRUE(run_until_text(first, "Call-ID: 1"));
    first.reset();
    ASSERT_TRUE(run_until([&] { return !closed_.empty(); }));
    EXPECT_EQ(lost_, std::vector{flow}) << "its request gets no answer";
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("2")), record_failure());
    ASSERT_TRUE(run_until([&] { return bool(fd = gateway.accept()); }));
    Peer second(std::move(fd));
    EXPECT_TRUE(run_until_text(second, "Call-ID: 2"));
}

TEST_F(Tcp, AConnectionWithoutRequestsIsNotLost) {
    start();
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("1"));
    ASSERT_TRUE(run_until_received(1));
    std::string ack = tcp_request("1");
    for (std::size_t at = 0; (at = ack.find("OPTIONS")) != std::string::npos;) {
        ack.replace(at, 7, "ACK");
    }
    const auto back = reply_to(received_[0].source);
    const auto answer =
        sip::MessageBuilder::response(*received_[0].message, 200, {}, {.to_tag = "t", .source = {}})
            .finish();
    EXPECT_EQ(layer_->send(back, answer, {}), back.flow);
    EXPECT_EQ(layer_->send(back, message(ack), {}), back.flow);
    ASSERT_TRUE(run_until_text(peer, "ACK sip:"));
    peer.reset();
    ASSERT_TRUE(run_until([&] { return !closed_.empty(); }));
    EXPECT_TRUE(lost_.empty()) << "responses and ACKs wait for nothing";
}

TEST_F(Tcp, AnIdleCloseLosesNothing) {
    start({.idle_timeout = 100ms});
    PeerListener gateway;
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), record_failure());
    ASSERT_TRUE(run_until([&] { return !closed_.empty(); }));
    EXPECT_TRUE(lost_.empty());
    EXPECT_TRUE(failed_.empty());
    EXPECT_TRUE(failures_.empty());
}

TEST_F(Tcp, ADeadFlowIsGoneOrDialledAgain) {
    start();
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("1"));
    ASSERT_TRUE(run_until_received(1));
    const Destination back = reply_to(received_[0].source);
    peer.reset();
    ASSERT_TRUE(run_until([&] { return !closed_.empty(); }));
    EXPECT_EQ(closed_[0], back.flow);
    EXPECT_FALSE(layer_->is_alive(back.flow));
    auto flow_only = back;
    flow_only.remote.port = 0;
    layer_->send(flow_only, received_[0].message, record_failure());
    ASSERT_TRUE(run_until([&] { return failures_.size() == 1; }));
    EXPECT_EQ(failures_[0].code, make_error_code(Errc::FlowGone));
    // The index is reused, the flow is not.
    Peer next = Peer::tcp(here_);
    next.send(tcp_request("2"));
    ASSERT_TRUE(run_until_received(2));
    EXPECT_EQ(received_[1].source.flow.index, back.flow.index);
    EXPECT_NE(received_[1].source.flow, back.flow);
    PeerListener gateway;
    auto redial = back;
    redial.remote = gateway.endpoint();
    layer_->send(redial, received_[0].message, record_failure());
    EXPECT_TRUE(run_until([&] { return bool(gateway.accept()); }));
    EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(Tcp, AFlowCanBeClosedFromItsOwnMessage) {
    start();
    handlers_.on_message = nullptr;
    TransportHandlers handlers;
    std::size_t count = 0;
    TransportLayer* self = nullptr;
    handlers.on_message = [&](sip::MessagePtr, const Source& source) {
        ++count;
        self->close_flow(source.flow);
    };
    layer_.reset();
    layer_.emplace(io_, ShardId{0}, router_, TransportLimits{}, handlers);
    self = &*layer_;
    ASSERT_TRUE(layer_->configure({core()}));
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("1") + tcp_request("2"));
    EXPECT_TRUE(run_until_closed(peer));
    EXPECT_EQ(count, 1U) << "what follows on a closed flow is not handled";
}

TEST_F(Tcp, TheLayerMayGoWithTrafficUnderWay) {
    start();
    PeerListener gateway;
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("1") + "OPTIONS half");
    ASSERT_TRUE(run_until_received(1));
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("2")), record_failure());
    layer_->send(to_udp(free_endpoint()), message(request_text("3")), record_failure());
    layer_->send({"none", TransportKind::Tcp, gateway.endpoint(), {}}, message(tcp_request("4")),
                 record_failure());
    layer_.reset();
    settle();
    EXPECT_TRUE(failures_.empty());
    EXPECT_TRUE(closed_.empty());
    EXPECT_TRUE(run_until_closed(peer));
}

}  // namespace
}  // namespace portcullis::transport::testing
