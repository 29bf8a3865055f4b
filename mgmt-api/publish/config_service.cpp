// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/config_service.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/base/log.hpp"
#include "mgmt-api/publish/change_problem.hpp"
#include "mgmt-api/publish/commit_order.hpp"
#include "policy/compile.hpp"
#include "policy/config/reader.hpp"
#include "policy/config/validate.hpp"
#include "policy/config/writer.hpp"

namespace portcullis::mgmt {

namespace {

// Keeps a flag up until the end of the scope, however that comes.
class Raised {
 public:
    explicit Raised(bool& flag) : flag_(flag) { flag_ = true; }
    ~Raised() { flag_ = false; }
    Raised(const Raised&) = delete;
    Raised& operator=(const Raised&) = delete;

 private:
    bool& flag_;
};

std::string stored_text(const config::Document& document) {
    return config::write_document(document, config::Secrets::Include, config::Layout::Compact);
}

}  // namespace

ConfigService::ConfigService(boost::asio::io_context& io, ConfigStore& store, const Clock& clock,
                             const std::filesystem::path& run_dir)
    : store_(store), clock_(clock), timer_(io) {
    for (const Daemon daemon : kDaemons) {
        links_.push_back(std::make_unique<DaemonLink>(
            io, daemon, run_dir,
            DaemonLink::Handlers{
                .on_up = [this, daemon](const auto& hello) { on_up(daemon, hello); },
                .on_down = [this, daemon] { run(publisher_.on_down(daemon, clock_.now())); }}));
    }
}

Status ConfigService::load() {
    if (auto done = store_.reject_interrupted(); !done) return done;
    auto revision = store_.current();
    if (!revision) return std::unexpected(std::move(revision.error()));
    if (!*revision) return {};
    const auto number = (*revision)->info.number;
    // Rules may have grown since it was stored. It stays in force as far as the daemons take it,
    // and the next change has to satisfy them; only what cannot be read at all stops us.
    auto document = config::read_document((*revision)->document);
    if (!document) {
        const auto& problem = document.error().front();
        return fail(std::make_error_code(std::errc::invalid_argument),
                    "the stored revision " + std::to_string(number) +
                        " cannot be read: " + problem.pointer + ": " + problem.message);
    }
    for (const auto& problem : config::validate(*document)) {
        log::component("publish").error("stored_revision_invalid revision={} pointer={} \"{}\"",
                                        number, problem.pointer, problem.message);
    }
    auto objects = store_.object_revisions();
    if (!objects) return std::unexpected(std::move(objects.error()));
    current_ = CurrentConfig{.revision = number,
                             .document = std::move(*document),
                             .text = std::move((*revision)->document),
                             .object_revisions = std::move(*objects)};
    publisher_ = Publisher(current_.revision);
    return {};
}

Status ConfigService::load_initial(const config::Document& document) {
    PORTCULLIS_ASSERT(current_.revision == 0);
    auto text = stored_text(document);
    const auto changes = changes_of(diff_documents(current_.document, document));
    const auto number =
        store_.insert_pending("initial-config", "initial configuration", text, clock_.wall_now());
    if (!number) return std::unexpected(number.error());
    if (auto done = store_.make_current(*number, changes); !done) return done;
    adopt(*number, document, std::move(text), changes);
    publisher_ = Publisher(*number);
    return {};
}

void ConfigService::start() {
    for (const auto& link : links_) link->start();
}

void ConfigService::stop() {
    timer_.cancel();
    for (const auto& link : links_) link->stop();
}

void ConfigService::submit(Change change) {
    if (queue_.size() >= kMaxQueue) {
        change.done(std::unexpected(Problem{.kind = ProblemKind::Unavailable,
                                            .detail = "too many changes are waiting",
                                            .errors = {},
                                            .used_by = {}}));
        return;
    }
    queue_.push_back(std::move(change));
    pump();
}

void ConfigService::pump() {
    if (pumping_) return;
    const Raised pumping(pumping_);
    while (!running_ && !queue_.empty()) {
        Change change = std::move(queue_.front());
        queue_.pop_front();
        start_change(std::move(change));
    }
}

void ConfigService::start_change(Change change) {
    auto drafted = try_draft(change);
    if (!drafted) {
        change.done(std::unexpected(std::move(drafted.error())));
        return;
    }
    if (auto* const outcome = std::get_if<ChangeOutcome>(&*drafted)) {
        change.done(std::move(*outcome));
        return;
    }
    running_ = std::move(std::get<Running>(*drafted));
    running_->done = std::move(change.done);
    run(publisher_.publish(running_->number, running_->first, clock_.now()));
}

// An exception says nothing of the changes that wait behind this one.
std::expected<ConfigService::Draft, Problem> ConfigService::try_draft(const Change& change) {
    try {
        return draft(change);
    } catch (const std::exception& thrown) {
        log::component("publish").error("change_failed author={} reason=\"{}\"", change.author,
                                        thrown.what());
        return std::unexpected(
            Problem{.kind = ProblemKind::Internal, .detail = {}, .errors = {}, .used_by = {}});
    }
}

std::expected<ConfigService::Draft, Problem> ConfigService::draft(const Change& change) {
    auto document = change.edit(current_);
    if (!document) return std::unexpected(std::move(document.error()));
    // The code that signaling will run has the last word on what it can run.
    if (const auto compiled = policy::compile(*document); !compiled) {
        return std::unexpected(validation_problem(compiled.error()));
    }
    if (*document == current_.document && current_.revision != 0) {
        return ChangeOutcome{
            .revision = current_.revision, .changes = {}, .pending = pending_daemons()};
    }
    auto changes = diff_documents(current_.document, *document);
    if (change.dry_run) {
        const auto next = store_.next_number();
        return ChangeOutcome{
            .revision = next.value_or(0), .changes = std::move(changes), .pending = {}};
    }
    auto text = stored_text(*document);
    const auto number =
        store_.insert_pending(change.author, change.comment, text, clock_.wall_now());
    if (!number) return std::unexpected(store_problem(number.error().text()));
    log::component("publish").info("revision_pending revision={} author={} objects={}", *number,
                                   change.author, changes.size());
    const Daemon first = first_to_commit(current_.document, *document);
    return Running{.number = *number,
                   .document = std::move(*document),
                   .text = std::move(text),
                   .changes = std::move(changes),
                   .first = first,
                   .done = {}};
}

// Actions that come while others are carried out wait their turn: the order is the publisher's.
void ConfigService::run(PublishActions actions) {
    std::ranges::move(actions, std::back_inserter(actions_));
    if (carrying_out_) return;
    {
        const Raised carrying_out(carrying_out_);
        while (!actions_.empty()) {
            const PublishAction action = std::move(actions_.front());
            actions_.pop_front();
            carry_out(action);
        }
    }
    arm_timer();
    pump();
}

void ConfigService::carry_out(const PublishAction& action) {
    if (const auto* send = std::get_if<publish_action::Send>(&action)) {
        carry_out(*send);
    } else if (std::holds_alternative<publish_action::Decide>(action)) {
        decide();
    } else if (const auto* over = std::get_if<publish_action::Finish>(&action)) {
        finish(*over);
    } else if (const auto* synced = std::get_if<publish_action::Synced>(&action)) {
        log::component("publish").info("revision_applied revision={} daemon={}", synced->version,
                                       daemon_name(synced->daemon));
        const auto done =
            store_.set_synced(std::string(daemon_name(synced->daemon)), synced->version);
        if (!done) log::component("store").error("write_failed {}", done.error().text());
    } else if (const auto* alarm = std::get_if<publish_action::Alarm>(&action)) {
        log::component("publish").error("revision_not_applied revision={} reasons=\"{}\"",
                                        alarm->version, reasons_text(alarm->reasons));
    }
}

void ConfigService::carry_out(const publish_action::Send& send) {
    const bool is_draft = running_ && running_->number == send.version;
    const std::string& text = is_draft ? running_->text : current_.text;
    const auto timeout =
        send.step == Step::Prepare ? Publisher::kPrepareTimeout : Publisher::kCommitTimeout;
    link(send.daemon)
        .send(send.step, send.version, text, timeout,
              [this, send](Result<management::ConfigReply> reply) {
                  if (send.ticket == 0) return;
                  const auto now = clock_.now();
                  if (!reply) {
                      run(publisher_.on_no_reply(send.daemon, send.ticket, reply.error().text(),
                                                 now));
                  } else {
                      run(publisher_.on_reply(send.daemon, send.ticket, reply->refusals, now));
                  }
              });
}

void ConfigService::decide() {
    const auto changes = changes_of(running_->changes);
    const auto done = store_.make_current(running_->number, changes);
    if (done) {
        adopt(running_->number, std::move(running_->document), std::move(running_->text), changes);
    }
    run(publisher_.on_decided(done ? std::string() : done.error().text(), clock_.now()));
}

void ConfigService::adopt(std::uint64_t number, config::Document document, std::string text,
                          const ObjectChanges& changes) {
    current_.revision = number;
    current_.document = std::move(document);
    current_.text = std::move(text);
    for (const auto& path : changes.erased) current_.object_revisions.erase(path);
    for (const auto& path : changes.written) current_.object_revisions[path] = number;
}

void ConfigService::finish(const publish_action::Finish& finish) {
    Running over = std::move(*running_);
    running_.reset();
    if (finish.result == PublishResult::Applied) {
        log::component("publish").info("revision_current revision={}", over.number);
        over.done(ChangeOutcome{.revision = over.number,
                                .changes = std::move(over.changes),
                                .pending = pending_daemons()});
        return;
    }
    const auto noted = store_.reject(over.number, reasons_text(finish.reasons));
    if (!noted) log::component("store").error("write_failed {}", noted.error().text());
    log::component("publish").warn("revision_rejected revision={} reasons=\"{}\"", over.number,
                                   reasons_text(finish.reasons));
    over.done(std::unexpected(publish_problem(finish)));
}

void ConfigService::on_up(Daemon daemon, const management::HelloReply& hello) {
    // The number alone is not proof: after a restored or emptied store it may name another
    // document. Only what this store has seen confirmed counts.
    const auto confirmed = store_.synced(std::string(daemon_name(daemon)));
    const bool known = confirmed && *confirmed == hello.applied.value;
    run(publisher_.on_up(daemon, known ? hello.applied.value : 0, hello.prepared.value,
                         clock_.now()));
}

void ConfigService::arm_timer() {
    const auto next = publisher_.next_deadline();
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::max(*next - clock_.now(), Duration{Milliseconds{1}}));
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) run(publisher_.on_time(clock_.now()));
    });
}

std::vector<Daemon> ConfigService::pending_daemons() const {
    std::vector<Daemon> out;
    std::ranges::copy_if(kDaemons, std::back_inserter(out),
                         [this](Daemon daemon) { return publisher_.pending(daemon); });
    return out;
}

ConfigService::DaemonStatus ConfigService::status(Daemon daemon) const {
    const auto& link = *links_[index_of(daemon)];
    auto view = publisher_.view(daemon);
    return {.daemon = daemon,
            .connected = link.up(),
            .epoch = link.hello() ? link.hello()->epoch : 0,
            .applied = view.applied,
            .pending = publisher_.pending(daemon),
            .refusal = std::move(view.refusal),
            .trouble = link.trouble()};
}

}  // namespace portcullis::mgmt
