// SPDX-License-Identifier: BSD-2-Clause
// Engine: the thread that asks name servers for all shards.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/unique_fd.hpp"
#include "signaling/locate/ares_channel.hpp"
#include "signaling/locate/resolver.hpp"

namespace portcullis::locate {

// Runs a task on a shard's thread, later; a shard's post().
using Post = std::function<void(std::function<void()>)>;
// Runs on the thread of the client that asked.
using OutcomeHandler = std::function<void(std::shared_ptr<const Outcome>)>;

enum class ClientId : std::uint32_t {};

// Made and destroyed by the composition root, before and after the shards. Its thread runs from
// start() to stop() and owns the resolver and c-ares; everything else may be called from any
// thread. A request leads to one post to its client, unless the client or the engine goes first.
class Engine {
 public:
    // `clock` outlives the engine and may be read from any thread. `random` is used on the
    // engine's thread alone.
    Engine(const Clock& clock, Settings settings, Random random);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    [[nodiscard]] Status start();
    // Requests under way are dropped.
    void stop();

    // In effect for what is asked later; answers of other name servers are forgotten.
    void configure(const Settings& settings);

    // `post` is called until detach() has returned, and never after.
    [[nodiscard]] ClientId attach(Post post);
    void detach(ClientId client);
    // `where` has its host in normal form. Never blocks on DNS.
    void locate(ClientId client, const Where& where, Freshness freshness, OutcomeHandler handler);

    [[nodiscard]] const Counters& counters() const { return counters_; }
    // Rises whenever what was found earlier may be wrong: clients forget their answers then.
    [[nodiscard]] std::uint64_t generation() const { return generation_.load(); }

 private:
    struct Request {
        ClientId client{};
        Where where;
        Freshness freshness = Freshness::Any;
        OutcomeHandler handler;
    };
    struct Waiting {
        ClientId client{};
        OutcomeHandler handler;
    };
    using Message = std::variant<Request, Settings>;

    void run();
    void wait_and_process();
    void take_messages();
    void take(Message message);
    void perform(Actions actions);
    void take_replies();
    void reopen_channel();
    void renew_channel();
    void report_health();
    void send(Message message);
    void wake() const;

    const Clock& clock_;
    std::atomic<std::uint64_t> generation_{0};
    std::atomic<bool> stopping_{false};
    UniqueFd wakeup_;  // eventfd
    Counters counters_;

    std::mutex inbox_mutex_;
    std::vector<Message> inbox_;

    std::mutex clients_mutex_;
    std::map<ClientId, Post> clients_;
    std::uint32_t next_client_ = 1;

    // The engine's thread, or before start().
    Settings settings_;
    Resolver resolver_;
    std::unique_ptr<AresChannel> channel_;
    std::vector<std::pair<Question, Reply>> replies_;
    std::map<Ticket, Waiting> waiting_;
    Ticket next_ticket_ = 1;
    std::size_t first_server_ = 0;  // the one that is asked first
    std::int64_t resolv_conf_time_ = 0;
    bool settings_changed_ = false;
    bool reported_dead_ = false;
    TimePoint reported_at_{};

    std::thread thread_;
};

}  // namespace portcullis::locate
