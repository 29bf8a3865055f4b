// SPDX-License-Identifier: BSD-2-Clause
// FlowIndexAllocator: control's list of free flow slots of one worker.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// One per worker, on the control thread. A slot returns here only after the worker let go of it, so
// the order of reuse does not matter; the last released is drawn first, while its lines are warm.
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
    FlowIndex next_fresh_ = 1;  // slots from here on were never used
    std::vector<FlowIndex> free_;
};

}  // namespace portcullis::relay
