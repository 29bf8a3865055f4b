// SPDX-License-Identifier: BSD-2-Clause
// SessionDescription and MediaDescription: a session description as values (RFC 8866).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/ip_address.hpp"

namespace portcullis::sdp {

// One line other than v=, o= and m=: its type letter and all that follows "=".
struct Line {
    char type = 'a';
    std::string value;

    // a= lines: the part before and after the first ':'; the value is empty for a flag.
    [[nodiscard]] std::string_view attribute() const;
    [[nodiscard]] std::string_view attribute_value() const;
    bool operator==(const Line&) const = default;
};

// o= (RFC 8866 section 5.2). Ids stay text: peers send numbers of any size.
struct Origin {
    std::string username;
    std::string session_id;
    std::string session_version;
    std::string network_type;
    std::string address_type;
    std::string address;
    bool operator==(const Origin&) const = default;
};

// c= (RFC 8866 section 5.7). The address may be a host name; `ip` is set when it is a literal.
struct Connection {
    std::string address;
    std::optional<IpAddress> ip;
    bool operator==(const Connection&) const = default;
};

// One m-line and the lines below it, in their order.
struct MediaDescription {
    std::string media;       // "audio", as written
    std::uint16_t port = 0;  // 0: rejected or unused (RFC 3264 section 5.1)
    std::uint16_t port_count = 1;
    std::string protocol;  // "RTP/AVP", as written
    std::vector<std::string> formats;
    std::vector<Line> lines;

    [[nodiscard]] bool active() const { return port != 0; }
    bool operator==(const MediaDescription&) const = default;
};

// A whole description. Owns all its text; a plain value, used by one thread at a time.
struct SessionDescription {
    Origin origin;
    std::vector<Line> lines;  // session level, without v= and o=
    std::vector<MediaDescription> media;

    bool operator==(const SessionDescription&) const = default;
};

}  // namespace portcullis::sdp
