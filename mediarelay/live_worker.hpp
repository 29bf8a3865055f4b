// SPDX-License-Identifier: BSD-2-Clause
// LiveWorker: a running worker as the control thread's WorkerLink.
#pragma once

#include "mediarelay/control/worker_link.hpp"
#include "mediarelay/datapath/worker.hpp"

namespace portcullis::relay {

class LiveWorker final : public WorkerLink {
 public:
    explicit LiveWorker(Worker& worker) : worker_(worker) {}

    [[nodiscard]] bool submit(const WorkerCommand& command) override {
        return worker_.submit(command);
    }
    [[nodiscard]] bool next_completion(WorkerCompletion& completion) override {
        return worker_.next_completion(completion);
    }
    [[nodiscard]] bool next_event(WorkerEvent& event) override { return worker_.next_event(event); }
    [[nodiscard]] FlowStats flow_stats(FlowIndex flow) const override {
        return worker_.flow_stats(flow);
    }
    [[nodiscard]] std::uint32_t flow_capacity() const override { return worker_.flow_capacity(); }

 private:
    Worker& worker_;
};

}  // namespace portcullis::relay
