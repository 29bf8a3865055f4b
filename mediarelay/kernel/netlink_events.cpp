// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/netlink_events.hpp"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>

#include "mediarelay/kernel/errc.hpp"
#include "mediarelay/kernel/netlink_message.hpp"

namespace portcullis::relay {

namespace {

constexpr unsigned kGroups = RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                             RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
constexpr int kQueueBytes = 1 << 20;

std::optional<NetlinkEvent> event_of(const nlmsghdr& message) {
    switch (message.nlmsg_type) {
        case RTM_NEWLINK:
        case RTM_DELLINK:
            if (auto link = parse_link(message)) {
                return LinkChanged{std::move(*link), message.nlmsg_type == RTM_DELLINK};
            }
            break;
        case RTM_NEWADDR:
        case RTM_DELADDR:
            if (const auto address = parse_address(message)) {
                return AddressChanged{*address, message.nlmsg_type == RTM_DELADDR};
            }
            break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            return RoutesChanged{};
        case RTM_NEWNEIGH:
        case RTM_DELNEIGH:
            if (const auto neighbour = parse_neighbour(message)) {
                return NeighbourChanged{*neighbour};
            }
            break;
        default:
            break;
    }
    return std::nullopt;
}

}  // namespace

Result<NetlinkEvents> NetlinkEvents::open() {
    UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    if (!socket) return fail_errno(errno, "netlink event socket");
    // A burst of routes must not cost us a neighbour event; the privileged form may be refused.
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kQueueBytes, sizeof(kQueueBytes)) !=
        0) {
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kQueueBytes, sizeof(kQueueBytes));
    }
    sockaddr_nl groups{};
    groups.nl_family = AF_NETLINK;
    groups.nl_groups = kGroups;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof(groups)) != 0) {
        return fail_errno(errno, "netlink event groups");
    }
    return NetlinkEvents(std::move(socket));
}

void NetlinkEvents::drain(const std::function<void(const NetlinkEvent&)>& sink) {
    alignas(nlmsghdr) std::array<char, 64U << 10> buffer;
    for (;;) {
        const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0) {
            if (errno == EINTR) continue;
            if (errno != ENOBUFS) return;
            sink(EventsLost{});
            continue;
        }
        int left = static_cast<int>(size);
        const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            if (const auto event = event_of(*message)) sink(*event);
        }
    }
}

}  // namespace portcullis::relay
