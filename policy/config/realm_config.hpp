// SPDX-License-Identifier: BSD-2-Clause
// RealmConfig: one side of the appliance's network: how far it is trusted and how it is addressed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/config/enum_names.hpp"
#include "policy/config/identity_config.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

// Which media sources a leg accepts (RFC 7362); the relay protocol has the same four.
enum class Latching : std::uint8_t { Strict, SdpAddress, SignalingAddress, Any };

// Whether peers of a realm or trunk stand behind NAT. Auto: decided per request from its Via.
enum class BehindNat : std::uint8_t { Auto, Never, Always };

// What a request from a source that no trunk owns gets: 403, or silence.
enum class UnknownSource : std::uint8_t { Reject, Drop };

template <>
struct EnumNames<Latching> {
    static constexpr std::array<std::string_view, 4> kNames{"strict", "sdp-address",
                                                            "signaling-address", "any"};
};
template <>
struct EnumNames<BehindNat> {
    static constexpr std::array<std::string_view, 3> kNames{"auto", "never", "always"};
};
template <>
struct EnumNames<UnknownSource> {
    static constexpr std::array<std::string_view, 2> kNames{"reject", "drop"};
};

struct RealmConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    Trust trust = Trust::Untrusted;
    std::string domain{};  // URI host towards this realm; empty: address of the interface used
    Latching latching = Latching::SdpAddress;
    BehindNat behind_nat = BehindNat::Auto;
    std::optional<UnknownSource>
        unknown_source{};              // absent: by trust, see effective_unknown_source
    bool single_early_dialog = false;  // towards callers that mishandle forks
    IdentityConfig identity{};

    bool operator==(const RealmConfig&) const = default;
};

// A trusted realm answers 403; an untrusted one stays silent, so that scanners learn nothing.
[[nodiscard]] constexpr UnknownSource effective_unknown_source(const RealmConfig& realm) {
    if (realm.unknown_source) return *realm.unknown_source;
    return realm.trust == Trust::Trusted ? UnknownSource::Reject : UnknownSource::Drop;
}

template <>
const ObjectType& object_type<RealmConfig>();

}  // namespace portcullis::config
