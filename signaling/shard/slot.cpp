// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/shard/slot.hpp"

#include <charconv>

#include "common/base/assert.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"

namespace portcullis::shard {

namespace {

constexpr std::size_t kBranchRandom = 20;
constexpr std::size_t kTagRandom = 16;
constexpr std::size_t kCallIdRandom = 24;

std::string digits(Slot slot) {
    constexpr std::string_view kHex = "0123456789abcdef";
    return {kHex[slot.value >> 4U], kHex[slot.value & 15U]};
}

std::optional<Slot> slot_of(std::string_view token, std::size_t random_size) {
    if (token.size() != 2 + random_size) return std::nullopt;
    for (const char c : token) {
        if (!text::is_digit(c) && !(c >= 'a' && c <= 'z')) return std::nullopt;
    }
    std::uint8_t value = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + 2, value, 16);
    if (error != std::errc{} || end != token.data() + 2) return std::nullopt;
    return Slot{value};
}

}  // namespace

std::string make_branch(Slot slot) {
    return text::concat({kMagicCookie, digits(slot), random_token(kBranchRandom)});
}
std::string make_tag(Slot slot) { return text::concat({digits(slot), random_token(kTagRandom)}); }
std::string make_call_id(Slot slot) {
    return text::concat({digits(slot), random_token(kCallIdRandom)});
}

std::optional<Slot> slot_of_branch(std::string_view branch) {
    if (!branch.starts_with(kMagicCookie)) return std::nullopt;
    return slot_of(branch.substr(kMagicCookie.size()), kBranchRandom);
}
std::optional<Slot> slot_of_tag(std::string_view tag) { return slot_of(tag, kTagRandom); }
std::optional<Slot> slot_of_call_id(std::string_view call_id) {
    return slot_of(call_id, kCallIdRandom);
}

SlotTable::SlotTable(std::uint16_t shard_count) : shard_count_(shard_count) {
    PORTCULLIS_ASSERT(shard_count >= 1 && shard_count <= 256);
    for (std::size_t slot = 0; slot < shards_.size(); ++slot) {
        shards_[slot] = ShardId{static_cast<std::uint16_t>(slot % shard_count)};
    }
}

Slot SlotTable::home_slot(ShardId shard) const {
    PORTCULLIS_ASSERT(shard.value < shard_count_);
    return Slot{static_cast<std::uint8_t>(shard.value)};
}

}  // namespace portcullis::shard
