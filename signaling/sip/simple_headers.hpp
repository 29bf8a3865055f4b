// SPDX-License-Identifier: BSD-2-Clause
// Header values of one or two fields: Expires, Retry-After, Reason, RSeq, RAck, Replaces ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/sip/cseq.hpp"
#include "signaling/sip/params.hpp"

namespace portcullis::sip {

// All types of this file are VIEWS of the text they were parsed from; every parse function fails
// with MalformedValue (parse_max_forwards with MalformedMaxForwards).

// 0..255 (RFC 3261 section 20.22).
[[nodiscard]] Result<std::uint32_t> parse_max_forwards(std::string_view text);

// delta-seconds: Expires, Min-Expires, Min-SE (digits only). Values beyond 2^32-1 give 2^32-1, as
// RFC 3261 section 20.19 allows no larger one.
[[nodiscard]] Result<std::uint32_t> parse_delta_seconds(std::string_view text);

// Session-Expires (RFC 4028 section 4).
struct SessionExpires {
    std::uint32_t seconds = 0;
    std::string_view refresher;  // "uac", "uas" or empty
};
[[nodiscard]] Result<SessionExpires> parse_session_expires(std::string_view text);

// Retry-After (RFC 3261 section 20.33).
struct RetryAfter {
    std::uint32_t seconds = 0;
    std::string_view comment;               // without its parentheses
    std::optional<std::uint32_t> duration;  // seconds
};
[[nodiscard]] Result<RetryAfter> parse_retry_after(std::string_view text);

// One value of Reason (RFC 3326).
struct Reason {
    std::string_view protocol;           // "SIP", "Q.850"
    std::optional<std::uint32_t> cause;  //
    std::string_view text;               // as written, quotes included
};
[[nodiscard]] Result<Reason> parse_reason(std::string_view text);
[[nodiscard]] std::string print_reason(std::string_view protocol, std::uint32_t cause,
                                       std::string_view text = {});

// RSeq: 1..2^32-1 (RFC 3262 section 7.1).
[[nodiscard]] Result<std::uint32_t> parse_rseq(std::string_view text);

// RAck (RFC 3262 section 7.2).
struct RAck {
    std::uint32_t rseq = 0;
    CSeq cseq;
};
[[nodiscard]] Result<RAck> parse_rack(std::string_view text);
[[nodiscard]] std::string print(const RAck& rack);

// Replaces (RFC 3891), Join (RFC 3911) and Target-Dialog (RFC 4538), whose local-tag is the to_tag
// of this struct and remote-tag the from_tag.
struct DialogReference {
    std::string_view call_id;
    std::string_view to_tag;
    std::string_view from_tag;
    bool early_only = false;
};
[[nodiscard]] Result<DialogReference> parse_replaces(std::string_view text);
[[nodiscard]] Result<DialogReference> parse_target_dialog(std::string_view text);
[[nodiscard]] std::string print_replaces(const DialogReference& value);
[[nodiscard]] std::string print_target_dialog(const DialogReference& value);

// Warning (RFC 3261 section 20.43): 3-digit code, agent (host or pseudonym), text quoted here.
[[nodiscard]] std::string print_warning(unsigned code, std::string_view agent,
                                        std::string_view text);

// media-type of Content-Type: "application/sdp" (type, subtype and parameters; RFC 3261 20.15).
struct MediaType {
    std::string_view type;
    std::string_view subtype;
    Params params;

    // Without case and parameters.
    [[nodiscard]] bool is(std::string_view wanted_type, std::string_view wanted_subtype) const;
};
[[nodiscard]] Result<MediaType> parse_media_type(std::string_view text);

}  // namespace portcullis::sip
