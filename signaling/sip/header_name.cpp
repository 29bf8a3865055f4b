// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/header_name.hpp"

#include <array>

#include "common/base/assert.hpp"
#include "common/base/text.hpp"

namespace portcullis::sip {
namespace {

using enum HeaderId;

constexpr std::array<HeaderRow, kHeaderIdCount> kTable{{
    {Unknown, "", 0, false, ""},
    {Accept, "Accept", 0, true, "RFC 3261"},
    {AcceptContact, "Accept-Contact", 'a', true, "RFC 3841"},
    {AcceptEncoding, "Accept-Encoding", 0, true, "RFC 3261"},
    {AcceptLanguage, "Accept-Language", 0, true, "RFC 3261"},
    {AcceptResourcePriority, "Accept-Resource-Priority", 0, true, "RFC 4412"},
    {AlertInfo, "Alert-Info", 0, true, "RFC 3261"},
    {Allow, "Allow", 0, true, "RFC 3261"},
    {AllowEvents, "Allow-Events", 'u', true, "RFC 6665"},
    {AnswerMode, "Answer-Mode", 0, false, "RFC 5373"},
    {AuthenticationInfo, "Authentication-Info", 0, false, "RFC 3261"},
    {Authorization, "Authorization", 0, false, "RFC 3261"},
    {CallId, "Call-ID", 'i', false, "RFC 3261"},
    {CallInfo, "Call-Info", 0, true, "RFC 3261"},
    {Contact, "Contact", 'm', true, "RFC 3261"},
    {ContentDisposition, "Content-Disposition", 0, false, "RFC 3261"},
    {ContentEncoding, "Content-Encoding", 'e', true, "RFC 3261"},
    {ContentId, "Content-ID", 0, false, "RFC 8262"},
    {ContentLanguage, "Content-Language", 0, true, "RFC 3261"},
    {ContentLength, "Content-Length", 'l', false, "RFC 3261"},
    {ContentType, "Content-Type", 'c', false, "RFC 3261"},
    {CSeq, "CSeq", 0, false, "RFC 3261"},
    {Date, "Date", 0, false, "RFC 3261"},
    {Diversion, "Diversion", 0, true, "RFC 5806"},
    {ErrorInfo, "Error-Info", 0, true, "RFC 3261"},
    {Event, "Event", 'o', false, "RFC 6665"},
    {Expires, "Expires", 0, false, "RFC 3261"},
    {FeatureCaps, "Feature-Caps", 0, true, "RFC 6809"},
    {FlowTimer, "Flow-Timer", 0, false, "RFC 5626"},
    {From, "From", 'f', false, "RFC 3261"},
    {Geolocation, "Geolocation", 0, true, "RFC 6442"},
    {GeolocationError, "Geolocation-Error", 0, false, "RFC 6442"},
    {GeolocationRouting, "Geolocation-Routing", 0, false, "RFC 6442"},
    {HistoryInfo, "History-Info", 0, true, "RFC 7044"},
    {Identity, "Identity", 'y', true, "RFC 8224"},
    {InfoPackage, "Info-Package", 0, false, "RFC 6086"},
    {InReplyTo, "In-Reply-To", 0, true, "RFC 3261"},
    {Join, "Join", 0, false, "RFC 3911"},
    {MaxBreadth, "Max-Breadth", 0, false, "RFC 5393"},
    {MaxForwards, "Max-Forwards", 0, false, "RFC 3261"},
    {MimeVersion, "MIME-Version", 0, false, "RFC 3261"},
    {MinExpires, "Min-Expires", 0, false, "RFC 3261"},
    {MinSe, "Min-SE", 0, false, "RFC 4028"},
    {Organization, "Organization", 0, false, "RFC 3261"},
    {PAccessNetworkInfo, "P-Access-Network-Info", 0, true, "RFC 7315"},
    {PAnswerState, "P-Answer-State", 0, false, "RFC 4964"},
    {PAssertedIdentity, "P-Asserted-Identity", 0, true, "RFC 3325"},
    {PAssertedService, "P-Asserted-Service", 0, true, "RFC 6050"},
    {PAssociatedUri, "P-Associated-URI", 0, true, "RFC 7315"},
    {PCalledPartyId, "P-Called-Party-ID", 0, false, "RFC 7315"},
    {PChargingFunctionAddresses, "P-Charging-Function-Addresses", 0, true, "RFC 7315"},
    {PChargingVector, "P-Charging-Vector", 0, false, "RFC 7315"},
    {PEarlyMedia, "P-Early-Media", 0, true, "RFC 5009"},
    {PPreferredIdentity, "P-Preferred-Identity", 0, true, "RFC 3325"},
    {PPreferredService, "P-Preferred-Service", 0, true, "RFC 6050"},
    {PServedUser, "P-Served-User", 0, false, "RFC 5502"},
    {PVisitedNetworkId, "P-Visited-Network-ID", 0, true, "RFC 7315"},
    {Path, "Path", 0, true, "RFC 3327"},
    {PermissionMissing, "Permission-Missing", 0, true, "RFC 5360"},
    {PolicyContact, "Policy-Contact", 0, true, "RFC 6794"},
    {PolicyId, "Policy-ID", 0, true, "RFC 6794"},
    {Priority, "Priority", 0, false, "RFC 3261"},
    {PrivAnswerMode, "Priv-Answer-Mode", 0, false, "RFC 5373"},
    {Privacy, "Privacy", 0, false, "RFC 3323"},
    {ProxyAuthenticate, "Proxy-Authenticate", 0, false, "RFC 3261"},
    {ProxyAuthenticationInfo, "Proxy-Authentication-Info", 0, false, "RFC 7615"},
    {ProxyAuthorization, "Proxy-Authorization", 0, false, "RFC 3261"},
    {ProxyRequire, "Proxy-Require", 0, true, "RFC 3261"},
    {RAck, "RAck", 0, false, "RFC 3262"},
    {Reason, "Reason", 0, true, "RFC 3326"},
    {RecordRoute, "Record-Route", 0, true, "RFC 3261"},
    {RecvInfo, "Recv-Info", 0, true, "RFC 6086"},
    {ReferEventsAt, "Refer-Events-At", 0, false, "RFC 7614"},
    {ReferSub, "Refer-Sub", 0, false, "RFC 4488"},
    {ReferTo, "Refer-To", 'r', false, "RFC 3515"},
    {ReferredBy, "Referred-By", 'b', false, "RFC 3892"},
    {RejectContact, "Reject-Contact", 'j', true, "RFC 3841"},
    {RemotePartyId, "Remote-Party-ID", 0, true, "draft-ietf-sip-privacy-04"},
    {Replaces, "Replaces", 0, false, "RFC 3891"},
    {ReplyTo, "Reply-To", 0, false, "RFC 3261"},
    {RequestDisposition, "Request-Disposition", 'd', true, "RFC 3841"},
    {Require, "Require", 0, true, "RFC 3261"},
    {ResourcePriority, "Resource-Priority", 0, true, "RFC 4412"},
    {RetryAfter, "Retry-After", 0, false, "RFC 3261"},
    {Route, "Route", 0, true, "RFC 3261"},
    {RSeq, "RSeq", 0, false, "RFC 3262"},
    {SecurityClient, "Security-Client", 0, true, "RFC 3329"},
    {SecurityServer, "Security-Server", 0, true, "RFC 3329"},
    {SecurityVerify, "Security-Verify", 0, true, "RFC 3329"},
    {Server, "Server", 0, false, "RFC 3261"},
    {ServiceRoute, "Service-Route", 0, true, "RFC 3608"},
    {SessionExpires, "Session-Expires", 'x', false, "RFC 4028"},
    {SessionId, "Session-ID", 0, false, "RFC 7989"},
    {SipEtag, "SIP-ETag", 0, false, "RFC 3903"},
    {SipIfMatch, "SIP-If-Match", 0, false, "RFC 3903"},
    {Subject, "Subject", 's', false, "RFC 3261"},
    {SubscriptionState, "Subscription-State", 0, false, "RFC 6665"},
    {Supported, "Supported", 'k', true, "RFC 3261"},
    {SuppressIfMatch, "Suppress-If-Match", 0, false, "RFC 5839"},
    {TargetDialog, "Target-Dialog", 0, false, "RFC 4538"},
    {Timestamp, "Timestamp", 0, false, "RFC 3261"},
    {To, "To", 't', false, "RFC 3261"},
    {TriggerConsent, "Trigger-Consent", 0, true, "RFC 5360"},
    {Unsupported, "Unsupported", 0, true, "RFC 3261"},
    {UserAgent, "User-Agent", 0, false, "RFC 3261"},
    {UserToUser, "User-to-User", 0, true, "RFC 7433"},
    {Via, "Via", 'v', true, "RFC 3261"},
    {Warning, "Warning", 0, true, "RFC 3261"},
    {WwwAuthenticate, "WWW-Authenticate", 0, false, "RFC 3261"},
}};

constexpr bool in_enumeration_order() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].id) != i) return false;
    }
    return true;
}
static_assert(in_enumeration_order());

// Open addressing over a hash of length and four characters: one or two probes for any name.
constexpr std::size_t kSlots = 1024;

constexpr std::size_t slot_of(std::string_view name) {
    const auto at = [&](std::size_t i) {  // case away; other characters may collide
        return static_cast<std::size_t>(static_cast<unsigned char>(name[i])) | 0x20U;
    };
    const std::size_t n = name.size();
    const std::size_t hash = n * 0x1000193U + at(0) * 0x9e37U + at(n - 1) * 0x85ebU +
                             at(n / 2) * 0xc2b3U + at(n / 3) * 0x27d5U;
    return (hash ^ (hash >> 11)) % kSlots;
}

constexpr std::array<HeaderId, kSlots> make_slots() {
    std::array<HeaderId, kSlots> slots{};
    for (const auto& row : kTable) {
        if (row.id == Unknown) continue;
        std::size_t slot = slot_of(row.name);
        while (slots[slot] != Unknown) slot = (slot + 1) % kSlots;
        slots[slot] = row.id;
    }
    return slots;
}

constexpr std::array<HeaderId, 128> make_compact() {
    std::array<HeaderId, 128> forms{};
    for (const auto& row : kTable) {
        if (row.compact == 0) continue;
        const auto small = static_cast<unsigned char>(row.compact);
        forms[small] = row.id;
        forms[small & 0xdfU] = row.id;  // the capital letter
    }
    return forms;
}

constexpr auto kSlotTable = make_slots();
constexpr auto kCompactTable = make_compact();

}  // namespace

std::span<const HeaderRow> header_table() { return kTable; }

const HeaderRow& describe(HeaderId id) {
    PORTCULLIS_ASSERT(id < Count);
    return kTable[static_cast<std::size_t>(id)];
}

HeaderId find_header(std::string_view name) {
    if (name.empty()) return Unknown;
    if (name.size() == 1) {
        const auto c = static_cast<unsigned char>(name[0]);
        return c < kCompactTable.size() ? kCompactTable[c] : Unknown;
    }
    for (std::size_t slot = slot_of(name); kSlotTable[slot] != Unknown;
         slot = (slot + 1) % kSlots) {
        const auto& row = kTable[static_cast<std::size_t>(kSlotTable[slot])];
        // Most senders write the canonical name.
        if (row.name == name || text::iequals(row.name, name)) return row.id;
    }
    return Unknown;
}

}  // namespace portcullis::sip
