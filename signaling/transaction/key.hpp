// SPDX-License-Identifier: BSD-2-Clause
// key: by what messages find their transactions (RFC 3261 sections 17.1.3 and 17.2.3).
#pragma once

#include <string_view>

#include "common/base/keyed_hash.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::transaction {

// The fingerprint of the parts that must agree: the texts themselves would be most of what a
// transaction takes in memory.
using Key = Fingerprint;
using KeyHash = FingerprintHash;

// 17.1.3: branch of the top Via and method of the CSeq, of a request we send or a response to it.
[[nodiscard]] Key client_key(const sip::Message& message);

// 17.2.3, of a received request. ACK and CANCEL may be looked up as the INVITE they go with:
// `as_method` is then "INVITE". Without the magic cookie the key is RFC 2543's: Request-URI, tags,
// Call-ID, CSeq number and the whole top Via; the To tag is part of it, so an ACK, which carries
// the tag of our response, needs ack_key_2543.
[[nodiscard]] Key server_key(const sip::Message& request, std::string_view as_method);

// The key of an ACK that answers `response` to `request`, a request without the cookie: the lookup
// of such an ACK is server_key(ack, "ACK").
[[nodiscard]] Key ack_key_2543(const sip::Message& request, const sip::Message& response);

// 8.2.2.2: From tag, Call-ID and CSeq, and the Request-URI, since what a proxy forks to two numbers
// of ours is two calls. Empty for a request with a To tag or without a From tag.
[[nodiscard]] Key merge_key(const sip::Message& request);

// What an ACK for a 2xx shares with its INVITE and the 2xx: Call-ID, both tags and CSeq number.
// Takes the 2xx or the ACK.
[[nodiscard]] Key accepted_key(const sip::Message& message);

// What a response repeats of its request besides the key: Call-ID, From tag and CSeq number.
[[nodiscard]] Key answer_key(const sip::Message& message);

}  // namespace portcullis::transaction
