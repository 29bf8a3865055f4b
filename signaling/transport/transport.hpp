// SPDX-License-Identifier: BSD-2-Clause
// Transport: the seam between the transaction layer and the sockets.
#pragma once

#include <functional>

#include "common/base/result.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/transport/flow.hpp"

namespace portcullis::transport {

// Called at most once, and never from inside the send call itself, when the message is known not to
// have left: no connection, no route, port unreachable. Silence is not delivery.
using SendHandler = std::function<void(const Error&)>;

class Transport {
 public:
    virtual ~Transport() = default;

    // Sends one message to `destination`. `on_failure` may be empty. Returns the flow it takes, on
    // whose loss a request without answer is lost too; none over UDP.
    virtual FlowId send(const Destination& destination, sip::MessagePtr message,
                        SendHandler on_failure) = 0;
};

}  // namespace portcullis::transport
