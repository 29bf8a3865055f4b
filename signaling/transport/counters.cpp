// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/counters.hpp"

#include "signaling/sip/message.hpp"

namespace portcullis::transport {

const char* name_of(Drop drop) {
    switch (drop) {
        case Drop::Keepalive:
            return "keepalive";
        case Drop::NotAdmitted:
            return "not_admitted";
        case Drop::ParseError:
            return "parse_error";
        case Drop::Rejected:
            return "rejected";
        case Drop::BadResponse:
            return "bad_response";
        case Drop::OutboxFull:
            return "outbox_full";
        case Drop::HeaderTimeout:
            return "header_timeout";
        case Drop::BrokenFraming:
            return "broken_framing";
        case Drop::ConnectionCap:
            return "connection_cap";
        case Drop::HandshakeFailed:
            return "handshake_failed";
        case Drop::NoInterface:
            return "no_interface";
        case Drop::SendFailed:
            return "send_failed";
        case Drop::SocketBufferFull:
            return "socket_buffer_full";
        case Drop::kCount:
            break;
    }
    return "unknown";
}

void count_message(MessageCounts& counts, const sip::Message& message) {
    if (message.is_response()) {
        const auto code = static_cast<std::size_t>(message.status_code());
        if (code < counts.by_status.size()) ++counts.by_status[code];
    } else {
        ++counts.by_method[static_cast<std::size_t>(message.method())];
    }
}

}  // namespace portcullis::transport
