// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/netlink.hpp"

#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "mediarelay/kernel/errc.hpp"
#include "mediarelay/kernel/netlink_message.hpp"

namespace portcullis::relay {

namespace {

constexpr std::size_t kRequestBytes = 512;
constexpr std::size_t kAnswerBytes = 64U << 10;

// Room for one request, aligned as netlink demands.
struct Request {
    alignas(nlmsghdr) std::array<char, kRequestBytes> bytes{};
    nlmsghdr* header = nullptr;

    Request(std::uint16_t type, unsigned flags) {
        header = mnl_nlmsg_put_header(bytes.data());
        header->nlmsg_type = type;
        header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    }
    template <class Fixed>
    Fixed& fixed() {
        return *static_cast<Fixed*>(mnl_nlmsg_put_extra_header(header, sizeof(Fixed)));
    }
    void put(std::uint16_t type, const IpAddress& address) {
        mnl_attr_put(header, type, address.bytes().size(), address.bytes().data());
    }
};

unsigned char family_of(const IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

std::error_code system_error(int number) { return {number, std::generic_category()}; }

}  // namespace

Result<Netlink> Netlink::open() {
    UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket) return fail(KernelErrc::Netlink, system_error(errno).message());
    const int on = 1;
    // Without this, dumps ignore the filters of the request's fixed part.
    ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
    ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
    return Netlink(std::move(socket));
}

std::error_code Netlink::exchange(nlmsghdr& message, const Visit& visit) {
    message.nlmsg_seq = ++sequence_;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(socket_.get(), &message, message.nlmsg_len, 0,
                 reinterpret_cast<const sockaddr*>(&kernel), sizeof(kernel)) < 0) {
        return system_error(errno);
    }
    alignas(nlmsghdr) std::array<char, kAnswerBytes> answer;
    for (;;) {
        const auto size = ::recv(socket_.get(), answer.data(), answer.size(), 0);
        if (size < 0) {
            if (errno == EINTR) continue;
            return system_error(errno);
        }
        int left = static_cast<int>(size);
        const auto* part = reinterpret_cast<const nlmsghdr*>(answer.data());
        for (; mnl_nlmsg_ok(part, left); part = mnl_nlmsg_next(part, &left)) {
            if (part->nlmsg_seq != sequence_) continue;  // left over from an aborted exchange
            if (part->nlmsg_type == NLMSG_DONE) return {};
            if (part->nlmsg_type == NLMSG_ERROR) {
                const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(part));
                return error->error == 0 ? std::error_code{} : system_error(-error->error);
            }
            visit(*part);
        }
    }
}

Result<std::vector<Link>> Netlink::links() {
    Request request(RTM_GETLINK, NLM_F_DUMP);
    request.fixed<ifinfomsg>().ifi_family = AF_UNSPEC;
    std::vector<Link> found;
    const auto error = exchange(*request.header, [&found](const nlmsghdr& message) {
        if (auto link = parse_link(message)) found.push_back(std::move(*link));
    });
    if (error) return fail(KernelErrc::Netlink, "list of links: " + error.message());
    return found;
}

Result<Link> Netlink::link(std::string_view name) {
    Request request(RTM_GETLINK, NLM_F_ACK);
    request.fixed<ifinfomsg>().ifi_family = AF_UNSPEC;
    const std::string text(name);
    // Longer names do not exist, and the kernel refuses the attribute.
    if (text.empty() || text.size() > 15) return fail(KernelErrc::NoInterface, text);
    mnl_attr_put_strz(request.header, IFLA_IFNAME, text.c_str());
    std::optional<Link> found;
    const auto error = exchange(*request.header, [&found](const nlmsghdr& message) {
        if (auto link = parse_link(message)) found = std::move(link);
    });
    if (error || !found) return fail(KernelErrc::NoInterface, text);
    return *found;
}

Result<std::vector<InterfaceAddress>> Netlink::addresses() {
    Request request(RTM_GETADDR, NLM_F_DUMP);
    request.fixed<ifaddrmsg>().ifa_family = AF_UNSPEC;
    std::vector<InterfaceAddress> found;
    const auto error = exchange(*request.header, [&found](const nlmsghdr& message) {
        if (auto address = parse_address(message)) found.push_back(*address);
    });
    if (error) return fail(KernelErrc::Netlink, "list of addresses: " + error.message());
    return found;
}

Result<Route> Netlink::route_once(const IpAddress& source, const IpAddress& destination,
                                  LinkIndex out_link, bool fib_match) {
    Request request(RTM_GETROUTE, NLM_F_ACK);
    auto& fixed = request.fixed<rtmsg>();
    fixed.rtm_family = family_of(destination);
    fixed.rtm_dst_len = destination.is_v4() ? 32 : 128;
    fixed.rtm_src_len = fixed.rtm_dst_len;
    fixed.rtm_flags = fib_match ? RTM_F_FIB_MATCH : 0U;
    request.put(RTA_DST, destination);
    request.put(RTA_SRC, source);
    if (out_link != 0) {
        mnl_attr_put_u32(request.header, RTA_OIF, static_cast<std::uint32_t>(out_link));
    }
    std::optional<Route> found;
    const auto error = exchange(*request.header, [&found](const nlmsghdr& message) {
        if (auto route = parse_route(message)) found = route;
    });
    if (error || !found) {
        return fail(KernelErrc::NoRoute, source.text() + " to " + destination.text() +
                                             (error ? ": " + error.message() : ""));
    }
    return *found;
}

Result<Route> Netlink::route(const IpAddress& source, const IpAddress& destination,
                             LinkIndex preferred_link) {
    if (source.family() != destination.family()) {
        return fail(KernelErrc::NoRoute, "families of source and destination differ");
    }
    // An address of ours is local whatever link is asked for.
    auto any = route_once(source, destination, 0, false);
    if (preferred_link == 0 || (any && any->kind != RouteKind::Unicast) ||
        (any && any->out_link == preferred_link)) {
        return any;
    }
    // Asked for a link without a route, IPv4 assumes the destination to be on it; only the lookup
    // of the table's entry itself tells the difference.
    if (route_once(source, destination, preferred_link, true)) {
        auto own = route_once(source, destination, preferred_link, false);
        if (own && own->kind == RouteKind::Unicast) return own;
    }
    return any;
}

Result<std::optional<Neighbour>> Netlink::neighbour(LinkIndex link, const IpAddress& address) {
    Request request(RTM_GETNEIGH, NLM_F_ACK);
    auto& fixed = request.fixed<ndmsg>();
    fixed.ndm_family = family_of(address);
    fixed.ndm_ifindex = link;
    request.put(NDA_DST, address);
    std::optional<Neighbour> found;
    const auto error = exchange(*request.header, [&found](const nlmsghdr& message) {
        if (auto neighbour = parse_neighbour(message)) found = neighbour;
    });
    if (error && error != std::errc::no_such_file_or_directory) {
        return fail(KernelErrc::Netlink, "neighbour " + address.text() + ": " + error.message());
    }
    return found;
}

std::error_code Netlink::set_neighbour(LinkIndex link, const IpAddress& address, std::uint8_t flags,
                                       std::uint32_t extended) {
    Request request(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
    auto& fixed = request.fixed<ndmsg>();
    fixed.ndm_family = family_of(address);
    fixed.ndm_ifindex = link;
    fixed.ndm_flags = flags;
    request.put(NDA_DST, address);
    if (extended != 0) mnl_attr_put_u32(request.header, NDA_FLAGS_EXT, extended);
    return exchange(*request.header, [](const nlmsghdr&) {});
}

// NTF_USE and NTF_EXT_MANAGED make the kernel give up NUD_PERMANENT and ask the wire.
bool Netlink::is_fixed(LinkIndex link, const IpAddress& address) {
    const auto known = neighbour(link, address);
    return known && *known && (*known)->fixed;
}

Status Netlink::keep_neighbour(LinkIndex link, const IpAddress& address) {
    if (is_fixed(link, address)) return {};
    if (managed_) {
        const auto error = set_neighbour(link, address, 0, NTF_EXT_MANAGED);
        if (!error) return {};
        if (error == std::errc::operation_not_permitted) {
            return fail(KernelErrc::NoPrivilege, "neighbour entries need CAP_NET_ADMIN");
        }
        managed_ = false;
    }
    if (const auto error = set_neighbour(link, address, NTF_USE, 0)) {
        return fail(KernelErrc::Netlink, "neighbour " + address.text() + ": " + error.message());
    }
    return {};
}

void Netlink::forget_neighbour(LinkIndex link, const IpAddress& address) {
    // A plain "use" without the flag is what clears it.
    if (!managed_ || is_fixed(link, address)) return;
    static_cast<void>(set_neighbour(link, address, NTF_USE, 0));
}

}  // namespace portcullis::relay
