// SPDX-License-Identifier: BSD-2-Clause
// Call: the coordinator of one call's two legs. Events in, effects out through CallEnvironment.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/rare.hpp"
#include "policy/call_attributes.hpp"
#include "signaling/b2bua/call_environment.hpp"
#include "signaling/b2bua/call_parts.hpp"
#include "signaling/b2bua/carried_headers.hpp"
#include "signaling/b2bua/checkpoint.hpp"
#include "signaling/b2bua/early_answers.hpp"
#include "signaling/b2bua/exchange.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/b2bua/leg_factory.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/b2bua/transfer.hpp"
#include "signaling/sip/refer_headers.hpp"

namespace portcullis::b2bua {

// One per INVITE that policy let through; owned by the CallManager of one shard and used from its
// thread only. Holds no sockets or timers: what it wants done goes through the environment, what
// happens comes in by the on_ functions. While the relay works on a change events that depend on it
// wait in order, so that SDP leaves only after its media stands.
// README.md says what is in which file.
class Call {
 public:
    Call(CallId id, CallEnvironment& environment, CallSetup setup);
    // A confirmed call of a previous process; its dialogs are in the environment's table already.
    Call(CallId id, CallEnvironment& environment, CallCheckpoint checkpoint);
    ~Call() = default;
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // Begins the set-up; call once.
    void start();

    void on_request(transaction::ServerId id, const sip::MessagePtr& request,
                    const transport::Source& source, const dialog::DialogId& dialog);
    void on_cancel(transaction::ServerId invite, const sip::MessagePtr& cancel);
    void on_ack(const sip::MessagePtr& ack);
    void on_missing_ack(transaction::ServerId invite);
    void on_response(transaction::ClientId id, const sip::MessagePtr& response,
                     const transport::Source& source);
    void on_client_failure(transaction::ClientId id, transaction::ClientFailure failure);
    // No response to it comes any more.
    void on_client_terminated(transaction::ClientId id);
    void on_media_reply(std::uint32_t token, const Result<relay_api::OperationReply>& reply);
    void on_media_event(const relay_api::SessionEvent& event);
    void on_media_released(const Result<relay_api::SessionStats>& stats);
    void on_located(std::uint32_t token, const Result<locate::Answer>& found);
    void on_hop_located(Side side, const config::GatewayUri& hop,
                        const Result<locate::Answer>& found);
    void on_timer(CallTimer timer);
    // The leg that is not `named`'s is asked to join the call `to` (RFC 5589 section 7); none while
    // the call is busy with another change. It leaves for good, and the call ends; or it is back.
    [[nodiscard]] std::optional<Leg> lend_leg(const dialog::DialogId& named, CallId to);
    [[nodiscard]] policy::CallToken give_leg();
    [[nodiscard]] bool take_leg_back(const Leg& lent, bool lost);
    // The dialog of the leg that is not `named`'s.
    [[nodiscard]] std::optional<dialog::DialogId> other_dialog(const dialog::DialogId& named) const;
    // `setup` is that of an INVITE with Replaces, which this call answers.
    void replace_by_invite(CallSetup setup, const ReplacedDialog& named);
    // Ends the call from our side: an operator, a limit, the end of the process.
    void hang_up(const std::string& cause);

    [[nodiscard]] CallId id() const { return id_; }
    [[nodiscard]] CallState state() const { return state_; }
    // Its checkpoint would be of two confirmed legs.
    [[nodiscard]] bool is_settled() const;
    // Leg B of a call that is not answered yet is that of the gateway called first.
    [[nodiscard]] const Leg& leg(Side side) const;
    // The peer of that dialog has shown from another address that it is itself.
    void moved(const dialog::DialogId& dialog, const IpAddress& address);
    // The leg that a dialog of this call belongs to.
    [[nodiscard]] const Leg& leg_of(const dialog::DialogId& dialog) const;
    // Whether it is calling `called` with an INVITE of that Call-ID.
    [[nodiscard]] bool is_calling(std::string_view call_id, std::string_view called) const;
    [[nodiscard]] const record::CallRecord& record() const { return record_; }
    [[nodiscard]] const std::vector<CallEvent>& events() const { return events_; }
    [[nodiscard]] std::vector<CallEvent> take_events() { return std::move(events_); }
    // What became of a request of this call that was not let through to it.
    void note(std::string text);
    [[nodiscard]] SessionId session() const { return SessionId{id_.value}; }
    [[nodiscard]] bool has_media() const { return media_installed_; }
    // The relay session as it should stand, with the ports it has: for a relay that lost it.
    [[nodiscard]] relay_api::InstallSession desired_media();
    // A CallCheckpoint as bytes.
    [[nodiscard]] std::vector<std::byte> checkpoint() const;

 private:
    using MediaThen = std::function<void(const Result<relay_api::OperationReply>&)>;
    // call.cpp
    [[nodiscard]] Leg& leg_at(Side side) { return side == Side::A ? a_ : b_; }
    // Whether b_ is a leg that has answered.
    [[nodiscard]] bool has_b() const { return winner_ != nullptr || a_answered_; }
    [[nodiscard]] Side side_of(const dialog::DialogId& dialog) const;
    [[nodiscard]] dialog::Dialog* dialog_of(Side side);
    [[nodiscard]] dialog::Dialog* find_dialog(const dialog::DialogId& id);
    void story(std::string text);
    [[nodiscard]] HeaderList passed(const sip::Message& message, PassContext context);
    // Runs `event` now, or after the relay's outstanding answer.
    [[nodiscard]] bool defer(std::function<void()> event);
    void with_media(RelayRequest request, MediaThen then);
    [[nodiscard]] relay_api::InstallSession session_plan(std::uint32_t generation) const;
    [[nodiscard]] relay_api::InstallSession whole_session();
    void take_all_ports(const relay_api::OperationReply& reply);
    void drain_deferred();
    void on_late_answer(transaction::ClientId id, const sip::Message& response);
    [[nodiscard]] LegAddress sending_address(const Leg& leg) const;
    [[nodiscard]] LegAddress sending_address(const Leg& leg,
                                             const transport::Destination& destination) const;
    [[nodiscard]] dialog::DialogId a_dialog(std::string_view tag) const;
    [[nodiscard]] static ForkName name_of(const Attempt& attempt, const Fork& fork) {
        return {attempt.number, fork.remote_tag};
    }
    [[nodiscard]] PassContext pass_context(Side from) const;
    [[nodiscard]] PassContext pass_context(const Attempt& attempt) const;
    // call_timer.cpp
    void on_attempt_timer(bool ringing, const std::string& why);
    void rest();
    // call_destination.cpp
    void update_destination(Leg& leg, const sip::Message& message, const transport::Source& source);
    // call_setup.cpp
    [[nodiscard]] bool take_offer();
    void next_targets();
    [[nodiscard]] bool locate_next();
    [[nodiscard]] std::vector<policy::Target> usable_targets(
        const std::vector<policy::Target>& targets);
    void give_up();
    void install_attempts(const std::vector<std::uint32_t>& fresh);
    // The status that A gets for one of a gateway.
    [[nodiscard]] static int told_to_a(int code, const HeaderList& headers);
    [[nodiscard]] Leg make_uas_leg(const CallSetup& setup) const;
    [[nodiscard]] std::string offer_of_attempts() const;
    void forget_setup();
    void remember_setup();
    void leave_winner();
    // call_attempt.cpp
    [[nodiscard]] AttemptPtr make_attempt(const policy::Target& target);
    [[nodiscard]] bool prepare_leg(Attempt& attempt);
    [[nodiscard]] HeaderList invite_headers(const Attempt& attempt);
    [[nodiscard]] CarriedBody invite_body(const Attempt& attempt, const std::string& sdp) const;
    [[nodiscard]] headers::FromParts caller(const Attempt& attempt) const;
    void send_invite(Attempt& attempt, const std::string& sdp);
    void arm_attempt_timer(bool ringing);
    [[nodiscard]] bool repeat_invite(Attempt& attempt, const sip::Message& response);
    [[nodiscard]] Attempt* find_attempt(std::uint32_t number);
    [[nodiscard]] Attempt* find_attempt(transaction::ClientId invite);
    [[nodiscard]] Tombstone tombstone(const Attempt& attempt) const;
    void attempt_rejected(Attempt& attempt, const sip::Message& response);
    void attempt_failed(std::uint32_t number, int code, std::string reason, bool failover,
                        HeaderList headers = {});
    void remember_failure(int code, HeaderList headers);
    void drop_attempt(std::uint32_t number, int code, std::string reason);
    void report(const Attempt& attempt, trunk::Sighting sighting,
                std::optional<std::chrono::seconds> retry_after = {});
    void record_attempt(const Attempt& attempt, int code, std::string reason);
    // call_redirect.cpp
    [[nodiscard]] policy::CallAttributes attributes_to(std::string called) const;
    [[nodiscard]] bool redirected(Attempt& attempt, const sip::Message& response);
    [[nodiscard]] bool pass_redirect(Attempt& attempt, const sip::Message& response);
    // call_early.cpp
    void on_invite_response(Attempt& attempt, const sip::MessagePtr& response,
                            const transport::Source& source);
    void on_provisional(Attempt& attempt, const sip::MessagePtr& response,
                        const transport::Source& source);
    [[nodiscard]] Fork& fork_of(Attempt& attempt, std::string_view remote_tag);
    void keep_b_dialog(Attempt& attempt, Fork& fork, const sip::Message& response,
                       const transport::Source& source);
    void on_early(Attempt& attempt, Fork& fork, const sip::MessagePtr& response, bool reliable);
    void apply_early(const ForkName& name, int code, bool reliable);
    [[nodiscard]] HeaderList headers_back(const Leg& from, const sip::Message& response);
    void hear(const ForkName& name);
    [[nodiscard]] sdp::SdpWriterState& a_writer(Fork& fork);
    void send_early(Fork& fork, EarlyResponse response);
    void emit_early(const EarlyAnswers::Ready& ready);
    void tell_199(const Fork& fork, HeaderList headers);
    void end_early_dialog(Attempt& attempt, Fork& fork);
    void drop_a_dialog(const Fork& fork);
    void arm_early_timer();
    void on_early_timer();
    // call_prack.cpp
    void prack(Attempt& attempt, Fork& fork, std::uint32_t rseq, const std::string& sdp);
    void next_early_offer();
    void take_early_offer(Attempt& attempt, Fork& fork);
    void drop_early_offer(Attempt& attempt, Fork& fork);
    void on_prack(transaction::ServerId id, const sip::MessagePtr& request,
                  const std::optional<ForkName>& name);
    void take_early_answer(const ForkName& name, const std::string& sdp);
    void after_prack();
    [[nodiscard]] std::optional<ForkName> fork_at(const dialog::DialogId& dialog) const;
    [[nodiscard]] Fork* find_fork(const ForkName& name);
    // call_answer.cpp
    void on_answer(Attempt& attempt, const sip::MessagePtr& response,
                   const transport::Source& source);
    void choose(std::uint32_t number, const std::string& remote_tag);
    void on_repeated_answer(const Attempt& attempt, const sip::Message& response);
    void answer_settled(std::uint32_t cseq);
    void answer_agreed();
    void apply_early_offer(const Fork& fork);
    void answer_with_offer_sent(std::uint32_t cseq);
    using Anchored = std::function<void(const std::string&)>;
    void apply_answer(Leg& leg, const ForkName& name, Anchored then);
    void connect(const std::string& sdp);
    void connected(std::string sdp);
    void ack_b(std::uint32_t cseq, const std::string& sdp);
    void abandon_answered_b(const std::string& cause);
    // call_delayed.cpp
    void answer_with_delayed_offer();
    void finish_delayed_answer(const sip::MessagePtr& ack);
    void exchange_offer_delayed(const sip::MessagePtr& response);
    void finish_delayed_exchange(const sip::MessagePtr& ack);
    // call_modify.cpp
    void on_reinvite(transaction::ServerId id, const sip::MessagePtr& request,
                     const transport::Source& source, Side from, bool confirmed);
    void on_update(transaction::ServerId id, const sip::MessagePtr& request,
                   const transport::Source& source, Side from, const std::optional<ForkName>& fork);
    [[nodiscard]] bool accept_refresh(transaction::ServerId id, const sip::MessagePtr& request,
                                      Leg& leg);
    // call_exchange.cpp
    [[nodiscard]] Line line(Side side, const std::optional<ForkName>& fork);
    void on_offer_request(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                          const std::optional<ForkName>& fork);
    [[nodiscard]] static HeaderList retry_soon();
    [[nodiscard]] bool glares(transaction::ServerId id, const sip::Message& request, Side from);
    void refresh_only(transaction::ServerId id, const sip::MessagePtr& request, Leg& leg);
    void begin_exchange(Exchange exchange);
    void start_own_exchange(Side from, std::string offer, std::function<void(int)> done);
    void start_due_exchange();
    void resume_parked();
    [[nodiscard]] std::optional<std::uint32_t>& unacked(Side side) {
        return side == Side::A ? unacked_a_ : unacked_b_;
    }
    void stage_exchange();
    void forward_exchange();
    void send_exchange(const std::string& sdp, HeaderList credentials);
    void on_exchange_overdue();
    // call_exchange_answer.cpp
    void on_exchange_response(const sip::MessagePtr& response, const transport::Source& source);
    void exchange_answered(const sip::MessagePtr& response);
    void complete_exchange(const std::function<void()>& then);
    void answer_exchange(const std::string& sdp);
    void after_exchange();
    void exchange_failed(int code, HeaderList challenges = {}, sip::Warning why = {});
    [[nodiscard]] bool repeat_exchange(const sip::Message& response);
    Exchange end_exchange();
    void abandon_exchange();
    void restore_media(const Exchange& exchange);
    // call_session.cpp
    [[nodiscard]] HeaderList timer_request_headers(const Leg& leg) const;
    [[nodiscard]] HeaderList timer_response_headers(Leg& leg);
    void learn_timer(Leg& leg, const sip::Message& response);
    void arm_session_timer(Side side);
    void on_session_timer(Side side);
    void refresh_session(Side side);
    void send_refresh(HeaderList credentials);
    void on_refresh_response(const sip::MessagePtr& response, const transport::Source& source);
    void take_refresh_answer(Leg& leg, const std::string& text);
    void refresh_failed(int code);
    // call_request.cpp
    void on_other_request(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                          const std::optional<ForkName>& fork);
    // Words of ours, that also tell the story; nothing of the other side.
    void refuse(transaction::ServerId id, const sip::Message& request, int code, sip::Warning why,
                HeaderList headers = {});
    void pass_request(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                      const std::optional<ForkName>& fork, HeaderList extra);
    void send_passing(Passing& passing, HeaderList credentials);
    void drop_passing(transaction::ServerId uas);
    [[nodiscard]] bool on_passing_response(transaction::ClientId id,
                                           const sip::MessagePtr& response);
    void answer_passing(const Passing& passing, int code, const sip::Message* response);
    // One side's answer to a challenge that was passed to it, for the other side's trunk.
    [[nodiscard]] bool passes_challenges(std::string_view trunk) const;
    [[nodiscard]] HeaderList carried_credentials(std::string_view trunk,
                                                 const sip::Message* request) const;
    // Of a failure of that trunk's: the challenges that are the other side's to answer.
    [[nodiscard]] HeaderList carried_challenges(std::string_view trunk,
                                                const sip::Message* response) const;
    [[nodiscard]] HeaderList credentials_ahead(const Leg& leg, const dialog::Dialog& dialog,
                                               sip::Method method, const std::string& body,
                                               HeaderList answered);
    [[nodiscard]] HeaderList answer_challenge(const Leg& leg, const dialog::Dialog& dialog,
                                              sip::Method method, const std::string& body,
                                              const sip::Message& response,
                                              auth::ChallengeCount& count);
    // call_transfer.cpp
    void on_refer(transaction::ServerId id, const sip::MessagePtr& request, Side from);
    void begin_transfer(transaction::ServerId id, const sip::Message& request, Side from,
                        const sip::ReferTo& target);
    void transfer_to_number(const sip::ReferTo& target);
    [[nodiscard]] std::string transfer_offer() const;
    void notify_transfer(int code);
    void transfer_failed(int code);
    void pass_refer(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                    const sip::ReferTo& target);
    // call_transfer_answer.cpp
    void on_transfer_response(Attempt& attempt, const sip::MessagePtr& response,
                              const transport::Source& source);
    void replace_leg(std::uint32_t number);
    void tell_of_new_party(Side joined);
    void retire(Side side, Leg leg);
    void end_retired();
    [[nodiscard]] bool on_retired_request(transaction::ServerId id, const sip::Message& request,
                                          const dialog::DialogId& dialog);
    // call_replaces.cpp
    void transfer_to_dialog(const std::string& replaces);
    void join(Leg lent);
    void joined();
    void join_failed(int code);
    void finish_replacement(Side side, bool done);
    [[nodiscard]] bool on_replaced_request(transaction::ServerId id, const sip::Message& request,
                                           const dialog::DialogId& dialog);
    void keep_joined_dialog(Leg& leg, const sip::Message& response);
    // call_release.cpp
    void on_bye(transaction::ServerId id, const sip::MessagePtr& request,
                const transport::Source& source, const dialog::DialogId& dialog);
    [[nodiscard]] bool on_early_bye(const ForkName& name, Side from);
    void release(record::ReleasedBy by, int code, std::string cause, HeaderList headers = {});
    void lose(Side side);
    void answer_pending();
    void end_attempts(record::ReleasedBy by, int code, const HeaderList& headers);
    void ack_what_is_owed();
    void end_leg(Side side, const HeaderList& headers);
    void bye(Leg& leg, HeaderList headers, CarriedBody body = {});
    void close();

    CallId id_;
    CallEnvironment& env_;
    CallState state_ = CallState::Allocating;
    KeptSetup setup_;
    Leg a_;
    Leg b_;
    std::vector<policy::Target> targets_;  // not called yet
    std::uint32_t locating_ = 0;           // question that is asked; 0: none
    std::uint32_t located_ = 0;            // questions asked so far
    std::vector<AttemptPtr> attempts_;     // being called
    AttemptPtr winner_;                    // has answered, and its leg is not settled yet
    Side winner_side_ = Side::B;           // its leg's
    Rare<Transfer> transfer_;
    unsigned transfers_ = 0;  // REFERs so far
    std::optional<Lent> lent_;
    Rare<Replacement> replacement_;
    std::vector<Leg> retired_;  // replaced, and not hung up yet
    sip::MessagePtr last_bye_;  // that ends the call
    std::uint32_t linked_ = 0;  // the attempt that the relay links with leg A
    Rare<ForkName> heard_;      // the fork whose early media A hears
    Rare<ForkName> chosen_;     // the fork that answered
    std::string last_tag_;      // ours, of the last provisional response to A
    std::string told_a_;        // the description in A's last provisional response
    std::string only_a_tag_;    // of the one early dialog that A is shown, if so
    bool relay_stale_ = false;  // its session has other legs or links than it should
    std::uint32_t next_attempt_ = 1;
    Rare<EarlyAnswers> early_;
    std::function<void()> held_answer_;  // the 2xx to A that waits for a PRACK, or an exchange
    // INVITEs of that leg whose 2xx has no ACK yet: nothing else is asked there (14.1).
    std::optional<std::uint32_t> unacked_a_, unacked_b_;
    bool exchange_due_ = false;  // A agreed to something else than what the winner said
    Rare<Exchange> exchange_;
    Rare<Parked> parked_;
    std::vector<Passing> passing_;
    std::optional<Refresh> refresh_;
    bool awaiting_delayed_answer_ = false;  // leg A owes the answer in its ACK (13.2.1)
    std::uint32_t delayed_ack_cseq_ = 0;
    std::set<std::string> redirections_;  // "user@host" that a 3xx named
    static constexpr int kLoopDetected = -1;
    int last_failure_ = 0;
    HeaderList last_headers_;  // of that failure, for A
    Rare<policy::CapacityRefusal> last_refusal_;
    bool a_answered_ = false;  // a final response to the initial INVITE was sent
    policy::CallToken egress_token_;

    std::uint32_t generation_ = 0;
    bool media_installed_ = false;
    std::uint32_t media_token_ = 0;  // of the outstanding relay request
    bool media_pending_ = false;
    MediaThen media_then_;
    std::vector<std::function<void()>> deferred_;
    std::uint32_t next_leg_ = 2;

    record::CallRecord record_;
    TimePoint started_;
    std::optional<TimePoint> answered_;
    std::vector<CallEvent> events_;
    std::size_t header_events_ = 0;
};

}  // namespace portcullis::b2bua
