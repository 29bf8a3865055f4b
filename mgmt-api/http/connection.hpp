// SPDX-License-Identifier: BSD-2-Clause
// Connection: one HTTP/1.1 client, its requests one after the other (RFC 9112).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>

#include "mgmt-api/http/server.hpp"

namespace portcullis::mgmt {

// The coroutine that serves it keeps it alive; the server only knows it, to count and to close it.
// All reading and writing goes through `Stream`, so that TLS is another type here and nothing else.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
    using Stream = boost::beast::tcp_stream;

    Connection(Stream stream, Service& service, const Clock& clock, const ServerLimits& limits);

    // Serves until the client leaves, breaks a rule or a limit; then calls `on_end` once.
    void start(std::function<void()> on_end);
    void close();

    // Waiting for a request, and no request of it was ever admitted.
    [[nodiscard]] bool is_stranger() const { return idle_ && !admitted_; }
    [[nodiscard]] bool is_idle() const { return idle_; }
    [[nodiscard]] TimePoint idle_since() const { return idle_since_; }

 private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    boost::asio::awaitable<void> serve();
    // One request and its answer; false when the connection is to be closed.
    boost::asio::awaitable<bool> serve_request();
    boost::asio::awaitable<bool> read_body(Parser& parser, RequestPtr request);
    boost::asio::awaitable<Response> ask_handler(RequestPtr request);
    boost::asio::awaitable<bool> answer(RequestPtr request, unsigned version, Response response,
                                        bool keep_alive);
    boost::asio::awaitable<bool> refuse(RequestPtr request, unsigned version, Problem problem);
    boost::asio::awaitable<void> hang_up();
    [[nodiscard]] RequestPtr make_request(const Parser& parser) const;
    [[nodiscard]] RequestPtr empty_request() const;

    Stream stream_;
    Service& service_;
    const Clock& clock_;
    const ServerLimits& limits_;
    boost::beast::flat_buffer buffer_;
    std::string remote_;
    std::uint32_t served_ = 0;
    bool idle_ = true;
    bool admitted_ = false;
    TimePoint idle_since_;
};

}  // namespace portcullis::mgmt
