// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/party.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

// RFC 3966 section 3: "+" and digits; separators are for the eye.
std::optional<std::string> global_number(std::string_view number) {
    if (number.empty() || number.front() != '+') return std::nullopt;
    std::string out = "+";
    for (const char c : number.substr(1)) {
        if (text::is_digit(c)) {
            out += c;
        } else if (std::string_view("-.()").find(c) == std::string_view::npos) {
            return std::nullopt;
        }
    }
    return out.size() > 1 ? std::optional(out) : std::nullopt;
}

Party party_of_tel(const sip::NameAddr& address) {
    Party out{.name = clean_text(address.display_text())};
    if (auto number = global_number(address.uri.user)) {
        out.user = std::move(*number);
        out.tel = true;
    } else {
        out.user = address.uri.user_text();
    }
    return out;
}

Party party_of_sip(const sip::NameAddr& address) {
    if (text::iequals(address.uri.host, kAnonymousHost)) return anonymous_party();
    if (text::iequals(address.uri.host, kUnknownHost)) return unknown_party();
    Party out{.name = clean_text(address.display_text())};
    // Parameters inside the user part (phone-context among them) may name the other side.
    const auto user = text::cut(address.uri.user, ';').first;
    out.user = sip::percent_unescape(user).value_or("");
    out.phone = text::iequals(address.uri.params.get("user").value_or(""), "phone");
    return out;
}

}  // namespace

Party anonymous_party() {
    return {.name = "Anonymous", .user = "anonymous", .standing = Standing::Anonymous};
}

Party unknown_party() { return {.user = "unknown", .standing = Standing::Unknown}; }

std::string clean_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) out += c;
    }
    return out;
}

std::optional<Party> party_of(const sip::NameAddr& address) {
    std::optional<Party> out;
    if (address.uri.scheme == sip::Scheme::Tel) {
        out = party_of_tel(address);
    } else if (address.uri.is_sip()) {
        out = party_of_sip(address);
    }
    if (!out || out->user.size() > kMaxPartyText) return std::nullopt;
    if (out->name.size() > kMaxPartyText) out->name.clear();
    return out;
}

std::optional<Party> parse_party(std::string_view value) {
    const auto address = sip::parse_name_addr(value);
    return address ? party_of(*address) : std::nullopt;
}

std::string print_name(const Party& party) {
    return party.name.empty() ? "" : sip::quote(party.name) + " ";
}

std::string print_uri(const Party& party, std::string_view domain, std::string_view uri_params) {
    if (party.tel && global_number(party.user)) return "tel:" + party.user;
    std::string uri = "sip:";
    if (!party.user.empty()) {
        uri += sip::percent_escape(party.user, sip::CharClass::User) + "@";
    }
    switch (party.standing) {
        case Standing::Known:
            uri += domain;
            break;
        case Standing::Anonymous:
            uri += kAnonymousHost;
            break;
        case Standing::Unknown:
            uri += kUnknownHost;
            break;
    }
    if (party.phone && party.standing == Standing::Known) uri += ";user=phone";
    uri += uri_params;
    return uri;
}

std::string print_party(const Party& party, std::string_view domain) {
    return print_name(party) + "<" + print_uri(party, domain) + ">";
}

}  // namespace portcullis::headers
