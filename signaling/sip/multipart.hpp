// SPDX-License-Identifier: BSD-2-Clause
// Multipart: a body of several parts (RFC 2046 section 5.1, RFC 5621), read and written again.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace portcullis::sip {

// How much of a body is looked at before it is refused.
struct MultipartLimits {
    std::size_t parts = 64;    // all levels together
    std::size_t depth = 3;     // multiparts within each other
    std::size_t headers = 32;  // fields of one part
};

// One part. `text`, `headers` and `content` are VIEWS of the parsed body; the values are copies, as
// a folded one stands nowhere in it.
struct BodyPart {
    std::string_view text;     // header fields, blank line and content, as received
    std::string_view headers;  // the header fields, each with its CRLF
    std::string_view content;

    std::string content_type;       // "text/plain" where the part says nothing (RFC 2046 5.1)
    std::string disposition;        // value of Content-Disposition, empty without one
    std::string content_id;         // value of Content-ID, with its <>
    std::string transfer_encoding;  // value of Content-Transfer-Encoding
    std::string content_encoding;   // value of Content-Encoding
    bool required = true;           // handling (RFC 3261 section 20.11); required without it

    // The parts of a multipart/mixed, alternative or related; else none.
    std::vector<BodyPart> parts;

    // Content-Type without case and parameters.
    [[nodiscard]] bool is(std::string_view type, std::string_view subtype) const;
    // A session description that can be read as it is: application/sdp with the disposition
    // `session`, which is its default (RFC 3261 section 20.11), and no encoding.
    [[nodiscard]] bool is_session() const;
};

// VIEWS of the body it was parsed from, as its parts are.
struct Multipart {
    std::string content_type;  // as given
    std::string boundary;
    std::vector<BodyPart> parts;

    // The session description of this body: the first one, in a multipart/alternative the last,
    // which is the sender's best (RFC 2046 section 5.1.4). It stays where it is as long as the
    // Multipart does. Null without one.
    [[nodiscard]] const BodyPart* find_sdp() const;
};

// True for the multiparts that are understood: mixed, alternative, related. Others are to be
// refused (415) or passed as they are: a signed one does not survive a change.
[[nodiscard]] bool is_multipart(std::string_view content_type);

// Refused with MalformedBody is whatever two readers could cut differently: a boundary outside of
// the grammar, a line that begins with it and goes on, one behind a bare CR or LF, a missing end,
// control bytes or a repeated Content-* field in a part's headers; and more than the limits.
[[nodiscard]] Result<Multipart> parse_multipart(std::string_view content_type,
                                                std::string_view body,
                                                const MultipartLimits& limits = {});

// What changes when a body is written again.
struct MultipartEdit {
    const BodyPart* replaced = nullptr;  // its content becomes `content`; is kept in any case
    std::string_view content{};
    // The types that are kept, as "type/subtype" or "type/*"; a multipart is kept as long as a part
    // of it is. Without `filter` all are.
    bool filter = false;
    std::span<const std::string_view> allowed{};
};

struct MultipartBody {
    std::string content_type;
    std::string body;         // empty if nothing was kept
    std::size_t parts = 0;    // leaves that are in it
    std::size_t dropped = 0;  // leaves that are not
};

// The same body with the change made; all else is byte-identical but for preamble and epilogue,
// which are dropped, the Content-Length of a changed part, and a boundary that occurs in the new
// content, which is replaced by one that does not.
[[nodiscard]] MultipartBody write_multipart(const Multipart& multipart, const MultipartEdit& edit);

}  // namespace portcullis::sip
