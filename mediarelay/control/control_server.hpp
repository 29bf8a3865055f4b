// SPDX-License-Identifier: BSD-2-Clause
// ControlServer: the relay's socket: signaling installs sessions on it, mgmt configures the relay.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>

#include "common/ipc/management.hpp"
#include "common/ipc/unix_server.hpp"
#include "mediarelay/control/config_agent.hpp"
#include "mediarelay/control/leases.hpp"
#include "mediarelay/control/session_manager.hpp"

namespace portcullis::relay {

// Control thread. The first frame of a connection is a Hello and says which of the two speaks;
// anything malformed or out of place closes the connection.
class ControlServer {
 public:
    struct Parts {
        const Clock& clock;
        SessionManager& sessions;
        Leases& leases;
        ConfigAgent& config;
        std::function<management::QueryReply(const management::Query&)> query;
        // Something was asked: drive the workers now.
        std::function<void()> wake;
        std::uint64_t epoch = 0;  // of this run of the relay
    };

    ControlServer(boost::asio::io_context& io, std::filesystem::path path, Parts parts);

    // Errors: as UnixServer::listen.
    [[nodiscard]] Status listen() { return server_.listen(); }
    void stop() { server_.stop(); }

    // To every connection of the owner's instance.
    void send_event(const Owner& owner, const relay_api::SessionEvent& event);
    // Leases that ended: call once a second.
    void tick();

 private:
    using ChannelPtr = std::shared_ptr<ipc::Channel>;
    enum class Kind : std::uint8_t { Unknown, Signaling, Management };
    struct Client {
        ChannelPtr channel;
        Kind kind = Kind::Unknown;
        Owner owner;  // Signaling
    };

    void on_frame(const ChannelPtr& channel, const ipc::Frame& frame);
    void on_close(const ChannelPtr& channel);
    void on_signaling(Client& client, const ipc::Frame& frame);
    void on_management(Client& client, const ipc::Frame& frame);
    void hello(Client& client, std::uint32_t id, const relay_api::Hello& hello);
    void end_resync(Client& client, std::uint32_t id);
    template <class Request>
    void session_request(Client& client, const ipc::Frame& frame);

    Parts parts_;
    std::unordered_map<const ipc::Channel*, Client> clients_;
    ipc::UnixServer server_;
};

}  // namespace portcullis::relay
