// SPDX-License-Identifier: BSD-2-Clause
// Netlink: KernelNetwork by synchronous rtnetlink requests about links, addresses, routes and
// neighbours.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"
#include "mediarelay/kernel/kernel_network.hpp"

struct nlmsghdr;

namespace portcullis::relay {

// One per process, used on the control thread only. The kernel answers a request before send(2)
// returns, so no request waits. Network namespace: the one of the process when opened.
class Netlink final : public KernelNetwork {
 public:
    // Errors: Netlink when the socket cannot be had.
    [[nodiscard]] static Result<Netlink> open();

    // Errors: NoInterface.
    [[nodiscard]] Result<Link> link(std::string_view name);
    [[nodiscard]] Result<std::vector<Link>> links();
    // Of all links and both families.
    [[nodiscard]] Result<std::vector<InterfaceAddress>> addresses();

    [[nodiscard]] Result<Route> route(const IpAddress& source, const IpAddress& destination,
                                      LinkIndex preferred_link) override;
    [[nodiscard]] Result<std::optional<Neighbour>> neighbour(LinkIndex link,
                                                             const IpAddress& address) override;
    [[nodiscard]] Status keep_neighbour(LinkIndex link, const IpAddress& address) override;
    void forget_neighbour(LinkIndex link, const IpAddress& address) override;
    [[nodiscard]] bool keeps_neighbours() const override { return managed_; }

 private:
    using Visit = std::function<void(const nlmsghdr&)>;

    explicit Netlink(UniqueFd socket) : socket_(std::move(socket)) {}
    // Sends `message` and feeds every answer to `visit` until the acknowledgement; the error is the
    // kernel's errno.
    [[nodiscard]] std::error_code exchange(nlmsghdr& message, const Visit& visit);
    [[nodiscard]] Result<Route> route_once(const IpAddress& source, const IpAddress& destination,
                                           LinkIndex out_link, bool fib_match);
    [[nodiscard]] bool is_fixed(LinkIndex link, const IpAddress& address);
    [[nodiscard]] std::error_code set_neighbour(LinkIndex link, const IpAddress& address,
                                                std::uint8_t flags, std::uint32_t extended);

    UniqueFd socket_;
    std::uint32_t sequence_ = 0;
    bool managed_ = true;
};

}  // namespace portcullis::relay
