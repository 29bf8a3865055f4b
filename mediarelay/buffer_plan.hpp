// SPDX-License-Identifier: BSD-2-Clause
// How many packet buffers each pool has: from queues, descriptor rings and workers. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace portcullis::relay {

// Per queue of an AF_XDP port, in buffers. The driver fills the fill ring with kXdpDescriptors and
// replaces each one that it received, so those are gone for good while the port is open. What is
// sent waits in the transmit ring and then, until the next send, in the completion ring.
inline constexpr std::uint32_t kXdpDescriptors = 2048;
// One worker's cache (256, half as much again before it flushes) and its bursts of 64.
inline constexpr std::uint32_t kBuffersPerWorker = 512;
// What may wait in the ring from one worker to another.
inline constexpr std::uint32_t kHandoverBuffers = 1024;
// A buffer with its headers takes 2.5 KiB: this many are about a sixth of the memory.
inline constexpr std::uint32_t kBuffersPerMib = 64;

// What workers copy packets into and AF_PACKET ports receive into; the kernel's ring of an
// AF_PACKET port holds none of them, so they only are under way.
[[nodiscard]] constexpr std::uint32_t shared_buffers(std::uint32_t workers,
                                                     std::uint32_t memory_mb) {
    constexpr std::uint32_t kLeast = 8191;
    const std::uint32_t under_way = workers * (kBuffersPerWorker + workers * kHandoverBuffers);
    return std::clamp(under_way, kLeast, std::max(kLeast, memory_mb * kBuffersPerMib));
}

struct DeviceBuffers {
    std::uint32_t wanted = 0;  // no ring runs dry
    std::uint32_t needed = 0;  // reception never does; sending drops when the device stands still
};

// Of one AF_XDP device with `queues` queue pairs. Wanted is no more than a sixth of the memory, so
// that several devices fit; needed is not bounded: without it the device can not be opened.
[[nodiscard]] constexpr DeviceBuffers device_buffers(std::uint32_t queues, std::uint32_t workers,
                                                     std::uint32_t memory_mb) {
    constexpr std::uint32_t kSendBursts = 512;
    const std::uint32_t needed =
        queues * (kXdpDescriptors + kSendBursts) + workers * kBuffersPerWorker;
    const std::uint32_t wanted =
        queues * 3 * kXdpDescriptors + workers * (kBuffersPerWorker + kHandoverBuffers);
    return {std::max(needed, std::min(wanted, memory_mb * kBuffersPerMib)), needed};
}

}  // namespace portcullis::relay
