// SPDX-License-Identifier: BSD-2-Clause
// The Internet checksum (RFC 1071) over headers and payloads, full and incremental (RFC 1624).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "mediarelay/media/wire.hpp"

namespace portcullis::relay {

// A sum of 16-bit words in memory order. Fold it once at the end: ones' complement addition does
// not care about the order of bytes (RFC 1071 section 2 (B)).
class ChecksumSum {
 public:
    // `length` bytes; an odd one counts as padded with zero, so only the last piece may be odd.
    void add(const std::byte* data, std::size_t length) {
        // Two sums side by side: each addition waits for the one before it.
        std::uint64_t even = 0;
        std::uint64_t odd = 0;
        for (; length >= 16; data += 16, length -= 16) {
            even += halves(data);
            odd += halves(data + 8);
        }
        sum_ += even + odd;
        if (length >= 8) {
            sum_ += halves(data);
            data += 8;
            length -= 8;
        }
        if (length != 0) {
            std::uint64_t tail = 0;
            std::memcpy(&tail, data, length);
            sum_ += (tail & 0xffffffffU) + (tail >> 32);
        }
    }
    // A 16-bit number in host order.
    void add_u16(std::uint16_t value) { sum_ += __builtin_bswap16(value); }
    // Takes a folded sum in memory order, such as a stored checksum's complement.
    void add_raw(std::uint16_t raw) { sum_ += raw; }

    // The complement to store, in memory order.
    [[nodiscard]] std::uint16_t checksum() const { return static_cast<std::uint16_t>(~folded()); }
    // The sum itself, in memory order: what devices want of a pseudo-header.
    [[nodiscard]] std::uint16_t folded() const {
        std::uint64_t sum = (sum_ & 0xffffffffU) + (sum_ >> 32);
        sum = (sum & 0xffffU) + (sum >> 16);
        sum = (sum & 0xffffU) + (sum >> 16);
        sum = (sum & 0xffffU) + (sum >> 16);
        return static_cast<std::uint16_t>(sum);
    }

 private:
    [[nodiscard]] static std::uint64_t halves(const std::byte* data) {
        std::uint64_t word = 0;
        std::memcpy(&word, data, sizeof word);
        return (word & 0xffffffffU) + (word >> 32);
    }

    std::uint64_t sum_ = 0;
};

// RFC 768: a computed zero is sent as all ones, zero means "none".
[[nodiscard]] inline std::uint16_t udp_checksum(const ChecksumSum& sum) {
    const std::uint16_t value = sum.checksum();
    return value == 0 ? std::uint16_t{0xffff} : value;
}

}  // namespace portcullis::relay
