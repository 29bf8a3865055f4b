// SPDX-License-Identifier: BSD-2-Clause
// ConfigService: the only writer of configuration. Takes changes one at a time from draft to both
// daemons, and keeps the daemons in step with the current revision.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/base/clock.hpp"
#include "mgmt-api/http/problem.hpp"
#include "mgmt-api/publish/daemon_link.hpp"
#include "mgmt-api/publish/document_diff.hpp"
#include "mgmt-api/publish/publisher.hpp"
#include "mgmt-api/store/config_store.hpp"
#include "policy/config/document.hpp"

namespace portcullis::mgmt {

// The revision in force. Before the first one: revision 0 and a document of defaults.
struct CurrentConfig {
    std::uint64_t revision = 0;
    config::Document document;
    std::string text;  // as stored and sent to the daemons: with secrets
    std::map<std::string, std::uint64_t> object_revisions;

    // The revision that last wrote an object; its ETag.
    [[nodiscard]] std::uint64_t object_revision(const std::string& path) const {
        const auto found = object_revisions.find(path);
        return found == object_revisions.end() ? 0 : found->second;
    }
};

struct ChangeOutcome {
    std::uint64_t revision = 0;  // in force now; of a dry run: the one it would have been
    std::vector<ObjectChange> changes;
    std::vector<Daemon> pending;  // do not run it yet
};

struct Change {
    // Checks the request's conditions and builds the new, valid document from the current one. Runs
    // when all earlier changes have ended, on the REST thread.
    std::function<std::expected<config::Document, Problem>(const CurrentConfig&)> edit;
    std::string author;
    std::string comment;
    bool dry_run = false;
    // Called exactly once, possibly from within submit().
    std::function<void(std::expected<ChangeOutcome, Problem>)> done;
};

// One per process, on the REST thread; never blocks on a daemon.
class ConfigService {
 public:
    static constexpr std::size_t kMaxQueue = 32;

    struct DaemonStatus {
        Daemon daemon{};
        bool connected = false;
        std::uint64_t epoch = 0;
        std::uint64_t applied = 0;
        bool pending = false;
        std::vector<DaemonReason> refusal;
        std::string trouble;
    };

    ConfigService(boost::asio::io_context& io, ConfigStore& store, const Clock& clock,
                  const std::filesystem::path& run_dir);

    // Takes up the current revision. Fails if its document cannot be read any more.
    [[nodiscard]] Status load();
    // Makes `document` the first revision. Only before start(), on an empty store.
    [[nodiscard]] Status load_initial(const config::Document& document);
    // Connects to the daemons.
    void start();
    void stop();

    [[nodiscard]] const CurrentConfig& current() const { return current_; }
    void submit(Change change);

    [[nodiscard]] DaemonStatus status(Daemon daemon) const;
    [[nodiscard]] DaemonLink& link(Daemon daemon) { return *links_[index_of(daemon)]; }

 private:
    struct Running {
        std::uint64_t number = 0;
        config::Document document;
        std::string text;
        std::vector<ObjectChange> changes;
        Daemon first = Daemon::Relay;  // to commit
        std::function<void(std::expected<ChangeOutcome, Problem>)> done;
    };

    // What a change comes down to: what is in force anyway, or a revision to publish.
    using Draft = std::variant<ChangeOutcome, Running>;

    void pump();
    void start_change(Change change);
    [[nodiscard]] std::expected<Draft, Problem> draft(const Change& change);
    [[nodiscard]] std::expected<Draft, Problem> try_draft(const Change& change);
    void run(PublishActions actions);
    void carry_out(const PublishAction& action);
    void carry_out(const publish_action::Send& send);
    void decide();
    void finish(const publish_action::Finish& finish);
    void on_up(Daemon daemon, const management::HelloReply& hello);
    void arm_timer();
    [[nodiscard]] std::vector<Daemon> pending_daemons() const;
    void adopt(std::uint64_t number, config::Document document, std::string text,
               const ObjectChanges& changes);

    ConfigStore& store_;
    const Clock& clock_;
    CurrentConfig current_;
    Publisher publisher_{0};
    std::vector<std::unique_ptr<DaemonLink>> links_;  // by index_of(daemon)
    boost::asio::steady_timer timer_;
    std::deque<Change> queue_;
    std::optional<Running> running_;
    std::deque<PublishAction> actions_;
    bool carrying_out_ = false;
    bool pumping_ = false;
};

}  // namespace portcullis::mgmt
