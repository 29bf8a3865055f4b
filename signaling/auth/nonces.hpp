// SPDX-License-Identifier: BSD-2-Clause
// Nonces: those that we give out, and what of them was used (RFC 7616 sections 3.3 and 5.4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.hpp"

namespace portcullis::auth {

// Of one shard. Giving a nonce out keeps nothing, however many strangers ask: it carries its own
// time and a keyed checksum. A nonce that was used is kept until it is too old, with the counts
// that came, so that nothing is taken twice.
class Nonces {
 public:
    using Key = std::array<std::byte, 32>;  // from random_bytes(), of the process
    struct Limits {
        std::chrono::seconds lifetime{300};
        std::size_t used = 65536;  // nonces in use; when full, the oldest is as good as expired
    };

    // `shard`: a nonce of another shard is stale here, since that one has its counts.
    Nonces(const Key& key, std::uint16_t shard, Limits limits)
        : key_(key), shard_(shard), limits_(limits) {}

    // `client`: whom the nonce is given to, such as an address; from anyone else it is Foreign.
    [[nodiscard]] std::string make(TimePoint now, std::string_view client = {}) const;

    enum class Verdict : std::uint8_t {
        Good,
        Stale,    // ours once: a new one will do
        Foreign,  // never ours
    };
    // Whether a nonce may be used with this count. Good does not mark it as used.
    [[nodiscard]] Verdict check(std::string_view nonce, std::uint32_t count, TimePoint now,
                                std::string_view client = {}) const;
    // Marks the count as used, once its response was right: a stranger uses up nobody's counts.
    // 0 (no qop): the nonce serves no further request.
    void use(std::string_view nonce, std::uint32_t count, TimePoint now,
             std::string_view client = {});

    [[nodiscard]] std::size_t in_use() const { return used_.size(); }

 private:
    // The counts up to `highest` that came: bit n is highest - n. Requests may overtake each other.
    struct Counts {
        std::uint32_t highest = 0;
        std::uint64_t seen = 0;
        bool spent = false;  // used without a count
    };
    struct Parts {
        std::uint64_t made_ms = 0;
        std::uint16_t shard = 0;
    };

    [[nodiscard]] std::string checksum(std::string_view head, std::string_view client) const;
    [[nodiscard]] std::optional<Parts> take_apart(std::string_view nonce,
                                                  std::string_view client) const;
    void make_room(std::uint64_t now_ms);
    void drop_oldest();

    Key key_;
    std::uint16_t shard_;
    Limits limits_;
    std::unordered_map<std::string, Counts> used_;
    std::multimap<std::uint64_t, std::string> by_age_;  // made_ms -> nonce in used_
    std::uint64_t forgotten_until_ms_ = 0;              // what was made before may have been used
};

}  // namespace portcullis::auth
