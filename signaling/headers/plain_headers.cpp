// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/plain_headers.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"
#include "signaling/headers/party.hpp"
#include "signaling/headers/value_filter.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

using sip::HeaderId;

constexpr std::string_view kSoftware = "Portcullis";
constexpr std::size_t kMaxValues = 16;
constexpr std::uint32_t kLongestRetry = 86400;

struct WarningText {
    unsigned code;
    std::string_view text;
};

// RFC 3261 section 20.43.
constexpr std::array kWarnings{
    WarningText{300, "Network protocol not available"},
    WarningText{301, "Network address format not available"},
    WarningText{302, "Transport protocol not available"},
    WarningText{303, "Bandwidth unit not understood"},
    WarningText{304, "Media type not available"},
    WarningText{305, "Media format not available"},
    WarningText{306, "Attribute not understood"},
    WarningText{307, "Session description parameter not understood"},
    WarningText{330, "Multicast not available"},
    WarningText{331, "Unicast not available"},
    WarningText{370, "Insufficient bandwidth"},
    WarningText{399, "Refused by the far side"},
};

// The part before the first ';' or space.
std::string_view head_of(std::string_view value) {
    return sip::trim_wsp(value.substr(0, value.find_first_of("; \t")));
}

sip::Params params_of(std::string_view value) {
    const auto at = value.find(';');
    if (at == std::string_view::npos) return {};
    return sip::parse_params(value.substr(at)).value_or(sip::Params{});
}

bool is_known_cause(const sip::Reason& reason) {
    if (!reason.cause) return false;
    if (text::iequals(reason.protocol, "SIP")) return *reason.cause >= 100 && *reason.cause <= 699;
    return text::iequals(reason.protocol, "Q.850") && *reason.cause <= 127;
}

}  // namespace

void pass_reason(const Crossing& crossing, HeaderId id, HeaderList& out) {
    if (crossing.to.reason == config::ReasonForm::Drop) return;
    std::size_t passed = 0;
    for (const auto value : crossing.message.values(id)) {
        const auto reason = sip::parse_reason(value);
        if (!reason || !is_known_cause(*reason) || passed++ == kMaxValues) continue;
        const auto words = crossing.to.reason == config::ReasonForm::Text
                               ? clean_text(sip::unquote(reason->text))
                               : std::string();
        add(out, id,
            sip::print_reason(text::iequals(reason->protocol, "SIP") ? "SIP" : "Q.850",
                              *reason->cause, words));
    }
}

void pass_warning(const Crossing& crossing, HeaderId id, HeaderList& out) {
    std::array<bool, kWarnings.size()> told{};
    for (const auto value : crossing.message.values(id)) {
        const auto code = text::to_number<unsigned>(head_of(value));
        const auto* const row = std::find_if(kWarnings.begin(), kWarnings.end(),
                                             [&code](const auto& w) { return w.code == code; });
        if (!code || row == kWarnings.end()) continue;
        auto& already = told[static_cast<std::size_t>(row - kWarnings.begin())];
        if (already) continue;
        already = true;
        add(out, id, sip::print_warning(row->code, crossing.context.domain, row->text));
    }
}

void pass_retry_after(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = crossing.message.header(id);
    const auto retry = value ? sip::parse_retry_after(*value) : Result<sip::RetryAfter>{};
    if (!value || !retry || retry->seconds == 0) return;
    add(out, id, std::to_string(std::min(retry->seconds, kLongestRetry)));
}

void pass_priority(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = crossing.message.header(id).value_or("");
    add(out, id,
        std::string(
            one_of(value, {"emergency", "urgent", "normal", "non-urgent", "psap-callback"})));
}

void pass_disposition(const Crossing& crossing, HeaderId id, HeaderList& out) {
    std::string kept;
    std::size_t passed = 0;
    for (const auto value : crossing.message.values(id)) {
        const auto word =
            one_of(value, {"proxy", "redirect", "cancel", "no-cancel", "fork", "no-fork", "recurse",
                           "no-recurse", "parallel", "sequential", "queue", "no-queue"});
        if (word.empty() || passed++ == kMaxValues) continue;
        kept += (kept.empty() ? "" : ", ") + std::string(word);
    }
    add(out, id, std::move(kept));
}

void pass_resource_priority(const Crossing& crossing, HeaderId id, HeaderList& out) {
    std::size_t passed = 0;
    for (const auto value : crossing.message.values(id)) {
        const auto [space, priority] = text::cut(value, '.');
        // A namespace has no dot; a priority may.
        if (!sip::is_token(space) || !sip::is_token(priority) || passed++ == kMaxValues) continue;
        add(out, id, std::string(value));
    }
}

void pass_geolocation_routing(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = head_of(crossing.message.header(id).value_or(""));
    if (sip::is_token(value)) add(out, id, std::string(value));
}

void pass_geolocation_error(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = head_of(crossing.message.header(id).value_or(""));
    const auto code = text::to_number<std::uint32_t>(value);
    if (code && value.size() == 3) add(out, id, std::string(value));
}

void pass_referred_by(const Crossing& crossing, HeaderId id, HeaderList& out) {
    // It names who it was, as the asserted identities do.
    if (!crossing.may_name_caller()) return;
    auto party = parse_party(crossing.message.header(id).value_or(""));
    if (!party) return;
    if (party->standing == Standing::Known) {
        party->user = crossing.context.map(NumberRole::Calling, party->user);
    }
    add(out, id, print_party(*party, crossing.context.domain));
}

void pass_seconds(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = crossing.message.header(id);
    const auto seconds = value ? sip::parse_delta_seconds(*value) : Result<std::uint32_t>{};
    if (value && seconds) add(out, id, std::to_string(*seconds));
}

void pass_token(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = head_of(crossing.message.header(id).value_or(""));
    if (sip::is_token(value)) add(out, id, std::string(value));
}

void pass_tokens(const Crossing& crossing, HeaderId id, HeaderList& out) {
    std::string kept;
    std::size_t passed = 0;
    for (const auto value : crossing.message.values(id)) {
        const auto token = head_of(value);
        if (!sip::is_token(token) || passed++ == kMaxValues) continue;
        kept += (kept.empty() ? "" : ", ") + std::string(token);
    }
    add(out, id, std::move(kept));
}

void pass_event(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = crossing.message.header(id).value_or("");
    const auto package = head_of(value);
    if (!sip::is_token(package)) return;
    const auto params = params_of(value);
    const auto event_id = params.get("id");
    std::string kept(package);
    if (event_id && sip::is_token(*event_id)) kept += ";id=" + std::string(*event_id);
    add(out, id, std::move(kept));
}

void pass_subscription_state(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = crossing.message.header(id).value_or("");
    std::string kept(one_of(head_of(value), {"active", "pending", "terminated"}));
    if (kept.empty()) return;
    const auto params = params_of(value);
    const auto reason = one_of(
        params.get("reason").value_or(""),
        {"deactivated", "probation", "rejected", "timeout", "giveup", "noresource", "invariant"});
    if (!reason.empty()) kept += ";reason=" + std::string(reason);
    for (const std::string_view param : {"expires", "retry-after"}) {
        const auto seconds = text::to_number<std::uint32_t>(params.get(param).value_or(""));
        if (seconds) kept += ";" + std::string(param) + "=" + std::to_string(*seconds);
    }
    add(out, id, std::move(kept));
}

void pass_line(const Crossing& crossing, HeaderId id, HeaderList& out) {
    std::size_t passed = 0;
    for (const auto value : crossing.message.values(id)) {
        if (!is_clean_line(value) || passed++ == kMaxValues) continue;
        add(out, id, std::string(value));
    }
}

void name_software(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const bool fits = crossing.message.is_request() == (id == HeaderId::UserAgent);
    if (fits && crossing.to.software == config::SoftwareName::Ours) {
        add(out, id, std::string(kSoftware));
    }
}

}  // namespace portcullis::headers
