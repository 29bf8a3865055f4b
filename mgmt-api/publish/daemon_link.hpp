// SPDX-License-Identifier: BSD-2-Clause
// DaemonLink: the control connection to one daemon, greeted with Hello whenever it comes up.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "common/ipc/management.hpp"
#include "common/ipc/unix_client.hpp"
#include "mgmt-api/publish/publisher.hpp"

namespace portcullis::mgmt {

// Lives on the REST thread. A daemon counts as up from its answer to Hello; one that speaks no
// common version of the protocol, or is another daemon than the socket's name says, never does.
class DaemonLink {
 public:
    struct Handlers {
        std::function<void(const management::HelloReply&)> on_up;
        std::function<void()> on_down;
    };
    // `error`: empty when answered.
    using ConfigHandler = std::function<void(Result<management::ConfigReply>)>;
    using QueryHandler = std::function<void(Result<management::QueryReply>)>;

    DaemonLink(boost::asio::io_context& io, Daemon daemon, const std::filesystem::path& run_dir,
               Handlers handlers);

    void start() { client_.start(); }
    void stop();

    [[nodiscard]] Daemon daemon() const { return daemon_; }
    [[nodiscard]] bool up() const { return hello_.has_value(); }
    // What it last said of itself; empty while it is not up.
    [[nodiscard]] const std::optional<management::HelloReply>& hello() const { return hello_; }
    // Why it is not up although something is connected; empty otherwise.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

    void send(Step step, std::uint64_t version, const std::string& document, Milliseconds timeout,
              ConfigHandler handler);
    // Fails at once while the daemon is not up.
    void query(std::string verb, std::string path, Milliseconds timeout, QueryHandler handler);

 private:
    void greet();
    void on_hello(Result<management::HelloReply> reply);
    void on_disconnected();

    Daemon daemon_;
    Handlers handlers_;
    ipc::UnixClient client_;
    boost::asio::steady_timer retry_;
    std::optional<management::HelloReply> hello_;
    std::string trouble_;
};

}  // namespace portcullis::mgmt
