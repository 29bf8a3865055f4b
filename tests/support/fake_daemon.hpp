// SPDX-License-Identifier: BSD-2-Clause
// FakeDaemon: a daemon as management sees it: a control socket that speaks the real protocol, with
// answers the test chooses and a record of what was asked.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/ipc/management.hpp"
#include "common/ipc/unix_server.hpp"

namespace portcullis::testing {

// Runs on a thread of its own; every member may be called from the test's thread.
class FakeDaemon {
 public:
    // Serves <run_dir>/<name>.sock from start() on. `name`: "signaling" or "mediarelay".
    FakeDaemon(const std::filesystem::path& run_dir, std::string name);
    ~FakeDaemon();
    FakeDaemon(const FakeDaemon&) = delete;
    FakeDaemon& operator=(const FakeDaemon&) = delete;

    void start();
    // As a process that died: the socket is gone; what it applied is kept for the next start().
    void stop();

    // What it does when asked to prepare or commit. Silent: it never answers.
    enum class Mood : std::uint8_t { Willing, Refusing, Silent };
    void on_prepare(Mood mood, std::vector<management::Refusal> refusals = {});
    void on_commit(Mood mood, std::vector<management::Refusal> refusals = {});
    // Called on the daemon's thread before each Prepare is answered.
    void set_prepare_hook(std::function<void()> hook);
    // The answer to a Query for this path ("calls"); unknown paths get 404.
    void set_answer(const std::string& path, management::QueryReply reply);
    void set_applied(std::uint64_t version);

    [[nodiscard]] std::uint64_t applied() const;
    [[nodiscard]] std::string document() const;  // that was applied last
    // "prepare 2", "commit 2", "abort 3", "DELETE calls/7", in order of arrival.
    [[nodiscard]] std::vector<std::string> log() const;
    // Waits for an entry to turn up in the log; false after `timeout`.
    [[nodiscard]] bool wait_for(const std::string& entry,
                                std::chrono::milliseconds timeout = std::chrono::seconds{10}) const;

 private:
    void on_frame(const std::shared_ptr<ipc::Channel>& channel, const ipc::Frame& frame);
    void answer(const std::shared_ptr<ipc::Channel>& channel, std::uint32_t id,
                const management::Prepare& request);
    void answer(const std::shared_ptr<ipc::Channel>& channel, std::uint32_t id,
                const management::Commit& request);
    void answer(const std::shared_ptr<ipc::Channel>& channel, std::uint32_t id,
                const management::Query& request);
    void note(std::string entry);

    std::filesystem::path path_;
    std::string name_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // Under mutex_.
    Mood prepare_mood_ = Mood::Willing;
    Mood commit_mood_ = Mood::Willing;
    std::vector<management::Refusal> prepare_refusals_;
    std::vector<management::Refusal> commit_refusals_;
    std::function<void()> prepare_hook_;
    std::map<std::string, management::QueryReply> answers_;
    std::uint64_t epoch_ = 0;
    std::uint64_t applied_ = 0;
    std::uint64_t prepared_ = 0;
    std::string prepared_document_;
    std::string document_;
    std::vector<std::string> log_;
    // Of the running server.
    std::unique_ptr<boost::asio::io_context> io_;
    std::unique_ptr<ipc::UnixServer> server_;
    std::thread thread_;
};

}  // namespace portcullis::testing
