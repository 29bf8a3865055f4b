// SPDX-License-Identifier: BSD-2-Clause
// Unchecked big-endian loads and stores; the caller has checked the length.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace portcullis::relay {

static_assert(std::endian::native == std::endian::little);

[[nodiscard]] inline std::uint8_t load_u8(const std::byte* at) {
    return std::to_integer<std::uint8_t>(*at);
}

[[nodiscard]] inline std::uint16_t load_u16(const std::byte* at) {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap16(value);
}

[[nodiscard]] inline std::uint32_t load_u32(const std::byte* at) {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

inline void store_u8(std::byte* at, std::uint8_t value) { *at = std::byte{value}; }

inline void store_u16(std::byte* at, std::uint16_t value) {
    value = __builtin_bswap16(value);
    std::memcpy(at, &value, sizeof value);
}

inline void store_u32(std::byte* at, std::uint32_t value) {
    value = __builtin_bswap32(value);
    std::memcpy(at, &value, sizeof value);
}

}  // namespace portcullis::relay
