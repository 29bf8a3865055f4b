// SPDX-License-Identifier: BSD-2-Clause
// StrongId<Tag, Rep>: an identifier that cannot be mixed up with another kind or with a number.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace portcullis {

template <class Tag, class Rep>
struct StrongId {
    using rep = Rep;
    Rep value{};

    constexpr auto operator<=>(const StrongId&) const = default;
    [[nodiscard]] constexpr explicit operator bool() const { return value != Rep{}; }
};

struct CallIdTag;
struct SessionIdTag;
struct LegIdTag;
struct ShardIdTag;
struct ConfigVersionTag;

// One call of the B2BUA: unique in the process's life and over restarts (boot epoch and counter).
using CallId = StrongId<CallIdTag, std::uint64_t>;
// One relay session, chosen by signaling (boot epoch and counter).
using SessionId = StrongId<SessionIdTag, std::uint64_t>;
// A leg within its relay session, chosen by signaling, never reused within the session.
using LegId = StrongId<LegIdTag, std::uint32_t>;
using ShardId = StrongId<ShardIdTag, std::uint16_t>;
// Revision of the configuration document; 0 means none yet.
using ConfigVersion = StrongId<ConfigVersionTag, std::uint64_t>;

}  // namespace portcullis

template <class Tag, class Rep>
struct std::hash<portcullis::StrongId<Tag, Rep>> {
    std::size_t operator()(portcullis::StrongId<Tag, Rep> id) const noexcept {
        return std::hash<Rep>{}(id.value);
    }
};
