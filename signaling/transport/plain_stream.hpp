// SPDX-License-Identifier: BSD-2-Clause
// PlainStream: SIP messages over a bare byte stream (RFC 3261 section 18.3, RFC 5626).
#pragma once

#include "signaling/transport/stream.hpp"

namespace portcullis::transport {

class PlainStream final : public Stream {
 public:
    [[nodiscard]] bool is_open() const override { return true; }
    void receive(std::string_view wire) override { framer_.push(wire); }
    [[nodiscard]] StreamEvent next() override;
    [[nodiscard]] bool is_amid() const override { return framer_.buffered() > 0; }
    void encode(std::string_view message, std::string& wire) override { wire += message; }
    void encode_ping(std::string& wire) override { wire += "\r\n\r\n"; }
    void take_own(std::string& /*wire*/) override {}

 private:
    sip::StreamFramer framer_;
};

inline StreamEvent PlainStream::next() {
    sip::Frame frame = framer_.next();
    switch (frame.kind) {
        case sip::FrameKind::Message:
            return {.kind = StreamEvent::Kind::Message, .bytes = std::move(frame.bytes)};
        case sip::FrameKind::KeepAlive:
            return {.kind = StreamEvent::Kind::KeepAlive};
        case sip::FrameKind::Broken:
            return {.kind = StreamEvent::Kind::Broken,
                    .bytes = std::move(frame.bytes),
                    .error = frame.error};
        case sip::FrameKind::NeedMore:
            break;
    }
    return {};
}

}  // namespace portcullis::transport
