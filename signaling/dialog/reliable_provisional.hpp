// SPDX-License-Identifier: BSD-2-Clause
// Reliable provisional responses (RFC 3262) on either side of one INVITE: who sends them, who
// acknowledges them. Values; time is an argument.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::dialog {

// The responses that we send to one INVITE, of all the early dialogs that we answer it with: their
// RSeq count on (section 3). One is outstanding at a time, as section 3 asks of the first and
// section 5 of those with an offer: in this way nothing overtakes.
class ReliableSender {
 public:
    // `first`: RSeq of the first response, 1 to 2^31-1, at random (section 3).
    ReliableSender(std::uint32_t first, std::uint32_t invite_cseq, Milliseconds t1)
        : next_(first), invite_cseq_(invite_cseq), t1_(t1) {}

    // Nothing is outstanding: another response may be sent.
    [[nodiscard]] bool is_free() const { return !outstanding_; }
    // Takes the RSeq of a response that is sent now.
    [[nodiscard]] std::uint32_t sent(TimePoint now);

    enum class Prack : std::uint8_t {
        Acknowledged,  // 2xx
        Unknown,       // 481: not what is outstanding (section 3)
    };
    [[nodiscard]] Prack on_prack(const sip::RAck& rack);
    // Nothing is to be repeated any more: a final response was sent. A PRACK may still come
    // (section 3).
    void stop() { stopped_ = true; }

    enum class Due : std::uint8_t {
        Nothing,
        Resend,
        GiveUp,  // 64*T1 without a PRACK: the INVITE is to be refused with a 5xx
    };
    // When to ask; empty while nothing is outstanding.
    [[nodiscard]] std::optional<TimePoint> due_at() const;
    [[nodiscard]] Due on_time(TimePoint now);

 private:
    struct Outstanding {
        std::uint32_t rseq = 0;
        TimePoint resend_at;
        TimePoint give_up_at;
        Milliseconds interval{0};
    };
    std::uint32_t next_;
    std::uint32_t invite_cseq_;
    Milliseconds t1_;
    std::optional<Outstanding> outstanding_;
    bool stopped_ = false;
};

// The responses that one INVITE of ours gets: their order counts within each early dialog
// (section 4).
class ReliableReceiver {
 public:
    enum class Verdict : std::uint8_t {
        Unreliable,  // no Require: 100rel, or a 100: as ever
        Fresh,       // to be acknowledged with RAck `rseq`, and acted on
        Repeated,    // to be acknowledged again if its PRACK got no answer; nothing new
        Early,       // one before it is missing: to be dropped, it will be repeated
    };
    struct Judged {
        Verdict verdict = Verdict::Unreliable;
        std::uint32_t rseq = 0;
    };
    [[nodiscard]] Judged on_response(const sip::Message& response);

 private:
    std::map<std::string, std::uint32_t, std::less<>> last_;  // To tag -> RSeq
};

}  // namespace portcullis::dialog
