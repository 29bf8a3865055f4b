// SPDX-License-Identifier: BSD-2-Clause
// MessageRing: the process's bounded memory of raw messages, oldest overwritten first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "signaling/record/logged_message.hpp"

namespace portcullis::record {

// One anonymous memory map for the process. The writer thread appends; the control thread looks up.
// The lock is never taken on a shard: shards hand messages to the writer thread by queue.
class MessageRing {
 public:
    static constexpr std::size_t kDefaultCapacity = 64U << 20;

    // `capacity`: bytes, rounded up to whole pages; untouched pages cost no memory. 0: keeps none.
    explicit MessageRing(std::size_t capacity = kDefaultCapacity);
    ~MessageRing();
    MessageRing(const MessageRing&) = delete;
    MessageRing& operator=(const MessageRing&) = delete;

    [[nodiscard]] bool keeps_messages() const { return !memory_.empty(); }

    // A message larger than a quarter of the ring is not kept.
    void append(const MessageFacts& facts, std::string_view bytes);

    // The messages of one call that are still here, oldest first.
    [[nodiscard]] std::vector<LoggedMessage> find(CallId call) const;

 private:
    struct EntryHeader;

    void make_room(std::size_t size);
    void write_at(std::uint64_t position, std::span<const std::byte> bytes);
    void read_at(std::uint64_t position, std::span<std::byte> bytes) const;
    [[nodiscard]] EntryHeader header_at(std::uint64_t position) const;

    mutable std::mutex mutex_;
    std::span<std::byte> memory_;
    // Positions grow for ever; the place in memory is the position modulo the capacity.
    std::uint64_t head_ = 0;  // next byte to write
    std::uint64_t tail_ = 0;  // oldest entry
};

}  // namespace portcullis::record
