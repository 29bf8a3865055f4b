// SPDX-License-Identifier: BSD-2-Clause
// MessageKind: what a message is to a back-to-back user agent, as far as header fields care.
#pragma once

#include <cstdint>

#include "signaling/sip/message.hpp"

namespace portcullis::headers {

// Bits, so that a row of the table names several.
enum class MessageKind : std::uint16_t {
    None = 0,           // nothing crosses: ACK, PRACK, 100
    Invite = 1,         // initial INVITE
    Modify = 2,         // INVITE or UPDATE within a dialog
    InDialog = 4,       // any other request within a dialog: INFO, NOTIFY, MESSAGE ...
    OutOfDialog = 8,    // MESSAGE, SUBSCRIBE, PUBLISH ... outside any dialog
    Refer = 16,         // REFER, within a dialog or outside
    Cancel = 32,        //
    Bye = 64,           //
    Provisional = 128,  // 101-199 to an INVITE
    Success = 256,      // 2xx to an INVITE or UPDATE
    Failure = 512,      // 300-699 to any request
    Answer = 1024,      // 2xx to any other request
};

using Kinds = std::uint16_t;

constexpr Kinds bits(MessageKind kind) { return static_cast<Kinds>(kind); }
constexpr Kinds operator|(MessageKind a, MessageKind b) {
    return static_cast<Kinds>(bits(a) | bits(b));
}
constexpr Kinds operator|(Kinds a, MessageKind b) { return static_cast<Kinds>(a | bits(b)); }

[[nodiscard]] MessageKind kind_of(const sip::Message& message);

}  // namespace portcullis::headers
