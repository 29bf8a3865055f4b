// SPDX-License-Identifier: BSD-2-Clause
// CSeq: sequence number and method (RFC 3261 section 20.16).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/sip/method.hpp"

namespace portcullis::sip {

// `method_text` is a VIEW of the text it was parsed from.
struct CSeq {
    std::uint32_t number = 0;
    Method method = Method::Unknown;
    std::string_view method_text;
};

// Fails with MalformedCSeq, also for numbers of 2^31 and more (RFC 3261 section 8.1.1.5).
[[nodiscard]] Result<CSeq> parse_cseq(std::string_view text);

[[nodiscard]] std::string print(const CSeq& cseq);

}  // namespace portcullis::sip
