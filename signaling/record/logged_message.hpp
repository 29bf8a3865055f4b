// SPDX-License-Identifier: BSD-2-Clause
// LoggedMessage: one SIP message as it crossed a socket, tied to its call, for the ladder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis::record {

enum class Side : std::uint8_t { A, B };

// All but the bytes; plain memory, so that it can be copied into a ring as it is.
struct MessageFacts {
    CallId call;
    Side side = Side::A;
    bool received = false;  // false: sent by us
    TransportKind transport = TransportKind::Udp;
    WallTime at;
    Endpoint local;
    Endpoint remote;
};
static_assert(std::is_trivially_copyable_v<MessageFacts>);

struct LoggedMessage : MessageFacts {
    std::string bytes;
};

}  // namespace portcullis::record
