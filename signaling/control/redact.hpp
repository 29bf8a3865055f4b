// SPDX-License-Identifier: BSD-2-Clause
// redact: a SIP message as people may read it.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::control {

// The message with a '*' for each character of what would serve a thief: the digest responses of
// Authorization and Proxy-Authorization (an MD5 response gives a weak password away offline) and
// the keys of a=crypto and a=key-mgmt lines (RFC 4568, RFC 4567). All else stays, lengths included.
[[nodiscard]] std::string redact(std::string_view message);

}  // namespace portcullis::control
