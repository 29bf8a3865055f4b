// SPDX-License-Identifier: BSD-2-Clause
// FlowIndexAllocator: control's list of free flow slots of one worker.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// One per worker, on the control thread. A slot returns here only after the worker let go of it.
// Unused slots are drawn first and then the longest released: a slot's record in the state file
// says that its ports rest, so it is not to be overwritten while they do.
class FlowIndexAllocator {
 public:
    // Slots 1 .. capacity.
    explicit FlowIndexAllocator(std::uint32_t capacity);

    // Empty when all are in use.
    [[nodiscard]] std::optional<FlowIndex> draw();
    void release(FlowIndex flow);
    [[nodiscard]] std::uint32_t in_use() const { return capacity_ - free_count(); }
    [[nodiscard]] std::uint32_t free_count() const {
        return static_cast<std::uint32_t>(free_.size()) + (capacity_ - next_fresh_ + 1);
    }

 private:
    std::uint32_t capacity_;
    FlowIndex next_fresh_ = 1;    // slots from here on were never used
    std::deque<FlowIndex> free_;  // in the order of their release
};

}  // namespace portcullis::relay
