// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/shard/shard_router.hpp"

#include <cstdint>

#include "common/base/text.hpp"

namespace portcullis::shard {

namespace {

// FNV-1a: the same on every shard and in every release, as std::hash need not be. Case is folded,
// since hosts and schemes compare without it; for a Call-ID that only merges two hash values.
std::uint64_t hash_of(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325U) {
    for (const char c : text) {
        hash ^= static_cast<std::uint8_t>(text::lower(c));
        hash *= 0x100000001b3U;
    }
    return hash;
}

// "user@host" of a SIP URI: without scheme, password, port, parameters and headers.
std::uint64_t hash_of_aor(std::string_view uri) {
    uri = uri.substr(uri.find(':') + 1);
    const std::size_t at = uri.find('@');
    std::string_view user;
    if (at != std::string_view::npos) {
        user = text::cut(uri.substr(0, at), ':').first;
        uri.remove_prefix(at + 1);
    }
    const std::size_t end = uri.starts_with('[') ? uri.find(']') : uri.find_first_of(":;?>");
    return hash_of(uri.substr(0, end), hash_of(user) ^ 0x40);
}

}  // namespace

ShardId ShardRouter::by_hash(std::string_view text) const {
    return ShardId{static_cast<std::uint16_t>(hash_of(text) % slots_.shard_count())};
}

ShardId ShardRouter::owner(const Scan& scan, ShardId receiver) const {
    if (scan.is_response) {
        const auto slot = slot_of_branch(scan.top_branch);
        return slot ? slots_.shard_of(*slot) : receiver;
    }
    if (const auto slot = slot_of_tag(scan.to_tag)) return slots_.shard_of(*slot);
    if (scan.method == "REGISTER" && !scan.to_uri.empty()) {
        return ShardId{static_cast<std::uint16_t>(hash_of_aor(scan.to_uri) % slots_.shard_count())};
    }
    // A Call-ID of ours, which is then a request of ours on its way back.
    if (const auto slot = slot_of_call_id(scan.call_id)) return slots_.shard_of(*slot);
    return scan.call_id.empty() ? receiver : by_hash(scan.call_id);
}

ShardId ShardRouter::owner(std::string_view raw, ShardId receiver) const {
    return slots_.shard_count() == 1 ? receiver : owner(scan(raw), receiver);
}

}  // namespace portcullis::shard
