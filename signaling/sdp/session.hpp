// SPDX-License-Identifier: BSD-2-Clause
// SessionDescription and MediaDescription: a session description as values (RFC 8866).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/ip_address.hpp"

namespace portcullis::sdp {

// One line other than v=, o= and m=: its type letter and all that follows "=".
struct Line {
    char type = 'a';
    std::string_view value;

    // a= lines: the part before and after the first ':'; the value is empty for a flag.
    [[nodiscard]] std::string_view attribute() const;
    [[nodiscard]] std::string_view attribute_value() const;
    bool operator==(const Line&) const = default;
};

// o= (RFC 8866 section 5.2). Ids stay text: peers send numbers of any size.
struct Origin {
    std::string_view username;
    std::string_view session_id;
    std::string_view session_version;
    std::string_view network_type;
    std::string_view address_type;
    std::string_view address;
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
    std::string_view media;  // "audio", as written
    std::uint16_t port = 0;  // 0: rejected or unused (RFC 3264 section 5.1)
    std::uint16_t port_count = 1;
    std::string_view protocol;  // "RTP/AVP", as written
    std::vector<std::string_view> formats;
    std::vector<Line> lines;

    [[nodiscard]] bool active() const { return port != 0; }
    bool operator==(const MediaDescription&) const = default;
};

// A whole description. Its parts view `text`, which all its copies share and nobody changes: a part
// lives as long as any of them.
struct SessionDescription {
    std::shared_ptr<const std::string> text;  // null: no parts either
    Origin origin;
    std::vector<Line> lines;  // session level, without v= and o=
    std::vector<MediaDescription> media;

    // Of what they say; where the text stands does not matter.
    bool operator==(const SessionDescription& other) const {
        return origin == other.origin && lines == other.lines && media == other.media;
    }
};

}  // namespace portcullis::sdp
