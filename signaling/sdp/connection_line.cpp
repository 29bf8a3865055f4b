// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/connection_line.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace portcullis::sdp {
namespace {

// A host name as c= may carry it: letters, digits, '-', '.', '_'.
bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
        return text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '.' || c == '_';
    });
}

}  // namespace

std::optional<Connection> parse_connection(std::string_view value) {
    const auto [network, rest] = text::cut(text::trim(value), ' ');
    const auto [family, tail] = text::cut(text::trim(rest), ' ');
    const auto host = text::cut(text::trim(tail), '/').first;
    const bool v4 = text::iequals(family, "IP4");
    if (!text::iequals(network, "IN") || (!v4 && !text::iequals(family, "IP6")))
        return std::nullopt;
    Connection connection{std::string(host), IpAddress::parse(host)};
    if (connection.ip) {
        if (connection.ip->is_v4() != v4) return std::nullopt;
        return connection;
    }
    if (!is_host_name(host)) return std::nullopt;
    return connection;
}

}  // namespace portcullis::sdp
