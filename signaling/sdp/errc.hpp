// SPDX-License-Identifier: BSD-2-Clause
// Errors of the SDP library.
#pragma once

#include <system_error>

namespace portcullis::sdp {

enum class Errc {
    Syntax = 1,      // not a session description; the detail names the line
    TooLarge,        // a limit of SdpLimits is exceeded
    Glare,           // an offer while another is outstanding (RFC 3264 section 4)
    NoOffer,         // an answer without an offer
    AnswerMismatch,  // an answer that does not fit the offer's m-lines (RFC 3264 section 6)
    OfferMismatch,   // a new offer that drops m-lines (RFC 3264 section 8)
    Unanchorable     // no media address to write
};

[[nodiscard]] std::error_code make_error_code(Errc errc) noexcept;

}  // namespace portcullis::sdp

template <>
struct std::is_error_code_enum<portcullis::sdp::Errc> : std::true_type {};
