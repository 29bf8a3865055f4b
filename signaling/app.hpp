// SPDX-License-Identifier: BSD-2-Clause
// App: the composition root of portcullis-signaling.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "signaling/control/control_server.hpp"

namespace portcullis {

struct AppOptions {
    std::filesystem::path state_dir;
    std::filesystem::path socket;
    std::filesystem::path relay_socket;
    std::filesystem::path cdr_dir;
    std::uint16_t shards = 1;
    std::size_t message_ring_mb = 64;  // 0: no message is kept
};

// Made and run by main() on one thread, which becomes the control thread. Stopping leaves
// calls in their checkpoint: the next start serves them again.
class App {
 public:
    explicit App(const AppOptions& options);
    ~App();

    // Everything that can fail at start, with one line that says what to do.
    [[nodiscard]] Status start();
    // Until SIGTERM or SIGINT.
    void run();

 private:
    [[nodiscard]] Status lock_state_dir();
    [[nodiscard]] Status open_shards();
    [[nodiscard]] Status adopt_checkpoints();
    void wait_for_signal();

    AppOptions options_;
    std::uint32_t boot_epoch_;
    UniqueFd lock_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_};
    shard::SlotTable slots_;
    shard::ShardRouter router_;
    policy::Admission admission_;
    record::MessageRing ring_;
    record::RecordWriter records_;
    SystemClock clock_;
    locate::Engine dns_;
    Shards shards_;
    transport::HandshakePool handshakes_;  // its jobs hold what the shards own: ends before them
    control::ConfigService config_;
    control::QueryService queries_;
    control::ControlServer server_;
};

}  // namespace portcullis
