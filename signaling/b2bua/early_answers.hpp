// SPDX-License-Identifier: BSD-2-Clause
// EarlyAnswers: the provisional responses that leg A gets to the INVITE of a call, reliable where
// it asks for that (RFC 3262).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/config/session_config.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/dialog/reliable_provisional.hpp"

namespace portcullis::b2bua {

struct EarlyResponse {
    int code = 180;
    std::string to_tag{};
    std::string sdp{};
    HeaderList headers{};
    bool reliable = false;       // the far side's was; ours is if A can
    sip::MessagePtr original{};  // of the far side, whose other body parts may pass
};

// A value of one call; time is an argument. One reliable response is outstanding at a time; what
// comes behind it waits, so that nothing overtakes.
class EarlyAnswers {
 public:
    struct Ready {
        EarlyResponse response;
        std::optional<std::uint32_t> rseq;  // reliable
    };

    EarlyAnswers(const sip::Message& invite, config::ReliableProvisional mode,
                 std::uint32_t first_rseq, Milliseconds t1);

    // Whether A can acknowledge what we send.
    [[nodiscard]] bool is_possible() const { return possible_; }
    // Whether A is to get nothing that it can not acknowledge.
    [[nodiscard]] bool is_required() const { return required_; }

    // The response that is to be sent now; nothing: it waits for a PRACK.
    [[nodiscard]] std::optional<Ready> push(EarlyResponse response, TimePoint now);
    // What was sent reliably, to be repeated.
    void sent(sip::MessagePtr message) { outstanding_ = std::move(message); }
    // Whether the RAck, in the dialog of that tag, is that of the outstanding response (else 481).
    [[nodiscard]] bool on_prack(const sip::RAck& rack, std::string_view to_tag);
    // What waited and is to be sent now.
    [[nodiscard]] std::optional<Ready> next(TimePoint now);
    // A 2xx must wait while a description is not acknowledged (RFC 3262 section 3).
    [[nodiscard]] bool holds_final() const { return !sender_.is_free() && has_sdp_; }
    // What waits in that early dialog, which is over, is not sent any more.
    void forget(std::string_view to_tag);
    // A final response is sent: nothing is repeated any more.
    void stop() {
        sender_.stop();
        waiting_.clear();
        outstanding_.reset();
    }
    // The early dialog whose response was not acknowledged yet; empty: none.
    [[nodiscard]] const std::string& unacknowledged() const { return unacknowledged_; }

    [[nodiscard]] std::optional<TimePoint> due_at() const { return sender_.due_at(); }
    [[nodiscard]] dialog::ReliableSender::Due on_time(TimePoint now) {
        return sender_.on_time(now);
    }
    [[nodiscard]] const sip::MessagePtr& outstanding() const { return outstanding_; }

 private:
    bool possible_ = false;
    bool required_ = false;
    dialog::ReliableSender sender_;
    bool has_sdp_ = false;  // the outstanding one
    std::string unacknowledged_;
    sip::MessagePtr outstanding_;
    std::vector<EarlyResponse> waiting_;
};

}  // namespace portcullis::b2bua
