// SPDX-License-Identifier: BSD-2-Clause
// WorkerGateway: batches of commands to one worker, with one call back per batch when it took
// effect.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "mediarelay/control/worker_link.hpp"
#include "mediarelay/session/flow_index_allocator.hpp"

namespace portcullis::relay {

// One per worker, control thread. Commands that do not fit the ring wait here, in order. poll() is
// to be called often while waiting() is true, and every few milliseconds otherwise.
class WorkerGateway {
 public:
    using Done = std::function<void()>;

    WorkerGateway(WorkerId id, WorkerLink& link)
        : id_(id), link_(link), flows_(link.flow_capacity()) {}

    // Calls `done` from a later poll(), after the worker executed all of `batch` (never empty).
    void submit(const std::vector<CommandBody>& batch, Done done);
    // Without a call back.
    void submit(const CommandBody& command);

    // Feeds the ring, runs call backs, hands events to `on_event`. True if anything happened.
    bool poll(const std::function<void(const WorkerEvent&)>& on_event);
    // The worker ended: call backs that are owed will never run. What they hold goes now.
    void abandon();
    // Some batch is not completed yet.
    [[nodiscard]] bool waiting() const { return !pending_.empty() || !backlog_.empty(); }
    [[nodiscard]] std::size_t backlog() const { return backlog_.size(); }

    [[nodiscard]] WorkerId id() const { return id_; }
    [[nodiscard]] WorkerLink& link() { return link_; }
    [[nodiscard]] FlowIndexAllocator& flows() { return flows_; }

 private:
    void push(const WorkerCommand& command);

    WorkerId id_;
    WorkerLink& link_;
    FlowIndexAllocator flows_;
    std::deque<WorkerCommand> backlog_;
    std::unordered_map<std::uint64_t, Done> pending_;
    std::uint64_t next_token_ = 1;
};

}  // namespace portcullis::relay
