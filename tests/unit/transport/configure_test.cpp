// SPDX-License-Identifier: BSD-2-Clause
// Interfaces that come, go, change, and cannot be had.
#include <boost/asio/post.hpp>
#include <thread>

#include "signaling/transport/errc.hpp"
#include "tests/unit/transport/support.hpp"

namespace portcullis::transport::testing {
namespace {

using Configure = TransportTest;

bool is_bound(int type, const Endpoint& endpoint) { return !bound(type, endpoint); }

TEST_F(Configure, UnchangedListenersAreNotTouched) {
    start();
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("1"));
    ASSERT_TRUE(run_until_received(1));
    const Endpoint other = free_endpoint();
    ASSERT_TRUE(layer_->configure({core(), {"peer", other, {TransportKind::Udp}}}));
    peer.send(tcp_request("2"));
    ASSERT_TRUE(run_until_received(2));
    EXPECT_EQ(received_[0].source.flow, received_[1].source.flow);
    Peer::udp().send_to(other, request_text("3"));
    ASSERT_TRUE(run_until_received(3));
    EXPECT_EQ(received_[2].source.interface, "peer");
    ASSERT_NE(layer_->find_interface("peer"), nullptr);
    EXPECT_EQ(layer_->find_interface("peer")->address, other);
    EXPECT_EQ(layer_->find_interface("nowhere"), nullptr);
}

struct RefusedCase {
    const char* what;
    InterfaceSpec spec;
    Errc code;
    const char* text;
};

TEST_F(Configure, WhatCannotBeIsSaidInOneLineAndChangesNothing) {
    start();
    const Endpoint taken = free_endpoint();
    const UniqueFd udp_owner = bound(SOCK_DGRAM, taken);
    // A foreign process that would share: with SO_REUSEPORT the kernel would let us both in.
    const Endpoint shared = free_endpoint();
    const UniqueFd tcp_owner = bound(SOCK_STREAM, shared, true);
    ::listen(tcp_owner.get(), 1);
    const Endpoint shared_udp = free_endpoint();
    const UniqueFd sharing_owner = bound(SOCK_DGRAM, shared_udp, true);
    const std::vector<RefusedCase> rows{
        {"in use",
         {"new", taken, {TransportKind::Udp}},
         Errc::CannotBind,
         "in use by another process"},
        {"shared tcp", {"new", shared, {TransportKind::Tcp}}, Errc::CannotBind, "in use"},
        {"shared udp", {"new", shared_udp, {TransportKind::Udp}}, Errc::CannotBind, "in use"},
        {"elsewhere",
         {"new", local(5060, "192.0.2.77"), {TransportKind::Udp}},
         Errc::CannotBind,
         "not on this host"},
        {"port 0", {"new", local(0), {TransportKind::Udp}}, Errc::BadInterface, "a port is needed"},
        {"multicast",
         {"new", local(5060, "224.0.1.75"), {TransportKind::Udp}},
         Errc::BadInterface,
         "no address of this host"},
        {"twice",
         {"core", free_endpoint(), {TransportKind::Udp}},
         Errc::BadInterface,
         "defined twice"},
        {"same address",
         {"new", here_, {TransportKind::Tcp}},
         Errc::BadInterface,
         "also interface"},
        {"two over TCP",
         {"new", free_endpoint(), {TransportKind::Tcp, TransportKind::Tls}},
         Errc::BadInterface,
         "one of tcp, tls, ws and wss"},
    };
    for (const auto& row : rows) {
        for (const bool dry : {true, false}) {
            const std::vector<InterfaceSpec> wanted{
                core(), {"fine", free_endpoint(), {TransportKind::Udp}}, row.spec};
            const auto status = dry ? layer_->try_bind(wanted) : layer_->configure(wanted);
            ASSERT_FALSE(status) << row.what;
            EXPECT_EQ(status.error().code, make_error_code(row.code)) << row.what;
            EXPECT_NE(status.error().detail.find(row.text), std::string::npos)
                << status.error().text();
            EXPECT_EQ(status.error().detail.find('\n'), std::string::npos);
            EXPECT_EQ(layer_->find_interface("fine"), nullptr) << "all or nothing";
            EXPECT_FALSE(is_bound(SOCK_DGRAM, wanted[1].address)) << row.what;
        }
    }
    Peer::udp().send_to(here_, request_text("1"));
    EXPECT_TRUE(run_until_received(1)) << "what was there still is";
}

// After a restart the configuration that ran before runs again, with what the host has just now.
TEST_F(Configure, WhatIsMissingIsTriedAgain) {
    start();
    UniqueFd owner;
    const Endpoint late = free_endpoint();
    owner = bound(SOCK_DGRAM, late, false);
    const std::vector<InterfaceSpec> wanted{core(), {"late", late, {TransportKind::Udp}}};
    ASSERT_FALSE(layer_->configure(wanted));
    ASSERT_TRUE(layer_->configure(wanted, Unbindable::Retry));
    EXPECT_EQ(layer_->missing_listeners(), 1U);
    Peer::udp().send_to(here_, request_text("1"));
    EXPECT_TRUE(run_until_received(1)) << "the others serve";
    // It is no obstacle for a change of something else.
    EXPECT_TRUE(layer_->try_bind(wanted));
    EXPECT_TRUE(layer_->configure(wanted));
    EXPECT_EQ(layer_->missing_listeners(), 1U);
    owner = UniqueFd();
    EXPECT_TRUE(run_until([&] { return layer_->missing_listeners() == 0; }));
    Peer::udp().send_to(late, request_text("2"));
    EXPECT_TRUE(run_until_received(2));
}

TEST_F(Configure, TryBindChangesNothing) {
    start();
    const Endpoint other = free_endpoint();
    const std::vector<InterfaceSpec> wanted{
        core(), {"peer", other, {TransportKind::Udp, TransportKind::Tcp}}};
    EXPECT_TRUE(layer_->try_bind(wanted));
    EXPECT_FALSE(is_bound(SOCK_DGRAM, other));
    EXPECT_FALSE(is_bound(SOCK_STREAM, other));
    EXPECT_EQ(layer_->find_interface("peer"), nullptr);
    EXPECT_TRUE(layer_->configure(wanted));
    EXPECT_TRUE(is_bound(SOCK_DGRAM, other));
    EXPECT_TRUE(layer_->try_bind({{"renamed", other, {TransportKind::Udp}}})) << "it is ours";
}

TEST_F(Configure, ARemovedInterfaceDrains) {
    start({.drain_time = 150ms});
    Peer udp = Peer::udp();
    Peer tcp = Peer::tcp(here_);
    udp.send_to(here_, request_text("1"));
    tcp.send(tcp_request("2"));
    ASSERT_TRUE(run_until_received(2));
    ASSERT_TRUE(layer_->configure({}));
    EXPECT_EQ(layer_->find_interface("core"), nullptr);
    EXPECT_EQ(Peer::tcp(here_).fd(), -1) << "no new connections";
    for (const auto& one : received_)
        layer_->send(reply_to(one.source), one.message, record_failure());
    EXPECT_TRUE(run_until_text(udp, "Call-ID: 1"));
    EXPECT_TRUE(run_until_text(tcp, "Call-ID: 2"));
    udp.send_to(here_, request_text("3"));
    EXPECT_TRUE(run_until_received(3)) << "still received while it drains";
    EXPECT_TRUE(run_until([&] { return !is_bound(SOCK_DGRAM, here_); }));
    layer_->send(to_udp(udp.endpoint()), received_[0].message, record_failure());
    ASSERT_TRUE(run_until([&] { return !failures_.empty(); }));
    EXPECT_EQ(failures_[0].code, make_error_code(Errc::UnknownInterface));
}

TEST_F(Configure, AnInterfaceInUseDrainsLonger) {
    bool in_use = true;
    handlers_.is_in_use = [&](std::string_view name) { return name == "core" && in_use; };
    start({.drain_time = 30ms});
    ASSERT_TRUE(layer_->configure({}));
    io_.restart();
    io_.run_for(150ms);
    EXPECT_TRUE(is_bound(SOCK_DGRAM, here_));
    in_use = false;
    EXPECT_TRUE(run_until([&] { return !is_bound(SOCK_DGRAM, here_); }));
}

TEST_F(Configure, AnInterfaceMayComeBackWhileItDrains) {
    start({.drain_time = 60ms});
    ASSERT_TRUE(layer_->configure({}));
    ASSERT_TRUE(layer_->try_bind({core()}));
    ASSERT_TRUE(layer_->configure({core()}));
    io_.restart();
    io_.run_for(150ms);
    Peer::udp().send_to(here_, request_text("1"));
    EXPECT_TRUE(run_until_received(1)) << "the drain is called off";
    const Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("2"));
    EXPECT_TRUE(run_until_received(2));
}

// The shard was busy: when the change runs, the drain is over and its handler waits behind it.
TEST_F(Configure, ADrainThatIsOverCanStillBeCalledOff) {
    start({.drain_time = 20ms});
    const auto drain_ends_behind = [this](std::vector<InterfaceSpec> wanted) {
        ASSERT_TRUE(layer_->configure({}));
        std::this_thread::sleep_for(30ms);
        boost::asio::post(
            io_, [this, wanted] { EXPECT_TRUE(layer_->configure(wanted, Unbindable::Retry)); });
        settle();
    };
    drain_ends_behind({core()});
    auto renamed = core();
    renamed.name = "other";
    drain_ends_behind({renamed});
    Peer::udp().send_to(here_, request_text("1"));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(received_[0].source.interface, "other");
}

TEST_F(Configure, TheLayerMayGoWithItsTimersDue) {
    start({.drain_time = 10ms});
    const UniqueFd owner = bound(SOCK_DGRAM, free_endpoint());
    ASSERT_TRUE(layer_->configure({{"late", local(port_of(owner.get())), {TransportKind::Udp}}},
                                  Unbindable::Retry));
    ASSERT_EQ(layer_->missing_listeners(), 1U);
    std::this_thread::sleep_for(1050ms);  // a drain and a retry are due
    boost::asio::post(io_, [this] { layer_.reset(); });
    settle();
}

TEST_F(Configure, ConnectionsEndWithTheDrainOfTheirInterface) {
    start({.drain_time = 60ms});
    const Endpoint other = free_endpoint();
    const InterfaceSpec peer_spec{"peer", other, {TransportKind::Tcp}};
    ASSERT_TRUE(layer_->configure({core(), peer_spec}));
    PeerListener gateway;
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), {});
    Peer gone = Peer::tcp(here_);
    Peer stays = Peer::tcp(other);
    gone.send(tcp_request("2"));
    stays.send(tcp_request("3"));
    ASSERT_TRUE(run_until_received(2));
    ASSERT_TRUE(layer_->configure({peer_spec}));
    EXPECT_EQ(layer_->connection_count(), 3U) << "open while it drains";
    EXPECT_TRUE(run_until_closed(gone));
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 1; })) << "ours as well";
    EXPECT_EQ(lost_.size(), 1U) << "its request gets no answer";
    stays.send(tcp_request("4"));
    EXPECT_TRUE(run_until_received(3));
}

TEST_F(Configure, ConnectionsFollowARename) {
    start();
    PeerListener gateway;
    layer_->send(to_tcp(gateway.endpoint()), message(tcp_request("1")), {});
    Peer peer = Peer::tcp(here_);
    peer.send(tcp_request("2"));
    ASSERT_TRUE(run_until_received(1));
    auto renamed = core();
    renamed.name = "other";
    ASSERT_TRUE(layer_->configure({renamed}));
    peer.send(tcp_request("3"));
    ASSERT_TRUE(run_until_received(2));
    EXPECT_EQ(received_[1].source.interface, "other");
    EXPECT_EQ(received_[1].source.flow, received_[0].source.flow);
    layer_->send({"other", TransportKind::Tcp, gateway.endpoint(), {}}, message(tcp_request("4")),
                 {});
    EXPECT_EQ(layer_->connection_count(), 2U) << "the pooled one serves the new name";
    peer.close();
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 1; }));
}

TEST_F(Configure, AnInterfaceMayBeRenamed) {
    start();
    auto renamed = core();
    renamed.name = "other";
    ASSERT_TRUE(layer_->configure({renamed}));
    Peer peer = Peer::udp();
    for (int i = 0; i < 20; ++i) peer.send_to(here_, request_text(std::to_string(i)));
    ASSERT_TRUE(run_until_received(20));
    for (const auto& one : received_) EXPECT_EQ(one.source.interface, "other");
}

// Its calls know the name that it had when they began.
TEST_F(Configure, CallsOfARenamedInterfaceStillSend) {
    bool in_use = true;
    handlers_.is_in_use = [&](std::string_view name) { return name == "core" && in_use; };
    start({.drain_time = 20ms});
    auto renamed = core();
    renamed.name = "other";
    Peer peer = Peer::udp();
    const auto sends = [&](const std::string& call_id) {
        layer_->send({"core", TransportKind::Udp, peer.endpoint(), {}},
                     message(request_text(call_id)), record_failure());
        return run_until_text(peer, "Call-ID: " + call_id);
    };
    ASSERT_TRUE(layer_->configure({renamed}));
    EXPECT_TRUE(sends("1"));
    ASSERT_TRUE(layer_->configure({}));
    io_.restart();
    io_.run_for(60ms);  // the drain of "other" is over
    EXPECT_TRUE(sends("2"));
    ASSERT_TRUE(layer_->configure({core()}));
    EXPECT_TRUE(sends("3"));
    Peer::udp().send_to(here_, request_text("4"));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(received_[0].source.interface, "core") << "its own name again";
    in_use = false;
    ASSERT_TRUE(layer_->configure({}));
    EXPECT_TRUE(run_until([&] { return !is_bound(SOCK_DGRAM, here_); }));
}

TEST_F(Configure, ATransportMayBeAddedAndRemoved) {
    start({.drain_time = 10ms});
    auto spec = core();
    spec.transports = {TransportKind::Udp};
    ASSERT_TRUE(layer_->configure({spec}));
    EXPECT_TRUE(is_bound(SOCK_DGRAM, here_));
    EXPECT_EQ(Peer::tcp(here_).fd(), -1);
    ASSERT_TRUE(layer_->configure({core()}));
    EXPECT_NE(Peer::tcp(here_).fd(), -1);
}

}  // namespace
}  // namespace portcullis::transport::testing
