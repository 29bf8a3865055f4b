// SPDX-License-Identifier: BSD-2-Clause
// WorkerLink: what the control thread needs of one worker.
#pragma once

#include "mediarelay/session/worker_command.hpp"

namespace portcullis::relay {

// Implemented over datapath/worker (in the relay's app) and by a recorder in tests, so that the
// session logic builds and tests without DPDK. Control thread only; meaning as in Worker.
class WorkerLink {
 public:
    virtual ~WorkerLink() = default;
    [[nodiscard]] virtual bool submit(const WorkerCommand& command) = 0;
    [[nodiscard]] virtual bool next_completion(WorkerCompletion& completion) = 0;
    [[nodiscard]] virtual bool next_event(WorkerEvent& event) = 0;
    [[nodiscard]] virtual FlowStats flow_stats(FlowIndex flow) const = 0;
    [[nodiscard]] virtual std::uint32_t flow_capacity() const = 0;
};

}  // namespace portcullis::relay
