// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/event_headers.hpp"

#include <tuple>

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

using State = SubscriptionState::State;

constexpr std::string_view state_name(State state) {
    switch (state) {
        case State::Active:
            return "active";
        case State::Pending:
            return "pending";
        case State::Terminated:
            return "terminated";
        case State::Other:
            break;
    }
    return "";
}

State state_of(std::string_view text) {
    for (const auto state : {State::Active, State::Pending, State::Terminated}) {
        if (text::iequals(text, state_name(state))) return state;
    }
    return State::Other;
}

// A parameter in seconds. False if it is there and no number.
bool read_seconds(const Params& params, std::string_view name, std::optional<std::uint32_t>& out) {
    const auto value = params.get(name);
    if (!value) return true;
    const auto seconds = parse_delta_seconds(*value);
    if (!seconds) return false;
    out = *seconds;
    return true;
}

}  // namespace

Result<Event> parse_event(std::string_view text) {
    text = trim_wsp(text);
    const auto semicolon = text.find(';');
    Event out;
    out.type = trim_wsp(text.substr(0, semicolon));
    std::tie(out.package, out.templates) = text::cut(out.type, '.');
    if (!is_token(out.type) || out.package.empty() || out.type.ends_with('.') ||
        out.type.find("..") != std::string_view::npos) {
        return fail(Errc::MalformedValue);
    }
    if (semicolon == std::string_view::npos) return out;
    const auto params = parse_params(text.substr(semicolon));
    if (!params) return fail(Errc::MalformedValue);
    out.params = *params;
    if (const auto id = params->get("id")) {
        if (!is_token(*id)) return fail(Errc::MalformedValue);
        out.id = *id;
    }
    return out;
}

Result<SubscriptionState> parse_subscription_state(std::string_view text) {
    text = trim_wsp(text);
    const auto semicolon = text.find(';');
    SubscriptionState out;
    out.state_text = trim_wsp(text.substr(0, semicolon));
    if (!is_token(out.state_text)) return fail(Errc::MalformedValue);
    out.state = state_of(out.state_text);
    if (semicolon == std::string_view::npos) return out;
    const auto params = parse_params(text.substr(semicolon));
    if (!params || !read_seconds(*params, "expires", out.expires) ||
        !read_seconds(*params, "retry-after", out.retry_after)) {
        return fail(Errc::MalformedValue);
    }
    out.reason = params->get("reason").value_or("");
    return out;
}

std::string print(const SubscriptionState& value) {
    std::string out(value.state == State::Other ? value.state_text : state_name(value.state));
    if (!value.reason.empty()) {
        out += ";reason=";
        out += value.reason;
    }
    if (value.expires) out += ";expires=" + std::to_string(*value.expires);
    if (value.retry_after) out += ";retry-after=" + std::to_string(*value.retry_after);
    return out;
}

}  // namespace portcullis::sip
