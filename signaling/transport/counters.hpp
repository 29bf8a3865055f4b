// SPDX-License-Identifier: BSD-2-Clause
// Counters of one shard's transport layer; its thread alone writes and copies them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "signaling/sip/method.hpp"
#include "signaling/transport/tls_failure.hpp"

namespace portcullis::sip {
class Message;
}

namespace portcullis::transport {

// Why bytes that arrived or were to leave came to nothing.
enum class Drop : std::uint8_t {
    Keepalive,         // CRLF (RFC 5626 section 4.4.1): answered or ignored, not a fault
    NotAdmitted,       // inbound guard
    ParseError,        // not SIP, too broken to answer, or of someone nobody answers
    Rejected,          // answered statelessly (4xx, 505)
    BadResponse,       // malformed response: never answered
    OutboxFull,        // a peer that does not read: connection closed
    HeaderTimeout,     // message not complete in time: connection closed
    BrokenFraming,     // stream that cannot be cut into messages: connection closed
    ConnectionCap,     // connection refused by a limit
    HandshakeFailed,   // TLS or WebSocket that never opened, or one too many
    NoInterface,       // send on an interface that does not exist
    SendFailed,        // the kernel refused the datagram or the connection broke
    SocketBufferFull,  // datagram socket would block for longer than one retry round
    kCount,
};

[[nodiscard]] const char* name_of(Drop drop);

// Methods by sip::Method (unknown ones under Unknown), responses by status code: no text a stranger
// chose ever becomes a key.
struct MessageCounts {
    std::array<std::uint64_t, sip::kMethods.size()> by_method{};
    std::array<std::uint64_t, 700> by_status{};
};
void count_message(MessageCounts& counts, const sip::Message& message);

struct Counters {
    MessageCounts received;
    MessageCounts sent;
    std::map<std::string, std::uint64_t, std::less<>> parse_errors;  // by the reason's text
    std::array<std::uint64_t, static_cast<std::size_t>(Drop::kCount)> drops{};
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t posted_to_other_shard = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_closed = 0;
    std::uint64_t tls_handshakes = 0;  // that succeeded
    std::array<std::uint64_t, static_cast<std::size_t>(TlsFailure::kCount)> tls_failures{};

    void count(Drop drop) { ++drops[static_cast<std::size_t>(drop)]; }
    [[nodiscard]] std::uint64_t dropped(Drop drop) const {
        return drops[static_cast<std::size_t>(drop)];
    }
};

}  // namespace portcullis::transport
