// SPDX-License-Identifier: BSD-2-Clause
// PrivacyRequest: what a message asks to be kept from the other side (RFC 3323, RFC 3325 section
// 9.3, RFC 7044 section 10.1).
#pragma once

#include <string>

#include "signaling/sip/message.hpp"

namespace portcullis::headers {

struct PrivacyRequest {
    bool header = false;
    bool session = false;
    bool user = false;
    bool id = false;
    bool history = false;
    bool none = false;      // the caller wants to be seen
    bool critical = false;  // rather no call than one without privacy
    bool unknown = false;   // a kind of privacy that we do not know

    // The caller's identity is to be hidden. "none" beside another value does not undo it.
    [[nodiscard]] bool hides_caller() const { return id || user; }
    // RFC 7044 section 10.1.1: each of the three covers all entries.
    [[nodiscard]] bool hides_history() const { return history || header || session; }
};

// Of the Privacy fields, and of Remote-Party-ID, whose privacy parameter asks for the same as
// "id" (draft-ietf-sip-privacy-04 section 6.3).
[[nodiscard]] PrivacyRequest read_privacy(const sip::Message& message);

// "user;id": the values that are asked for, in the order of RFC 3323; empty: none.
[[nodiscard]] std::string print_privacy(const PrivacyRequest& request);

// RFC 3323 section 5: with "critical", a request for privacy that we cannot give is refused with
// 500, and nothing of it may be sent on. Header and session privacy every call gets.
[[nodiscard]] bool must_refuse(const PrivacyRequest& request);

}  // namespace portcullis::headers
