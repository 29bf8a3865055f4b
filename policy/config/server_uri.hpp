// SPDX-License-Identifier: BSD-2-Clause
// ServerUri: a SIP server that is named or addressed: a SIP URI without user (RFC 3261 19.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/net/transport_kind.hpp"
#include "policy/config/value_codec.hpp"

namespace portcullis::config {

// What the URI leaves open, RFC 3263 finds: absent port and transport stay absent.
struct ServerUri {
    std::string host;  // lower case; an IPv6 address in brackets
    std::optional<std::uint16_t> port{};
    std::optional<TransportKind> transport{};
    bool secure = false;  // sips:

    // "sip:registrar.example.com:5060;transport=tcp"
    [[nodiscard]] std::string text() const;
    // The same without parameters: what a Request-URI of REGISTER names (RFC 3261 section 10.2).
    [[nodiscard]] std::string domain_uri() const;
    bool operator==(const ServerUri&) const = default;
};

template <>
struct ValueCodec<ServerUri> {
    static const ValueType& type();
    static Parsed<ServerUri> parse(const Scalar& value);
    static Scalar print(const ServerUri& value) { return value.text(); }
};

}  // namespace portcullis::config
