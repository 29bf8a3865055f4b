// SPDX-License-Identifier: BSD-2-Clause
// StreamFramer: cuts the bytes of a TCP or TLS connection into messages (RFC 3261 section 18.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "signaling/sip/errc.hpp"
#include "signaling/sip/limits.hpp"

namespace portcullis::sip {

enum class FrameKind : std::uint8_t {
    NeedMore,   // nothing complete yet: read on
    Message,    // `bytes` is one complete message for judge_message()
    KeepAlive,  // CRLFCRLF: answer CRLF (RFC 5626 section 3.5.1)
    Broken,     // close the connection; `error` says why
};

struct Frame {
    FrameKind kind = FrameKind::NeedMore;
    // Of a Message all of it. Of Broken the header section, if it was complete: judge_message() of
    // it, then make_rejection_response() with status_for(error), gives the last words.
    std::string bytes;
    Errc error{};
};

// One per connection, on the connection's shard. Holds at most a header section and a body of the
// limits' size plus what one push() brought, whatever the peer sends or withholds. Once Broken it
// stays Broken. Between messages any number of CRLFs is skipped; each pair of them is a KeepAlive.
class StreamFramer {
 public:
    explicit StreamFramer(const Limits& limits = {}) : limits_(limits) {}

    void push(std::string_view bytes);
    // Call until NeedMore or Broken.
    [[nodiscard]] Frame next();

    // Bytes held; a header section begun and not finished is what a header timeout watches.
    [[nodiscard]] std::size_t buffered() const { return buffer_.size() - start_; }

 private:
    // The last frame; carries the first `header_size` bytes.
    [[nodiscard]] Frame broken(Errc error, std::size_t header_size);
    // Each gives the frame to return, or nothing to go on.
    [[nodiscard]] std::optional<Frame> skip_crlf();
    [[nodiscard]] std::optional<Frame> read_header_section();
    void compact();

    Limits limits_;
    std::string buffer_;
    std::size_t start_ = 0;    // of the message being collected
    std::size_t scanned_ = 0;  // behind start_: no blank line before here
    std::size_t size_ = 0;     // of the whole message once its header section is known, else 0
    unsigned crlfs_ = 0;       // seen since the last message or KeepAlive
    bool broken_ = false;
    Errc error_{};
};

}  // namespace portcullis::sip
