// SPDX-License-Identifier: BSD-2-Clause
// DigestClient: our side of Digest towards one server, such as a trunk (RFC 3261 section 22.2,
// RFC 7616, RFC 8760).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/auth/challenge.hpp"

namespace portcullis::auth {

struct Account {
    std::string username;
    std::string password;
    std::string realm;  // empty: whatever realm the server names
};

// What the response is computed over.
struct DigestRequest {
    std::string_view method;
    std::string_view uri;  // the Request-URI
    std::string_view body;
};

// How often one request was challenged.
struct ChallengeCount {
    bool answered = false;
    bool stale = false;
};

enum class NoAnswer : std::uint8_t {
    NoDigest,    // nothing in the response is a challenge that we know
    OtherRealm,  // the account is for another realm: its password goes nowhere else
    Rejected,    // the server has our answer and asks again
    StaleAgain,  // as often as we tell the time, the nonce is old
};

[[nodiscard]] std::string_view describe(NoAnswer reason);

// Of one account, on one shard. Remembers the last challenge, so that further requests need not be
// challenged.
class DigestClient {
 public:
    explicit DigestClient(Account account) : account_(std::move(account)) {}

    // Answers the challenges of a 401 or 407, in the order of their header fields: the first of our
    // realm that we can, as RFC 8760 section 2.4 asks. A request is answered once, and once more
    // when the server says that the nonce was stale; `count` belongs to the request. The value is
    // that of Authorization or Proxy-Authorization.
    [[nodiscard]] std::expected<std::string, NoAnswer> answer(
        const std::vector<std::string_view>& challenges, const DigestRequest& request,
        ChallengeCount& count);

    // Credentials ahead of any challenge, by the last one; empty before the first, and where each
    // nonce serves one request (no qop).
    [[nodiscard]] std::string ahead(const DigestRequest& request);

    // The server will not know the last challenge any more.
    void forget() { challenge_.reset(); }

 private:
    [[nodiscard]] std::string credentials(const DigestRequest& request);

    Account account_;
    std::optional<Challenge> challenge_;
    std::uint32_t nonce_count_ = 0;  // of `challenge_`
};

}  // namespace portcullis::auth
