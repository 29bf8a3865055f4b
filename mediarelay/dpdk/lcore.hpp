// SPDX-License-Identifier: BSD-2-Clause
// Lcore: a thread that DPDK knows as an lcore, pinned to a CPU.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "common/base/result.hpp"

namespace portcullis::relay::dpdk {

// Runs `body` on its own thread, registered with EAL (so mempool caches work) and pinned to `cpu`
// if one is given. The destructor requests stop and joins; a body that sleeps must be woken by a
// std::stop_callback on its token.
class Lcore {
 public:
    // Errors: ThreadFailed (no lcore id left, no such CPU). Returns once the thread runs.
    [[nodiscard]] static Result<Lcore> start(const std::string& name,
                                             std::optional<std::uint32_t> cpu,
                                             std::function<void(std::stop_token)> body);

    void request_stop() { thread_.request_stop(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

 private:
    explicit Lcore(std::jthread thread) : thread_(std::move(thread)) {}
    std::jthread thread_;
};

}  // namespace portcullis::relay::dpdk
