// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/credentials.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "common/base/text.hpp"
#include "signaling/auth/auth_value.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::auth {

namespace {

constexpr std::size_t kCountDigits = 8;

std::unexpected<Error> bad_credentials(std::string detail) {
    return fail(sip::make_error_code(sip::Errc::MalformedValue), std::move(detail));
}

std::optional<std::uint32_t> parse_count(std::string_view text) {
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value, 16);
    if (text.size() != kCountDigits || read.ec != std::errc{} || read.ptr != end) {
        return std::nullopt;
    }
    return value;
}

std::optional<Qop> parse_qop(std::string_view name) {
    for (const Qop qop : {Qop::Auth, Qop::AuthInt}) {
        if (text::iequals(name, name_of(qop))) return qop;
    }
    return std::nullopt;
}

}  // namespace

std::uint32_t Credentials::nonce_count() const { return parse_count(nc).value_or(0); }

std::string nonce_count_text(std::uint32_t count) { return fmt::format("{:08x}", count); }

Result<std::optional<Credentials>> parse_credentials(std::string_view value) {
    const auto read = parse_auth_value(value);
    if (!read) return std::unexpected(read.error());
    if (!text::iequals(read->scheme, "Digest")) return std::nullopt;
    Credentials out;
    const std::array<std::pair<const char*, std::string*>, 5> required{
        {{"username", &out.username},
         {"realm", &out.realm},
         {"nonce", &out.nonce},
         {"uri", &out.uri},
         {"response", &out.response}}};
    for (const auto& [name, slot] : required) {
        const auto found = read->find(name);
        if (!found) return bad_credentials(std::string("credentials without ") + name);
        *slot = *found;
    }
    if (const auto name = read->find("algorithm")) {
        const auto algorithm = parse_algorithm(*name);
        if (!algorithm) return std::nullopt;
        out.algorithm = *algorithm;
    }
    if (const auto opaque = read->find("opaque")) out.opaque = *opaque;
    const auto cnonce = read->find("cnonce");
    out.cnonce = cnonce.value_or("");
    const auto qop = read->find("qop");
    if (!qop) return out;
    const auto known = parse_qop(*qop);
    if (!known) return std::nullopt;
    out.qop = *known;
    out.nc = read->find("nc").value_or("");
    if (!cnonce || !parse_count(out.nc)) return bad_credentials("qop without cnonce or nc");
    return out;
}

std::string print(const Credentials& credentials) {
    std::string out = "Digest username=" + sip::quote(credentials.username);
    out += ", realm=" + sip::quote(credentials.realm);
    out += ", nonce=" + sip::quote(credentials.nonce);
    out += ", uri=" + sip::quote(credentials.uri);
    out += ", response=" + sip::quote(credentials.response);
    out.append(", algorithm=").append(name_of(credentials.algorithm));
    if (credentials.opaque) out += ", opaque=" + sip::quote(*credentials.opaque);
    // With a qop the cnonce MUST be there, even an empty one (RFC 7616, 3.4).
    const bool counted = credentials.qop != Qop::None;
    if (counted || !credentials.cnonce.empty()) out += ", cnonce=" + sip::quote(credentials.cnonce);
    if (!counted) return out;
    out.append(", qop=").append(name_of(credentials.qop));
    out += ", nc=" + credentials.nc;
    return out;
}

bool matches(const Credentials& credentials, std::string_view password_hash,
             std::string_view method, std::string_view body) {
    const auto expected = digest_response({.algorithm = credentials.algorithm,
                                           .qop = credentials.qop,
                                           .password_hash = password_hash,
                                           .nonce = credentials.nonce,
                                           .nc = credentials.nc,
                                           .cnonce = credentials.cnonce,
                                           .method = method,
                                           .uri = credentials.uri,
                                           .body = body});
    return equal_in_constant_time(expected, text::to_lower(credentials.response));
}

}  // namespace portcullis::auth
