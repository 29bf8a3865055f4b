// SPDX-License-Identifier: BSD-2-Clause
// Netlink: synchronous rtnetlink requests about links, addresses, routes and neighbours.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"
#include "mediarelay/kernel/link.hpp"

struct nlmsghdr;

namespace portcullis::relay {

// One per process, used on the control thread only. The kernel answers a request before send(2)
// returns, so no request waits. Network namespace: the one of the process when opened.
class Netlink {
 public:
    // Errors: Netlink when the socket cannot be had.
    [[nodiscard]] static Result<Netlink> open();

    // Errors: NoInterface.
    [[nodiscard]] Result<Link> link(std::string_view name);
    [[nodiscard]] Result<std::vector<Link>> links();
    // Of all links and both families.
    [[nodiscard]] Result<std::vector<InterfaceAddress>> addresses();

    // How a packet from `source` to `destination` leaves. The routes of `preferred_link` (where the
    // source address lives; 0: any) come first, then the whole table. Errors: NoRoute.
    [[nodiscard]] Result<Route> route(const IpAddress& source, const IpAddress& destination,
                                      LinkIndex preferred_link);

    // Empty when the kernel has no entry.
    [[nodiscard]] Result<std::optional<Neighbour>> neighbour(LinkIndex link,
                                                             const IpAddress& address);
    // Makes the kernel resolve the neighbour and keep it resolved (NTF_EXT_MANAGED); on kernels
    // before 5.16 only now (NTF_USE), so the caller repeats it: managed_neighbours() tells.
    [[nodiscard]] Status keep_neighbour(LinkIndex link, const IpAddress& address);
    // Leaves the neighbour to the kernel's own ageing again.
    void forget_neighbour(LinkIndex link, const IpAddress& address);
    [[nodiscard]] bool managed_neighbours() const { return managed_; }

 private:
    using Visit = std::function<void(const nlmsghdr&)>;

    explicit Netlink(UniqueFd socket) : socket_(std::move(socket)) {}
    // Sends `message` and feeds every answer to `visit` until the acknowledgement; the error is the
    // kernel's errno.
    [[nodiscard]] std::error_code exchange(nlmsghdr& message, const Visit& visit);
    [[nodiscard]] Result<Route> route_once(const IpAddress& source, const IpAddress& destination,
                                           LinkIndex out_link, bool fib_match);
    [[nodiscard]] std::error_code set_neighbour(LinkIndex link, const IpAddress& address,
                                                std::uint8_t flags, std::uint32_t extended);

    UniqueFd socket_;
    std::uint32_t sequence_ = 0;
    bool managed_ = true;
};

}  // namespace portcullis::relay
