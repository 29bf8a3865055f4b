// SPDX-License-Identifier: BSD-2-Clause
#include "policy/identity_rules.hpp"

#include <algorithm>
#include <string_view>

#include "common/base/text.hpp"

namespace portcullis::policy {
namespace {

using config::CallerSource;
using config::HeaderUse;
using config::IdentityConfig;

// A setting of the trunk, else of the realm, else the default.
class Layers {
 public:
    Layers(const IdentityConfig& realm, const IdentityConfig& trunk)
        : realm_(realm), trunk_(trunk) {}

    template <class T>
    [[nodiscard]] T value(std::optional<T> IdentityConfig::* member, T otherwise) const {
        return (trunk_.*member).value_or((realm_.*member).value_or(otherwise));
    }
    [[nodiscard]] bool passes(std::optional<HeaderUse> IdentityConfig::* member,
                              bool otherwise) const {
        return value(member, otherwise ? HeaderUse::Pass : HeaderUse::Drop) == HeaderUse::Pass;
    }
    [[nodiscard]] std::vector<CallerSource> sources() const {
        auto out = trunk_.caller_source.empty() ? realm_.caller_source : trunk_.caller_source;
        if (out.empty()) out.push_back(CallerSource::From);
        return out;
    }
    [[nodiscard]] std::vector<config::PassHeadersConfig> pass_headers() const {
        auto out = realm_.pass_headers;
        out.insert(out.end(), trunk_.pass_headers.begin(), trunk_.pass_headers.end());
        return out;
    }

 private:
    const IdentityConfig& realm_;
    const IdentityConfig& trunk_;
};

}  // namespace

bool IdentityRules::lets_pass(std::string_view name, std::string_view from) const {
    return std::any_of(pass_headers.begin(), pass_headers.end(), [&](const auto& list) {
        return (list.from.empty() || list.from == from) &&
               std::any_of(list.names.begin(), list.names.end(),
                           [name](const auto& allowed) { return text::iequals(allowed, name); });
    });
}

IdentityRules make_identity_rules(config::Trust realm_trust, const IdentityConfig& realm,
                                  const IdentityConfig& trunk) {
    using T = IdentityConfig;
    const Layers set(realm, trunk);
    const bool trusted = set.value(&T::trust, realm_trust) == config::Trust::Trusted;
    const auto use = trusted ? config::IdentityUse::Pass : config::IdentityUse::Drop;
    IdentityRules out;
    out.trusted = trusted;
    out.caller_source = set.sources();
    out.asserted_identity = set.value(&T::asserted_identity, use);
    out.preferred_identity = set.value(&T::preferred_identity, config::IdentityUse::Drop);
    out.remote_party_id = set.value(&T::remote_party_id, config::IdentityUse::Drop);
    out.privacy = set.value(
        &T::privacy, trusted ? config::PrivacyHandling::Pass : config::PrivacyHandling::Apply);
    out.redirection = set.value(
        &T::redirection, trusted ? config::RedirectionForm::Pass : config::RedirectionForm::Drop);
    out.reason = set.value(&T::reason, config::ReasonForm::Cause);
    out.alert_info = set.value(&T::alert_info, config::InfoUris::Hide);
    out.call_info =
        set.value(&T::call_info, trusted ? config::InfoUris::Hide : config::InfoUris::Drop);
    out.session_id = set.value(&T::session_id, config::SessionIdForm::Pass);
    out.software = set.value(&T::software, config::SoftwareName::None);
    out.user_to_user_max = set.value<std::uint16_t>(&T::user_to_user_max, 128);
    out.signature = set.passes(&T::signature, trusted);
    out.referred_by = set.passes(&T::referred_by, trusted);
    out.user_to_user = set.passes(&T::user_to_user, false);
    out.geolocation = set.passes(&T::geolocation, trusted);
    out.resource_priority = set.passes(&T::resource_priority, trusted);
    out.charging = set.passes(&T::charging, false);
    out.access_network = set.passes(&T::access_network, false);
    out.early_media = set.passes(&T::early_media, trusted);
    out.answer_mode = set.passes(&T::answer_mode, trusted);
    out.caller_preferences = set.passes(&T::caller_preferences, trusted);
    out.pass_headers = set.pass_headers();
    return out;
}

const IdentityRules& default_identity_rules(bool trusted) {
    static const IdentityRules kTrusted = make_identity_rules(config::Trust::Trusted, {});
    static const IdentityRules kUntrusted = make_identity_rules(config::Trust::Untrusted, {});
    return trusted ? kTrusted : kUntrusted;
}

}  // namespace portcullis::policy
