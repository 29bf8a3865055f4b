// SPDX-License-Identifier: BSD-2-Clause
// Event and Subscription-State (RFC 6665 section 8.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/sip/params.hpp"

namespace portcullis::sip {

// All VIEWS of the text they were parsed from; every parse function fails with MalformedValue.

// "dialog.winfo;id=7": package, templates, id.
struct Event {
    std::string_view type;       // package and templates, as they are compared
    std::string_view package;    //
    std::string_view templates;  // "winfo", empty without one
    std::string_view id;
    Params params;

    // Whether a NOTIFY belongs to the subscription of a SUBSCRIBE: byte by byte (section 8.2.1).
    [[nodiscard]] bool matches(const Event& other) const {
        return type == other.type && id == other.id;
    }
};
[[nodiscard]] Result<Event> parse_event(std::string_view text);

struct SubscriptionState {
    enum class State : std::uint8_t {
        Active,
        Pending,
        Terminated,
        Other,  // an extension, to be taken for a state that is not terminated (section 4.1.3)
    };
    State state = State::Active;
    std::string_view state_text;
    std::string_view reason;
    std::optional<std::uint32_t> expires;
    std::optional<std::uint32_t> retry_after;
};
[[nodiscard]] Result<SubscriptionState> parse_subscription_state(std::string_view text);
// "active;expires=60", "terminated;reason=noresource".
[[nodiscard]] std::string print(const SubscriptionState& value);

}  // namespace portcullis::sip
