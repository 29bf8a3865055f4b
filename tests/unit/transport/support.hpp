// SPDX-License-Identifier: BSD-2-Clause
// A transport layer on loopback with real sockets around it, all in one thread.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "common/base/unique_fd.hpp"
#include "signaling/sip/builder.hpp"
#include "signaling/sip/parser.hpp"
#include "signaling/transport/sockaddr.hpp"
#include "signaling/transport/transport_layer.hpp"

namespace portcullis::transport::testing {

using namespace std::chrono_literals;

inline std::uint16_t port_of(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    return from_sockaddr(storage)->port;
}

// A socket bound to `address` with a port of the kernel's choice (or that of `address`).
inline UniqueFd bound(int type, const Endpoint& address, bool shared = false) {
    UniqueFd fd(::socket(address.address.is_v4() ? AF_INET : AF_INET6,
                         type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (shared) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    const auto to = to_sockaddr(address);
    if (::bind(fd.get(), to.data(), to.size) != 0) fd.reset();
    return fd;
}

inline Endpoint local(std::uint16_t port, const char* address = "127.0.0.1") {
    return {*IpAddress::parse(address), port};
}

// A port that is free for both UDP and TCP on the address.
inline Endpoint free_endpoint(const char* address = "127.0.0.1") {
    for (int attempt = 0; attempt < 100; ++attempt) {
        const UniqueFd udp = bound(SOCK_DGRAM, local(0, address));
        if (!udp) break;
        const Endpoint candidate = local(port_of(udp.get()), address);
        if (bound(SOCK_STREAM, candidate)) return candidate;
    }
    ADD_FAILURE() << "no free port on " << address;
    return {};
}

// One of our test peers: a plain socket, read without blocking.
class Peer {
 public:
    explicit Peer(UniqueFd fd) : fd_(std::move(fd)) {}

    static Peer udp(const char* address = "127.0.0.1") {
        return Peer(bound(SOCK_DGRAM, local(0, address)));
    }
    static Peer tcp(const Endpoint& to) {
        UniqueFd fd(
            ::socket(to.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto address = to_sockaddr(to);
        // Loopback: the kernel completes it without the accepting side's help.
        if (::connect(fd.get(), address.data(), address.size) != 0) fd.reset();
        return Peer(std::move(fd));
    }
    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    void send_to(const Endpoint& to, std::string_view bytes) const {
        const auto address = to_sockaddr(to);
        EXPECT_EQ(::sendto(fd_.get(), bytes.data(), bytes.size(), 0, address.data(), address.size),
                  static_cast<ssize_t>(bytes.size()));
    }
    // What has arrived by now: appended to `text`. False at the end of the stream or on a reset.
    bool receive() {
        std::vector<char> buffer(1 << 16);
        for (;;) {
            const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (size < 0) return errno == EAGAIN;
            if (size == 0) return false;
            text.append(buffer.data(), static_cast<std::size_t>(size));
        }
    }
    void reset() {
        const linger hard{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        fd_.reset();
    }
    void close() { fd_.reset(); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Endpoint endpoint(const char* address = "127.0.0.1") const {
        return local(port_of(fd_.get()), address);
    }
    std::string text;

 private:
    UniqueFd fd_;
};

// A listening test peer.
class PeerListener {
 public:
    explicit PeerListener(int backlog = 16, const char* address = "127.0.0.1")
        : fd_(bound(SOCK_STREAM, local(0, address))) {
        ::listen(fd_.get(), backlog);
    }
    [[nodiscard]] Endpoint endpoint() const { return local(port_of(fd_.get())); }
    // The next connection, if one has arrived, and where it came from.
    UniqueFd accept() {
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        UniqueFd fd(
            ::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_CLOEXEC));
        if (fd) from = *from_sockaddr(storage);
        return fd;
    }
    [[nodiscard]] int fd() const { return fd_.get(); }
    Endpoint from;

 private:
    UniqueFd fd_;
};

inline std::string request_text(const std::string& id, const std::string& body = {},
                                const std::string& via = "UDP 127.0.0.1:9;rport",
                                const std::string& extra = {}) {
    return "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/" + via + ";branch=z9hG4bK" + id +
           "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: " + id +
           "\r\nCSeq: 1 OPTIONS\r\n" + extra + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}
inline std::string tcp_request(const std::string& id, const std::string& body = {},
                               const std::string& extra = {}) {
    return request_text(id, body, "TCP 127.0.0.1:9", extra);
}
inline sip::MessagePtr message(const std::string& text) { return sip::parse_message(text).value(); }

class TransportTest : public ::testing::Test {
 protected:
    struct Received {
        sip::MessagePtr message;
        Source source;
    };

    void make(TransportLimits limits = {}) {
        handlers_.on_message = [this](sip::MessagePtr one, const Source& source) {
            received_.push_back({std::move(one), source});
        };
        handlers_.on_destination_failed = [this](const Endpoint& remote, TransportKind,
                                                 const Error&) { failed_.push_back(remote); };
        handlers_.on_flow_lost = [this](FlowId flow) { lost_.push_back(flow); };
        handlers_.on_flow_closed = [this](FlowId flow, const Source&) { closed_.push_back(flow); };
        layer_.emplace(io_, ShardId{0}, router_, limits, handlers_);
    }
    // make() and one interface "core" on a free loopback port.
    void start(TransportLimits limits = {}, const char* address = "127.0.0.1") {
        make(limits);
        here_ = free_endpoint(address);
        const auto status = layer_->configure({core()});
        ASSERT_TRUE(status) << status.error().text();
    }
    InterfaceSpec core() const { return {"core", here_, {TransportKind::Udp, TransportKind::Tcp}}; }
    // Runs the event loop until `done`, at most two seconds; whether it became true.
    template <class Done>
    bool run_until(Done done, std::chrono::milliseconds limit = 2s) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) return false;
            io_.restart();
            io_.run_one_for(5ms);
        }
        return true;
    }
    bool run_until_received(std::size_t count) {
        return run_until([&] { return received_.size() >= count; });
    }
    // Nothing more can be on its way over loopback after this.
    void settle() {
        io_.restart();
        io_.run_for(30ms);
    }
    bool run_until_text(Peer& peer, std::string_view wanted) {
        return run_until([&] {
            peer.receive();
            return peer.text.find(wanted) != std::string::npos;
        });
    }
    bool run_until_closed(Peer& peer) {
        return run_until([&] { return !peer.receive(); });
    }
    SendHandler record_failure() {
        return [this](const Error& error) { failures_.push_back(error); };
    }
    Destination to_tcp(const Endpoint& remote) const {
        return {"core", TransportKind::Tcp, remote, {}};
    }
    Destination to_udp(const Endpoint& remote) const {
        return {"core", TransportKind::Udp, remote, {}};
    }
    [[nodiscard]] std::uint64_t dropped(Drop drop) const {
        return layer_->counters().dropped(drop);
    }

    boost::asio::io_context io_;
    shard::ShardRouter router_{shard::SlotTable(1)};
    TransportHandlers handlers_;
    std::optional<TransportLayer> layer_;
    Endpoint here_;
    std::vector<Received> received_;
    std::vector<Endpoint> failed_;
    std::vector<FlowId> lost_;
    std::vector<FlowId> closed_;
    std::vector<Error> failures_;
};

}  // namespace portcullis::transport::testing
