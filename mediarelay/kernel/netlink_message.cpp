// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/netlink_message.hpp"

#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace portcullis::relay {

namespace {

using Attribute = const nlattr*;

std::optional<IpAddress> address_of(Attribute attribute, int family) {
    const auto* bytes = static_cast<const std::byte*>(mnl_attr_get_payload(attribute));
    const auto size = mnl_attr_get_payload_len(attribute);
    if (family == AF_INET && size == 4) {
        return IpAddress::v4(std::span<const std::byte, 4>(bytes, 4));
    }
    if (family == AF_INET6 && size == 16) {
        return IpAddress::v6(std::span<const std::byte, 16>(bytes, 16));
    }
    return std::nullopt;
}

std::optional<MacAddress> mac_of(Attribute attribute) {
    MacAddress mac{};
    if (mnl_attr_get_payload_len(attribute) != mac.size()) return std::nullopt;
    std::memcpy(mac.data(), mnl_attr_get_payload(attribute), mac.size());
    return mac;
}

std::optional<std::uint32_t> number_of(Attribute attribute) {
    if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0) return std::nullopt;
    return mnl_attr_get_u32(attribute);
}

// The fixed part of a message, or nullptr when the message is too short for it.
template <class Fixed>
const Fixed* fixed_part(const nlmsghdr& message, std::uint16_t type) {
    if (message.nlmsg_type != type || mnl_nlmsg_get_payload_len(&message) < sizeof(Fixed)) {
        return nullptr;
    }
    return static_cast<const Fixed*>(mnl_nlmsg_get_payload(&message));
}

template <class Fixed, class Visit>
void for_each_attribute(const nlmsghdr& message, Visit visit) {
    const auto* attribute =
        static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, sizeof(Fixed)));
    const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
    while (
        mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)))) {
        visit(mnl_attr_get_type(attribute), attribute);
        attribute = mnl_attr_next(attribute);
    }
}

RouteKind kind_of(unsigned char type) {
    switch (type) {
        case RTN_UNICAST:
            return RouteKind::Unicast;
        case RTN_LOCAL:
        case RTN_ANYCAST:
            return RouteKind::Local;
        case RTN_BROADCAST:
            return RouteKind::Broadcast;
        case RTN_MULTICAST:
            return RouteKind::Multicast;
        default:
            return RouteKind::Refused;
    }
}

// RTA_VIA: a gateway of another family than the destination's.
std::optional<IpAddress> via_of(Attribute attribute) {
    const auto* bytes = static_cast<const std::byte*>(mnl_attr_get_payload(attribute));
    const auto size = mnl_attr_get_payload_len(attribute);
    rtvia via{};
    if (size < sizeof(via)) return std::nullopt;
    std::memcpy(&via, bytes, sizeof(via));
    const auto address = std::span(bytes, size).subspan(sizeof(via.rtvia_family));
    if (via.rtvia_family == AF_INET && address.size() >= 4) {
        return IpAddress::v4(address.first<4>());
    }
    if (via.rtvia_family == AF_INET6 && address.size() >= 16) {
        return IpAddress::v6(address.first<16>());
    }
    return std::nullopt;
}

}  // namespace

std::optional<Link> parse_link(const nlmsghdr& message) {
    const auto* fixed = fixed_part<ifinfomsg>(message, RTM_NEWLINK);
    if (fixed == nullptr) fixed = fixed_part<ifinfomsg>(message, RTM_DELLINK);
    // Other families speak of a link's place in a bridge, not of the link.
    if (fixed == nullptr || fixed->ifi_family != AF_UNSPEC) return std::nullopt;
    Link link;
    link.index = fixed->ifi_index;
    link.up = (fixed->ifi_flags & IFF_UP) != 0;
    link.running = (fixed->ifi_flags & IFF_RUNNING) != 0;
    for_each_attribute<ifinfomsg>(message, [&link](std::uint16_t type, Attribute attribute) {
        if (type == IFLA_IFNAME && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0) {
            link.name = mnl_attr_get_str(attribute);
        } else if (type == IFLA_ADDRESS) {
            link.mac = mac_of(attribute).value_or(MacAddress{});
        } else if (type == IFLA_MTU) {
            link.mtu = number_of(attribute).value_or(0);
        }
    });
    if (link.name.empty()) return std::nullopt;
    return link;
}

std::optional<InterfaceAddress> parse_address(const nlmsghdr& message) {
    const auto* fixed = fixed_part<ifaddrmsg>(message, RTM_NEWADDR);
    if (fixed == nullptr) fixed = fixed_part<ifaddrmsg>(message, RTM_DELADDR);
    if (fixed == nullptr) return std::nullopt;
    const int family = fixed->ifa_family;
    std::optional<IpAddress> address;
    std::optional<IpAddress> local;  // point-to-point: IFA_ADDRESS is the peer's
    for_each_attribute<ifaddrmsg>(message, [&](std::uint16_t type, Attribute attribute) {
        if (type == IFA_ADDRESS) address = address_of(attribute, family);
        if (type == IFA_LOCAL) local = address_of(attribute, family);
    });
    if (local) address = local;
    if (!address) return std::nullopt;
    return InterfaceAddress{static_cast<LinkIndex>(fixed->ifa_index), *address,
                            fixed->ifa_prefixlen};
}

std::optional<Route> parse_route(const nlmsghdr& message) {
    const auto* fixed = fixed_part<rtmsg>(message, RTM_NEWROUTE);
    if (fixed == nullptr) return std::nullopt;
    const int family = fixed->rtm_family;
    Route route;
    route.kind = kind_of(fixed->rtm_type);
    for_each_attribute<rtmsg>(message, [&](std::uint16_t type, Attribute attribute) {
        if (type == RTA_OIF) {
            route.out_link = static_cast<LinkIndex>(number_of(attribute).value_or(0));
        } else if (type == RTA_GATEWAY) {
            route.gateway = address_of(attribute, family);
        } else if (type == RTA_VIA) {
            route.gateway = via_of(attribute);
        }
    });
    return route;
}

std::optional<Neighbour> parse_neighbour(const nlmsghdr& message) {
    const auto* fixed = fixed_part<ndmsg>(message, RTM_NEWNEIGH);
    const bool deleted = fixed == nullptr;
    if (deleted) fixed = fixed_part<ndmsg>(message, RTM_DELNEIGH);
    if (fixed == nullptr) return std::nullopt;
    const int family = fixed->ndm_family;
    std::optional<IpAddress> address;
    std::optional<MacAddress> mac;
    for_each_attribute<ndmsg>(message, [&](std::uint16_t type, Attribute attribute) {
        if (type == NDA_DST) address = address_of(attribute, family);
        if (type == NDA_LLADDR) mac = mac_of(attribute);
    });
    if (!address) return std::nullopt;
    Neighbour neighbour;
    neighbour.link = fixed->ndm_ifindex;
    neighbour.address = *address;
    neighbour.removed = deleted;
    neighbour.failed = (fixed->ndm_state & NUD_FAILED) != 0;
    constexpr unsigned kFixed = NUD_PERMANENT | NUD_NOARP;
    constexpr unsigned kResolved = kFixed | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;
    neighbour.fixed = !deleted && (fixed->ndm_state & kFixed) != 0;
    if (!deleted && (fixed->ndm_state & kResolved) != 0) neighbour.mac = mac;
    return neighbour;
}

}  // namespace portcullis::relay
