// SPDX-License-Identifier: BSD-2-Clause
// Call: the coordinator of one call's two legs. Events in, effects out through CallEnvironment.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "signaling/b2bua/call_environment.hpp"
#include "signaling/b2bua/checkpoint.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/b2bua/outgoing.hpp"

namespace portcullis::b2bua {

// Which INVITE made the call, and what policy decided about it.
struct CallSetup {
    transaction::ServerId uas;
    sip::MessagePtr invite;
    transport::Source source;
    std::string realm;
    std::string trunk;
    std::string called;  // as received
    std::string calling;
    policy::Proceed route;
    policy::CallToken ingress_token;
    std::uint64_t config_revision = 0;
};

enum class CallState : std::uint8_t { Allocating, Calling, Early, Connected, Releasing };
[[nodiscard]] std::string_view name(CallState state);

struct CallEvent {
    WallTime at;
    std::string text;
};

// One per INVITE that policy let through; owned by the CallManager of one shard and used from its
// thread only. Holds no sockets or timers: what it wants done goes through the environment, what
// happens comes in by the on_ functions. While the relay works on a change events that depend on it
// wait in order, so that SDP leaves only after its media stands.
//
// Files: call_setup.cpp (initial INVITE, attempts), call_answer.cpp (responses of leg B),
// call_modify.cpp (re-INVITE), call_delayed.cpp (delayed offers), call_release.cpp (every end),
// call.cpp (dispatch and views).
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
    void on_media_reply(std::uint32_t token, const Result<relay_api::OperationReply>& reply);
    void on_media_event(const relay_api::SessionEvent& event);
    void on_media_released(const Result<relay_api::SessionStats>& stats);
    void on_timer(CallTimer timer);
    // Ends the call from our side: an operator, a limit, the end of the process.
    void hang_up(const std::string& cause);

    [[nodiscard]] CallId id() const { return id_; }
    [[nodiscard]] CallState state() const { return state_; }
    [[nodiscard]] const Leg& leg(Side side) const { return side == Side::A ? a_ : b_; }
    [[nodiscard]] const record::CallRecord& record() const { return record_; }
    [[nodiscard]] const std::deque<CallEvent>& events() const { return events_; }
    [[nodiscard]] SessionId session() const { return SessionId{id_.value}; }
    [[nodiscard]] bool has_media() const { return media_installed_; }
    // The relay session as it should stand, with the ports it has: for a relay that lost it.
    [[nodiscard]] relay_api::InstallSession desired_media() const;
    [[nodiscard]] CallCheckpoint checkpoint() const;
    // Whether a request that says it belongs to `dialog` may come from there (another source than
    // the leg's own peer).
    [[nodiscard]] Side side_of(const dialog::DialogId& dialog) const;

 private:
    // An early or answered dialog of the far side, and the one that leg A sees for it.
    struct Fork {
        std::string remote_tag;
        std::string a_tag;
        std::string sdp;  // the last one it sent
    };
    // The gateway that is being tried.
    struct Attempt {
        policy::Target target;
        policy::CallToken token;
        transaction::ClientId invite;
        sip::MessagePtr request;
        TimePoint started;
        std::vector<Fork> forks;
        bool ringing = false;  // a provisional response came
    };
    // A re-INVITE on its way through.
    struct Modify {
        Side from = Side::A;
        transaction::ServerId uas;
        sip::MessagePtr request;
        transaction::ClientId uac;
        std::string offer;  // SDP of the offering side; empty until a delayed offer comes
        relay_api::LegSpec from_before;
        relay_api::LegSpec to_before;
        bool staged = false;
        std::uint32_t stage_generation = 0;
        bool grown = false;  // streams were added to the relay session ahead of the answer
        bool delayed = false;
        bool progressing = false;  // a provisional response came
        bool answered = false;     // the target's 2xx came
        bool touched = false;      // the relay was asked for anything
    };
    using MediaThen = std::function<void(const Result<relay_api::OperationReply>&)>;

    [[nodiscard]] Leg& leg_of(Side side) { return side == Side::A ? a_ : b_; }
    [[nodiscard]] dialog::Dialog* dialog_of(Side side);
    void story(std::string text);
    // Runs `event` now, or after the relay's outstanding answer.
    [[nodiscard]] bool defer(std::function<void()> event);
    void with_media(RelayRequest request, MediaThen then);
    [[nodiscard]] relay_api::InstallSession whole_session();
    void drain_deferred();
    [[nodiscard]] LegAddress sending_address(const Leg& leg) const;
    [[nodiscard]] PassContext pass_context(Side from) const;
    [[nodiscard]] bool trusted(const std::string& realm) const;

    // call_destination.cpp
    void update_destination(Leg& leg, const sip::Message& message, const transport::Source& source);
    void aim(Leg& leg, const sip::Message& message, const transport::Source& source);

    // call_setup.cpp
    void begin_attempt();
    [[nodiscard]] bool prepare_leg_b(const policy::Target& target);
    void plan_attempt_media();
    void send_invite(const std::string& sdp);
    void attempt_failed(int code, std::string reason, bool failover);
    void drop_attempt(int code, std::string reason);

    // call_answer.cpp
    void on_invite_response(const sip::MessagePtr& response, const transport::Source& source);
    void on_early(const sip::MessagePtr& response, const transport::Source& source);
    void on_answer(const sip::MessagePtr& response, const transport::Source& source);
    void answer_with_offer_sent(const sip::MessagePtr& response, const std::string& sdp,
                                const std::string& a_tag);
    [[nodiscard]] Fork& fork_of(std::string_view remote_tag);
    void keep_b_dialog(const sip::Message& response);
    void apply_answer(const std::string& sdp, std::function<void(const std::string&)> then);
    void send_early(int code, const std::string& a_tag, const std::string& sdp);
    void connected(const std::string& a_tag, const std::string& sdp);
    [[nodiscard]] Tombstone tombstone() const;
    void ack_b(std::uint32_t cseq, const std::string& sdp);
    void abandon_answered_b(const std::string& cause);
    [[nodiscard]] transport::Destination gateway_destination() const;

    // call_modify.cpp
    void on_reinvite(transaction::ServerId id, const sip::MessagePtr& request, Side from);
    void stage_modify();
    void forward_modify();
    void on_modify_response(const sip::MessagePtr& response, const transport::Source& source);
    void modify_answered(const sip::MessagePtr& response);
    void complete_modify(const std::function<void()>& then);
    enum class DialogFate : std::uint8_t { Stays, Lost };
    void modify_failed(int code, DialogFate far_side = DialogFate::Stays);
    void on_modify_overdue();
    Modify end_modify();
    void restore_media(const Modify& modify);

    // call_delayed.cpp
    void answer_with_delayed_offer(const std::string& sdp, const std::string& a_tag);
    void finish_delayed_answer(const sip::MessagePtr& ack);
    void modify_offer_delayed(const sip::MessagePtr& response);
    void finish_delayed_modify(const sip::MessagePtr& ack);

    // call_release.cpp
    void on_bye(transaction::ServerId id, const sip::MessagePtr& request, Side from);
    void release(record::ReleasedBy by, int code, std::string cause, HeaderList headers = {});
    void ack_what_is_owed();
    void end_leg(Side side, const HeaderList& headers);
    void close();

    CallId id_;
    CallEnvironment& env_;
    CallState state_ = CallState::Allocating;
    CallSetup setup_;
    Leg a_;
    Leg b_;
    std::size_t next_target_ = 0;
    std::optional<Attempt> attempt_;
    std::optional<Modify> modify_;
    bool awaiting_delayed_answer_ = false;  // leg A owes the answer in its ACK (13.2.1)
    std::uint32_t delayed_ack_cseq_ = 0;
    int last_failure_ = 0;
    bool a_answered_ = false;  // a final response to the initial INVITE was sent
    policy::CallToken egress_token_;

    std::uint32_t generation_ = 0;
    bool media_installed_ = false;
    std::uint32_t media_token_ = 0;  // of the outstanding relay request
    bool media_pending_ = false;
    MediaThen media_then_;
    std::deque<std::function<void()>> deferred_;
    std::uint32_t next_leg_ = 2;

    record::CallRecord record_;
    TimePoint started_;
    std::optional<TimePoint> answered_;
    std::deque<CallEvent> events_;
};

}  // namespace portcullis::b2bua
