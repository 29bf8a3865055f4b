// SPDX-License-Identifier: BSD-2-Clause
// judge_message: accept a received message, answer it with an error, or stay silent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "common/net/endpoint.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/limits.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/sip/warning.hpp"

namespace portcullis::sip {

// The final response a request is refused with, with the default phrase.
struct Rejection {
    int status = 400;
    Warning warning;
};

// What to do with received bytes. Exactly one of three:
// - accepted():   `message` is valid, `error` is clear;
// - answerable(): `message` is a malformed request fit only for make_rejection_response();
// - neither:      drop; `message` is null.
struct Judgement {
    MessagePtr message;
    std::error_code error;
    std::optional<Rejection> rejection;

    [[nodiscard]] bool accepted() const { return message && !error; }
    [[nodiscard]] bool answerable() const { return message && rejection; }
};

// Parses `bytes` as parse_message() does. A malformed request is answerable when its top Via can be
// followed and From, To, Call-ID and CSeq are there to be copied; malformed responses and ACKs are
// dropped (RFC 3261 sections 8.1.3, 17.1.1.3, 18.1.2).
[[nodiscard]] Judgement judge_message(std::string bytes, const Limits& limits = {});

// A stateless final response to `request`, which may be malformed (see Judgement): Via, From, To,
// Call-ID and CSeq are copied, a To tag is derived from the request where it has none, so that
// retransmissions get the same one (RFC 3261 section 8.2.7). `source`: where the request came from,
// for received and rport. Empty for an ACK, a response, or a request without what must be copied.
[[nodiscard]] std::optional<MessagePtr> make_rejection_response(
    const Message& request, const Rejection& rejection, const std::optional<Endpoint>& source = {});

}  // namespace portcullis::sip
