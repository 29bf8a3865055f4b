// SPDX-License-Identifier: BSD-2-Clause
// What we do at a trunk besides calls: health, registration, our account (checker.hpp).
#include <algorithm>

#include "policy/config/checker.hpp"

namespace portcullis::config {
namespace {

constexpr std::string_view kTrunks = "trunks";

class TrunkServiceCheck {
 public:
    TrunkServiceCheck(Checker& checker, std::size_t index)
        : checker_(checker), index_(index), trunk_(checker.document().trunks[index]) {}

    void check() {
        check_account();
        // A list that is being refused may have held any gateway.
        gateways_known_ = !checker_.known(place("gateways"));
        if (trunk_.health.enabled) check_health();
        if (trunk_.registration.enabled) check_registration();
    }

 private:
    [[nodiscard]] std::string place(std::string_view field) const {
        return at(kTrunks, index_, field);
    }
    void report(std::string_view field, std::string_view code, std::string message,
                std::string hint) {
        checker_.report(place(field), code, std::move(message), std::move(hint));
    }

    [[nodiscard]] bool has_gateway() const {
        return !gateways_known_ ||
               std::any_of(trunk_.gateways.begin(), trunk_.gateways.end(),
                           [](const GatewayConfig& gateway) { return gateway.enabled; });
    }

    void check_account() {
        const auto& account = trunk_.authentication;
        const bool known = checker_.known(place("authentication/username")) ||
                           checker_.known(place("authentication/password"));
        if (known) return;
        if (!account.username.empty() && account.password.empty()) {
            report("authentication/password", "missing-field",
                   "user \"" + account.username + "\" has no password",
                   "add the password, or remove the user");
        } else if (account.username.empty() && !account.password.empty()) {
            report("authentication/username", "missing-field", "there is a password without a user",
                   "add the user that the trunk knows us by");
        } else if (account.username.empty() && !account.auth_realm.empty()) {
            report("authentication/auth_realm", "contradiction",
                   "a realm without user and password answers no challenge",
                   "add username and password, or leave auth_realm out");
        }
    }

    void check_health() {
        if (has_gateway()) return;
        report("health/enabled", "contradiction", "the trunk has no enabled gateway to ask",
               "add a gateway, or disable its health check");
    }

    void check_registration() {
        const auto& registration = trunk_.registration;
        if (!registration.registrar && !has_gateway() &&
            !checker_.known(place("registration/registrar"))) {
            report("registration/registrar", "missing-field",
                   "there is neither a registrar nor an enabled gateway to register at",
                   "write the registrar, such as sip:registrar.example.com");
        }
        if (registration.aor.empty() && trunk_.authentication.username.empty() &&
            !checker_.known(place("registration/aor")) &&
            !checker_.known(place("authentication/username"))) {
            report("registration/aor", "missing-field",
                   "there is neither an address of record nor a user to make one of",
                   "write it, such as sip:4930123@carrier.example.com");
        }
        if (registration.gin && !registration.contact_user.empty()) {
            report("registration/contact_user", "contradiction",
                   "a registration of many numbers has a Contact without user (RFC 6140)",
                   "leave contact_user out, or set gin to false");
        }
        if (registration.retry_min > registration.retry_max) {
            report("registration/retry_min_s", "timer-order",
                   "it is longer than retry_max_s, " +
                       std::to_string(registration.retry_max.count()) + " s",
                   "shorten it, or lengthen retry_max_s");
        }
    }

    Checker& checker_;
    std::size_t index_;
    const TrunkConfig& trunk_;
    bool gateways_known_ = true;
};

}  // namespace

void check_trunk_service(Checker& checker) {
    for (std::size_t i = 0; i < checker.document().trunks.size(); ++i) {
        TrunkServiceCheck(checker, i).check();
    }
}

}  // namespace portcullis::config
