// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/engine.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/log.hpp"

namespace portcullis::locate {
namespace {

// With nothing under way the thread looks at the world this often.
constexpr int kLongestWaitMs = 1000;
// Events of one kind, at most so often.
constexpr std::chrono::seconds kReportInterval{10};

std::int64_t resolv_conf_time() {
    struct stat info{};
    if (::stat("/etc/resolv.conf", &info) != 0) return 0;
    return info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

Engine::Engine(const Clock& clock, Settings settings, Random random)
    : clock_(clock),
      wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      settings_(std::move(settings)),
      resolver_(settings_, std::move(random), counters_) {}

Engine::~Engine() { stop(); }

Status Engine::start() {
    if (!wakeup_) return fail_errno(errno, "eventfd of the locator");
    reopen_channel();
    if (!channel_) return fail(Errc::ServerFailure, "c-ares did not start");
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "dns");
    return {};
}

void Engine::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    wake();
    thread_.join();
    channel_.reset();
}

void Engine::wake() const {
    const std::uint64_t one = 1;
    // Full means that the thread is awake already.
    (void)!::write(wakeup_.get(), &one, sizeof(one));
}

void Engine::send(Message message) {
    {
        const std::lock_guard lock(inbox_mutex_);
        inbox_.push_back(std::move(message));
    }
    wake();
}

void Engine::configure(const Settings& settings) { send(settings); }

ClientId Engine::attach(Post post) {
    const std::lock_guard lock(clients_mutex_);
    const ClientId client{next_client_++};
    clients_.emplace(client, std::move(post));
    return client;
}

void Engine::detach(ClientId client) {
    const std::lock_guard lock(clients_mutex_);
    clients_.erase(client);
}

void Engine::locate(ClientId client, const Where& where, Freshness freshness,
                    OutcomeHandler handler) {
    send(Request{client, where, freshness, std::move(handler)});
}

void Engine::run() {
    while (!stopping_) {
        wait_and_process();
        take_messages();
        take_replies();
        perform(resolver_.on_time(clock_.now()));
        take_replies();
        renew_channel();
        report_health();
    }
}

void Engine::wait_and_process() {
    int timeout = channel_->timeout_ms(kLongestWaitMs);
    if (const auto deadline = resolver_.next_deadline()) {
        const auto left = std::chrono::ceil<Milliseconds>(*deadline - clock_.now()).count();
        timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, timeout));
    }
    std::vector<pollfd> sockets{{wakeup_.get(), POLLIN, 0}};
    channel_->add_sockets(sockets);
    if (::poll(sockets.data(), sockets.size(), timeout) > 0 && sockets.front().revents != 0) {
        std::uint64_t ignored = 0;
        (void)!::read(wakeup_.get(), &ignored, sizeof(ignored));
    }
    sockets.erase(sockets.begin());
    channel_->process(sockets);
}

void Engine::take_messages() {
    std::vector<Message> messages;
    {
        const std::lock_guard lock(inbox_mutex_);
        messages.swap(inbox_);
    }
    for (auto& message : messages) take(std::move(message));
}

void Engine::take(Message message) {
    if (auto* const settings = std::get_if<Settings>(&message)) {
        if (*settings == settings_) return;
        settings_ = std::move(*settings);
        resolver_.configure(settings_);
        settings_changed_ = true;
        first_server_ = 0;
        ++generation_;
        return;
    }
    auto& request = std::get<Request>(message);
    const Ticket ticket = next_ticket_++;
    waiting_.emplace(ticket, Waiting{request.client, std::move(request.handler)});
    perform(resolver_.locate(ticket, request.where, request.freshness, clock_.now()));
}

void Engine::perform(Actions actions) {
    for (const Question& question : actions.queries) channel_->query(question);
    for (auto& delivery : actions.deliveries) {
        auto waiting = waiting_.extract(delivery.ticket);
        if (waiting.empty()) continue;
        // Under the lock, so that a client that has detached is not posted to.
        const std::lock_guard lock(clients_mutex_);
        const auto client = clients_.find(waiting.mapped().client);
        if (client == clients_.end()) continue;
        client->second([handler = std::move(waiting.mapped().handler),
                        outcome = std::move(delivery.outcome)] { handler(outcome); });
    }
}

// Replies wait here until c-ares has returned: it may not be asked anew from its own callback.
void Engine::take_replies() {
    while (!replies_.empty()) {
        for (auto& [question, reply] : std::exchange(replies_, {})) {
            perform(resolver_.on_reply(question, std::move(reply), clock_.now()));
        }
    }
}

void Engine::reopen_channel() {
    Settings settings = settings_;
    if (!settings.servers.empty()) {
        const auto first = first_server_ % settings.servers.size();
        std::rotate(settings.servers.begin(),
                    settings.servers.begin() + static_cast<std::ptrdiff_t>(first),
                    settings.servers.end());
    }
    resolv_conf_time_ = resolv_conf_time();
    auto channel = AresChannel::open(settings, [this](const Question& question, Reply reply) {
        replies_.emplace_back(question, std::move(reply));
    });
    if (channel) {
        channel_ = std::move(*channel);
    } else {
        log::component("locate").error("resolver_not_started reason=\"{}\"",
                                       channel.error().text());
    }
    settings_changed_ = false;
}

// Between queries, so that none is lost: new settings, a changed /etc/resolv.conf, or a first
// server that is silent while another one answers.
void Engine::renew_channel() {
    if (resolver_.in_flight() > 0) return;
    const bool silent = channel_->first_server_silent() && settings_.servers.size() > 1;
    const bool edited = settings_.servers.empty() && resolv_conf_time() != resolv_conf_time_;
    if (!silent && !edited && !settings_changed_) return;
    if (silent && !settings_changed_) {
        log::component("locate").warn(
            "name_server_silent server={}",
            settings_.servers[first_server_ % settings_.servers.size()].text());
        ++first_server_;
    }
    reopen_channel();
}

void Engine::report_health() {
    const bool dead = resolver_.servers_dead();
    const TimePoint now = clock_.now();
    if (dead == reported_dead_ || now - reported_at_ < kReportInterval) return;
    reported_dead_ = dead;
    reported_at_ = now;
    if (dead) {
        log::component("locate").warn("name_servers_dead timeouts={} stale_answers={}",
                                      counters_.timeouts.load(), counters_.stale.load());
    } else {
        log::component("locate").info("name_servers_answer stale_answers={}",
                                      counters_.stale.load());
    }
}

}  // namespace portcullis::locate
