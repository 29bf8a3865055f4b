// SPDX-License-Identifier: BSD-2-Clause
// ChallengeConfig: who may speak for a trunk, shown by Digest (RFC 3261 section 22, RFC 8760).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policy/config/object_type.hpp"
#include "policy/config/trunk_authentication_config.hpp"

namespace portcullis::config {

struct ChallengeUserConfig {
    std::string username{};
    std::string password{};

    bool operator==(const ChallengeUserConfig&) const = default;
};

struct ChallengeConfig {
    std::vector<ChallengeUserConfig> users{};  // none: nobody is challenged
    std::string auth_realm{};                  // empty: the realm's domain, else its name
    std::vector<DigestAlgorithm> algorithms{DigestAlgorithm::Sha256, DigestAlgorithm::Md5};
    std::chrono::seconds nonce_lifetime{300};

    bool operator==(const ChallengeConfig&) const = default;
};

template <>
const ObjectType& object_type<ChallengeUserConfig>();
template <>
const ObjectType& object_type<ChallengeConfig>();

}  // namespace portcullis::config
