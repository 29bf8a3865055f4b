// SPDX-License-Identifier: BSD-2-Clause
// header_pass: the pass-list of signaling/headers under the names that calls use.
#pragma once

#include <memory>
#include <utility>

#include "policy/number_plan.hpp"
#include "signaling/headers/caller.hpp"
#include "signaling/headers/pass.hpp"

namespace portcullis::b2bua {

using headers::HeaderList;
using headers::PassContext;
using headers::rehost;

// The fields of `message` that go on, rewritten.
[[nodiscard]] inline HeaderList passed_headers(const sip::Message& message,
                                               const PassContext& context) {
    return headers::pass(message, context);
}

// Why a dialog ends, for CANCEL and BYE (RFC 3326), as the receiver may be told.
[[nodiscard]] inline HeaderList passed_reason(const sip::Message& message,
                                              const PassContext& context) {
    return headers::pass_reason_only(message, context);
}

// The route's number rules for the numbers in header fields; keeps them alive. Empty without any.
[[nodiscard]] inline headers::NumberMap number_map(std::shared_ptr<const policy::NumberPlan> plan) {
    if (plan == nullptr) return {};
    return [plan = std::move(plan)](headers::NumberRole role, std::string_view user) {
        return plan->map(role == headers::NumberRole::Called ? config::NumberTarget::Called
                                                             : config::NumberTarget::Calling,
                         user);
    };
}

}  // namespace portcullis::b2bua
