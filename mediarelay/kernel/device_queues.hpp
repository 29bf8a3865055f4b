// SPDX-License-Identifier: BSD-2-Clause
// DeviceQueues: the queues that an interface spreads its packets over.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.hpp"

namespace portcullis::relay {

// As the kernel says it (ETHTOOL_GCHANNELS): a combined channel has a queue each way, others are
// counted by direction. All 0: the driver has no such notion, and one queue each way.
struct DeviceQueues {
    std::uint32_t combined = 0;
    std::uint32_t rx = 0;
    std::uint32_t tx = 0;
};

[[nodiscard]] DeviceQueues device_queues(const std::string& device);

// The queues that AF_XDP has to take for all media of the device: every queue that receives, each
// with a queue to send on. Its driver takes combined channels, or one queue of a device without.
// Errors: Xdp when packets would come on queues that it cannot take; the words say what to do.
[[nodiscard]] Result<std::uint16_t> xdp_queue_count(const DeviceQueues& queues);

}  // namespace portcullis::relay
