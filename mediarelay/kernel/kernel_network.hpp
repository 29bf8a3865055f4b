// SPDX-License-Identifier: BSD-2-Clause
// KernelNetwork: what the relay asks the kernel about the way to a peer.
#pragma once

#include <optional>

#include "common/base/result.hpp"
#include "mediarelay/kernel/link.hpp"

namespace portcullis::relay {

// Implemented by Netlink, and by a table of answers in tests. Control thread only.
class KernelNetwork {
 public:
    virtual ~KernelNetwork() = default;

    // How a packet from `source` to `destination` leaves. The routes of `preferred_link` (where the
    // source address lives; 0: any) come first, then the whole table. Errors: NoRoute.
    [[nodiscard]] virtual Result<Route> route(const IpAddress& source, const IpAddress& destination,
                                              LinkIndex preferred_link) = 0;

    // Empty when the kernel has no entry.
    [[nodiscard]] virtual Result<std::optional<Neighbour>> neighbour(LinkIndex link,
                                                                     const IpAddress& address) = 0;
    // Makes the kernel resolve the neighbour and keep it resolved (NTF_EXT_MANAGED); on kernels
    // before 5.16 only now (NTF_USE), so the caller repeats it: keeps_neighbours() tells. An entry
    // that is fixed stays as it is, here and in forget_neighbour().
    [[nodiscard]] virtual Status keep_neighbour(LinkIndex link, const IpAddress& address) = 0;
    // Leaves the neighbour to the kernel's own ageing again.
    virtual void forget_neighbour(LinkIndex link, const IpAddress& address) = 0;
    [[nodiscard]] virtual bool keeps_neighbours() const = 0;
};

}  // namespace portcullis::relay
