// SPDX-License-Identifier: BSD-2-Clause
// Server: accepts HTTP connections and keeps their number and their patience within limits.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/net/endpoint.hpp"
#include "mgmt-api/http/service.hpp"

namespace portcullis::mgmt {

struct ServerLimits {
    std::size_t connections = 512;  // below the usual 1,024 descriptors of a process
    std::uint32_t header_bytes = 16U << 10;
    std::uint64_t body_bytes = 8U << 20;
    std::uint32_t requests_per_connection = 1000;
    // For the header section and body together, for the pause before the next request, and for the
    // client to take the answer.
    std::chrono::milliseconds patience{20'000};
};

class Connection;

// Lives on the REST thread. When all places are taken, a new client gets the place of the
// connection that has been idle longest, one without an admitted request first: idle clients do not
// keep anyone out. Only when all are busy is it answered 503.
class Server {
 public:
    Server(boost::asio::io_context& io, Service& service, const Clock& clock,
           ServerLimits limits = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] Status listen(const Endpoint& endpoint);
    // The port in use, also when the kernel chose it (port 0).
    [[nodiscard]] std::uint16_t port() const;
    // Closes the listener and every connection.
    void stop();
    [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }

 private:
    void accept_next();
    void admit(boost::asio::ip::tcp::socket socket);
    bool make_room();

    Service& service_;
    const Clock& clock_;
    ServerLimits limits_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer retry_;
    std::list<std::shared_ptr<Connection>> connections_;  // oldest first
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace portcullis::mgmt
