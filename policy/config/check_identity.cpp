// SPDX-License-Identifier: BSD-2-Clause
// Identity settings of realms and trunks (checker.hpp).
#include <set>

#include "common/base/text.hpp"
#include "policy/config/checker.hpp"

namespace portcullis::config {
namespace {

void check_sources(Checker& checker, std::string_view section, std::size_t i,
                   const IdentityConfig& identity, bool trusted) {
    for (std::size_t s = 0; s < identity.caller_source.size(); ++s) {
        const CallerSource source = identity.caller_source[s];
        if (trusted || (source != CallerSource::Asserted && source != CallerSource::RemoteParty)) {
            continue;
        }
        checker.report(at(section, i, "identity/caller_source", s), "contradiction",
                       "what an untrusted side asserts is not believed",
                       "remove \"" + std::string(name_of(source)) +
                           "\", or set identity.trust to \"trusted\"");
    }
}

void check_limit(Checker& checker, std::string_view section, std::size_t i,
                 const IdentityConfig& identity, HeaderUse use) {
    if (!identity.user_to_user_max || use == HeaderUse::Pass) return;
    if (checker.known(at(section, i, "identity/user_to_user"))) return;
    checker.report(at(section, i, "identity/user_to_user_max"), "no-effect",
                   "User-to-User is dropped whatever its length",
                   "set user_to_user to \"pass\", or leave the limit out");
}

void check_pass_headers(Checker& checker, std::string_view section, std::size_t i,
                        const IdentityConfig& identity) {
    std::set<std::pair<std::string, std::string>> seen;
    for (std::size_t p = 0; p < identity.pass_headers.size(); ++p) {
        const PassHeadersConfig& list = identity.pass_headers[p];
        for (std::size_t n = 0; n < list.names.size(); ++n) {
            if (seen.emplace(list.from, text::to_lower(list.names[n])).second) continue;
            checker.report(at(section, i, "identity/pass_headers", p, "names/" + std::to_string(n)),
                           "duplicate-item", "\"" + list.names[n] + "\" passes already",
                           "keep one of them");
        }
    }
}

}  // namespace

void check_identity(Checker& checker) {
    const Document& document = checker.document();
    for (std::size_t i = 0; i < document.realms.size(); ++i) {
        const RealmConfig& realm = document.realms[i];
        const bool trusted = realm.identity.trust.value_or(realm.trust) == Trust::Trusted;
        check_sources(checker, "realms", i, realm.identity,
                      trusted || checker.known(at("realms", i, "trust")) ||
                          checker.known(at("realms", i, "identity/trust")));
        check_pass_headers(checker, "realms", i, realm.identity);
    }
    for (std::size_t i = 0; i < document.trunks.size(); ++i) {
        const TrunkConfig& trunk = document.trunks[i];
        const RealmConfig* realm = checker.realm(trunk.realm);
        check_pass_headers(checker, "trunks", i, trunk.identity);
        if (realm == nullptr) continue;  // reported as a dangling name
        const auto trust =
            trunk.identity.trust.value_or(realm->identity.trust.value_or(realm->trust));
        check_sources(checker, "trunks", i, trunk.identity,
                      trust == Trust::Trusted || checker.known(at("trunks", i, "identity/trust")));
        check_limit(checker, "trunks", i, trunk.identity,
                    trunk.identity.user_to_user.value_or(
                        realm->identity.user_to_user.value_or(HeaderUse::Drop)));
    }
}

}  // namespace portcullis::config
