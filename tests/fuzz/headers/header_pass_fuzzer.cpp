// SPDX-License-Identifier: BSD-2-Clause
// Any text as the values of a message's header fields: what crosses is well formed, each address in
// it is at our host or at none, and a message with it is read by the next one.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"
#include "common/base/text.hpp"
#include "signaling/headers/caller.hpp"
#include "signaling/headers/party.hpp"
#include "signaling/headers/pass.hpp"
#include "signaling/headers/pass_table.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/parser.hpp"

namespace {

using namespace portcullis;
using namespace portcullis::headers;
using sip::HeaderId;

constexpr std::string_view kDomain = "sbc.test";
constexpr std::string_view kCanary = "qz7canary";

config::IdentityConfig open_side() {
    config::IdentityConfig side;
    side.caller_source = {config::CallerSource::Asserted, config::CallerSource::RemoteParty,
                          config::CallerSource::Preferred};
    side.asserted_identity = config::IdentityUse::Make;
    side.preferred_identity = config::IdentityUse::Make;
    side.remote_party_id = config::IdentityUse::Make;
    side.redirection = config::RedirectionForm::Both;
    side.user_to_user = config::HeaderUse::Pass;
    side.user_to_user_max = std::uint16_t{2048};
    side.reason = config::ReasonForm::Text;
    return side;
}

// Addresses: all that is said of a place is checked.
constexpr std::array kAddresses{HeaderId::PAssertedIdentity, HeaderId::PPreferredIdentity,
                                HeaderId::RemotePartyId,     HeaderId::Diversion,
                                HeaderId::HistoryInfo,       HeaderId::ReferredBy,
                                HeaderId::CallInfo};
// Fields that policy lets through as they are; they are no test of hiding.
constexpr std::array kAsTheyAre{HeaderId::AcceptContact, HeaderId::RejectContact,
                                HeaderId::Geolocation, HeaderId::Identity};

template <std::size_t N>
bool among(const std::array<HeaderId, N>& list, HeaderId id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

void check_address(std::string_view value) {
    const auto address = sip::parse_name_addr(value);
    PORTCULLIS_ASSERT(address.has_value());
    const auto& uri = address->uri;
    if (!uri.is_sip()) {
        PORTCULLIS_ASSERT(uri.scheme == sip::Scheme::Tel || text::iequals(uri.scheme_text, "urn"));
        PORTCULLIS_ASSERT(uri.scheme != sip::Scheme::Tel || uri.params.empty());
        return;
    }
    PORTCULLIS_ASSERT(uri.host == kDomain || uri.host == kAnonymousHost ||
                      uri.host == kUnknownHost);
    PORTCULLIS_ASSERT(!uri.port && !uri.has_password && !uri.params.has("maddr"));
    for (const auto& param : uri.params) {
        PORTCULLIS_ASSERT(param.name == "user" || param.name == "cause");
    }
}

void check_crossing(const HeaderList& list, bool clean_seed) {
    PORTCULLIS_ASSERT(list.size() < 1000);
    for (const auto& [name, value] : list) {
        const auto id = sip::find_header(name);
        PORTCULLIS_ASSERT(id != HeaderId::Unknown && !is_ours(id) && !value.empty());
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            PORTCULLIS_ASSERT(byte >= 0x20 && byte != 0x7f);
        }
        if (among(kAddresses, id)) check_address(value);
        if (clean_seed && !among(kAsTheyAre, id)) {
            PORTCULLIS_ASSERT(text::to_lower(value).find(kCanary) == std::string::npos);
        }
    }
}

std::string message_with(std::string_view start, std::string_view fields) {
    std::string out(start);
    out +=
        "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
        "From: <sip:1@" +
        std::string(kCanary) + ">;tag=a\r\nTo: <sip:2@" + std::string(kCanary) +
        ">\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n";
    out += fields;
    return out + "Content-Length: 0\r\n\r\n";
}

void cross(const std::string& text, bool clean_seed) {
    const auto message = sip::parse_message(text);
    if (!message) return;
    static const auto kOpen = policy::make_identity_rules(config::Trust::Trusted, open_side());
    for (const auto* to :
         {&kOpen, &policy::default_identity_rules(true), &policy::default_identity_rules(false)}) {
        ChangeLog log;
        const PassContext context{
            .domain = std::string(kDomain), .from = &kOpen, .to = to, .changes = &log};
        const auto first = pass(**message, context);
        check_crossing(first, clean_seed);
        for (const auto& change : log) {
            const auto line = describe(change);
            PORTCULLIS_ASSERT(line.find_first_of("\r\n") == std::string::npos);
        }
        if ((*message)->is_request()) {
            const auto from = make_from(**message, context, "7");
            PORTCULLIS_ASSERT(from.host == kDomain || from.host == kAnonymousHost);
            PORTCULLIS_ASSERT(from.name.find_first_of("\r\n") == std::string::npos);
            (void)refuse(**message);
        }
        // What we wrote is read as such by the next one.
        std::string again;
        for (const auto& [name, value] : first) again += name + ": " + value + "\r\n";
        const auto second = sip::parse_message(message_with("INVITE sip:2@h SIP/2.0", again));
        // Conversions may say the same in two forms, and so outgrow what a message may hold.
        PORTCULLIS_ASSERT(second.has_value() || second.error().code == sip::Errc::MessageTooLarge);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // As it stands behind the mandatory fields: the input names the headers itself.
    const std::string fields = std::string(text) + "\r\n";
    cross(message_with("INVITE sip:2@h SIP/2.0", fields), false);
    cross(message_with("SIP/2.0 183 x", fields), false);
    // And as user, name and parameter in every header of the list, at a host that must not show.
    std::string everywhere;
    const std::string seed(text.substr(0, 512));
    const bool token = !seed.empty() && std::all_of(seed.begin(), seed.end(), [](char c) {
        return text::is_alpha(c) || text::is_digit(c);
    }) && text::to_lower(seed).find(kCanary) == std::string::npos;
    for (const PassRow& row : pass_table()) {
        if (among(kAsTheyAre, row.id)) continue;
        everywhere += std::string(sip::name(row.id)) + ": \"" + seed + "\" <sip:" + seed + "@" +
                      std::string(kCanary) + ";x=" + std::string(kCanary) + ">;" + seed + "=" +
                      std::string(kCanary) + ";reason=" + seed + ";index=1\r\n";
    }
    cross(message_with("INVITE sip:2@h SIP/2.0", everywhere), token);
    cross(message_with("SIP/2.0 603 x", everywhere), token);
    return 0;
}
