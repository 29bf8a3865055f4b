// SPDX-License-Identifier: BSD-2-Clause
// extensions: the options and methods that we take part in, towards one trunk.
#pragma once

#include <string>
#include <vector>

#include "policy/config/session_config.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/dialog/session_timer.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

[[nodiscard]] dialog::SessionTimerTerms timer_terms(const config::SessionConfig& session);

// The value of Allow (RFC 3261 section 20.5).
[[nodiscard]] std::string allow_value(const config::SessionConfig& session);

// Supported, and Require where policy insists, of an INVITE or one of its answers. `reliable`:
// whether reliable provisional responses can be handled in this call. `forks`: whether its early
// dialogs may end one by one (RFC 6228).
[[nodiscard]] HeaderList extension_headers(const config::SessionConfig& session, bool reliable,
                                           bool forks = false);

// Option tags in Require that we do not support: the value of Unsupported, empty if none.
[[nodiscard]] std::string unsupported_options(const sip::Message& request,
                                              const config::SessionConfig& session);

[[nodiscard]] bool passes(const std::vector<config::PassedMethod>& list, sip::Method method);

// Body parts that both trunks' policies let pass.
[[nodiscard]] std::vector<std::string> passed_parts(const config::SessionConfig& a,
                                                    const config::SessionConfig& b);

inline void append(HeaderList& list, HeaderList more) {
    for (auto& header : more) list.push_back(std::move(header));
}

}  // namespace portcullis::b2bua
