// SPDX-License-Identifier: BSD-2-Clause
// carried_headers: fields that go with a request or response which passes through, and say nothing
// of either side (design: pass-lists).
#pragma once

#include <functional>
#include <string_view>

#include "signaling/b2bua/header_pass.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

// What the pass-list leaves to us, of INFO, MESSAGE, NOTIFY and their like, and of their answers.
[[nodiscard]] HeaderList passed_body_headers(const sip::Message& message);
// The challenges of a 401 or 407, for the caller to answer (design 8.12).
[[nodiscard]] HeaderList passed_challenges(const sip::Message& response);
// The caller's answer to such challenges.
[[nodiscard]] bool is_credentials(std::string_view header);
// `is_ours`: whether we challenge in that realm; what answers us goes no further.
[[nodiscard]] HeaderList passed_credentials(
    const sip::Message& request, const std::function<bool(std::string_view realm)>& is_ours);

}  // namespace portcullis::b2bua
