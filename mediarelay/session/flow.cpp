// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/flow.hpp"

namespace portcullis::relay {

void PublishedSource::store(const nat::Source& source) {
    const std::uint32_t before = version.load(std::memory_order_relaxed);
    version.store(before + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    high.store(source.high, std::memory_order_relaxed);
    low.store(source.low, std::memory_order_relaxed);
    port.store(source.port, std::memory_order_relaxed);
    version.store(before + 2, std::memory_order_release);
}

nat::Source PublishedSource::load() const {
    // The writer needs nanoseconds; should it be stopped in between, the caller does without.
    for (int attempt = 0; attempt < 100; ++attempt) {
        const std::uint32_t before = version.load(std::memory_order_acquire);
        const nat::Source source{.high = high.load(std::memory_order_relaxed),
                                 .low = low.load(std::memory_order_relaxed),
                                 .port = port.load(std::memory_order_relaxed)};
        std::atomic_thread_fence(std::memory_order_acquire);
        if ((before & 1U) == 0 && version.load(std::memory_order_relaxed) == before) return source;
    }
    return {};
}

std::uint32_t clock_rate(const FlowSettings& settings, std::uint8_t payload_type) {
    for (std::size_t i = 0; i < settings.payload_count && i < kMaxPayloads; ++i) {
        if (settings.payloads[i].payload_type == payload_type) {
            return settings.payloads[i].clock_rate;
        }
    }
    // RFC 3551 tables 4 and 5.
    switch (payload_type) {
        case 6:
            return 16000;
        case 10:
        case 11:
            return 44100;
        case 13:  // comfort noise comes when it likes
            return 0;
        case 16:
            return 11025;
        case 17:
            return 22050;
        case 14:
            return 90000;
        default:
            break;
    }
    if (payload_type <= 18) return 8000;
    return payload_type >= 25 && payload_type <= 34 ? 90000 : 0;
}

}  // namespace portcullis::relay
