// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/device_queues.hpp"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "common/base/unique_fd.hpp"
#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay {

namespace {

constexpr std::uint32_t kMaxQueues = 64;  // sockets of one device

}  // namespace

DeviceQueues device_queues(const std::string& device) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    ifreq request{};
    std::strncpy(request.ifr_name, device.c_str(), IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&channels);
    if (!socket || ::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return {};
    return {channels.combined_count, channels.rx_count, channels.tx_count};
}

Result<std::uint16_t> xdp_queue_count(const DeviceQueues& queues) {
    const std::uint32_t rx = std::max(1U, queues.combined + queues.rx);
    const std::uint32_t tx = std::max(1U, queues.combined + queues.tx);
    const std::uint32_t taken = std::min({std::max(1U, queues.combined), tx, kMaxQueues});
    if (rx > taken) {
        return fail(KernelErrc::Xdp,
                    fmt::format("{} queues receive and AF_XDP can take {}: set the interface's "
                                "channels (ethtool -L) to no more, combined",
                                rx, taken));
    }
    return static_cast<std::uint16_t>(rx);
}

}  // namespace portcullis::relay
