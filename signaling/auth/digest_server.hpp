// SPDX-License-Identifier: BSD-2-Clause
// DigestServer: our side of Digest towards those who have to say who they are (RFC 3261 section
// 22.4, RFC 7616, RFC 8760).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/auth/credentials.hpp"
#include "signaling/auth/digest_client.hpp"
#include "signaling/auth/nonces.hpp"

namespace portcullis::auth {

// The password_hash() of a user for one hash; empty for a user that is not known.
using PasswordLookup =
    std::function<std::optional<std::string>(std::string_view username, Hash hash)>;

struct Verification {
    enum class Outcome : std::uint8_t {
        Known,    // `username` it is
        Missing,  // no credentials for this realm that we can read: challenge
        Foreign,  // a nonce that was not given to that client, or before a restart: says nothing
                  // of the password; challenge with stale=true, lest the client give up
        Stale,    // right but for the nonce: challenge with stale=true
        Wrong,    // an unknown user, or the wrong password: count it against the source
    };
    Outcome outcome = Outcome::Missing;
    std::string username;  // unless Missing: as claimed
};

// Of one realm, on one shard.
class DigestServer {
 public:
    struct Settings {
        std::string realm;
        // As offered, strongest first: RFC 8760 section 2.4 has the client take the first it knows.
        std::vector<Algorithm> algorithms{{Hash::Sha256, false}, {Hash::Md5, false}};
    };

    DigestServer(Settings settings, const Nonces::Key& key, std::uint16_t shard,
                 Nonces::Limits limits)
        : settings_(std::move(settings)), nonces_(key, shard, limits) {}

    // The values of as many WWW-Authenticate or Proxy-Authenticate header fields, in their order.
    [[nodiscard]] std::vector<std::string> challenges(bool stale, TimePoint now,
                                                      std::string_view client = {}) const;

    // Judges the values of a request's Authorization or Proxy-Authorization fields. An unknown user
    // takes the way of a wrong password, and as long (`lookup` has to be as quick for any name).
    // The nonce count is used up only by credentials that are right. `client`: as in challenges().
    [[nodiscard]] Verification verify(const std::vector<std::string_view>& values,
                                      const DigestRequest& request, const PasswordLookup& lookup,
                                      TimePoint now, std::string_view client = {});

 private:
    [[nodiscard]] std::optional<Credentials> ours(
        const std::vector<std::string_view>& values) const;

    Settings settings_;
    Nonces nonces_;
};

}  // namespace portcullis::auth
