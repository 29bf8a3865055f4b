// SPDX-License-Identifier: BSD-2-Clause
// HandshakeGate: how many connections may be within their handshake at once.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "common/net/ip_address.hpp"

namespace portcullis::transport {

// One per shard, its thread only. A handshake costs us more than it costs the peer, so nobody may
// have many of them under way.
class HandshakeGate {
 public:
    HandshakeGate(std::size_t most, std::size_t most_per_source)
        : most_(most), most_per_source_(most_per_source) {}

    // True: one more is under way, until leave().
    [[nodiscard]] bool enter(const IpAddress& source) {
        if (total_ >= most_) return false;
        std::size_t& count = by_source_[source.site()];
        if (count >= most_per_source_) return false;
        ++count;
        ++total_;
        return true;
    }
    void leave(const IpAddress& source) {
        const auto found = by_source_.find(source.site());
        if (found == by_source_.end()) return;
        --total_;
        if (--found->second == 0) by_source_.erase(found);
    }
    [[nodiscard]] std::size_t size() const { return total_; }

 private:
    std::size_t most_;
    std::size_t most_per_source_;
    std::size_t total_ = 0;
    std::unordered_map<IpAddress, std::size_t> by_source_;
};

}  // namespace portcullis::transport
