// SPDX-License-Identifier: BSD-2-Clause
// MessageBuilder: writes a SIP message and records its slices, so that it needs no parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/endpoint.hpp"
#include "signaling/sip/draft.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::sip {

struct ResponseOptions {
    // Added to the request's To where it has no tag; empty adds none (100 Trying).
    std::string_view to_tag;
    // Where the request came from: the top Via then gets received and rport (RFC 3261 section
    // 18.2.1, RFC 3581). Without it the Via is copied as it is.
    std::optional<Endpoint> source;
};

// Header fields are written in the order of the calls; Content-Length is written by finish() and
// never taken from a caller. What a caller passes cannot break out of its place: CR, LF and NUL in
// values become spaces, a header name that is no token is left out, and of a method or Request-URI
// only the bytes that can stand there are kept. Use once: finish() takes the content away.
class MessageBuilder {
 public:
    [[nodiscard]] static MessageBuilder request(std::string_view method,
                                                std::string_view request_uri);
    [[nodiscard]] static MessageBuilder request(Method method, std::string_view request_uri);

    // A response to `request` (RFC 3261 section 8.2.6): all its Vias, From, To, Call-ID and CSeq,
    // and Timestamp for 100. `reason` empty: the default phrase. `code` is 100..699.
    [[nodiscard]] static MessageBuilder response(const Message& request, int code,
                                                 std::string_view reason = {},
                                                 const ResponseOptions& options = {});

    MessageBuilder& add(HeaderId id, std::string_view value);
    MessageBuilder& add(HeaderId id, std::uint64_t number);
    MessageBuilder& add(std::string_view name, std::string_view value);
    // Copies every field of that name, values unchanged, under the canonical name.
    MessageBuilder& copy(const Message& from, HeaderId id);
    // Copies only the first value: the top Via of an ACK or CANCEL (RFC 3261 section 9.1).
    MessageBuilder& copy_first(const Message& from, HeaderId id);
    // Writes Content-Type; the bytes follow the headers. Both empty: no body.
    MessageBuilder& body(std::string_view content_type, std::string bytes);

    // The message with Content-Length and essentials filled; what the caller left out or wrote
    // malformed stays empty there.
    [[nodiscard]] MessagePtr finish();

 private:
    explicit MessageBuilder(std::size_t expected_size);
    void write_field(HeaderId id, std::string_view name, std::string_view value);
    void write_top_via(std::string_view field, const Via& via, const Endpoint& source);
    void open_field(HeaderId id, std::string_view name);
    void close_field();
    Slice write(std::string_view text);
    // Room for `size` more bytes, which count as written.
    char* room(std::size_t size);

    MessageDraft draft_;  // its buffer is as long as there is room, until finish()
    std::size_t used_ = 0;
    std::string body_;
};

}  // namespace portcullis::sip
