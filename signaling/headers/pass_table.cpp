// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/pass_table.hpp"

#include <algorithm>
#include <array>

#include "signaling/headers/caller.hpp"
#include "signaling/headers/info_uris.hpp"
#include "signaling/headers/plain_headers.hpp"
#include "signaling/headers/redirection.hpp"
#include "signaling/headers/session_headers.hpp"
#include "signaling/headers/signature.hpp"

namespace portcullis::headers {
namespace {

using sip::HeaderId;
using Rules = policy::IdentityRules;
using enum MessageKind;
using enum Sender;

constexpr Kinds kRinging = Provisional | Success;
constexpr Kinds kAnswers = kRinging | Failure | Answer;
constexpr Kinds kStarts = Invite | OutOfDialog | Refer;
constexpr Kinds kRequests = kStarts | Modify | InDialog | Cancel | Bye;
constexpr Kinds kAll = kRequests | Provisional | Success | Failure | Answer;
constexpr Kinds kEvents = InDialog | OutOfDialog | Refer;

constexpr std::array kTable{
    // header, in which messages, from whom, under which rule, how, the setting's name, RFC

    // Who calls, and who answers.
    PassRow{HeaderId::PAssertedIdentity, kStarts | Modify | InDialog | Bye | Provisional | Success,
            Any, nullptr, pass_asserted_identity, "asserted_identity", "RFC 3325 9.1, RFC 5876",
            true},
    PassRow{HeaderId::PPreferredIdentity, kStarts | Modify, Any, nullptr, pass_preferred_identity,
            "preferred_identity", "RFC 3325 9.2", true},
    PassRow{HeaderId::RemotePartyId, kStarts | Modify | Provisional | Success, Any, nullptr,
            pass_remote_party_id, "remote_party_id", "draft-ietf-sip-privacy-04", true},
    PassRow{HeaderId::Privacy, kRequests | Provisional | Success, Any, nullptr, pass_privacy,
            "privacy", "RFC 3323 4.2, RFC 3325 9.3", true},
    PassRow{HeaderId::Identity, kStarts | Modify, Trusted, &Rules::signature, pass_identity,
            "signature", "RFC 8224"},
    PassRow{HeaderId::Date, kStarts | Modify, Trusted, &Rules::signature, pass_date, "signature",
            "RFC 8224 4.1"},

    // How the call came here.
    PassRow{HeaderId::Diversion, Kinds{0} | Invite, Trusted, nullptr, pass_diversion, "redirection",
            "RFC 5806, RFC 7544", true},
    PassRow{HeaderId::HistoryInfo, kStarts | Provisional | Success, Trusted, nullptr,
            pass_history_info, "redirection", "RFC 7044, RFC 7544", true},
    PassRow{HeaderId::ReferredBy, Invite | Refer, Trusted, &Rules::referred_by, pass_referred_by,
            "referred_by", "RFC 3892"},

    // Why something happened.
    PassRow{HeaderId::Reason, kRequests | Provisional | Failure, Any, nullptr, pass_reason,
            "reason", "RFC 3326, RFC 6432"},
    PassRow{HeaderId::Warning, Kinds{0} | Failure, Any, nullptr, pass_warning, "",
            "RFC 3261 20.43"},
    PassRow{HeaderId::RetryAfter, Kinds{0} | Failure, Any, nullptr, pass_retry_after, "",
            "RFC 3261 20.33"},

    // How it is to be handled.
    PassRow{HeaderId::Priority, kStarts | Modify, Any, nullptr, pass_priority, "",
            "RFC 3261 20.26"},
    PassRow{HeaderId::ResourcePriority, kRequests, Trusted, &Rules::resource_priority,
            pass_resource_priority, "resource_priority", "RFC 4412 3.1"},
    PassRow{HeaderId::AcceptResourcePriority, kAnswers, Trusted, &Rules::resource_priority,
            pass_resource_priority, "resource_priority", "RFC 4412 3.2"},
    PassRow{HeaderId::AnswerMode, Invite | Success, Trusted, &Rules::answer_mode, pass_answer_mode,
            "answer_mode", "RFC 5373"},
    PassRow{HeaderId::PrivAnswerMode, Invite | Success, Trusted, &Rules::answer_mode,
            pass_answer_mode, "answer_mode", "RFC 5373"},
    PassRow{HeaderId::AcceptContact, kStarts, Trusted, &Rules::caller_preferences, pass_line,
            "caller_preferences", "RFC 3841 9.2"},
    PassRow{HeaderId::RejectContact, kStarts, Trusted, &Rules::caller_preferences, pass_line,
            "caller_preferences", "RFC 3841 9.2"},
    PassRow{HeaderId::RequestDisposition, kStarts, Trusted, &Rules::caller_preferences,
            pass_disposition, "caller_preferences", "RFC 3841 9.1"},
    PassRow{HeaderId::AlertInfo, Invite | Provisional, Trusted, nullptr, pass_alert_info,
            "alert_info", "RFC 3261 20.4, RFC 7462"},
    PassRow{HeaderId::CallInfo, kStarts | Modify | Provisional | Success | Failure, Trusted,
            nullptr, pass_call_info, "call_info", "RFC 3261 20.9"},

    // Where the caller is, and what the networks tell each other.
    PassRow{HeaderId::Geolocation, kStarts | Modify, Trusted, &Rules::geolocation, pass_line,
            "geolocation", "RFC 6442 4.1"},
    PassRow{HeaderId::GeolocationRouting, kStarts | Modify, Trusted, &Rules::geolocation,
            pass_geolocation_routing, "geolocation", "RFC 6442 4.2"},
    PassRow{HeaderId::GeolocationError, kAnswers, Trusted, &Rules::geolocation,
            pass_geolocation_error, "geolocation", "RFC 6442 4.3"},
    PassRow{HeaderId::PAccessNetworkInfo, kAll, Trusted, &Rules::access_network, pass_line,
            "access_network", "RFC 7315 4.4"},
    PassRow{HeaderId::PChargingVector, kAll, Trusted, &Rules::charging, pass_line, "charging",
            "RFC 7315 4.6"},
    PassRow{HeaderId::PChargingFunctionAddresses, kAll, Trusted, &Rules::charging, pass_line,
            "charging", "RFC 7315 4.5"},
    PassRow{HeaderId::PEarlyMedia, Invite | Modify | Provisional | Success, Trusted,
            &Rules::early_media, pass_early_media, "early_media", "RFC 5009"},

    // What users' devices tell each other.
    PassRow{HeaderId::UserToUser, Invite | Modify | Bye | Provisional | Success | Failure, Any,
            &Rules::user_to_user, pass_user_to_user, "user_to_user", "RFC 7433"},
    PassRow{HeaderId::SessionId, kAll, Any, nullptr, pass_session_id, "session_id", "RFC 7989"},

    // What subscriptions and messages cannot do without.
    PassRow{HeaderId::Event, kEvents, Any, nullptr, pass_event, "", "RFC 6665 8.2.1"},
    PassRow{HeaderId::SubscriptionState, kEvents, Any, nullptr, pass_subscription_state, "",
            "RFC 6665 8.2.3"},
    PassRow{HeaderId::Expires, kEvents | Answer, Any, nullptr, pass_seconds, "", "RFC 3261 20.19"},
    PassRow{HeaderId::MinExpires, Kinds{0} | Failure, Any, nullptr, pass_seconds, "",
            "RFC 3261 20.23"},
    PassRow{HeaderId::SipIfMatch, Kinds{0} | OutOfDialog, Any, nullptr, pass_token, "",
            "RFC 3903 11.3.2"},
    PassRow{HeaderId::SipEtag, Kinds{0} | Answer, Any, nullptr, pass_token, "", "RFC 3903 11.3.1"},
    PassRow{HeaderId::Accept, kEvents, Any, nullptr, pass_media_ranges, "", "RFC 3261 20.1"},
    PassRow{HeaderId::RecvInfo, Invite | Modify | Provisional | Success, Any, nullptr, pass_tokens,
            "", "RFC 6086 7.1"},
    PassRow{HeaderId::InfoPackage, Kinds{0} | InDialog, Any, nullptr, pass_token, "", "RFC 6086"},
    PassRow{HeaderId::ReferSub, Refer | Answer, Any, nullptr, pass_token, "", "RFC 4488"},

    // What the appliance says of itself.
    PassRow{HeaderId::UserAgent, kRequests, Any, nullptr, name_software, "software",
            "RFC 3261 20.41", true},
    PassRow{HeaderId::Server, kAnswers, Any, nullptr, name_software, "software", "RFC 3261 20.35",
            true},
};

constexpr std::array kOurs{
    HeaderId::Via,
    HeaderId::From,
    HeaderId::To,
    HeaderId::CallId,
    HeaderId::CSeq,
    HeaderId::Contact,
    HeaderId::MaxForwards,
    HeaderId::MaxBreadth,
    HeaderId::Route,
    HeaderId::RecordRoute,
    HeaderId::Path,
    HeaderId::ServiceRoute,
    HeaderId::ContentLength,
    HeaderId::ContentType,
    HeaderId::ContentEncoding,
    HeaderId::ContentDisposition,
    HeaderId::ContentId,
    HeaderId::MimeVersion,
    HeaderId::Timestamp,
    HeaderId::Allow,
    HeaderId::Supported,
    HeaderId::Require,
    HeaderId::ProxyRequire,
    HeaderId::Unsupported,
    HeaderId::RSeq,
    HeaderId::RAck,
    HeaderId::SessionExpires,
    HeaderId::MinSe,
    HeaderId::Replaces,
    HeaderId::Join,
    HeaderId::TargetDialog,
    HeaderId::InReplyTo,
    HeaderId::ReferTo,
    HeaderId::Authorization,
    HeaderId::ProxyAuthorization,
    HeaderId::WwwAuthenticate,
    HeaderId::ProxyAuthenticate,
    HeaderId::AuthenticationInfo,
    HeaderId::ProxyAuthenticationInfo,
};

}  // namespace

std::span<const PassRow> pass_table() { return kTable; }

bool is_listed(HeaderId id) {
    static constexpr auto kListed = [] {
        std::array<bool, 256> listed{};
        for (const auto& row : kTable) listed[static_cast<std::uint8_t>(row.id)] = true;
        for (const auto ours : kOurs) listed[static_cast<std::uint8_t>(ours)] = true;
        return listed;
    }();
    return kListed[static_cast<std::uint8_t>(id)];
}

bool is_ours(HeaderId id) { return std::find(kOurs.begin(), kOurs.end(), id) != kOurs.end(); }

}  // namespace portcullis::headers
