// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/websocket_frame.hpp"

#include <utility>

namespace portcullis::transport {

namespace {

constexpr std::size_t kMaxControl = 125;  // section 5.5

constexpr unsigned char kFinal = 0x80;
constexpr unsigned char kReserved = 0x70;
constexpr unsigned char kMasked = 0x80;

bool is_control(Opcode opcode) { return (static_cast<std::uint8_t>(opcode) & 8U) != 0; }

bool is_known(Opcode opcode) {
    switch (opcode) {
        case Opcode::Continuation:
        case Opcode::Text:
        case Opcode::Binary:
        case Opcode::Close:
        case Opcode::Ping:
        case Opcode::Pong:
            return true;
    }
    return false;
}

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// Codes that may be sent (section 7.4): not the reserved ones that stand for "none was".
bool is_close_code(std::uint16_t code) {
    if (code >= 3000) return code < 5000;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

void apply_mask(std::string& text, std::size_t from, const std::array<char, 4>& mask) {
    for (std::size_t i = from; i < text.size(); ++i) {
        text[i] = static_cast<char>(text[i] ^ mask[(i - from) % mask.size()]);
    }
}

// The length of the sequence that `lead` begins, and the least second byte and the greatest it may
// have (RFC 3629 section 4); length 0: no lead byte.
struct Sequence {
    std::size_t length = 0;
    unsigned char least = 0x80;
    unsigned char greatest = 0xbf;
};

Sequence sequence_of(unsigned char lead) {
    if (lead < 0x80) return {.length = 1};
    if (lead < 0xc2) return {};
    if (lead < 0xe0) return {.length = 2};
    if (lead == 0xe0) return {.length = 3, .least = 0xa0};
    if (lead == 0xed) return {.length = 3, .greatest = 0x9f};
    if (lead < 0xf0) return {.length = 3};
    if (lead == 0xf0) return {.length = 4, .least = 0x90};
    if (lead < 0xf4) return {.length = 4};
    if (lead == 0xf4) return {.length = 4, .greatest = 0x8f};
    return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Sequence sequence = sequence_of(byte_at(text, at));
        if (sequence.length == 0 || text.size() - at < sequence.length) return false;
        for (std::size_t i = 1; i < sequence.length; ++i) {
            const unsigned char next = byte_at(text, at + i);
            const bool second = i == 1;
            if (next < (second ? sequence.least : 0x80) ||
                next > (second ? sequence.greatest : 0xbf)) {
                return false;
            }
        }
        at += sequence.length;
    }
    return true;
}

void WebsocketDecoder::push(std::string_view bytes) {
    if (done_) return;
    buffer_.erase(0, std::exchange(start_, 0));
    buffer_ += bytes;
}

WebsocketEvent WebsocketDecoder::violate(CloseCode code, std::string what) {
    done_ = true;
    return {.kind = WebsocketEvent::Kind::Violation,
            .payload = std::move(what),
            .code = static_cast<std::uint16_t>(code)};
}

const char* WebsocketDecoder::fault_of(const Header& header, unsigned char first,
                                       bool masked) const {
    if ((first & kReserved) != 0) return "reserved bits without an extension";
    if (!is_known(header.opcode)) return "unknown opcode";
    if (masked != masked_) return masked_ ? "a client's frame without mask" : "a masked frame";
    if (is_control(header.opcode)) {
        if (!header.final) return "a fragmented control frame";
        if (header.payload > kMaxControl) return "a control frame of more than 125 bytes";
        return nullptr;
    }
    if (fragmented_ != (header.opcode == Opcode::Continuation)) return "fragments out of order";
    return nullptr;
}

// Section 5.2. A header is judged as soon as it is there: a payload that is not wanted is not
// waited for.
WebsocketDecoder::Parse WebsocketDecoder::parse_header(Header& header,
                                                       WebsocketEvent& violation) const {
    const auto rest = std::string_view(buffer_).substr(start_);
    if (rest.size() < 2) return Parse::NeedMore;
    const unsigned char first = byte_at(rest, 0);
    const unsigned char second = byte_at(rest, 1);
    const bool masked = (second & kMasked) != 0;
    header.final = (first & kFinal) != 0;
    header.opcode = static_cast<Opcode>(first & 0x0fU);
    header.payload = second & 0x7fU;
    const std::size_t extended = header.payload == 126 ? 2 : (header.payload == 127 ? 8 : 0);
    header.size = 2 + extended + (masked ? header.mask.size() : 0);
    const auto bad = [&violation](CloseCode code, const char* what) {
        violation.payload = what;
        violation.code = static_cast<std::uint16_t>(code);
        return Parse::Bad;
    };
    if (const auto* const fault = fault_of(header, first, masked)) {
        return bad(CloseCode::ProtocolError, fault);
    }
    if (rest.size() < header.size) return Parse::NeedMore;
    if (extended > 0) {
        header.payload = 0;
        for (std::size_t i = 0; i < extended; ++i) {
            header.payload = header.payload << 8U | byte_at(rest, 2 + i);
        }
        const std::uint64_t least = extended == 2 ? kMaxControl + 1 : 0x10000;
        if (header.payload < least || header.payload >> 63U != 0) {
            return bad(CloseCode::ProtocolError, "a length in more bytes than it needs");
        }
    }
    if (header.payload > max_message_ - message_.size() && !is_control(header.opcode)) {
        return bad(CloseCode::TooBig, "a message larger than any that is taken");
    }
    if (masked) {
        for (std::size_t i = 0; i < header.mask.size(); ++i) {
            header.mask[i] = rest[2 + extended + i];
        }
    }
    return Parse::Ok;
}

std::string WebsocketDecoder::take_payload(const Header& header) {
    std::string payload = buffer_.substr(start_ + header.size, header.payload);
    if (masked_) apply_mask(payload, 0, header.mask);
    start_ += header.size + payload.size();
    return payload;
}

WebsocketEvent WebsocketDecoder::on_control(const Header& header, std::string payload) {
    using Kind = WebsocketEvent::Kind;
    if (header.opcode != Opcode::Close) {
        return {.kind = header.opcode == Opcode::Ping ? Kind::Ping : Kind::Pong,
                .payload = std::move(payload)};
    }
    // Section 5.5.1: nothing, or a code and words.
    std::uint16_t code = 0;
    if (!payload.empty()) {
        if (payload.size() == 1) return violate(CloseCode::ProtocolError, "half a close code");
        code = static_cast<std::uint16_t>(byte_at(payload, 0) << 8U | byte_at(payload, 1));
        if (!is_close_code(code)) return violate(CloseCode::ProtocolError, "no close code");
        if (!is_utf8(std::string_view(payload).substr(2))) {
            return violate(CloseCode::InvalidData, "close words that are not UTF-8");
        }
    }
    done_ = true;
    return {.kind = Kind::Close, .payload = {}, .code = code};
}

WebsocketEvent WebsocketDecoder::next() {
    while (!done_) {
        Header header;
        WebsocketEvent violation;
        switch (parse_header(header, violation)) {
            case Parse::NeedMore:
                return {};
            case Parse::Bad:
                return violate(static_cast<CloseCode>(violation.code),
                               std::move(violation.payload));
            case Parse::Ok:
                break;
        }
        if (buffer_.size() - start_ - header.size < header.payload) return {};
        std::string payload = take_payload(header);
        if (is_control(header.opcode)) return on_control(header, std::move(payload));
        if (header.opcode != Opcode::Continuation) message_kind_ = header.opcode;
        fragmented_ = !header.final;
        message_ += payload;
        if (fragmented_) continue;
        std::string message = std::exchange(message_, {});
        if (message_kind_ == Opcode::Text && !is_utf8(message)) {
            return violate(CloseCode::InvalidData, "a text that is not UTF-8");  // section 8.1
        }
        return {.kind = WebsocketEvent::Kind::Message, .payload = std::move(message)};
    }
    return {};
}

void encode_frame(Opcode opcode, std::string_view payload, const std::array<char, 4>* mask,
                  std::string& out) {
    out += static_cast<char>(kFinal | static_cast<unsigned char>(opcode));
    const unsigned char masked = mask != nullptr ? kMasked : 0;
    const auto length = [&](unsigned char seven_bits, unsigned bytes) {
        out += static_cast<char>(masked | seven_bits);
        for (unsigned i = bytes; i > 0; --i) {
            out += static_cast<char>(payload.size() >> (8 * (i - 1)) & 0xffU);
        }
    };
    if (payload.size() <= kMaxControl) {
        length(static_cast<unsigned char>(payload.size()), 0);
    } else if (payload.size() <= 0xffff) {
        length(126, 2);
    } else {
        length(127, 8);
    }
    if (mask != nullptr) out.append(mask->data(), mask->size());
    const std::size_t from = out.size();
    out += payload;
    if (mask != nullptr) apply_mask(out, from, *mask);
}

void encode_close(CloseCode code, const std::array<char, 4>* mask, std::string& out) {
    const auto number = static_cast<std::uint16_t>(code);
    const std::array payload{static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
    encode_frame(Opcode::Close, {payload.data(), payload.size()}, mask, out);
}

}  // namespace portcullis::transport
