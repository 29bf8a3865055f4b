// SPDX-License-Identifier: BSD-2-Clause
// Errc: what can be wrong with a SIP message, and the status a request is answered with.
#pragma once

#include <system_error>

#include "signaling/sip/warning.hpp"

namespace portcullis::sip {

enum class Errc {
    Incomplete = 1,        // no blank line ends the header section
    MessageTooLarge,       // Limits::message, header_section, header or headers
    BodyTooLarge,          // Limits::body
    MalformedStartLine,    // neither a Request-Line nor a Status-Line
    UnsupportedVersion,    // SIP/x.y other than 2.0
    UriTooLong,            // Limits::uri
    MalformedRequestUri,   //
    UnsupportedScheme,     // Request-URI neither sip:, sips: nor tel:
    MalformedHeader,       // no colon, name not a token, stray continuation line
    ControlCharacter,      // NUL, control byte, bare CR or bare LF in the header section
    MissingHeader,         // From, To, Call-ID, CSeq or Via
    DuplicateHeader,       // a header that may occur once occurs again
    TooManyVias,           // Limits::vias
    MalformedVia,          //
    MalformedAddress,      // From, To, Contact, Route, Record-Route
    MalformedCallId,       //
    MalformedCSeq,         // syntax, or number >= 2^31
    MethodMismatch,        // CSeq names another method than the Request-Line
    MalformedMaxForwards,  // not 0..255
    MalformedLength,       // Content-Length not a number, or given more than once
    LengthMismatch,        // Content-Length says more than arrived
    MissingLength,         // no Content-Length on a stream
    MalformedUri,          // parse_uri()
    MalformedParameters,   // parse_params()
    MalformedValue,        // any other typed value
    MalformedBody,         // parse_multipart(), parse_sipfrag()
};

[[nodiscard]] std::error_code make_error_code(Errc code);

// The status a request with this fault is answered with: 400, 413, 414, 416, 505 or 513; 0 where
// silence is the only safe answer.
[[nodiscard]] int status_for(Errc code);

// The same in words.
[[nodiscard]] Warning warning_for(Errc code);

}  // namespace portcullis::sip

template <>
struct std::is_error_code_enum<portcullis::sip::Errc> : std::true_type {};
