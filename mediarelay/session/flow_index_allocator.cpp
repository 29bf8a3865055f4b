// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/flow_index_allocator.hpp"

namespace portcullis::relay {

FlowIndexAllocator::FlowIndexAllocator(std::uint32_t capacity) : capacity_(capacity) {}

std::optional<FlowIndex> FlowIndexAllocator::draw() {
    if (!free_.empty()) {
        const FlowIndex flow = free_.back();
        free_.pop_back();
        return flow;
    }
    if (next_fresh_ > capacity_) return std::nullopt;
    return next_fresh_++;
}

void FlowIndexAllocator::release(FlowIndex flow) { free_.push_back(flow); }

}  // namespace portcullis::relay
