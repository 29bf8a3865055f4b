// SPDX-License-Identifier: BSD-2-Clause
// Reading call records from the files that signaling writes: <dir>/YYYY-MM-DD.jsonl, one JSON
// object a line, newest last.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mgmt-api/http/json.hpp"

namespace portcullis::mgmt {

// Where a page ended: everything before `offset` of that day's file comes next.
struct CdrCursor {
    std::string day;  // "2026-02-03"
    std::uint64_t offset = 0;

    // "2026-02-03:1234"
    [[nodiscard]] static std::optional<CdrCursor> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};

// A record passes when every condition that is set holds.
struct CdrFilter {
    std::string trunk;  // a_trunk or b_trunk
    std::string call_id;
    std::string from;  // from_number
    std::string to;    // to_number
    std::optional<std::uint64_t> sip_code;

    [[nodiscard]] bool matches(const Json& record) const;
    // A cheap necessary condition on the line's text.
    [[nodiscard]] bool may_match(std::string_view line) const;
};

struct CdrPage {
    std::vector<Json> records;      // newest first
    std::optional<CdrCursor> next;  // empty: there are no older ones
    std::size_t unreadable = 0;     // lines that are no JSON object
};

// Reads at most `limit` matching records and about kMaxScan bytes; a page may therefore be short,
// even empty, and still have a next one. No directory means no records. A last line that is still
// being written is left for the next time.
inline constexpr std::size_t kMaxCdrScan = std::size_t{4} << 20;
inline constexpr std::size_t kMaxCdrLine = std::size_t{1} << 20;
[[nodiscard]] CdrPage read_cdrs(const std::filesystem::path& dir, const CdrFilter& filter,
                                const std::optional<CdrCursor>& from, std::size_t limit,
                                std::size_t max_scan = kMaxCdrScan);

}  // namespace portcullis::mgmt
