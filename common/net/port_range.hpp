// SPDX-License-Identifier: BSD-2-Clause
// PortRange: an inclusive range of UDP ports and its even/odd RTP pairs (RFC 3550 section 11).
#pragma once

#include <cstdint>

namespace portcullis {

struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;

    [[nodiscard]] bool contains(std::uint16_t port) const { return port >= first && port <= last; }
    [[nodiscard]] bool overlaps(const PortRange& other) const {
        return first <= other.last && other.first <= last;
    }
    [[nodiscard]] std::uint16_t first_even() const {
        return static_cast<std::uint16_t>(first + (first & 1U));
    }
    // How many pairs {even, even + 1} lie wholly inside.
    [[nodiscard]] std::uint32_t pair_count() const {
        const std::uint32_t even = first_even();
        return last > even ? (last - even + 1U) / 2U : 0U;
    }
    // The even port of pair `index` < pair_count().
    [[nodiscard]] std::uint16_t pair_port(std::uint32_t index) const {
        return static_cast<std::uint16_t>(first_even() + 2U * index);
    }

    bool operator==(const PortRange&) const = default;
};

}  // namespace portcullis
