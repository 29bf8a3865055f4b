// SPDX-License-Identifier: BSD-2-Clause
// NullRelay: the server side of the relay's control protocol over sessions without media.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>

#include "common/base/clock.hpp"
#include "common/ipc/unix_server.hpp"
#include "tests/bench/null_relay/null_sessions.hpp"

namespace portcullis::bench {

// One thread. Everything is answered from inside the frame's handler, so what a call costs
// signaling is measured without the relay's own work; sessions end with the process.
class NullRelay {
 public:
    NullRelay(boost::asio::io_context& io, const std::filesystem::path& socket,
              const std::vector<relay::PoolPlan>& pools);

    // Errors: as UnixServer::listen.
    [[nodiscard]] Status listen() { return server_.listen(); }
    void stop();

 private:
    void on_frame(const std::shared_ptr<ipc::Channel>& channel, const ipc::Frame& frame);
    template <class Request>
    void operate(const std::shared_ptr<ipc::Channel>& channel, const ipc::Frame& frame);
    void keep_house();

    SystemClock clock_;
    relay::MediaPools pools_{clock_};
    NullSessions sessions_{pools_};
    boost::asio::steady_timer housekeeping_;
    ipc::UnixServer server_;
};

}  // namespace portcullis::bench
