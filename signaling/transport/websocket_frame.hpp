// SPDX-License-Identifier: BSD-2-Clause
// WebsocketDecoder and encode_frame: the frames of RFC 6455 section 5, without extensions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::transport {

enum class Opcode : std::uint8_t {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
};

// RFC 6455 section 7.4.1.
enum class CloseCode : std::uint16_t {
    Normal = 1000,
    GoingAway = 1001,
    ProtocolError = 1002,
    InvalidData = 1007,
    TooBig = 1009,
};

struct WebsocketEvent {
    enum class Kind : std::uint8_t {
        NeedMore,
        Message,  // `payload`, all its fragments together
        Ping,     // `payload` is to come back in a pong
        Pong,
        Close,      // the peer ends the connection with `code`
        Violation,  // close with `code`; `payload` says what was wrong
    };
    Kind kind = Kind::NeedMore;
    std::string payload;
    std::uint16_t code = 0;
};

// One per connection. Holds at most a message of the limit's size, whatever the peer announces.
class WebsocketDecoder {
 public:
    // `masked`: frames are of a client, which must mask them; a server must not (section 5.1).
    WebsocketDecoder(bool masked, std::size_t max_message)
        : masked_(masked), max_message_(max_message) {}

    void push(std::string_view bytes);
    // Call until NeedMore. After a Violation or a Close nothing more is read.
    [[nodiscard]] WebsocketEvent next();
    // A frame or a fragmented message is begun and not complete.
    [[nodiscard]] bool is_amid() const { return fragmented_ || buffer_.size() > start_; }

 private:
    struct Header {
        bool final = false;
        Opcode opcode{};
        std::size_t size = 0;  // of the header itself
        std::uint64_t payload = 0;
        std::array<char, 4> mask{};
    };
    enum class Parse : std::uint8_t { Ok, NeedMore, Bad };

    [[nodiscard]] Parse parse_header(Header& header, WebsocketEvent& violation) const;
    [[nodiscard]] const char* fault_of(const Header& header, unsigned char first,
                                       bool masked) const;
    [[nodiscard]] std::string take_payload(const Header& header);
    [[nodiscard]] WebsocketEvent on_control(const Header& header, std::string payload);
    [[nodiscard]] WebsocketEvent violate(CloseCode code, std::string what);

    bool masked_;
    std::size_t max_message_;
    std::string buffer_;
    std::size_t start_ = 0;
    std::string message_;  // fragments so far
    Opcode message_kind_ = Opcode::Text;
    bool fragmented_ = false;
    bool done_ = false;
};

// Appends one unfragmented frame. `mask`: a client's frame, masked with it; nullptr: a server's.
void encode_frame(Opcode opcode, std::string_view payload, const std::array<char, 4>* mask,
                  std::string& out);

// Appends a close frame (section 5.5.1).
void encode_close(CloseCode code, const std::array<char, 4>* mask, std::string& out);

// Whether `text` is UTF-8 (RFC 3629): shortest forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace portcullis::transport
