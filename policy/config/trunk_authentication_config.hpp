// SPDX-License-Identifier: BSD-2-Clause
// TrunkAuthenticationConfig: our account at a trunk that challenges us (RFC 3261 22, RFC 8760).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

enum class DigestAlgorithm : std::uint8_t { Md5, Sha256, Sha512_256 };

template <>
struct EnumNames<DigestAlgorithm> {
    static constexpr std::array<std::string_view, 3> kNames{"md5", "sha-256", "sha-512-256"};
};

struct TrunkAuthenticationConfig {
    std::string username{};  // empty: challenges are not answered
    std::string auth_realm{};
    std::string password{};
    std::vector<DigestAlgorithm> algorithms{DigestAlgorithm::Sha256, DigestAlgorithm::Md5};

    bool operator==(const TrunkAuthenticationConfig&) const = default;
};

template <>
const ObjectType& object_type<TrunkAuthenticationConfig>();

}  // namespace portcullis::config
