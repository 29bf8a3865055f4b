// SPDX-License-Identifier: BSD-2-Clause
// Option tags: what a message requires and supports (RFC 3261 sections 19.2, 20.32, 20.37, 20.40).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/sip/message.hpp"

namespace portcullis::sip {

// The tags of Require, Proxy-Require, Supported or Unsupported, each once (without case); what is
// no token is left out. VIEWS of the message.
[[nodiscard]] std::vector<std::string_view> option_tags(const Message& message, HeaderId header);

// The sender understands the extension: it supports or requires it.
[[nodiscard]] bool understands(const Message& message, std::string_view option);

// What of Require (or Proxy-Require) is not among `known`: the Unsupported of a 420 (RFC 3261
// section 8.2.2.3). Empty: all is known.
[[nodiscard]] std::string unsupported_options(const Message& request, HeaderId header,
                                              std::span<const std::string_view> known);

// "100rel, timer"
[[nodiscard]] std::string print_options(std::span<const std::string_view> options);

}  // namespace portcullis::sip
