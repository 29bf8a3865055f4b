// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/redirect.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace portcullis::sip {

namespace {

// Nobody tries more.
constexpr std::size_t kMaxTargets = 32;

}  // namespace

std::optional<std::uint16_t> parse_qvalue(std::string_view text) {
    const auto [whole, fraction] = text::cut(text, '.');
    if ((whole != "0" && whole != "1") || fraction.size() > 3) return std::nullopt;
    unsigned value = whole == "1" ? 1 : 0;
    for (std::size_t i = 0; i < 3; ++i) {
        const char digit = i < fraction.size() ? fraction[i] : '0';
        if (!text::is_digit(digit)) return std::nullopt;
        value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    if (value > 1000) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

std::vector<RedirectTarget> redirect_targets(const Message& response) {
    std::vector<RedirectTarget> out;
    for (const auto value : response.values(HeaderId::Contact)) {
        const auto address = parse_name_addr(value);
        if (!address) continue;
        const bool known = std::any_of(out.begin(), out.end(), [&](const RedirectTarget& other) {
            return other.address.uri_text == address->uri_text;
        });
        if (known) continue;
        const auto q = parse_qvalue(address->params.get("q").value_or("1")).value_or(1000);
        // Behind those of the same q.
        const auto place = std::find_if(out.begin(), out.end(),
                                        [&](const RedirectTarget& other) { return other.q < q; });
        out.insert(place, {*address, q});
        if (out.size() == kMaxTargets) break;
    }
    return out;
}

}  // namespace portcullis::sip
