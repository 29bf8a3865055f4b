// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/worker_gateway.hpp"

#include "common/base/assert.hpp"
#include "common/base/log.hpp"

namespace portcullis::relay {

void WorkerGateway::push(const WorkerCommand& command) {
    if (!backlog_.empty() || !link_.submit(command)) backlog_.push_back(command);
}

void WorkerGateway::submit(const std::vector<CommandBody>& batch, Done done) {
    PORTCULLIS_ASSERT(!batch.empty());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        WorkerCommand command;
        command.body = batch[i];
        command.wants_completion = i + 1 == batch.size();
        if (command.wants_completion) {
            command.token = next_token_++;
            pending_.emplace(command.token, std::move(done));
        }
        push(command);
    }
}

void WorkerGateway::submit(const CommandBody& command) {
    WorkerCommand queued;
    queued.wants_completion = false;
    queued.body = command;
    push(queued);
}

void WorkerGateway::abandon() {
    backlog_.clear();
    // A call back that goes may own what would submit again.
    const auto owed = std::exchange(pending_, {});
}

bool WorkerGateway::poll(const std::function<void(const WorkerEvent&)>& on_event) {
    bool worked = false;
    while (!backlog_.empty() && link_.submit(backlog_.front())) {
        backlog_.pop_front();
        worked = true;
    }
    WorkerCompletion completion;
    while (link_.next_completion(completion)) {
        worked = true;
        if (completion.result != WorkerCompletion::Result::Done) {
            log::component("control").error("command_failed worker={} token={} result={}", id_,
                                            completion.token, static_cast<int>(completion.result));
        }
        const auto at = pending_.find(completion.token);
        if (at == pending_.end()) continue;
        const Done done = std::move(at->second);
        pending_.erase(at);
        if (done) done();
    }
    WorkerEvent event;
    while (link_.next_event(event)) {
        worked = true;
        on_event(event);
    }
    return worked;
}

}  // namespace portcullis::relay
