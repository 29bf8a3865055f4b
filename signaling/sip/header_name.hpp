// SPDX-License-Identifier: BSD-2-Clause
// HeaderId: the header fields Portcullis knows by name, and the table that describes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace portcullis::sip {

enum class HeaderId : std::uint8_t {
    Unknown,
    Accept,
    AcceptContact,
    AcceptEncoding,
    AcceptLanguage,
    AcceptResourcePriority,
    AlertInfo,
    Allow,
    AllowEvents,
    AnswerMode,
    AuthenticationInfo,
    Authorization,
    CallId,
    CallInfo,
    Contact,
    ContentDisposition,
    ContentEncoding,
    ContentId,
    ContentLanguage,
    ContentLength,
    ContentType,
    CSeq,
    Date,
    Diversion,
    ErrorInfo,
    Event,
    Expires,
    FeatureCaps,
    FlowTimer,
    From,
    Geolocation,
    GeolocationError,
    GeolocationRouting,
    HistoryInfo,
    Identity,
    InfoPackage,
    InReplyTo,
    Join,
    MaxBreadth,
    MaxForwards,
    MimeVersion,
    MinExpires,
    MinSe,
    Organization,
    PAccessNetworkInfo,
    PAnswerState,
    PAssertedIdentity,
    PAssertedService,
    PAssociatedUri,
    PCalledPartyId,
    PChargingFunctionAddresses,
    PChargingVector,
    PEarlyMedia,
    PPreferredIdentity,
    PPreferredService,
    PServedUser,
    PVisitedNetworkId,
    Path,
    PermissionMissing,
    PolicyContact,
    PolicyId,
    Priority,
    PrivAnswerMode,
    Privacy,
    ProxyAuthenticate,
    ProxyAuthenticationInfo,
    ProxyAuthorization,
    ProxyRequire,
    RAck,
    Reason,
    RecordRoute,
    RecvInfo,
    ReferEventsAt,
    ReferSub,
    ReferTo,
    ReferredBy,
    RejectContact,
    RemotePartyId,
    Replaces,
    ReplyTo,
    RequestDisposition,
    Require,
    ResourcePriority,
    RetryAfter,
    Route,
    RSeq,
    SecurityClient,
    SecurityServer,
    SecurityVerify,
    Server,
    ServiceRoute,
    SessionExpires,
    SessionId,
    SipEtag,
    SipIfMatch,
    Subject,
    SubscriptionState,
    Supported,
    SuppressIfMatch,
    TargetDialog,
    Timestamp,
    To,
    TriggerConsent,
    Unsupported,
    UserAgent,
    UserToUser,
    Via,
    Warning,
    WwwAuthenticate,
    Count,  // number of identifiers, not a header
};

inline constexpr std::size_t kHeaderIdCount = static_cast<std::size_t>(HeaderId::Count);

struct HeaderRow {
    HeaderId id;
    std::string_view name;  // canonical spelling
    char compact;           // compact form (RFC 3261 section 7.3.3), or 0
    bool list;              // a comma separates values (RFC 3261 section 7.3.1)
    std::string_view rfc;
};

// Every known header in the order of the enumeration; the first row is Unknown.
[[nodiscard]] std::span<const HeaderRow> header_table();

[[nodiscard]] const HeaderRow& describe(HeaderId id);

// Canonical spelling: "Call-ID"; empty for Unknown.
[[nodiscard]] inline std::string_view name(HeaderId id) { return describe(id).name; }

// By full or compact name, without regard to case. Constant time.
[[nodiscard]] HeaderId find_header(std::string_view name);

}  // namespace portcullis::sip
