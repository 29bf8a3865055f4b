// SPDX-License-Identifier: BSD-2-Clause
// carried_headers: fields that go with a request or response which passes through, and say nothing
// of either side (design: pass-lists).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "policy/compiled_policy.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

// What the pass-list leaves to us, of INFO, MESSAGE, NOTIFY and their like, and of their answers.
[[nodiscard]] HeaderList passed_body_headers(const sip::Message& message);
// The challenges of a 401 or 407, for the caller to answer (design 8.12).
[[nodiscard]] HeaderList passed_challenges(const sip::Message& response);
// The caller's answer to such challenges.
[[nodiscard]] bool is_credentials(std::string_view header);
// What answers a challenge of our own goes no further.
[[nodiscard]] HeaderList passed_credentials(const sip::Message& request,
                                            const policy::CompiledPolicy& policy);
// Without an account of ours a challenge is the other side's to answer, where policy trusts that
// side with it; else it is a refusal, and nobody's credentials cross.
[[nodiscard]] bool passes_challenges(const policy::CompiledPolicy& policy, std::string_view trunk,
                                     bool has_account);
// Seconds of a Retry-After.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after_of(const sip::Message& response);

}  // namespace portcullis::b2bua
