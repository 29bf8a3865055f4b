// SPDX-License-Identifier: BSD-2-Clause
// ControlServer: the socket on which management governs signaling.
#pragma once

#include "common/ipc/management.hpp"
#include "common/ipc/unix_server.hpp"
#include "signaling/control/config_service.hpp"
#include "signaling/control/query_service.hpp"

namespace portcullis::control {

// On the control thread. A frame that is no message of the management protocol closes its
// connection.
class ControlServer {
 public:
    ControlServer(boost::asio::io_context& io, std::filesystem::path socket, ConfigService& config,
                  QueryService& queries, std::uint32_t boot_epoch);

    [[nodiscard]] Status listen() { return server_.listen(); }
    void stop() { server_.stop(); }

 private:
    using ChannelPtr = std::shared_ptr<ipc::Channel>;

    void on_frame(const ChannelPtr& channel, const ipc::Frame& frame);
    [[nodiscard]] bool dispatch(const ChannelPtr& channel, const ipc::Frame& frame);
    [[nodiscard]] management::HelloReply hello(const management::Hello& hello) const;

    ConfigService& config_;
    QueryService& queries_;
    std::uint32_t boot_epoch_;
    ipc::UnixServer server_;
};

}  // namespace portcullis::control
