// SPDX-License-Identifier: BSD-2-Clause
// TrunkCredentials: what one trunk knows us by, for requests of calls to it (design: only towards
// that trunk, and only for its realm).
#pragma once

#include <algorithm>
#include <expected>
#include <string>
#include <vector>

#include "policy/config/trunk_authentication_config.hpp"
#include "signaling/auth/challenge.hpp"
#include "signaling/auth/digest_client.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

// One per trunk and shard.
class TrunkCredentials {
 public:
    explicit TrunkCredentials(const config::TrunkAuthenticationConfig& config)
        : client_({.username = config.username,
                   .password = config.password,
                   .realm = config.auth_realm}),
          algorithms_(config.algorithms) {}

    // Credentials for a request that was not challenged yet; none before the first challenge.
    [[nodiscard]] HeaderList ahead(const auth::DigestRequest& request) {
        auto value = client_.ahead(request);
        if (value.empty()) return {};
        return {{header(), std::move(value)}};
    }

    // The answer to a 401 or 407, to be sent with the request again; none when there is no point.
    [[nodiscard]] std::expected<HeaderList, auth::NoAnswer> answer(
        const sip::Message& response, const auth::DigestRequest& request,
        auth::ChallengeCount& count) {
        proxy_ = response.status_code() == 407;
        auto challenges = response.values(proxy_ ? sip::HeaderId::ProxyAuthenticate
                                                 : sip::HeaderId::WwwAuthenticate);
        std::erase_if(challenges, [this](std::string_view text) { return !may_answer(text); });
        auto value = client_.answer(challenges, request, count);
        if (!value) return std::unexpected(value.error());
        return HeaderList{{header(), std::move(*value)}};
    }

 private:
    // Whether the account's policy lets it answer by that algorithm (RFC 8760 section 2.4).
    [[nodiscard]] bool may_answer(std::string_view text) const {
        const auto challenge = auth::parse_challenge(text);
        if (!challenge || !*challenge) return false;
        const auto hash = static_cast<std::size_t>((*challenge)->algorithm.hash);
        return std::any_of(algorithms_.begin(), algorithms_.end(),
                           [hash](auto one) { return static_cast<std::size_t>(one) == hash; });
    }

    [[nodiscard]] std::string header() const {
        return proxy_ ? "Proxy-Authorization" : "Authorization";
    }

    auth::DigestClient client_;
    std::vector<config::DigestAlgorithm> algorithms_;
    bool proxy_ = false;
};

}  // namespace portcullis::b2bua
