// SPDX-License-Identifier: BSD-2-Clause
// Message: one complete SIP request or response, immutable (RFC 3261 section 7).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/sip/cseq.hpp"
#include "signaling/sip/header_name.hpp"
#include "signaling/sip/method.hpp"
#include "signaling/sip/name_addr.hpp"
#include "signaling/sip/uri.hpp"
#include "signaling/sip/via.hpp"

namespace portcullis::sip {

// What every layer asks for, decoded once when the message is made. All views are of the message's
// buffer and live as long as the message.
struct Essentials {
    Via top_via;
    std::size_t via_count = 0;
    std::string_view call_id;
    std::string_view from_tag;  // empty without one (RFC 2543 peers)
    std::string_view to_tag;
    CSeq cseq;
    std::optional<std::uint32_t> max_forwards;
    Uri request_uri;  // requests only
    NameAddr from;
    NameAddr to;
};

// One header field as received. `name` is as written; `value` is unfolded and trimmed and holds
// neither CR nor LF.
struct HeaderView {
    HeaderId id;
    std::string_view name;
    std::string_view value;
};

// A part of the message's buffer.
struct Slice {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};

// Where one header field stands in the message's buffer.
struct HeaderField {
    HeaderId id = HeaderId::Unknown;
    Slice name;
    Slice value;
};

class Message;
using MessagePtr = std::shared_ptr<const Message>;

// Made by parse_message(), judge_message() or MessageBuilder::finish(), always on the heap behind a
// MessagePtr, and neither copied nor moved: so every view it hands out stays valid while the
// pointer is held. Owns one buffer with the serialised message. Const after construction, hence
// safe to share between threads. Of a received message everything was decoded when it was checked;
// of one of our own the essentials are decoded when they are asked for first, as most are only
// sent.
class Message {
 public:
    Message() = delete;
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    [[nodiscard]] bool is_request() const { return is_request_; }
    [[nodiscard]] bool is_response() const { return !is_request_; }

    // Of a request its method, of a response the method its CSeq names.
    [[nodiscard]] Method method() const { return is_request_ ? method_ : essentials().cseq.method; }
    [[nodiscard]] std::string_view method_text() const {
        return is_request_ ? view(method_text_) : essentials().cseq.method_text;
    }

    [[nodiscard]] std::string_view request_uri_text() const { return view(request_uri_); }
    // 100..699 of a response; 0 of a request.
    [[nodiscard]] int status_code() const { return status_code_; }
    [[nodiscard]] std::string_view reason_phrase() const { return view(reason_); }

    [[nodiscard]] std::string_view body() const { return view(body_); }
    // The message as it goes on the wire (a received one: unfolded, without surplus bytes).
    [[nodiscard]] std::string_view bytes() const { return bytes_; }

    [[nodiscard]] std::size_t header_count() const { return headers_.size(); }
    [[nodiscard]] HeaderView header_at(std::size_t index) const;
    // Value of the first field of that name; for an unknown header ask by name.
    [[nodiscard]] std::optional<std::string_view> header(HeaderId id) const;
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    [[nodiscard]] bool has(HeaderId id) const { return header(id).has_value(); }
    [[nodiscard]] std::size_t count(HeaderId id) const;

    // All values in order of occurrence: of a list-valued header every field split at its top-level
    // commas, of any other every field whole. Empty list elements are left out.
    [[nodiscard]] std::vector<std::string_view> values(HeaderId id) const;
    // True if a value of the list-valued header equals `token` without case (Supported, Require).
    [[nodiscard]] bool lists(HeaderId id, std::string_view token) const;

    [[nodiscard]] const Essentials& essentials() const {
        if (decoded_.load(std::memory_order_acquire) != Decoding::Done) decode();
        return essentials_;
    }

    // The same start line, header fields (id, name, value, order) and body.
    friend bool operator==(const Message& a, const Message& b);

    // Only MessageAssembler can name it, so only the parser and the builder make messages.
    class Key {
        friend class MessageAssembler;
        Key() = default;
    };
    explicit Message(Key /*key*/) {}

 private:
    friend class MessageAssembler;

    [[nodiscard]] std::string_view view(Slice slice) const {
        return std::string_view(bytes_).substr(slice.offset, slice.size);
    }

    void decode() const noexcept;

    std::string bytes_;
    std::vector<HeaderField> headers_;
    Slice method_text_;
    Slice request_uri_;
    Slice reason_;
    Slice body_;
    Method method_ = Method::Unknown;  // of a request
    int status_code_ = 0;
    bool is_request_ = true;
    enum class Decoding : std::uint8_t { No, Now, Done };
    // Written once: by the assembler, or by the thread that set `decoded_` to Now.
    mutable std::atomic<Decoding> decoded_ = Decoding::No;
    mutable Essentials essentials_;
};

}  // namespace portcullis::sip
