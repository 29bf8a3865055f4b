// SPDX-License-Identifier: BSD-2-Clause
// TransactionUser: what the transaction layer tells the core above it (RFC 3261 section 17).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/strong_id.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/sip/warning.hpp"
#include "signaling/transport/flow.hpp"

namespace portcullis::transaction {

struct ServerIdTag;
struct ClientIdTag;
// Never reused in the life of the process; 0 is none.
using ServerId = StrongId<ServerIdTag, std::uint64_t>;
using ClientId = StrongId<ClientIdTag, std::uint64_t>;

enum class ClientFailure : std::uint8_t {
    Timeout,         // Timer B or F, or no final response 64*T1 after a CANCEL (9.1)
    TransportError,  // 8.1.3.1: treat as 503
};

// What becomes of a request that no transaction knows.
struct Verdict {
    enum class Kind : std::uint8_t {
        Accept,  // makes a transaction
        Refuse,  // answered with `status`, once and without state (8.2.7)
        Ignore,
    };
    Kind kind = Kind::Accept;
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};  // of the answer
    sip::Warning warning{};

    [[nodiscard]] static Verdict refuse(
        int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
        return {Kind::Refuse, status, std::move(headers)};
    }
    [[nodiscard]] static Verdict refuse(int status, sip::Warning warning) {
        return {Kind::Refuse, status, {}, warning};
    }
    [[nodiscard]] static Verdict ignore() { return {Kind::Ignore, 0, {}}; }
};

// Called by TransactionLayer on its shard's thread. Every callback may call back into the layer.
// Messages are shared and immutable; a Source is valid during the call (copy it to keep it).
class TransactionUser {
 public:
    virtual ~TransactionUser() = default;

    // Asked before a request makes a transaction, so that a stranger's costs none. Not asked for
    // ACK, for retransmissions, nor for a CANCEL that matches an INVITE; an accepted CANCEL that
    // matches none gets 481.
    [[nodiscard]] virtual Verdict screen(const sip::Message& request,
                                         const transport::Source& source) = 0;
    // A request that was accepted and created a server transaction. INVITE: 100 Trying has been
    // sent. Every one must get a final response by TransactionLayer::respond, else its transaction
    // stays.
    virtual void on_request(ServerId id, sip::MessagePtr request,
                            const transport::Source& source) = 0;
    // An ACK for a 2xx, or a stray one. False: it is not from who it says, and was not heard; the
    // layer goes on repeating the 2xx.
    [[nodiscard]] virtual bool on_ack(sip::MessagePtr ack, const transport::Source& source) = 0;
    // Asked before a CANCEL that matches the INVITE transaction `invite`, without a final response
    // yet, has any effect: whether its sender may. What is refused leaves the INVITE as it is.
    [[nodiscard]] virtual Verdict judge_cancel(ServerId invite, const sip::Message& cancel,
                                               const transport::Source& source) = 0;
    // A CANCEL that matched the INVITE transaction `invite`, which has no final response yet. The
    // layer has answered 200 to the CANCEL (`cancel` names that transaction); answer the INVITE
    // with 487. A CANCEL after the final response gets 200 and no callback (9.2).
    virtual void on_cancel(ServerId cancel, ServerId invite, sip::MessagePtr request,
                           const transport::Source& source) = 0;
    // A response that the client transaction passes up: every provisional, the final one once, and
    // each further 2xx to an INVITE (RFC 6026), which may belong to another fork.
    virtual void on_response(ClientId id, sip::MessagePtr response,
                             const transport::Source& source) = 0;
    // A response that matched no client transaction, such as a 2xx later than Timer M. Not called
    // for one with several Vias (8.1.3.3) or that belies its branch: those are dropped.
    virtual void on_stray_response(sip::MessagePtr response, const transport::Source& source) = 0;
    // The transaction ended without a final response; on_client_terminated follows.
    virtual void on_client_failure(ClientId id, ClientFailure failure) = 0;
    // INVITE, final response other than 2xx: no ACK within 64*T1 (Timer H). Nothing to be done.
    virtual void on_server_timeout(ServerId id) = 0;
    // INVITE, 2xx: no ACK within 64*T1. The session should be ended with a BYE (13.3.1.4).
    virtual void on_missing_ack(ServerId id) = 0;
    // A response could not be sent at all. An INVITE transaction stays (RFC 6026 section 8.8; may
    // be called again when the next one fails too), any other ends: on_server_terminated follows.
    virtual void on_server_transport_error(ServerId id) = 0;

    // The id is gone. Called exactly once for each, last.
    virtual void on_client_terminated(ClientId id) = 0;
    virtual void on_server_terminated(ServerId id) = 0;
};

}  // namespace portcullis::transaction
