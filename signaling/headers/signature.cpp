// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/signature.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/base/text.hpp"
#include "signaling/headers/party.hpp"
#include "signaling/headers/value_filter.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

using sip::HeaderId;

constexpr std::size_t kMaxIdentity = 8192;
constexpr std::size_t kMaxSignatures = 4;

// RFC 8224 section 8.3: the canonical form of a telephone number is its digits (and * #).
std::string canonical_number(std::string_view number) {
    std::string out;
    for (const char c : number) {
        if (text::is_digit(c) || c == '*' || c == '#') {
            out += c;
        } else if (std::string_view("+-.() ").find(c) == std::string_view::npos) {
            return {};
        }
    }
    return out;
}

int base64url_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (text::is_digit(c)) return c - '0' + 52;
    if (c == '-') return 62;
    return c == '_' ? 63 : -1;
}

std::optional<std::string> decode_base64url(std::string_view text) {
    std::string out;
    unsigned held = 0;
    int bits = 0;
    for (const char c : text) {
        const int digit = base64url_digit(c);
        if (digit < 0) return std::nullopt;
        held = (held << 6U) | static_cast<unsigned>(digit);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>((held >> static_cast<unsigned>(bits)) & 0xffU);
    }
    return out;
}

bool is_base64url(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return base64url_digit(c) >= 0; });
}

// The claims we must judge are few and their form is fixed by RFC 8225 section 9: no white space,
// members in order. A payload in another form is not recognised, hence not passed.
class Claims {
 public:
    explicit Claims(std::string_view json) : json_(json) {}

    [[nodiscard]] bool has(std::string_view key) const { return find(key) != npos; }
    // Whether the object or list value of `key` names the number `digits` as a "tn".
    [[nodiscard]] bool names(std::string_view key, std::string_view digits) const {
        const auto at = find(key);
        if (at == npos || at >= json_.size() || json_[at] != '{') return false;
        const auto object = json_.substr(at, json_.find('}', at) - at);
        const auto tn = object.find("\"tn\":");
        if (tn == npos) return false;
        return object.find("\"" + std::string(digits) + "\"", tn) != npos;
    }
    [[nodiscard]] bool is_plain() const {
        return json_.size() > 2 && json_.front() == '{' && json_.back() == '}' &&
               json_.find('\\') == npos;
    }

 private:
    static constexpr auto npos = std::string_view::npos;
    // Just behind the colon.
    [[nodiscard]] std::size_t find(std::string_view key) const {
        const auto quoted = "\"" + std::string(key) + "\":";
        const auto at = json_.find(quoted);
        return at == npos ? npos : at + quoted.size();
    }

    std::string_view json_;
};

struct Numbers {
    std::string caller_before;
    std::string caller_after;
    std::string called_before;
    std::string called_after;

    [[nodiscard]] bool unchanged() const {
        return !caller_before.empty() && caller_before == caller_after && !called_before.empty() &&
               called_before == called_after;
    }
};

// As the verifier sees them: From (or what is asserted, which says the same) and To.
Numbers numbers_of(const Crossing& crossing) {
    const auto& context = crossing.context;
    const auto& essentials = crossing.message.essentials();
    const auto caller = party_of(essentials.from).value_or(Party{}).user;
    const auto called = party_of(essentials.to).value_or(Party{}).user;
    return {canonical_number(caller),
            canonical_number(context.calling.empty() ? context.map(NumberRole::Calling, caller)
                                                     : context.calling),
            canonical_number(called),
            canonical_number(context.called.empty() ? context.map(NumberRole::Called, called)
                                                    : context.called)};
}

// header.payload.signature, or ..signature in compact form (RFC 8225 section 7).
bool holds(std::string_view token, const Numbers& numbers) {
    const auto [header, rest] = text::cut(token, '.');
    const auto [payload, signature] = text::cut(rest, '.');
    if (signature.empty() || !is_base64url(signature) || !is_base64url(header)) return false;
    if (header.empty() && payload.empty()) return numbers.unchanged();
    const auto json = decode_base64url(payload);
    if (!json || !numbers.unchanged()) return false;
    const Claims claims(*json);
    return claims.is_plain() && !claims.has("mky") && claims.names("orig", numbers.caller_after) &&
           claims.names("dest", numbers.called_after);
}

// The value of one parameter, up to the next ';': <absolute-URI>, a token or a quoted token
// (section 4.1); empty for anything else.
std::string_view param_value(std::string_view rest) {
    if (rest.starts_with('<')) {
        const auto end = rest.find('>');
        if (end == std::string_view::npos) return {};
        return sip::is_all(sip::CharClass::Uric, rest.substr(1, end - 1)) ? rest.substr(0, end + 1)
                                                                          : std::string_view{};
    }
    const auto value = sip::trim_wsp(rest.substr(0, rest.find(';')));
    const bool quoted = value.size() > 2 && value.front() == '"' && value.back() == '"';
    return sip::is_token(quoted ? value.substr(1, value.size() - 2) : value) ? value
                                                                             : std::string_view{};
}

// ";info=<...>;alg=ES256;ppt=shaken" of the parameters behind the signature; empty without info,
// which says where the certificate is.
std::string known_params(std::string_view rest) {
    std::string info;
    std::string others;
    while (!rest.empty()) {
        rest.remove_prefix(1);  // ';'
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) return {};
        const auto name = sip::trim_wsp(rest.substr(0, equals));
        rest = sip::trim_wsp_front(rest.substr(equals + 1));
        const auto value = param_value(rest);
        if (value.empty()) return {};
        const auto known = one_of(name, {"info", "alg", "ppt"});
        if (known == "info" && value.front() == '<') {
            info = ";info=" + std::string(value);
        } else if (!known.empty() && value.front() != '<') {
            others += ";" + std::string(known) + "=" + std::string(value);
        }
        const auto next = rest.find(';', value.size());
        rest = next == std::string_view::npos ? std::string_view{} : rest.substr(next);
    }
    return info.empty() ? std::string() : info + others;
}

std::string checked(std::string_view value, const Numbers& numbers) {
    if (value.size() > kMaxIdentity || !is_clean_line(value)) return {};
    const auto token = sip::trim_wsp(value.substr(0, value.find(';')));
    if (!holds(token, numbers)) return {};
    const auto at = value.find(';');
    const auto params =
        known_params(at == std::string_view::npos ? std::string_view{} : value.substr(at));
    return params.empty() ? std::string() : std::string(token) + params;
}

std::vector<std::string> signatures(const Crossing& crossing) {
    std::vector<std::string> out;
    // A caller who is hidden cannot be vouched for.
    if (crossing.privacy.hides_caller() && !crossing.may_name_caller()) return out;
    const Numbers numbers = numbers_of(crossing);
    for (const auto value : crossing.message.values(HeaderId::Identity)) {
        auto kept = checked(value, numbers);
        if (!kept.empty() && out.size() < kMaxSignatures) out.push_back(std::move(kept));
    }
    return out;
}

bool matches(std::string_view text, std::string_view shape) {
    return text.size() == shape.size() &&
           std::equal(text.begin(), text.end(), shape.begin(), [](char c, char kind) {
               if (kind == 'a') return text::is_alpha(c);
               return kind == '0' ? text::is_digit(c) : c == kind;
           });
}

}  // namespace

bool is_sip_date(std::string_view text) { return matches(text, "aaa, 00 aaa 0000 00:00:00 GMT"); }

void pass_identity(const Crossing& crossing, HeaderId id, HeaderList& out) {
    for (auto& value : signatures(crossing)) add(out, id, std::move(value));
}

void pass_date(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto date = crossing.message.header(id);
    if (!date || !is_sip_date(*date) || signatures(crossing).empty()) return;
    add(out, id, std::string(*date));
}

}  // namespace portcullis::headers
