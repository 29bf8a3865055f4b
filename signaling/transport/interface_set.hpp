// SPDX-License-Identifier: BSD-2-Clause
// InterfaceSet: the listening sockets of one shard, and their change from one configuration to the
// next.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"
#include "signaling/transport/interface_spec.hpp"
#include "signaling/transport/tcp_listener.hpp"
#include "signaling/transport/udp_socket.hpp"

namespace portcullis::transport {

// Owned by the transport layer, which makes the users of its sockets. close() before they go.
class InterfaceSet {
 public:
    struct Surroundings {
        DatagramBatch& batch;
        UdpSocketUser& udp_user;
        TcpListener::Handler on_accept;
        std::function<bool(std::string_view)> is_in_use;
        std::function<void()> on_drained;
        Milliseconds drain_time;
    };

    // `probes`: whether this shard looks for foreign owners of an address; one shard does.
    InterfaceSet(boost::asio::io_context& io, bool probes, Surroundings surroundings)
        : io_(io), probes_(probes), surroundings_(std::move(surroundings)) {}

    [[nodiscard]] Status configure(std::vector<InterfaceSpec> specs, Unbindable unbindable);
    [[nodiscard]] Status try_bind(const std::vector<InterfaceSpec>& specs) const;
    void close();
    // Configured listeners that wait for their address.
    [[nodiscard]] std::size_t missing() const { return missing_.size(); }

    [[nodiscard]] const InterfaceSpec* find(std::string_view name) const;
    // Of a configured interface or one that drains; nullptr without one.
    [[nodiscard]] UdpSocket* find_udp(std::string_view name) const;
    // The name of the interface that has, or until its drain ends had, a listener of that kind
    // there; that of the configured one if one is. nullptr without one.
    [[nodiscard]] const std::string* owner_of(const Endpoint& address, TransportKind kind) const;
    // The address that connections of an interface start from; nullptr for an unknown one.
    [[nodiscard]] const Endpoint* find_address(std::string_view name, TransportKind kind) const;

 private:
    struct Listener {
        ListenAddress listen;
        std::shared_ptr<UdpSocket> udp;
        std::shared_ptr<TcpListener> tcp;
    };
    struct Draining {
        Draining(boost::asio::io_context& io, Listener was) : listener(std::move(was)), timer(io) {}
        Listener listener;
        boost::asio::steady_timer timer;
        bool lent = false;  // its socket is that of the interface which has its address now
    };
    struct Opened {
        ListenAddress listen;
        UniqueFd fd;
    };

    [[nodiscard]] static Status check(const std::vector<InterfaceSpec>& specs);
    [[nodiscard]] static std::vector<ListenAddress> listens_of(
        const std::vector<InterfaceSpec>& specs);
    [[nodiscard]] bool is_listening(const ListenAddress& listen) const;
    [[nodiscard]] bool owns_address(const ListenAddress& listen) const;
    [[nodiscard]] bool is_missing(const ListenAddress& listen) const;
    [[nodiscard]] Result<Opened> open(const ListenAddress& listen) const;
    [[nodiscard]] Listener make_listener(Opened opened);
    void retry_missing();
    // A listener that drains and is wanted again, without its drain.
    [[nodiscard]] bool revive(const ListenAddress& listen);
    void drain(Listener listener);
    void wait_drained(const std::shared_ptr<Draining>& item);
    void on_drain_time(const std::shared_ptr<Draining>& item);
    // A draining interface whose address `to` has now lives on by its socket.
    void hand_over(const Listener& to);
    void close_udp(Listener& listener);
    [[nodiscard]] const Draining* find_revivable(const ListenAddress& listen) const;

    boost::asio::io_context& io_;
    bool probes_;
    Surroundings surroundings_;
    std::vector<InterfaceSpec> specs_;
    std::vector<Listener> listeners_;
    std::vector<std::shared_ptr<Draining>> draining_;  // shared for the timers' handlers to see
    std::vector<ListenAddress> missing_;
    std::shared_ptr<boost::asio::steady_timer> retry_;  // the one that runs
};

}  // namespace portcullis::transport
