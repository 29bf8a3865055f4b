// SPDX-License-Identifier: BSD-2-Clause
// TrunkCredentials: what one trunk knows us by, for requests of calls to it (design: only towards
// that trunk, and only for its realm).
#pragma once

#include <expected>
#include <string>

#include "signaling/auth/digest_client.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

// One per trunk and shard.
class TrunkCredentials {
 public:
    explicit TrunkCredentials(auth::Account account) : client_(std::move(account)) {}

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
        auto value = client_.answer(response.values(proxy_ ? sip::HeaderId::ProxyAuthenticate
                                                           : sip::HeaderId::WwwAuthenticate),
                                    request, count);
        if (!value) return std::unexpected(value.error());
        return HeaderList{{header(), std::move(*value)}};
    }

 private:
    [[nodiscard]] std::string header() const {
        return proxy_ ? "Proxy-Authorization" : "Authorization";
    }

    auth::DigestClient client_;
    bool proxy_ = false;
};

}  // namespace portcullis::b2bua
