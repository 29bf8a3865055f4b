// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/found.hpp"

#include <algorithm>

namespace portcullis::locate {
namespace {

void shuffle(std::vector<IpAddress>& addresses, const Random& random) {
    for (std::size_t left = addresses.size(); left > 1; --left) {
        std::swap(addresses[left - 1], addresses[random(static_cast<std::uint32_t>(left))]);
    }
}

}  // namespace

bool may_be_server(const IpAddress& address, bool allow_loopback) {
    // A mapped address would be reached over IPv4, whatever else it says; 0/8 is this network.
    if (address.mapped_v4()) return false;
    if (address.is_v4() && address.bytes().front() == std::byte{0}) return false;
    return address.is_usable_target() || (allow_loopback && address.is_loopback());
}

std::vector<Located> draw(const Found& found, bool prefer_v6, const Random& random) {
    std::vector<Located> out;
    const auto add = [&](TransportKind transport, const Candidate& from, const IpAddress& address) {
        Located server{.transport = transport,
                       .remote = {address, from.port},
                       .server_name = found.server_name,
                       .priority = from.priority,
                       .weight = from.weight};
        const bool known = std::any_of(out.begin(), out.end(), [&](const Located& other) {
            return other.transport == transport && other.remote == server.remote;
        });
        if (!known && out.size() < kMaxServers) out.push_back(std::move(server));
    };
    for (const Group& group : found.groups) {
        for (Candidate& from : weighted_order(group.candidates, kMaxServers, random)) {
            shuffle(from.v4, random);
            shuffle(from.v6, random);
            const auto& first = prefer_v6 ? from.v6 : from.v4;
            const auto& second = prefer_v6 ? from.v4 : from.v6;
            for (const auto& address : first) add(group.transport, from, address);
            for (const auto& address : second) add(group.transport, from, address);
        }
    }
    return out;
}

}  // namespace portcullis::locate
