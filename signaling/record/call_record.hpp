// SPDX-License-Identifier: BSD-2-Clause
// CallRecord: what remains of a call, one JSON object on one line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "mediarelay/api/types.hpp"
#include "signaling/record/logged_message.hpp"

namespace portcullis::record {

// One gateway that was tried for the call.
struct Attempt {
    std::string trunk;
    std::string gateway;
    int code = 0;         // final SIP status; 0 while none came
    std::string reason;   // words: "timeout", "transport error", the reason phrase
    std::int64_t ms = 0;  // from our INVITE to the outcome
    auto fields() { return std::tie(trunk, gateway, code, reason, ms); }
};

enum class ReleasedBy : std::uint8_t { A, B, Sbc, kMax = Sbc };

// Figures of one direction of one leg: what the peer of the leg sent to us.
struct MediaFigures {
    Side side = Side::A;
    std::string codec;
    relay_api::StreamStats stats;
};

// Times are wall clock; durations come from the steady clock, so a step of the system time cannot
// bend them. Field meanings and names follow the usual call records of carriers.
struct CallRecord {
    std::string call_id;  // our id, as in /calls/{id}
    std::string a_sip_call_id;
    std::string b_sip_call_id;
    std::string from_number;
    std::string to_number;
    std::string from_number_original;
    std::string to_number_original;
    std::string a_realm;
    std::string a_trunk;
    std::string b_realm;
    std::string b_trunk;
    std::string b_gateway;
    std::string route;
    WallTime started_at{};
    std::optional<WallTime> ringing_at;
    std::optional<WallTime> early_media_at;
    std::optional<WallTime> answered_at;
    WallTime ended_at{};
    std::int64_t duration_ms = 0;  // INVITE to end
    std::int64_t billable_ms = 0;  // answer to end
    std::int64_t pdd_ms = 0;       // INVITE to the first ringing or answer sent to A
    std::int64_t setup_ms = 0;     // INVITE to answer
    int sip_code = 0;
    std::string sip_reason;
    int q850 = 0;
    ReleasedBy released_by = ReleasedBy::Sbc;
    std::string cause;  // why, in words
    std::vector<Attempt> attempts;
    std::vector<MediaFigures> media;
    std::uint64_t config_revision = 0;
};

// "2026-11-21T08:31:47.000123Z"
[[nodiscard]] std::string format_time(WallTime at);

// One line of JSON without the newline; text that is not UTF-8 is escaped, never fails.
[[nodiscard]] std::string to_json_line(const CallRecord& record);

// Q.850 cause for a SIP status (RFC 3398 section 8.2.6.1; 16 for a normal end of an answered call).
[[nodiscard]] int q850_cause(int sip_code);

}  // namespace portcullis::record
