// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/auth_value.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::auth {

namespace {

constexpr std::size_t kMaxParameters = 32;

std::unexpected<Error> malformed(std::string detail) {
    return fail(sip::make_error_code(sip::Errc::MalformedValue), std::move(detail));
}

// Where the parameter that starts `text` ends: at a comma outside a quoted string, or with it all.
std::optional<std::size_t> parameter_end(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ',') return i;
        if (text[i] != '"') continue;
        const auto behind = sip::skip_quoted(text, i);
        if (!behind) return std::nullopt;
        i = *behind - 1;
    }
    return text.size();
}

bool is_value(std::string_view text) {
    if (text.starts_with('"')) return sip::skip_quoted(text) == text.size();
    return sip::is_token(text);
}

}  // namespace

std::optional<std::string_view> AuthValue::find(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
        if (text::iequals(key, name)) return value;
    }
    return std::nullopt;
}

Result<AuthValue> parse_auth_value(std::string_view text) {
    text = sip::trim_wsp(text);
    const auto space = text.find_first_of(" \t");
    AuthValue out;
    out.scheme = text.substr(0, space);
    if (!sip::is_token(out.scheme)) return malformed("no authentication scheme");
    std::string_view rest =
        space == std::string_view::npos ? std::string_view() : text.substr(space);
    while (!(rest = sip::trim_wsp_front(rest)).empty()) {
        const auto end = parameter_end(rest);
        if (!end) return malformed("a quoted string does not end");
        const auto [raw_name, raw_value] = text::cut(rest.substr(0, *end), '=');
        rest = *end < rest.size() ? rest.substr(*end + 1) : std::string_view();
        const auto name = sip::trim_wsp(raw_name);
        const auto value = sip::trim_wsp(raw_value);
        if (name.empty() && value.empty()) continue;  // "a=1,,b=2" is a list with an empty element
        if (!sip::is_token(name) || !is_value(value)) return malformed("not name=value");
        if (out.find(name)) return malformed("a parameter comes twice");
        if (out.parameters.size() == kMaxParameters) return malformed("too many parameters");
        out.parameters.emplace_back(name, sip::unquote(value));
    }
    return out;
}

}  // namespace portcullis::auth
