// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/trunk_account.hpp"

#include <algorithm>

namespace portcullis::trunk {
namespace {

// Those whose algorithm may be used, in their order.
std::vector<std::string_view> allowed(const std::vector<std::string>& challenges,
                                      const std::vector<auth::Hash>& algorithms) {
    std::vector<std::string_view> out;
    for (const auto& value : challenges) {
        const auto challenge = auth::parse_challenge(value);
        if (!challenge || !*challenge) continue;
        const auto hash = (*challenge)->algorithm.hash;
        if (std::find(algorithms.begin(), algorithms.end(), hash) != algorithms.end()) {
            out.push_back(value);
        }
    }
    return out;
}

std::string why(auth::NoAnswer reason) {
    switch (reason) {
        case auth::NoAnswer::NoDigest:
            return "it asks for no digest algorithm that is allowed";
        case auth::NoAnswer::OtherRealm:
            return "it asks for an account of another realm";
        case auth::NoAnswer::Rejected:
            return "user or password is wrong";
        case auth::NoAnswer::StaleAgain:
            return "it calls every answer stale";
    }
    return {};
}

}  // namespace

TrunkCredentials TrunkAccount::ahead(const auth::DigestRequest& request) {
    return {.authorization = www_.ahead(request), .proxy_authorization = proxy_.ahead(request)};
}

std::expected<TrunkCredentials, std::string> TrunkAccount::answer(
    const RegisterAnswer& challenge, const auth::DigestRequest& request) {
    if (!usable_) return std::unexpected("the trunk has no account");
    const bool by_proxy = challenge.code == 407;
    const auto challenges =
        allowed(by_proxy ? challenge.proxy_challenges : challenge.www_challenges, algorithms_);
    auto value = by_proxy ? proxy_.answer(challenges, request, proxy_count_)
                          : www_.answer(challenges, request, www_count_);
    if (!value) return std::unexpected(why(value.error()));
    // The other one is asked only now: each call counts a nonce.
    if (by_proxy) {
        return TrunkCredentials{.authorization = www_.ahead(request),
                                .proxy_authorization = std::move(*value)};
    }
    return TrunkCredentials{.authorization = std::move(*value),
                            .proxy_authorization = proxy_.ahead(request)};
}

void TrunkAccount::forget() {
    www_.forget();
    proxy_.forget();
}

}  // namespace portcullis::trunk
