// SPDX-License-Identifier: BSD-2-Clause
// Found: all the servers that DNS knows for one Where; and the draw of the order to try them in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "signaling/locate/locator.hpp"
#include "signaling/locate/settings.hpp"
#include "signaling/locate/weighted_order.hpp"

namespace portcullis::locate {

// Servers of one answer; more are left out.
inline constexpr std::size_t kMaxServers = 64;

// A server of one SRV record (or of the domain itself) with all its addresses.
struct Candidate {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string host{};
    std::vector<IpAddress> v4{};
    std::vector<IpAddress> v6{};
};

// The candidates of one transport. Groups are tried one after the other.
struct Group {
    TransportKind transport = TransportKind::Udp;
    std::vector<Candidate> candidates{};
};

struct Found {
    std::vector<Group> groups{};
    std::string server_name{};
};

// Either servers, or why there are none; and how long that holds.
struct Outcome {
    Result<Found> found;
    TimePoint fresh_until{};
    bool stale = false;  // past its life: no name server answers
};

// An address that may be a server's: unicast, of another machine, in its own form.
[[nodiscard]] bool may_be_server(const IpAddress& address, bool allow_loopback);

// The order to try: by group, then by priority and weight, then by family, addresses of one host in
// random order (they are equals: RFC 3263 section 4.2). Every endpoint once.
[[nodiscard]] std::vector<Located> draw(const Found& found, bool prefer_v6, const Random& random);

}  // namespace portcullis::locate
