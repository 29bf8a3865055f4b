// SPDX-License-Identifier: BSD-2-Clause
// NameServer: a real DNS server (dnsmasq) on loopback; and UDP servers that misbehave.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.hpp"
#include "common/net/endpoint.hpp"
#include "tests/support/temp_dir.hpp"

namespace portcullis::locate {

// A process of its own on 127.0.0.1 and a free port, ended with the object.
class NameServer {
 public:
    // `lines`: dnsmasq configuration, srv-host=…, naptr-record=…, host-record=…
    explicit NameServer(const std::string& lines);
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    // Other records, on the same port.
    void restart(const std::string& lines);
    void kill();
    [[nodiscard]] Endpoint endpoint() const;

 private:
    void start(const std::string& lines);
    [[nodiscard]] bool answers() const;

    testing::TempDir dir_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

// Hands each datagram to `reply`, on a thread of its own, and sends back what it returns; an empty
// answer is silence.
class UdpServer {
 public:
    using Handler = std::function<std::string(const std::string& query)>;

    explicit UdpServer(Handler handler);
    ~UdpServer();
    UdpServer(const UdpServer&) = delete;
    UdpServer& operator=(const UdpServer&) = delete;

    [[nodiscard]] Endpoint endpoint() const;
    [[nodiscard]] int received() const { return received_; }

 private:
    void run();

    Handler handler_;
    UniqueFd socket_;
    std::uint16_t port_ = 0;
    std::atomic<int> received_{0};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

// One question over UDP to 127.0.0.1:`port`; empty without an answer within `patience`.
[[nodiscard]] std::string ask_over_udp(std::uint16_t port, const std::string& query,
                                       std::chrono::milliseconds patience);

// Until `done` says so; false after ten seconds.
[[nodiscard]] bool wait_until(const std::function<bool()>& done);

}  // namespace portcullis::locate
