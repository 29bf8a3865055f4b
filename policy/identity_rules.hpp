// SPDX-License-Identifier: BSD-2-Clause
// IdentityRules: what a side of a call is told of the other, and how far it is believed: the
// settings of a trunk over those of its realm over the defaults of its trust.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/config/identity_config.hpp"

namespace portcullis::policy {

// Immutable part of a CompiledPolicy, read from any thread.
struct IdentityRules {
    bool trusted = false;  // member of the trust domain (RFC 3325 section 2)
    std::vector<config::CallerSource> caller_source{config::CallerSource::From};
    config::IdentityUse asserted_identity = config::IdentityUse::Drop;
    config::IdentityUse preferred_identity = config::IdentityUse::Drop;
    config::IdentityUse remote_party_id = config::IdentityUse::Drop;
    config::PrivacyHandling privacy = config::PrivacyHandling::Apply;
    config::RedirectionForm redirection = config::RedirectionForm::Drop;
    config::ReasonForm reason = config::ReasonForm::Cause;
    config::InfoUris alert_info = config::InfoUris::Hide;
    config::InfoUris call_info = config::InfoUris::Drop;
    config::SessionIdForm session_id = config::SessionIdForm::Pass;
    config::SoftwareName software = config::SoftwareName::None;
    std::uint16_t user_to_user_max = 128;  // octets
    // Whether these pass to this side.
    bool signature = false;
    bool referred_by = false;
    bool user_to_user = false;
    bool geolocation = false;
    bool resource_priority = false;
    bool charging = false;
    bool access_network = false;
    bool early_media = false;
    bool answer_mode = false;
    bool caller_preferences = false;
    std::vector<config::PassHeadersConfig> pass_headers{};

    // Whether the header `name` of a message from realm `from` passes unchanged.
    [[nodiscard]] bool lets_pass(std::string_view name, std::string_view from) const;
    bool operator==(const IdentityRules&) const = default;
};

[[nodiscard]] IdentityRules make_identity_rules(config::Trust realm_trust,
                                                const config::IdentityConfig& realm,
                                                const config::IdentityConfig& trunk = {});

// The shipped defaults of a trusted or an untrusted side.
[[nodiscard]] const IdentityRules& default_identity_rules(bool trusted);

}  // namespace portcullis::policy
