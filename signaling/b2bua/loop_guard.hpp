// SPDX-License-Identifier: BSD-2-Clause
// LoopGuard: notices calls that come back as the call that made them (design 8.11; RFC 5393).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/keyed_hash.hpp"

namespace portcullis::b2bua {

// Of one shard. A call that loops through other back-to-back user agents carries nothing that we
// could know again; but it is still being set up when it arrives as its own successor, and with
// fewer hops left. Ordinary calls between the same two numbers come with the same count of hops.
class LoopGuard {
    struct Count;
    struct Entry {
        TimePoint began{};
        std::uint32_t hops = 0;
        bool operator==(const Entry&) const = default;
    };

 public:
    // As many predecessors, none older than kWindow, each with more hops left than this one.
    static constexpr std::size_t kLimit = 5;
    // As many in all: some user agents count the hops anew each time.
    static constexpr std::size_t kTotalLimit = 500;
    static constexpr std::chrono::seconds kWindow{10};

    // One attempt that is being set up, for as long as this lives.
    class Token {
     public:
        Token() = default;
        Token(Token&& other) noexcept : count_(std::move(other.count_)), mine_(other.mine_) {}
        Token& operator=(Token&& other) noexcept {
            if (this == &other) return *this;
            release();
            count_ = std::move(other.count_);
            mine_ = other.mine_;
            return *this;
        }
        Token(const Token&) = delete;
        Token& operator=(const Token&) = delete;
        ~Token() { release(); }
        void release();

     private:
        friend class LoopGuard;
        std::shared_ptr<Count> count_;
        Entry mine_{};
    };

    // Who calls whom, where it goes, and its Max-Forwards. False: a loop.
    [[nodiscard]] bool enter(const std::string& ingress, const std::string& calling,
                             const std::string& called, const std::string& egress,
                             std::uint32_t hops, TimePoint now, Token& token);
    [[nodiscard]] std::size_t size() const { return counts_.size(); }

 private:
    struct Count {
        std::vector<Entry> entries;
    };
    struct Hash {
        std::size_t operator()(const std::string& key) const noexcept { return keyed_hash(key); }
    };
    void sweep();

    std::unordered_map<std::string, std::shared_ptr<Count>, Hash> counts_;
    std::size_t sweep_at_ = 64;
};

}  // namespace portcullis::b2bua
