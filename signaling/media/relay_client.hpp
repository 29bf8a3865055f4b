// SPDX-License-Identifier: BSD-2-Clause
// RelayClient: a shard's connection to the media relay; says hello, re-installs, keeps the lease.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/ipc/unix_client.hpp"
#include "signaling/b2bua/media_relay.hpp"

namespace portcullis::media {

// What the client asks of and tells the shard.
struct RelayHandlers {
    // The sessions that should exist, asked on every (re)connection.
    std::function<std::vector<relay_api::InstallSession>()> desired;
    // A session could not be installed again: its media is lost.
    std::function<void(SessionId, const std::string& reason)> on_lost;
    std::function<void(const relay_api::SessionEvent&)> on_event;
};

// One per shard, on its io_context; an instance of its own to the relay, so that the
// re-synchronisation of one shard leaves the sessions of the others alone. A relay that restarts is
// back within a second: requests made meanwhile wait that long for it, then fail with Disconnected.
class RelayClient final : public b2bua::MediaRelay {
 public:
    // `epoch`: boot epoch of this signaling process.
    RelayClient(boost::asio::io_context& io, std::filesystem::path socket, std::string instance,
                std::uint64_t epoch, RelayHandlers handlers);

    void start() {
        client_.start();
        keep_alive();
    }
    void stop();

    void request(b2bua::RelayRequest request, Done done) override;
    void release(SessionId session, Figures released) override;
    void query(SessionId session, Figures answer) override;

    // Connected, and the relay has accepted our protocol version.
    [[nodiscard]] bool ready() const { return ready_; }
    [[nodiscard]] std::uint64_t reconnects() const { return reconnects_; }

 private:
    struct Waiting {
        b2bua::RelayRequest request;
        Done done;
        TimePoint deadline;
    };

    void say_hello();
    void send(const b2bua::RelayRequest& request, Done done);
    void send_waiting();
    void expire_waiting();
    void resync();
    void keep_alive();
    void on_frame(const ipc::Frame& frame);

    boost::asio::io_context& io_;
    ipc::UnixClient client_;
    boost::asio::steady_timer keep_alive_;
    std::string instance_;
    std::uint64_t epoch_;
    RelayHandlers handlers_;
    boost::asio::steady_timer waiting_timer_;
    std::deque<Waiting> waiting_;
    bool ready_ = false;
    std::uint64_t reconnects_ = 0;
};

}  // namespace portcullis::media
