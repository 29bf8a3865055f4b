// SPDX-License-Identifier: BSD-2-Clause
// DnsConfig: how host names of gateways are looked up (RFC 3263).
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "common/net/endpoint.hpp"
#include "policy/config/object_type.hpp"
#include "policy/config/value_codec.hpp"

namespace portcullis::config {

// The address of a name server, port 53 unless it is written.
struct DnsServer {
    Endpoint endpoint{};

    bool operator==(const DnsServer&) const = default;
};

struct DnsConfig {
    std::vector<DnsServer> servers{};         // in the order they are asked; none: /etc/resolv.conf
    std::chrono::milliseconds timeout{1000};  // of the first try; doubled when all have been tried
    std::uint32_t tries = 2;                  // of each server
    bool prefer_ipv6 = false;
    std::chrono::seconds min_ttl{5};
    std::chrono::seconds max_ttl{3600};
    std::chrono::seconds stale{600};  // how long past its life an answer serves; 0: not at all

    bool operator==(const DnsConfig&) const = default;
};

template <>
struct ValueCodec<DnsServer> {
    static const ValueType& type();
    static Parsed<DnsServer> parse(const Scalar& value);
    static Scalar print(const DnsServer& value);
};

template <>
const ObjectType& object_type<DnsConfig>();

}  // namespace portcullis::config
