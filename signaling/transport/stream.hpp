// SPDX-License-Identifier: BSD-2-Clause
// Stream: what lies between the bytes of a connection's socket and its SIP messages.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "signaling/sip/stream_framer.hpp"
#include "signaling/transport/tls_failure.hpp"
#include "signaling/transport/tls_peer.hpp"

namespace portcullis::transport {

// What received bytes amounted to.
struct StreamEvent {
    enum class Kind : std::uint8_t {
        NeedMore,   // read on
        Message,    // `bytes` is one whole message
        KeepAlive,  // answer with CRLF (RFC 5626 section 4.4.1)
        Broken,     // SIP framing is lost; `bytes` and `error` as in sip::Frame
        Failed,     // what carries the messages failed or was closed by the peer; `reason` says why
    };
    Kind kind = Kind::NeedMore;
    std::string bytes{};
    sip::Errc error{};
    std::string reason{};
    TlsFailure tls = TlsFailure::None;  // Failed: of TLS, before it was open
};

// One per connection. Pure: no socket, no timer, no thread of its own; whoever owns it carries
// bytes both ways. Plain: RFC 3261 section 18.3 framing. TLS and WebSocket wrap the next one, or
// are it.
//
//     receive(wire) -> next() ...          encode(message) -> wire
//                        own words (handshakes, alerts, pongs): take_own() -> wire
class Stream {
 public:
    virtual ~Stream() = default;

    // The connection is up: whoever speaks first may do so now.
    virtual void start() {}
    // Messages may be encoded.
    [[nodiscard]] virtual bool is_open() const = 0;
    // The next receive() may cost a millisecond: it is better done on another thread, while nobody
    // touches the stream.
    [[nodiscard]] virtual bool is_costly() const { return false; }

    virtual void receive(std::string_view wire) = 0;
    // Call until NeedMore, Broken or Failed.
    [[nodiscard]] virtual StreamEvent next() = 0;
    // Something of the peer's is begun and not complete: what a message time-out watches.
    [[nodiscard]] virtual bool is_amid() const = 0;

    // Appends one message to `wire`.
    virtual void encode(std::string_view message, std::string& wire) = 0;
    // Appends a keep-alive: what a peer that is alive answers.
    virtual void encode_ping(std::string& wire) = 0;
    // Appends what the layers themselves have to say.
    virtual void take_own(std::string& wire) = 0;
    // Our last words of an orderly end, into what take_own() gives.
    virtual void finish() {}

    // Once open: the peer's verified certificate; nullptr without one.
    [[nodiscard]] virtual std::shared_ptr<const TlsPeer> peer() const { return nullptr; }
};

}  // namespace portcullis::transport
