// SPDX-License-Identifier: BSD-2-Clause
// How far an address reaches: the one question behind most NAT heuristics.
#pragma once

#include "common/net/ip_address.hpp"

namespace portcullis::nat {

// True for addresses that are not routed on the Internet: RFC 1918, RFC 6598 (100.64/10), unique
// local IPv6 (RFC 4193), link-local and loopback. An IPv4-mapped address counts as its IPv4 one.
[[nodiscard]] bool is_private(const IpAddress& address);

}  // namespace portcullis::nat
