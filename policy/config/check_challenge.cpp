// SPDX-License-Identifier: BSD-2-Clause
// Who may speak for a trunk: users that can be told apart and can answer (checker.hpp).
#include <set>

#include "policy/config/checker.hpp"

namespace portcullis::config {
namespace {

void check_users(Checker& checker, std::size_t trunk, const ChallengeConfig& challenge) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < challenge.users.size(); ++i) {
        const auto& user = challenge.users[i];
        const auto place = at("trunks", trunk, "challenge/users", i, "username");
        if (!user.username.empty() && !names.insert(user.username).second) {
            checker.report(place, "duplicate-name",
                           "there is another user \"" + user.username + "\"",
                           "leave one of them out");
        }
        // RFC 7616 section 3.4.2: the colon ends the name in what is hashed.
        if (user.username.find(':') != std::string::npos) {
            checker.report(place, "bad-value", "a Digest user name holds no colon",
                           "choose a name without it");
        }
    }
}

}  // namespace

void check_challenge(Checker& checker) {
    const auto& trunks = checker.document().trunks;
    for (std::size_t i = 0; i < trunks.size(); ++i) {
        const auto& challenge = trunks[i].challenge;
        check_users(checker, i, challenge);
        if (challenge.users.empty() && !challenge.auth_realm.empty() &&
            !checker.known(at("trunks", i, "challenge/users"))) {
            checker.report(at("trunks", i, "challenge/users"), "missing-field",
                           "there is a realm, but nobody who could answer a challenge",
                           "add a user, or leave auth_realm out");
        }
    }
}

}  // namespace portcullis::config
