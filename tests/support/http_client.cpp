// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

#include "common/base/text.hpp"

namespace portcullis::testing {

namespace {
constexpr std::chrono::seconds kPatience{30};
}

std::string HttpAnswer::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (text::iequals(key, name)) return value;
    }
    return {};
}

HttpAnswer HttpClient::request(const std::string& method, const std::string& target,
                               const std::string& body, const Headers& headers) {
    std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
    bytes += "Connection: close\r\n";
    if (!token_.empty()) bytes += "Authorization: Bearer " + token_ + "\r\n";
    bool typed = body.empty();
    for (const auto& [name, value] : headers) {
        bytes += name + ": " + value + "\r\n";
        typed = typed || text::iequals(name, "content-type");
    }
    if (!typed) bytes += "Content-Type: application/json\r\n";
    if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    RawConnection connection(port_);
    connection.send(bytes + "\r\n" + body);
    const std::string raw = connection.receive(kPatience);

    HttpAnswer answer{.status = status_of(raw), .headers = {}, .body = {}};
    const auto end = raw.find("\r\n\r\n");
    if (end == std::string::npos) return answer;
    std::string_view head = std::string_view(raw).substr(0, end + 2);
    head.remove_prefix(head.find('\n') + 1);
    while (!head.empty()) {
        const auto [line, rest] = text::cut(head, '\n');
        const auto [name, value] = text::cut(text::trim(line), ':');
        answer.headers.emplace_back(name, text::trim(value));
        head = rest;
    }
    answer.body = raw.substr(end + 4);
    return answer;
}

RawConnection::RawConnection(std::uint16_t port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 ||
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        throw std::runtime_error("connect to port " + std::to_string(port));
    }
}

RawConnection::~RawConnection() { ::close(fd_); }

bool RawConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

// > 0: bytes read; 0: closed by the server; < 0: nothing in time.
long RawConnection::read_some(std::string& out, std::chrono::milliseconds timeout) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return -1;
    char buffer[16384];
    const auto got = ::recv(fd_, buffer, sizeof(buffer), 0);
    if (got <= 0) return 0;
    out.append(buffer, static_cast<std::size_t>(got));
    return got;
}

std::string RawConnection::receive(std::chrono::milliseconds timeout) {
    std::string out;
    while (read_some(out, timeout) > 0) {
    }
    return out;
}

std::string RawConnection::receive_answer(std::chrono::milliseconds timeout) {
    std::string out;
    while (true) {
        const auto end = out.find("\r\n\r\n");
        if (end != std::string::npos) {
            const auto field = out.find("Content-Length: ");
            std::size_t length = 0;
            if (field < end) {
                std::from_chars(out.data() + field + 16, out.data() + end, length);
            }
            if (out.size() >= end + 4 + length) return out;
        }
        if (read_some(out, timeout) <= 0) return out;
    }
}

bool RawConnection::closes_within(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::string ignored;
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        if (read_some(ignored, left) == 0) return true;
    }
}

int status_of(std::string_view answer) {
    int status = 0;
    if (!answer.starts_with("HTTP/1.") || answer.size() < 12) return 0;
    std::from_chars(answer.data() + 9, answer.data() + 12, status);
    return status;
}

}  // namespace portcullis::testing
