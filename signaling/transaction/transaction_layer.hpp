// SPDX-License-Identifier: BSD-2-Clause
// TransactionLayer: the transactions of one shard (RFC 3261 section 17, RFC 6026): matches
// messages, drives the four machines, runs their timers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "signaling/shard/timer_wheel.hpp"
#include "signaling/transaction/timers.hpp"
#include "signaling/transaction/transaction_user.hpp"
#include "signaling/transport/transport.hpp"

namespace portcullis::transaction {

struct TransactionLimits {
    std::size_t max_server = 200'000;
    std::size_t max_client = 200'000;
    // Requests of more bytes are tried over TCP before UDP (RFC 3261 section 18.1.1); 0: never.
    std::size_t udp_max_bytes = 1'300;
};

// A header to add to a request that the layer builds, such as {"Reason", "SIP;cause=200"}.
struct ExtraHeader {
    std::string name;
    std::string value;
};

// How many transactions exist, by kind and state; the indices are those of the machines' State.
struct TransactionCounts {
    std::array<std::size_t, 5> invite_client{};  // Calling Proceeding Accepted Completed Terminated
    std::array<std::size_t, 5>
        invite_server{};  // Proceeding Accepted Completed Confirmed Terminated
    std::array<std::size_t, 5> non_invite_client{};  // Trying Proceeding Completed Terminated
    std::array<std::size_t, 5> non_invite_server{};  // Trying Proceeding Completed Terminated
    std::uint64_t retransmissions_received = 0;
    std::uint64_t retransmissions_sent = 0;
    std::uint64_t merged_requests = 0;
    std::uint64_t refused_when_full = 0;
    std::uint64_t stray_responses = 0;
    std::uint64_t moved_to_tcp = 0;  // requests too large for UDP
    std::uint64_t back_to_udp = 0;   // of these, those that TCP would not take
    [[nodiscard]] std::size_t total() const;
};

// One per shard, used from its thread only; callbacks to the TransactionUser come from inside
// on_message, respond, send_request, cancel, fail_destination, fail_flow, the timer wheel and send
// failures. `clock`, `wheel`, `transport` and `user` must outlive it. Destroying it cancels its
// timers without callbacks.
class TransactionLayer {
 public:
    TransactionLayer(const Clock& clock, shard::TimerWheel& wheel, transport::Transport& transport,
                     const TimerValues& timers, const TransactionLimits& limits,
                     TransactionUser& user);
    ~TransactionLayer();
    TransactionLayer(const TransactionLayer&) = delete;
    TransactionLayer& operator=(const TransactionLayer&) = delete;

    // New timer values, for transactions created from now on.
    void configure(const TimerValues& timers, const TransactionLimits& limits);

    // Any message from the transport layer.
    void on_message(const sip::MessagePtr& message, const transport::Source& source);

    // Sends a response in a server transaction; ignored when `id` is gone. The top Via's received
    // and rport are filled in here. A 2xx to an INVITE is repeated by the layer, over every
    // transport, until an ACK of that dialog and CSeq arrives or 64*T1 passed (13.3.1.4), then
    // on_missing_ack; the transaction itself lives until Timer L. What comes after a final response
    // is ignored, but for another 2xx after a 2xx, which is sent as it is and repeated from then
    // on.
    void respond(ServerId id, sip::MessagePtr response);

    // Starts a client transaction. The request's top Via carries a branch of shard::make_branch and
    // must not be reused. Returns none when the limit is reached; else callbacks follow, and none
    // of them before this call returned.
    [[nodiscard]] ClientId send_request(sip::MessagePtr request,
                                        const transport::Destination& destination);

    // Cancels an INVITE (9.1): at once after a provisional response, else as soon as one arrives;
    // nothing when a final one did. Returns the CANCEL's own transaction, whose responses and end
    // come up like any other; none when there is nothing to cancel or it was cancelled before. The
    // INVITE still ends by its own final response (487, or a crossing 2xx), or by
    // on_client_failure(Timeout) 64*T1 after the CANCEL left.
    ClientId cancel(ClientId invite, const std::vector<ExtraHeader>& extra = {});

    // Sends the ACK for a 2xx, outside of any transaction; send it again for each repeated 2xx.
    void send_ack(sip::MessagePtr ack, const transport::Destination& destination);

    // The transport knows that nothing can reach `remote` now: client transactions towards it fail
    // with TransportError, those of INVITE only while they wait for the first response (figure 5).
    void fail_destination(const Endpoint& remote, TransportKind transport);
    // The same for requests whose last copy left on that flow, which is lost (17.1.4).
    void fail_flow(transport::FlowId flow);

    [[nodiscard]] bool is_alive(ClientId id) const;
    // Where the request of a server transaction came from; nullptr when it is gone.
    [[nodiscard]] const transport::Source* source_of(ServerId id) const;

    [[nodiscard]] TransactionCounts counts() const;
    // Entries in all tables and indices together; 0 when nothing is left behind.
    [[nodiscard]] std::size_t table_size() const;

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::transaction
