// SPDX-License-Identifier: BSD-2-Clause
// Ingress: from received bytes to a message for the core, an answer, another shard, or a count.
#pragma once

#include <functional>
#include <string>

#include "signaling/shard/shard_router.hpp"
#include "signaling/sip/validate.hpp"
#include "signaling/transport/counters.hpp"
#include "signaling/transport/transport_handlers.hpp"

namespace portcullis::transport {

// One per shard, its thread only. Holds nothing between messages.
class Ingress {
 public:
    // Sends a stateless answer.
    using Answer = std::function<void(const Destination&, sip::MessagePtr)>;

    // A peer of TLS allows its connection to be used for requests to that port (RFC 5923).
    using Alias = std::function<void(const Source&, std::uint16_t sent_by_port)>;

    Ingress(ShardId shard, const shard::ShardRouter& router, const TransportHandlers& handlers,
            Counters& counters, Answer answer, Alias alias)
        : shard_(shard),
          router_(router),
          handlers_(handlers),
          counters_(counters),
          answer_(std::move(answer)),
          alias_(std::move(alias)) {}

    // One datagram: keep-alives are dropped, the rest goes on to receive().
    void receive_datagram(std::string_view bytes, const Source& source);
    // One whole message of whatever quality; true if it was good (or is another shard's to judge).
    bool receive(std::string bytes, const Source& source);
    // The same, without asking the router again: it came here from another shard.
    bool receive_own(std::string bytes, const Source& source);
    // The last complete header section of a stream that broke off with `error`.
    void answer_broken(std::string header, sip::Errc error, const Source& source);

 private:
    void note_alias(const sip::Message& message, const Source& source);
    void refuse(const sip::Message& request, const sip::Rejection& rejection, const Source& source);

    ShardId shard_;
    const shard::ShardRouter& router_;
    const TransportHandlers& handlers_;
    Counters& counters_;
    Answer answer_;
    Alias alias_;
};

}  // namespace portcullis::transport
