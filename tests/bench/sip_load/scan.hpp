// SPDX-License-Identifier: BSD-2-Clause
// Scan: the few places of a SIP message that the load generator needs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::bench {

enum class Method : std::uint8_t { Invite, Ack, Bye, Cancel, Options, Other };

// Views into the datagram. Header lines are whole, without their line end, as they are copied.
struct Scan {
    static constexpr std::size_t kMaxLines = 8;
    struct Lines {
        std::array<std::string_view, kMaxLines> line;
        std::size_t count = 0;
        void add(std::string_view text) {
            if (count < kMaxLines) line[count++] = text;
        }
    };

    int status = 0;                 // 0: a request
    Method method = Method::Other;  // of a response: that of its CSeq
    std::string_view request_uri;   // of a request
    Lines via;
    Lines record_route;
    std::string_view from;
    std::string_view to;
    std::string_view call_id;  // the line
    std::string_view cseq;
    std::string_view call_id_value;
    std::string_view contact_uri;  // without < >
    std::string_view branch;       // of the top Via; empty without one
};

// Not a judge: trusts line ends and the order of nothing. Empty for what has no Call-ID, CSeq, Via,
// From or To.
[[nodiscard]] std::optional<Scan> scan(std::string_view message);

}  // namespace portcullis::bench
