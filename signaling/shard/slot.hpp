// SPDX-License-Identifier: BSD-2-Clause
// Slot: the two hexadecimal digits by which our own branches, tags and Call-IDs find their shard.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/strong_id.hpp"

namespace portcullis::shard {

struct SlotTag;
// 0-255. Slots outlive the shard count: a table maps each to the shard that owns it now.
using Slot = StrongId<SlotTag, std::uint8_t>;

inline constexpr std::string_view kMagicCookie = "z9hG4bK";  // RFC 3261 section 8.1.1.7

// "z9hG4bK" + two slot digits + 20 random characters.
[[nodiscard]] std::string make_branch(Slot slot);
// Two slot digits + 16 random characters (80 bits; RFC 3261 section 19.3 asks for 32).
[[nodiscard]] std::string make_tag(Slot slot);
// Two slot digits + 24 random characters; no host part, so it says nothing about us.
[[nodiscard]] std::string make_call_id(Slot slot);

// The slot in a branch, or in a tag or Call-ID, of ours. Anything else of the same length and
// alphabet looks the same: the answer is where to look, never proof that we made it.
[[nodiscard]] std::optional<Slot> slot_of_branch(std::string_view branch);
[[nodiscard]] std::optional<Slot> slot_of_tag(std::string_view tag);
[[nodiscard]] std::optional<Slot> slot_of_call_id(std::string_view call_id);

// Which shard owns each slot: slot modulo shard count, so a changed count moves slots but keeps
// every one of them served.
class SlotTable {
 public:
    // `shard_count` >= 1, at most 256.
    explicit SlotTable(std::uint16_t shard_count);
    [[nodiscard]] ShardId shard_of(Slot slot) const { return shards_[slot.value]; }
    // A slot for new branches, tags and Call-IDs of `shard`: its first one.
    [[nodiscard]] Slot home_slot(ShardId shard) const;
    [[nodiscard]] std::uint16_t shard_count() const { return shard_count_; }

 private:
    std::array<ShardId, 256> shards_{};
    std::uint16_t shard_count_;
};

}  // namespace portcullis::shard
