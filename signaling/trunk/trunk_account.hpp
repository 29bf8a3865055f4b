// SPDX-License-Identifier: BSD-2-Clause
// TrunkAccount: our credentials towards a registrar and a proxy on the way (RFC 3261 22.2, 22.3).
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "signaling/auth/digest_client.hpp"
#include "signaling/trunk/register_answer.hpp"

namespace portcullis::trunk {

// Values of the header fields; empty: none.
struct TrunkCredentials {
    std::string authorization{};
    std::string proxy_authorization{};
};

// A value within a RegistrationMachine: the account, and what both servers last asked.
class TrunkAccount {
 public:
    // Without username challenges are not answered; nor are those of other algorithms.
    TrunkAccount(auth::Account account, std::vector<auth::Hash> algorithms)
        : usable_(!account.username.empty()),
          algorithms_(std::move(algorithms)),
          www_(account),
          proxy_(std::move(account)) {}

    // A new request: it may be challenged anew.
    void begin() { www_count_ = proxy_count_ = {}; }
    // Without being asked, once a nonce is known.
    [[nodiscard]] TrunkCredentials ahead(const auth::DigestRequest& request);
    // For a 401 or 407. On failure: why not, in words.
    [[nodiscard]] std::expected<TrunkCredentials, std::string> answer(
        const RegisterAnswer& challenge, const auth::DigestRequest& request);
    // The nonces are good no more.
    void forget();

 private:
    bool usable_;
    std::vector<auth::Hash> algorithms_;
    auth::DigestClient www_;
    auth::DigestClient proxy_;
    auth::ChallengeCount www_count_;
    auth::ChallengeCount proxy_count_;
};

}  // namespace portcullis::trunk
