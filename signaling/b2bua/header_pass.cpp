// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/header_pass.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"
#include "signaling/sip/name_addr.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::b2bua {
namespace {

using sip::HeaderId;

bool one_of(std::string_view value, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [value](std::string_view word) { return text::iequals(value, word); });
}

// RFC 3323 section 4.2 and RFC 3325 section 9.3: tokens from a closed set, so nothing can hide
// there.
void pass_privacy(const sip::Message& message, HeaderList& out) {
    std::string kept;
    for (const auto field : message.values(HeaderId::Privacy)) {
        std::string_view rest = field;
        while (!rest.empty()) {
            const auto [word, tail] = text::cut(rest, ';');
            rest = tail;
            const auto token = text::trim(word);
            if (!one_of(token,
                        {"none", "header", "session", "user", "id", "history", "critical"})) {
                continue;
            }
            kept += (kept.empty() ? "" : ";") + text::to_lower(token);
        }
    }
    if (!kept.empty()) out.emplace_back("Privacy", kept);
}

bool asks_for_id_privacy(const sip::Message& message) {
    for (const auto field : message.values(HeaderId::Privacy)) {
        for (std::string_view rest = field; !rest.empty();) {
            const auto [word, tail] = text::cut(rest, ';');
            if (text::iequals(text::trim(word), "id")) return true;
            rest = tail;
        }
    }
    return false;
}

// RFC 3326: protocol and cause; the text is free and stays behind.
void pass_reason(const sip::Message& message, HeaderList& out) {
    for (const auto value : message.values(HeaderId::Reason)) {
        const auto reason = sip::parse_reason(value);
        if (!reason || !reason->cause || !one_of(reason->protocol, {"SIP", "Q.850"})) continue;
        out.emplace_back("Reason",
                         sip::print_reason(text::iequals(reason->protocol, "SIP") ? "SIP" : "Q.850",
                                           *reason->cause));
    }
}

void pass_priority(const sip::Message& message, HeaderList& out) {
    const auto value = message.header(HeaderId::Priority);
    if (value && one_of(*value, {"emergency", "urgent", "normal", "non-urgent"})) {
        out.emplace_back("Priority", text::to_lower(*value));
    }
}

void pass_identities(const sip::Message& message, HeaderId id, std::string_view name,
                     const PassContext& context, const std::vector<std::string_view>& keep,
                     HeaderList& out) {
    for (const auto value : message.values(id)) {
        auto rewritten = rehost(value, context.domain, keep);
        if (!rewritten.empty()) out.emplace_back(name, std::move(rewritten));
    }
}

}  // namespace

std::string rehost(std::string_view value, std::string_view domain,
                   const std::vector<std::string_view>& keep) {
    const auto address = sip::parse_name_addr(value);
    if (!address) return {};
    std::string uri;
    if (address->uri.scheme == sip::Scheme::Tel) {
        uri = "tel:" + std::string(address->uri.user);
    } else if (address->uri.is_sip()) {
        uri = "sip:";
        // Parameters inside the user part (phone-context among them) may name the other side.
        const auto user = text::cut(address->uri.user, ';').first;
        if (!user.empty()) uri += std::string(user) + "@";
        uri += domain;
    } else {
        return {};
    }
    const auto name = address->display_text();
    std::string out = name.empty() ? "<" + uri + ">" : sip::quote(name) + " <" + uri + ">";
    for (const auto& param : address->params) {
        const bool kept = std::any_of(keep.begin(), keep.end(), [&param](std::string_view word) {
            return text::iequals(param.name, word);
        });
        if (kept && param.has_value && sip::is_token(param.value)) {
            out += ";" + text::to_lower(param.name) + "=" + std::string(param.value);
        }
    }
    return out;
}

HeaderList passed_reason(const sip::Message& message) {
    HeaderList out;
    pass_reason(message, out);
    return out;
}

HeaderList passed_headers(const sip::Message& message, const PassContext& context) {
    HeaderList out;
    pass_privacy(message, out);
    pass_reason(message, out);
    pass_priority(message, out);
    if (!context.from_trusted) return out;
    if (context.to_trusted || !asks_for_id_privacy(message)) {
        pass_identities(message, HeaderId::PAssertedIdentity, "P-Asserted-Identity", context, {},
                        out);
    }
    // RFC 5806: the closed parameters; reason may be any token but only the registered ones pass.
    pass_identities(message, HeaderId::Diversion, "Diversion", context, {"counter", "limit"}, out);
    return out;
}

}  // namespace portcullis::b2bua
