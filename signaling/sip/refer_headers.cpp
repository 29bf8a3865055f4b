// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/refer_headers.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/line_scanner.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// Calls `visit(name, value)` for each header field of a URI, as written.
template <class Visit>
void for_each_uri_header(std::string_view headers, Visit visit) {
    while (!headers.empty()) {
        const auto [item, rest] = text::cut(headers, '&');
        const auto [name, value] = text::cut(item, '=');
        visit(name, value);
        headers = rest;
    }
}

std::size_t count_uri_header(const Uri& uri, std::string_view name) {
    std::size_t count = 0;
    for_each_uri_header(uri.headers, [&](std::string_view candidate, std::string_view) {
        const auto plain = percent_unescape(candidate);
        if (plain && text::iequals(*plain, name)) ++count;
    });
    return count;
}

}  // namespace

std::optional<std::string> uri_header(const Uri& uri, std::string_view name) {
    if (count_uri_header(uri, name) != 1) return std::nullopt;
    std::optional<std::string> out;
    for_each_uri_header(uri.headers, [&](std::string_view candidate, std::string_view value) {
        const auto plain = percent_unescape(candidate);
        if (plain && text::iequals(*plain, name)) out = percent_unescape(value);
    });
    return out;
}

void append_uri_header(std::string& uri, std::string_view name, std::string_view value) {
    uri += uri.find('?') == std::string::npos ? '?' : '&';
    uri += percent_escape(name, CharClass::UriHeader);
    uri += '=';
    uri += percent_escape(value, CharClass::UriHeader);
}

Result<ReferTo> parse_refer_to(std::string_view text) {
    const auto address = parse_name_addr(text);
    if (!address) return fail(Errc::MalformedAddress);
    Result<ReferTo> result;
    result->address = *address;
    const Uri& uri = result->address.uri;
    if (const auto method = uri.params.get("method")) {
        if (!is_token(*method)) return fail(Errc::MalformedValue);
        result->method = parse_method(*method);
        result->method_text = *method;
    }
    if (count_uri_header(uri, "Replaces") == 0) return result;
    // Two would name two dialogs, and one that cannot be read none (RFC 3891 section 3).
    result->replaces = uri_header(uri, "Replaces");
    if (!result->replaces || !parse_replaces(std::string_view(*result->replaces))) {
        return fail(Errc::MalformedValue);
    }
    return result;
}

std::string print_refer_to(std::string_view uri, const std::optional<DialogReference>& replaces) {
    std::string out(uri);
    if (replaces) append_uri_header(out, "Replaces", print_replaces(*replaces));
    return '<' + out + '>';
}

Result<ReferredBy> parse_referred_by(std::string_view text) {
    const auto address = parse_name_addr(text);
    if (!address) return fail(Errc::MalformedAddress);
    Result<ReferredBy> result;
    result->address = *address;
    if (const auto cid = address->params.text_of("cid")) {
        if (cid->empty() || !is_clean(*cid)) return fail(Errc::MalformedValue);
        result->cid = *cid;
    }
    return result;
}

}  // namespace portcullis::sip
