// SPDX-License-Identifier: BSD-2-Clause
// App: the management process put together; the composition root of portcullis-mgmt.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/unique_fd.hpp"
#include "common/net/endpoint.hpp"
#include "mgmt-api/auth/audit.hpp"
#include "mgmt-api/auth/tokens.hpp"
#include "mgmt-api/http/front_door.hpp"
#include "mgmt-api/http/server.hpp"
#include "mgmt-api/publish/config_service.hpp"
#include "mgmt-api/store/config_store.hpp"

namespace portcullis::mgmt {

struct AppOptions {
    Endpoint listen;
    std::filesystem::path state_dir;       // the SQLite store
    std::filesystem::path run_dir;         // the daemons' sockets
    std::filesystem::path cdr_dir;         // call records that signaling writes
    std::filesystem::path token_file;      // where the first token goes; empty: standard output
    std::filesystem::path initial_config;  // revision 1 of an empty store; empty: none
    ServerLimits limits;
};

// Everything runs on the thread that calls run(). Members are in the order of construction: what
// stands below uses what stands above.
class App {
 public:
    App(AppOptions options, const Clock& clock);
    ~App();

    // Opens the store, reads the configuration, listens, and makes the first token. Each failure is
    // one line for the operator.
    [[nodiscard]] Status start();
    // Serves until SIGTERM, SIGINT or stop().
    void run();
    // May be called from any thread.
    void stop();

    [[nodiscard]] std::uint16_t port() const;
    // The first token, once, when it was made by this start and no file was named for it.
    [[nodiscard]] const std::string& fresh_token() const { return fresh_token_; }

 private:
    struct Rooms;  // what exists once the store is open

    [[nodiscard]] Status open_store();
    [[nodiscard]] Status load_config();
    [[nodiscard]] Status first_token();
    void shut_down();
    void arm_watchdog();

    AppOptions options_;
    const Clock& clock_;
    UniqueFd lock_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_};
    boost::asio::steady_timer watchdog_{io_};
    std::string fresh_token_;
    std::unique_ptr<Rooms> rooms_;
};

// Opens and migrates the store of a state directory, which is made if need be.
[[nodiscard]] Result<Database> open_state(const std::filesystem::path& state_dir);

// Writes `token` to a new file that only its owner may read; replaces an old one.
[[nodiscard]] Status write_token_file(const std::filesystem::path& path, const std::string& token);

}  // namespace portcullis::mgmt
