// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/app.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <fstream>
#include <sstream>

#include "common/base/log.hpp"
#include "mgmt-api/resources/calls_resource.hpp"
#include "mgmt-api/resources/cdrs_resource.hpp"
#include "mgmt-api/resources/collections.hpp"
#include "mgmt-api/resources/config_resource.hpp"
#include "mgmt-api/resources/revisions_resource.hpp"
#include "mgmt-api/resources/system_resource.hpp"
#include "mgmt-api/resources/trunks_resource.hpp"
#include "mgmt-api/store/migrations.hpp"
#include "policy/config/reader.hpp"

namespace portcullis::mgmt {

namespace {

Result<config::Document> read_document_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (file) text << file.rdbuf();
    if (!file)
        return fail_errno(errno == 0 ? EIO : errno, "initial configuration " + path.string());
    auto document = config::load_document(text.str());
    if (document) return std::move(*document);
    std::string reasons;
    for (const auto& problem : document.error()) {
        reasons += (reasons.empty() ? "" : "; ") + problem.pointer + ": " + problem.message;
    }
    return fail(std::make_error_code(std::errc::invalid_argument),
                "initial configuration " + path.string() + ": " + reasons);
}

}  // namespace

struct App::Rooms {
    Rooms(boost::asio::io_context& io, Database opened, const AppOptions& options,
          const Clock& clock)
        : database(std::move(opened)),
          config(io, store, clock, options.run_dir),
          front_door(router, tokens, audit, counters, clock),
          server(io, front_door, clock, options.limits) {
        mount_config(router, config);
        mount_revisions(router, config, store, audit);
        mount_collections(router, config);
        mount_calls(router, config);
        mount_trunks(router, config);
        mount_cdrs(router, options.cdr_dir);
        mount_system(router, config, counters, clock);
    }

    Database database;
    ConfigStore store{database};
    TokenStore tokens{database};
    Audit audit{database};
    ApiCounters counters;
    ConfigService config;
    Router router;
    FrontDoor front_door;
    Server server;
};

App::App(AppOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

App::~App() = default;

Result<Database> open_state(const std::filesystem::path& state_dir) {
    std::error_code error;
    const bool made = std::filesystem::create_directories(state_dir, error);
    if (error) return fail(error, "state directory " + state_dir.string());
    if (made) ::chmod(state_dir.c_str(), 0700);
    if (::access(state_dir.c_str(), W_OK | X_OK) != 0) {
        return fail_errno(errno, "state directory " + state_dir.string());
    }
    auto database = Database::open(state_dir / "mgmt.sqlite");
    if (!database) return database;
    if (auto done = migrate(*database); !done) return std::unexpected(std::move(done.error()));
    return database;
}

Status write_token_file(const std::filesystem::path& path, const std::string& token) {
    const std::filesystem::path fresh = path.string() + ".new";
    ::unlink(fresh.c_str());
    UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const std::string line = token + "\n";
    const bool written =
        file && ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (!written || ::fsync(file.get()) != 0 || ::rename(fresh.c_str(), path.c_str()) != 0) {
        return fail_errno(errno, "token file " + path.string());
    }
    return {};
}

Status App::start() {
    if (sodium_init() < 0) {
        return fail(std::make_error_code(std::errc::not_supported), "libsodium does not start");
    }
    if (auto done = open_store(); !done) return done;
    if (auto done = load_config(); !done) return done;
    if (auto done = rooms_->server.listen(options_.listen); !done) return done;
    if (auto done = first_token(); !done) return done;
    rooms_->config.start();
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](const boost::system::error_code& cancelled, int signal) {
        if (cancelled) return;
        log::component("app").info("stopping signal={}", signal);
        shut_down();
    });
    log::component("app").info("ready listen={} revision={} version={}", options_.listen.text(),
                               rooms_->config.current().revision, PORTCULLIS_VERSION);
    ::sd_notify(0, "READY=1");
    arm_watchdog();
    return {};
}

Status App::open_store() {
    auto database = open_state(options_.state_dir);
    if (!database) return std::unexpected(std::move(database.error()));
    const auto lock_path = options_.state_dir / "mgmt.lock";
    lock_ = UniqueFd(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock_) return fail_errno(errno, lock_path.string());
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(
            std::make_error_code(std::errc::device_or_resource_busy),
            "another portcullis-mgmt uses the state directory " + options_.state_dir.string());
    }
    rooms_ = std::make_unique<Rooms>(io_, std::move(*database), options_, clock_);
    return {};
}

Status App::load_config() {
    if (auto done = rooms_->config.load(); !done) return done;
    if (rooms_->config.current().revision != 0 || options_.initial_config.empty()) return {};
    auto document = read_document_file(options_.initial_config);
    if (!document) return std::unexpected(std::move(document.error()));
    return rooms_->config.load_initial(*document);
}

Status App::first_token() {
    const auto empty = rooms_->tokens.empty();
    if (!empty) return std::unexpected(empty.error());
    if (!*empty) return {};
    // One transaction: a token whose text reached nobody would lock everybody out.
    auto transaction = Transaction::begin(rooms_->database);
    if (!transaction) return std::unexpected(transaction.error());
    auto token = rooms_->tokens.issue("first", clock_.wall_now());
    if (!token) return std::unexpected(std::move(token.error()));
    if (!options_.token_file.empty()) {
        if (auto done = write_token_file(options_.token_file, *token); !done) return done;
    }
    if (auto done = transaction->commit(); !done) return done;
    if (options_.token_file.empty()) fresh_token_ = std::move(*token);
    return {};
}

void App::run() { io_.run(); }

void App::stop() {
    boost::asio::post(io_, [this] { shut_down(); });
}

void App::shut_down() {
    ::sd_notify(0, "STOPPING=1");
    signals_.cancel();
    watchdog_.cancel();
    rooms_->server.stop();
    rooms_->config.stop();
    // Requests that still wait for a daemon are not waited for: their clients are gone by now.
    io_.stop();
}

void App::arm_watchdog() {
    std::uint64_t interval = 0;  // microseconds
    if (::sd_watchdog_enabled(0, &interval) <= 0) return;
    ::sd_notify(0, "WATCHDOG=1");
    watchdog_.expires_after(std::chrono::microseconds(interval / 2));
    watchdog_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) arm_watchdog();
    });
}

std::uint16_t App::port() const { return rooms_->server.port(); }

}  // namespace portcullis::mgmt
