// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/fake_daemon.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>

namespace portcullis::testing {

using namespace management;

FakeDaemon::FakeDaemon(const std::filesystem::path& run_dir, std::string name)
    : path_(run_dir / (name + ".sock")), name_(std::move(name)) {}

FakeDaemon::~FakeDaemon() { stop(); }

void FakeDaemon::start() {
    io_ = std::make_unique<boost::asio::io_context>();
    server_ = std::make_unique<ipc::UnixServer>(
        *io_, path_,
        ipc::UnixServer::Handlers{
            .on_open = [](const auto&) {},
            .on_frame = [this](const auto& channel, ipc::Frame frame) { on_frame(channel, frame); },
            .on_close = [](const auto&, const auto&) {}});
    if (const auto listening = server_->listen(); !listening) {
        throw std::runtime_error(listening.error().text());
    }
    {
        const std::scoped_lock lock(mutex_);
        ++epoch_;
        prepared_ = 0;
    }
    thread_ = std::thread([this] {
        auto work = boost::asio::make_work_guard(*io_);
        io_->run();
    });
}

void FakeDaemon::stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(*io_, [this] {
        server_->stop();
        io_->stop();
    });
    thread_.join();
    server_.reset();
    io_.reset();
}

void FakeDaemon::on_frame(const std::shared_ptr<ipc::Channel>& channel, const ipc::Frame& frame) {
    switch (frame.type) {
        case Hello::kType: {
            const std::scoped_lock lock(mutex_);
            channel->send_message(frame.id, HelloReply{.version = kMaxVersion,
                                                       .daemon = name_,
                                                       .epoch = epoch_,
                                                       .applied = ConfigVersion{applied_},
                                                       .prepared = ConfigVersion{prepared_}});
            break;
        }
        case Prepare::kType:
            if (auto request = codec::from_bytes<Prepare>(frame.body)) {
                answer(channel, frame.id, *request);
            }
            break;
        case Commit::kType:
            if (auto request = codec::from_bytes<Commit>(frame.body)) {
                answer(channel, frame.id, *request);
            }
            break;
        case Abort::kType:
            if (auto request = codec::from_bytes<Abort>(frame.body)) {
                note("abort " + std::to_string(request->version.value));
                channel->send_message(frame.id,
                                      ConfigReply{.version = request->version, .refusals = {}});
            }
            break;
        case Query::kType:
            if (auto request = codec::from_bytes<Query>(frame.body)) {
                answer(channel, frame.id, *request);
            }
            break;
        default:
            break;
    }
}

void FakeDaemon::answer(const std::shared_ptr<ipc::Channel>& channel, std::uint32_t id,
                        const Prepare& request) {
    std::function<void()> hook;
    ConfigReply reply{.version = request.version, .refusals = {}};
    Mood mood{};
    {
        const std::scoped_lock lock(mutex_);
        hook = prepare_hook_;
        mood = prepare_mood_;
        if (mood == Mood::Refusing) reply.refusals = prepare_refusals_;
        if (mood == Mood::Willing) {
            prepared_ = request.version.value;
            prepared_document_ = request.document;
        }
    }
    note("prepare " + std::to_string(request.version.value));
    if (hook) hook();
    if (mood != Mood::Silent) channel->send_message(id, reply);
}

void FakeDaemon::answer(const std::shared_ptr<ipc::Channel>& channel, std::uint32_t id,
                        const Commit& request) {
    ConfigReply reply{.version = request.version, .refusals = {}};
    Mood mood{};
    {
        const std::scoped_lock lock(mutex_);
        mood = commit_mood_;
        if (mood == Mood::Refusing) reply.refusals = commit_refusals_;
        if (mood == Mood::Willing && prepared_ != request.version.value) {
            reply.refusals.push_back({.pointer = "", .reason = "not prepared"});
        } else if (mood == Mood::Willing) {
            applied_ = std::exchange(prepared_, 0);
            document_ = prepared_document_;
        }
    }
    note("commit " + std::to_string(request.version.value));
    if (mood != Mood::Silent) channel->send_message(id, reply);
}

void FakeDaemon::answer(const std::shared_ptr<ipc::Channel>& channel, std::uint32_t id,
                        const Query& request) {
    QueryReply reply{.status = 404, .content_type = "application/json", .body = "{}"};
    {
        const std::scoped_lock lock(mutex_);
        const auto found = answers_.find(request.path);
        if (found != answers_.end()) reply = found->second;
    }
    note(request.verb + " " + request.path);
    if (reply.status != 0) channel->send_message(id, reply);
}

void FakeDaemon::note(std::string entry) {
    const std::scoped_lock lock(mutex_);
    log_.push_back(std::move(entry));
    changed_.notify_all();
}

void FakeDaemon::on_prepare(Mood mood, std::vector<Refusal> refusals) {
    const std::scoped_lock lock(mutex_);
    prepare_mood_ = mood;
    prepare_refusals_ = std::move(refusals);
}

void FakeDaemon::on_commit(Mood mood, std::vector<Refusal> refusals) {
    const std::scoped_lock lock(mutex_);
    commit_mood_ = mood;
    commit_refusals_ = std::move(refusals);
}

void FakeDaemon::set_prepare_hook(std::function<void()> hook) {
    const std::scoped_lock lock(mutex_);
    prepare_hook_ = std::move(hook);
}

void FakeDaemon::set_answer(const std::string& path, QueryReply reply) {
    const std::scoped_lock lock(mutex_);
    answers_[path] = std::move(reply);
}

void FakeDaemon::set_applied(std::uint64_t version) {
    const std::scoped_lock lock(mutex_);
    applied_ = version;
}

std::uint64_t FakeDaemon::applied() const {
    const std::scoped_lock lock(mutex_);
    return applied_;
}

std::string FakeDaemon::document() const {
    const std::scoped_lock lock(mutex_);
    return document_;
}

std::vector<std::string> FakeDaemon::log() const {
    const std::scoped_lock lock(mutex_);
    return log_;
}

bool FakeDaemon::wait_for(const std::string& entry, std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout,
                             [&] { return std::ranges::find(log_, entry) != log_.end(); });
}

}  // namespace portcullis::testing
