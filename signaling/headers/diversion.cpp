// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/diversion.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

constexpr std::array<std::string_view, 11> kReasons{
    "unknown",        "user-busy",  "no-answer", "unavailable",    "unconditional", "time-of-day",
    "do-not-disturb", "deflection", "follow-me", "out-of-service", "away"};
constexpr std::array<std::string_view, 4> kPrivacies{"full", "name", "uri", "off"};
constexpr std::array<std::string_view, 2> kScreens{"yes", "no"};

// The word of `allowed` that the parameter has; empty for any other.
template <std::size_t N>
std::string word_of(const sip::Params& params, std::string_view param,
                    const std::array<std::string_view, N>& allowed) {
    const auto value = params.text_of(param);  // some quote it
    if (!value) return {};
    const auto at = std::find_if(allowed.begin(), allowed.end(), [&value](std::string_view word) {
        return text::iequals(word, *value);
    });
    return at == allowed.end() ? std::string() : std::string(*at);
}

std::optional<std::uint32_t> count_of(const sip::Params& params, std::string_view param) {
    const auto value = params.get(param);
    const auto number = value ? text::to_number<std::uint32_t>(*value) : std::nullopt;
    if (!number || *number == 0) return std::nullopt;
    return std::min(*number, kMaxDiversionCounter);
}

}  // namespace

std::vector<Diversion> read_diversions(const sip::Message& message) {
    std::vector<Diversion> out;
    for (const auto value : message.values(sip::HeaderId::Diversion)) {
        const auto address = sip::parse_name_addr(value);
        auto party = address ? party_of(*address) : std::nullopt;
        if (!party) continue;
        const auto& params = address->params;
        Diversion made{.party = std::move(*party),
                       .reason = word_of(params, "reason", kReasons),
                       .counter = count_of(params, "counter").value_or(1),
                       .limit = count_of(params, "limit"),
                       .privacy = word_of(params, "privacy", kPrivacies),
                       .screen = word_of(params, "screen", kScreens)};
        if (made.reason.empty() && params.has("reason")) made.reason = "unknown";
        if (out.size() == kMaxRedirections) out.pop_back();
        out.push_back(std::move(made));
    }
    return out;
}

std::string print(const Diversion& value, std::string_view domain) {
    std::string out = print_party(value.party, domain);
    if (!value.reason.empty()) out += ";reason=" + value.reason;
    out += ";counter=" + std::to_string(value.counter);
    if (value.limit) out += ";limit=" + std::to_string(*value.limit);
    if (!value.privacy.empty()) out += ";privacy=" + value.privacy;
    if (!value.screen.empty()) out += ";screen=" + value.screen;
    return out;
}

}  // namespace portcullis::headers
