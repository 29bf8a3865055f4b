// SPDX-License-Identifier: BSD-2-Clause
// Reading rtnetlink messages (link, address, route, neighbour) into values. Pure: no sockets.
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <variant>

#include "mediarelay/kernel/link.hpp"

namespace portcullis::relay {

// Each is empty when the message is of another type, another family, or lacks what it must carry.
[[nodiscard]] std::optional<Link> parse_link(const nlmsghdr& message);
[[nodiscard]] std::optional<InterfaceAddress> parse_address(const nlmsghdr& message);
[[nodiscard]] std::optional<Route> parse_route(const nlmsghdr& message);
[[nodiscard]] std::optional<Neighbour> parse_neighbour(const nlmsghdr& message);

}  // namespace portcullis::relay
