// SPDX-License-Identifier: BSD-2-Clause
// HttpClient: a plain, blocking HTTP client for tests, and raw bytes for hostile ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::testing {

struct HttpAnswer {
    int status = 0;  // 0: the connection ended without an answer
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    // The value of a field, without regard to case; empty when absent.
    [[nodiscard]] std::string header(std::string_view name) const;
};

class HttpClient {
 public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit HttpClient(std::uint16_t port, std::string token = {})
        : port_(port), token_(std::move(token)) {}

    // One request on a connection of its own. A body is sent as application/json unless `headers`
    // names another Content-Type.
    [[nodiscard]] HttpAnswer request(const std::string& method, const std::string& target,
                                     const std::string& body = {}, const Headers& headers = {});

 private:
    std::uint16_t port_;
    std::string token_;
};

// A TCP connection to loopback, for bytes that no client would send.
class RawConnection {
 public:
    explicit RawConnection(std::uint16_t port);
    ~RawConnection();
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    // False once the server has closed.
    bool send(std::string_view bytes);
    // What arrives until the server closes, or until `timeout` passes in silence.
    [[nodiscard]] std::string receive(std::chrono::milliseconds timeout);
    // One answer, read to the end of its declared body; empty when there was none in time.
    [[nodiscard]] std::string receive_answer(std::chrono::milliseconds timeout);
    // True if the server closes within `timeout`.
    [[nodiscard]] bool closes_within(std::chrono::milliseconds timeout);

 private:
    [[nodiscard]] long read_some(std::string& out, std::chrono::milliseconds timeout);
    int fd_;
};

// The status code of a raw answer; 0 when it is none.
[[nodiscard]] int status_of(std::string_view answer);

}  // namespace portcullis::testing
