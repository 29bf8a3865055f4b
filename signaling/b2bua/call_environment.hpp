// SPDX-License-Identifier: BSD-2-Clause
// CallEnvironment: everything a Call may ask of its shard; the seam that tests replace.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"
#include "policy/admission.hpp"
#include "signaling/b2bua/config_snapshot.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/b2bua/loop_guard.hpp"
#include "signaling/b2bua/media_relay.hpp"
#include "signaling/b2bua/transfer.hpp"
#include "signaling/b2bua/trunk_credentials.hpp"
#include "signaling/dialog/dialog_table.hpp"
#include "signaling/locate/locator.hpp"
#include "signaling/record/call_record.hpp"
#include "signaling/sdp/session_reader.hpp"
#include "signaling/shard/slot.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/transaction/transaction_layer.hpp"
#include "signaling/trunk/target_choice.hpp"
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis::b2bua {

enum class CallTimer : std::uint8_t {
    Attempt,   // no provisional response from the gateway
    Ring,      // provisional but no final response
    Setup,     // all attempts together
    Duration,  // the longest a call may last
    Modify,    // no final response to a re-INVITE; or the pause before ours is sent again
    Early,     // a reliable provisional response is to be repeated
    SessionA,  // the session timer of a leg
    SessionB,
    Retired,  // a leg that was replaced has not hung up
    Release,  // the relay did not answer the release
    Rest,     // nothing has happened for a while
};
inline constexpr std::size_t kCallTimers = 11;

// An INVITE of ours that may still be answered when its call no longer wants it.
struct Tombstone {
    transaction::ClientId invite;
    sip::MessagePtr request;
    transport::Destination destination;
    LegAddress address;
    config::BehindNat nat = config::BehindNat::Auto;  // of the leg
    // The dialog that the call has with one of the forks: its remote tag, and what is sent again
    // for each repeated 2xx with that tag (13.2.2.4); null while the call owes the ACK.
    std::optional<std::string> kept_tag;
    sip::MessagePtr kept_ack;
    transport::Destination kept_destination;
};

// One per shard, used from its thread. Nothing here calls back into the Call before it returns;
// completions arrive later and name the call by id.
class CallEnvironment {
 public:
    virtual ~CallEnvironment() = default;

    [[nodiscard]] virtual const Clock& clock() const = 0;
    [[nodiscard]] virtual shard::Slot slot() const = 0;
    [[nodiscard]] virtual ConfigPtr config() const = 0;
    [[nodiscard]] virtual policy::Admission& admission() = 0;
    [[nodiscard]] virtual dialog::DialogTable& dialogs() = 0;
    [[nodiscard]] virtual LoopGuard& loops() = 0;
    [[nodiscard]] virtual sdp::SessionReader& session_reader() = 0;
    virtual void report_loop(CallId call) = 0;
    // What is known of gateways, and what a call saw of one.
    [[nodiscard]] virtual const trunk::TrunkStates& trunk_states() const = 0;
    virtual void report(trunk::Report report) = 0;
    // What that trunk knows us by; null without an account there.
    [[nodiscard]] virtual TrunkCredentials* credentials(std::string_view trunk) = 0;
    // Where a gateway configured by its name is: Call::on_located(token, ...), exactly once,
    // possibly before this returns.
    virtual void locate(CallId call, std::uint32_t token, const config::GatewayUri& gateway) = 0;
    // Where the next hop of a leg's dialog is: Call::on_hop_located(side, hop, ...) likewise.
    virtual void locate_hop(CallId call, Side side, const config::GatewayUri& hop) = 0;

    virtual void respond(transaction::ServerId id, sip::MessagePtr response) = 0;
    // The transaction's events come to the call; none when the shard is full.
    [[nodiscard]] virtual transaction::ClientId send_request(
        CallId call, sip::MessagePtr request, const transport::Destination& destination) = 0;
    virtual void cancel(transaction::ClientId invite,
                        const std::vector<transaction::ExtraHeader>& extra) = 0;
    virtual void send_ack(sip::MessagePtr ack, const transport::Destination& destination) = 0;
    // A request whose outcome nobody waits for (the BYE of a call that is over); a challenge is
    // answered with what that trunk knows us by.
    virtual void send_and_forget(sip::MessagePtr request, const transport::Destination& destination,
                                 std::string_view trunk) = 0;

    // Answered by Call::on_media_reply(token, ...) exactly once: within 500 ms, and within 1.5 s
    // while the relay is away.
    virtual void relay(CallId call, std::uint32_t token, RelayRequest request) = 0;
    // Answered by Call::on_media_released.
    virtual void release_media(CallId call, SessionId session) = 0;

    virtual void start_timer(CallId call, CallTimer timer, Duration after) = 0;
    virtual void stop_timer(CallId call, CallTimer timer) = 0;

    // Messages with this Call-ID belong to the call's ladder from now on.
    virtual void watch(CallId call, Side side, const std::string& sip_call_id) = 0;
    // 2xx responses to this INVITE are ACKed and BYEd for 64*T1 from now on, and for as long as
    // its transaction lives.
    virtual void bury(Tombstone tombstone) = 0;
    // A 2xx to an INVITE that was buried: true when it is of another dialog than the call's.
    // `kept`: where the ACK goes if it is the call's, null when the call has none.
    [[nodiscard]] virtual bool meet_late_answer(transaction::ClientId invite,
                                                const sip::Message& response,
                                                const transport::Destination* kept) = 0;
    // A 2xx of a fork that lost: ACKed, and BYEd once.
    virtual void refuse_fork(const Tombstone& tombstone, const sip::Message& response) = 0;

    // The dialog of any call of this shard that a Replaces names.
    [[nodiscard]] virtual std::optional<ReplacedDialog> find_replaced(
        const sip::DialogReference& named) = 0;
    [[nodiscard]] virtual std::optional<dialog::DialogId> other_dialog(
        const ReplacedDialog& named) = 0;
    // Lends the leg of the far end of `named` to the call `to`, which asks it to join; none while
    // its own call is busy. Then it is kept or returned.
    [[nodiscard]] virtual std::optional<Leg> lend_leg(const ReplacedDialog& named, CallId to) = 0;
    // It has joined: its own call ends. What it holds of its trunk's capacity goes with it.
    [[nodiscard]] virtual policy::CallToken keep_leg(CallId lender) = 0;
    // It has not; `lost`: it is gone altogether. False: so is its call.
    [[nodiscard]] virtual bool return_leg(CallId lender, const Leg& leg, bool lost) = 0;
    // A request in a dialog that has gone back to the call that lent it. False: it is over.
    [[nodiscard]] virtual bool hand_on(CallId to, transaction::ServerId id,
                                       const sip::MessagePtr& request,
                                       const transport::Source& source) = 0;

    virtual void save_checkpoint(CallId call) = 0;
    // The call is over: its record is written, and it is destroyed after the current event.
    virtual void finish(CallId call, record::CallRecord record) = 0;
};

}  // namespace portcullis::b2bua
