// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/shard/message_scanner.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace portcullis::shard {

namespace {

constexpr auto kNotFound = std::string_view::npos;

// The first of `stops` in `text` at or after `from` that is not within a quoted string.
std::size_t find_unquoted(std::string_view text, std::string_view stops, std::size_t from = 0) {
    bool quoted = false;
    for (std::size_t i = from; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && stops.find(text[i]) != kNotFound) {
            return i;
        }
    }
    return kNotFound;
}

// The value of parameter `name` in ";a=b;c"; empty when absent or without a value.
std::string_view find_param(std::string_view params, std::string_view name) {
    while (!params.empty()) {
        const std::size_t end = find_unquoted(params, ";");
        const std::string_view param = params.substr(0, end);
        const auto [key, value] = text::cut(param, '=');
        if (text::iequals(text::trim(key), name)) return text::trim(value);
        if (end == kNotFound) break;
        params.remove_prefix(end + 1);
    }
    return {};
}

// name-addr or addr-spec (RFC 3261 section 25.1): the URI without brackets, and what follows the
// address from its first ';'.
void scan_address(std::string_view value, std::string_view& uri, std::string_view& params) {
    const std::size_t open = find_unquoted(value, "<");
    std::size_t end = 0;
    if (open != kNotFound) {
        const std::size_t close = value.find('>', open);
        if (close == kNotFound) return;
        uri = value.substr(open + 1, close - open - 1);
        end = close + 1;
    } else {
        end = std::min(value.find(';'), value.size());
        uri = text::trim(value.substr(0, end));
    }
    const std::size_t at = value.find(';', end);
    if (at != kNotFound) params = value.substr(at + 1);
}

void scan_via(std::string_view value, Scan& out) {
    value = value.substr(0, find_unquoted(value, ","));
    const std::size_t at = value.find(';');
    if (at != kNotFound) out.top_branch = find_param(value.substr(at + 1), "branch");
}

struct Seen {
    bool via = false;
    bool to = false;
    bool call_id = false;
};

bool is_first(bool& seen) { return !std::exchange(seen, true); }

void scan_header(std::string_view name, std::string_view value, Seen& seen, Scan& out) {
    if (text::iequals(name, "via") || text::iequals(name, "v")) {
        if (is_first(seen.via)) scan_via(value, out);
    } else if (text::iequals(name, "call-id") || text::iequals(name, "i")) {
        if (is_first(seen.call_id)) out.call_id = value;
    } else if (text::iequals(name, "to") || text::iequals(name, "t")) {
        if (!is_first(seen.to)) return;
        std::string_view params;
        scan_address(value, out.to_uri, params);
        out.to_tag = find_param(params, "tag");
    }
}

// The line at the front of `raw` without its end; removes both.
std::string_view take_line(std::string_view& raw) {
    const std::size_t end = raw.find('\n');
    std::string_view line = raw.substr(0, end);
    raw.remove_prefix(end == kNotFound ? raw.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool continues(std::string_view raw) {
    return !raw.empty() && (raw.front() == ' ' || raw.front() == '\t');
}

}  // namespace

Scan scan(std::string_view raw) {
    Scan out;
    // RFC 3261 section 7.5: empty lines before the start line are ignored.
    while (!raw.empty() && (raw.front() == '\r' || raw.front() == '\n')) raw.remove_prefix(1);
    const std::string_view start = take_line(raw);
    out.is_response = text::istarts_with(start, "SIP/");
    if (!out.is_response) out.method = text::cut(start, ' ').first;

    Seen seen;
    while (!raw.empty()) {
        const char* const begin = raw.data();
        std::string_view line = take_line(raw);
        if (line.empty()) break;
        while (continues(raw)) {
            const std::string_view more = take_line(raw);
            line = {begin, static_cast<std::size_t>(more.data() + more.size() - begin)};
        }
        const auto [name, value] = text::cut(line, ':');
        scan_header(text::trim(name), text::trim(value), seen, out);
    }
    return out;
}

}  // namespace portcullis::shard
