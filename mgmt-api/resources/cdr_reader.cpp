// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/cdr_reader.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "mgmt-api/resources/reverse_lines.hpp"

namespace portcullis::mgmt {

namespace {

constexpr std::string_view kSuffix = ".jsonl";

bool is_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i != 4 && i != 7 && !text::is_digit(text[i])) return false;
    }
    return true;
}

// The days that have a file, newest first.
std::vector<std::string> list_days(const std::filesystem::path& dir) {
    std::vector<std::string> days;
    std::error_code error;
    for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end;
         it.increment(error)) {
        const std::string name = it->path().filename().string();
        if (!name.ends_with(kSuffix)) continue;
        std::string day = name.substr(0, name.size() - kSuffix.size());
        if (is_day(day)) days.push_back(std::move(day));
    }
    std::ranges::sort(days, std::greater<>());
    return days;
}

bool equals(const Json& record, const char* field, std::string_view wanted) {
    const auto found = record.find(field);
    return found != record.end() && found->is_string() &&
           found->get_ref<const std::string&>() == wanted;
}

}  // namespace

std::optional<CdrCursor> CdrCursor::parse(std::string_view text) {
    const auto [day, offset] = text::cut(text, ':');
    const auto number = text::to_number<std::uint64_t>(offset);
    if (!is_day(day) || !number) return std::nullopt;
    return CdrCursor{.day = std::string(day), .offset = *number};
}

std::string CdrCursor::text() const { return day + ":" + std::to_string(offset); }

bool CdrFilter::may_match(std::string_view line) const {
    const auto has = [line](const std::string& wanted) {
        // What JSON may write with escapes cannot be looked for in the text.
        const bool plain = std::ranges::all_of(wanted, [](char c) {
            return text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '_';
        });
        return !plain || line.find(wanted) != std::string_view::npos;
    };
    return has(trunk) && has(call_id) && has(from) && has(to);
}

bool CdrFilter::matches(const Json& record) const {
    if (!trunk.empty() && !equals(record, "a_trunk", trunk) && !equals(record, "b_trunk", trunk)) {
        return false;
    }
    if (!call_id.empty() && !equals(record, "call_id", call_id)) return false;
    if (!from.empty() && !equals(record, "from_number", from)) return false;
    if (!to.empty() && !equals(record, "to_number", to)) return false;
    if (!sip_code) return true;
    const auto code = record.find("sip_code");
    return code != record.end() && code->is_number_unsigned() &&
           code->get<std::uint64_t>() == *sip_code;
}

CdrPage read_cdrs(const std::filesystem::path& dir, const CdrFilter& filter,
                  const std::optional<CdrCursor>& from, std::size_t limit, std::size_t max_scan) {
    CdrPage page;
    std::size_t scanned = 0;
    for (const auto& day : list_days(dir)) {
        if (from && day > from->day) continue;
        std::optional<std::uint64_t> end;
        if (from && day == from->day) end = from->offset;
        auto lines = ReverseLines::open(dir / (day + std::string(kSuffix)), end, kMaxCdrLine);
        if (!lines) continue;
        while (const auto line = lines->next()) {
            scanned += line->oversized ? kMaxCdrLine : line->text.size() + 1;
            if (line->oversized) {
                ++page.unreadable;
            } else if (!line->text.empty() && filter.may_match(line->text)) {
                auto record = parse_json(line->text);
                if (!record || !record->is_object()) {
                    ++page.unreadable;
                } else if (filter.matches(*record)) {
                    page.records.push_back(std::move(*record));
                }
            }
            if (page.records.size() < limit && scanned < max_scan) continue;
            page.next = CdrCursor{.day = day, .offset = line->offset};
            return page;
        }
    }
    return page;
}

}  // namespace portcullis::mgmt
