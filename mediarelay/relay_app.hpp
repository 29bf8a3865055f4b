// SPDX-License-Identifier: BSD-2-Clause
// RelayApp: the media relay put together: DPDK, workers, the control thread, and their order of
// start and stop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.hpp"

namespace portcullis::relay {

struct RelayOptions {
    std::filesystem::path state_dir;  // the last good document
    std::filesystem::path run_dir;    // the flows' state: on tmpfs; empty: the socket's folder
    std::filesystem::path socket;
    bool no_huge = false;
    std::optional<std::uint32_t> memory_mb;  // in place of the document's
    std::optional<std::uint16_t> workers;    // in place of the document's
};

// Made by main, runs on main's thread, which becomes the control thread.
class RelayApp {
 public:
    enum class Exit : std::uint8_t {
        Stopped,  // orderly, by a signal
        Restart   // start-up settings changed: the caller runs the program anew
    };

    explicit RelayApp(RelayOptions options);
    ~RelayApp();
    RelayApp(const RelayApp&) = delete;
    RelayApp& operator=(const RelayApp&) = delete;

    // Everything up to being ready. Errors: in words for the operator.
    [[nodiscard]] Status start();
    // Until SIGTERM or SIGINT. What must not outlive the process is gone when it returns; the
    // packet filter stays for sessions that the next process will have again.
    [[nodiscard]] Exit run();

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::relay
