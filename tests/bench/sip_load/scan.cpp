// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/scan.hpp"

#include <strings.h>

#include <algorithm>
#include <cstring>

namespace portcullis::bench {

namespace {

Method method_of(std::string_view text) {
    if (text.starts_with("INVITE")) return Method::Invite;
    if (text.starts_with("ACK")) return Method::Ack;
    if (text.starts_with("BYE")) return Method::Bye;
    if (text.starts_with("CANCEL")) return Method::Cancel;
    if (text.starts_with("OPTIONS")) return Method::Options;
    return Method::Other;
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::string_view value_of(std::string_view line) {
    return trimmed(line.substr(line.find(':') + 1));
}

// The header's name, in full or compact.
bool is(std::string_view line, std::string_view name, char compact = '\0') {
    if (line.size() <= name.size()) return false;
    if (compact != '\0' && (line[0] | 0x20) == compact && line[1] == ':') return true;
    return line[name.size()] == ':' && ::strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::string_view branch_of(std::string_view via) {
    const auto at = via.find("branch=");
    if (at == std::string_view::npos) return {};
    via.remove_prefix(at + 7);
    return via.substr(0, via.find_first_of(";, "));
}

std::string_view uri_of(std::string_view contact) {
    const auto open = contact.find('<');
    if (open == std::string_view::npos) return contact.substr(0, contact.find(';'));
    contact.remove_prefix(open + 1);
    return contact.substr(0, contact.find('>'));
}

void take_line(Scan& found, std::string_view line) {
    switch (line[0] | 0x20) {
        case 'v':
            if (!is(line, "via", 'v')) return;
            if (found.via.count == 0) found.branch = branch_of(line);
            return found.via.add(line);
        case 'r':
            if (is(line, "record-route")) found.record_route.add(line);
            return;
        case 'f':
            if (is(line, "from", 'f')) found.from = line;
            return;
        case 't':
            if (is(line, "to", 't')) found.to = line;
            return;
        case 'm':
            if (is(line, "m", 'm')) found.contact_uri = uri_of(value_of(line));
            return;
        case 'i':
        case 'c':
            if (is(line, "call-id", 'i')) {
                found.call_id = line;
                found.call_id_value = value_of(line);
            } else if (is(line, "cseq")) {
                found.cseq = line;
            } else if (is(line, "contact")) {
                found.contact_uri = uri_of(value_of(line));
            }
            return;
        default:
            return;
    }
}

}  // namespace

std::optional<Scan> scan(std::string_view message) {
    Scan found;
    const char* at = message.data();
    const char* const end = at + message.size();
    bool first = true;
    while (at < end) {
        const auto* stop =
            static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
        if (stop == nullptr) break;
        std::string_view line(at, static_cast<std::size_t>(stop - at));
        if (line.ends_with('\r')) line.remove_suffix(1);
        at = stop + 1;
        if (line.empty()) break;
        if (first) {
            first = false;
            if (line.starts_with("SIP/2.0 ") && line.size() >= 11) {
                found.status = (line[8] - '0') * 100 + (line[9] - '0') * 10 + (line[10] - '0');
            } else {
                found.method = method_of(line);
                const auto uri = trimmed(line.substr(std::min(line.find(' '), line.size())));
                found.request_uri = uri.substr(0, uri.find(' '));
            }
        } else {
            take_line(found, line);
        }
    }
    if (found.call_id.empty() || found.cseq.empty() || found.from.empty() || found.to.empty() ||
        found.via.count == 0) {
        return std::nullopt;
    }
    if (found.status != 0) {
        const auto value = value_of(found.cseq);
        found.method = method_of(trimmed(value.substr(value.find(' ') + 1)));
    }
    return found;
}

}  // namespace portcullis::bench
