// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/flow_index_allocator.hpp"

namespace portcullis::relay {

FlowIndexAllocator::FlowIndexAllocator(std::uint32_t capacity) : capacity_(capacity) {}

std::optional<FlowIndex> FlowIndexAllocator::draw() {
    if (next_fresh_ <= capacity_) return next_fresh_++;
    if (free_.empty()) return std::nullopt;
    const FlowIndex flow = free_.front();
    free_.pop_front();
    return flow;
}

void FlowIndexAllocator::release(FlowIndex flow) { free_.push_back(flow); }

}  // namespace portcullis::relay
