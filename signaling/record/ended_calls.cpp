// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/ended_calls.hpp"

namespace portcullis::record {
namespace {

// Of the tables, for each call.
constexpr std::size_t kOverhead = 128;

std::size_t size_of(const EndedCall& ended) {
    std::size_t size = kOverhead + ended.record.capacity();
    for (const auto& event : ended.story) size += sizeof event + event.text.capacity();
    return size;
}

}  // namespace

void EndedCalls::append(CallId call, EndedCall ended) {
    const std::size_t size = size_of(ended);
    if (size > capacity_) return;
    const std::scoped_lock lock(mutex_);
    while (bytes_ + size > capacity_) forget_oldest();
    if (!calls_.emplace(call, std::move(ended)).second) return;
    order_.push_back(call);
    bytes_ += size;
}

void EndedCalls::forget_oldest() {
    const auto oldest = calls_.find(order_.front());
    bytes_ -= size_of(oldest->second);
    calls_.erase(oldest);
    order_.pop_front();
}

std::optional<EndedCall> EndedCalls::find(CallId call) const {
    const std::scoped_lock lock(mutex_);
    const auto found = calls_.find(call);
    if (found == calls_.end()) return std::nullopt;
    return found->second;
}

std::size_t EndedCalls::bytes() const {
    const std::scoped_lock lock(mutex_);
    return bytes_;
}

}  // namespace portcullis::record
