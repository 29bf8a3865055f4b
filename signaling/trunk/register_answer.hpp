// SPDX-License-Identifier: BSD-2-Clause
// RegisterAnswer: what a response to REGISTER says (RFC 3261 section 10.2.4, RFC 3608).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/sip/message.hpp"

namespace portcullis::trunk {

// A value: owns its texts.
struct RegisterAnswer {
    int code = 0;
    std::string phrase{};                            // printable
    std::optional<std::uint32_t> contact_expires{};  // of the Contact that is ours, seconds
    std::optional<std::uint32_t> expires{};          // of the Expires header field
    std::optional<std::uint32_t> min_expires{};
    std::optional<std::uint32_t> retry_after{};
    std::vector<std::string> www_challenges{};
    std::vector<std::string> proxy_challenges{};
    std::vector<std::string> service_route{};  // in order, as written
    std::vector<std::string> associated_uris{};
};

// `contact_uri`: the URI of the Contact that the request had.
[[nodiscard]] RegisterAnswer read_register_answer(const sip::Message& response,
                                                  std::string_view contact_uri);

}  // namespace portcullis::trunk
