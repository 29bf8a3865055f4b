// SPDX-License-Identifier: BSD-2-Clause
// MessageDraft: what the parser and the builder find out about a message before it becomes one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "signaling/sip/errc.hpp"
#include "signaling/sip/limits.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::sip {

// The buffer, and where everything stands in it. Internal to this library.
struct MessageDraft {
    std::string bytes;
    std::vector<HeaderField> headers;
    Slice method_text;
    Slice request_uri;
    Slice reason;
    Slice body;
    int status_code = 0;
    bool is_request = true;
};

// A draft scanned from received bytes. With a flaw the draft holds what could still be read, and
// no header field whose line was bad.
struct ScannedDraft {
    MessageDraft draft;
    std::optional<Errc> flaw;
};

[[nodiscard]] ScannedDraft scan_message(std::string bytes, const Limits& limits);

// Turns drafts into messages; the only maker of Message.
class MessageAssembler {
 public:
    struct Assembled {
        MessagePtr message;
        std::optional<Errc> flaw;  // first fault of a mandatory header
    };
    // Decodes and checks the essentials on the way. Without `limits` the message is our own, and
    // they wait until somebody asks.
    [[nodiscard]] static Assembled assemble(MessageDraft&& draft, const Limits* limits);
};

// Decodes and checks what every message must have. Fills `out` as far as it can and returns the
// first fault. Without `limits` what only a check of received bytes needs is left out.
[[nodiscard]] std::optional<Errc> decode_essentials(const Message& message, const Limits* limits,
                                                    Essentials& out);

}  // namespace portcullis::sip
