// SPDX-License-Identifier: BSD-2-Clause
// The state file's bytes: a header, the pools, the flows. In the machine's own byte order: the file
// never leaves it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mediarelay/session/state_record.hpp"

namespace portcullis::relay::state_layout {

inline constexpr std::array<char, 8> kMagic{'P', 'C', 'R', 'E', 'L', 'A', 'Y', '1'};
inline constexpr std::uint32_t kLayout = 2;

struct Header {
    std::array<char, 8> magic = kMagic;
    std::uint32_t layout = kLayout;
    std::uint32_t flow_bytes = 0;
    std::uint32_t flows = 0;
    std::uint32_t pool_bytes = 0;
    std::uint32_t pools = 0;
    std::array<std::uint32_t, 9> spare{};
};
static_assert(sizeof(Header) == 64);

struct FlowBytes {
    std::uint64_t session = 0;
    std::uint32_t leg = 0;
    std::uint16_t stream = 0;
    std::uint8_t component = 0;
    std::uint8_t state = 0;  // low nibble: StateRecord::State; 0x10: latched; 0x20: IPv6
    std::array<std::byte, 16> latched_address{};
    std::uint16_t latched_port = 0;
    std::uint16_t local_port = 0;
    std::uint32_t pool_key = 0;
    std::uint32_t rx_ssrc = 0;
    std::uint32_t tx_ssrc = 0;
    std::uint64_t tx_index = 0;
    std::uint32_t changed_at_s = 0;
    std::uint32_t checksum = 0;  // over the bytes before it
};
static_assert(sizeof(FlowBytes) == 64);

inline constexpr std::size_t kMaxRanges = 32;

struct PoolBytes {
    std::array<char, 64> name{};    // ends with 0
    std::array<char, 16> device{};  // ends with 0
    std::array<std::byte, 16> address{};
    std::array<std::byte, 16> advertised{};
    std::uint8_t flags = 0;  // 1: there; 2: IPv6; 4: has an advertised address; 8: that is IPv6
    std::uint8_t range_count = 0;
    std::array<std::uint16_t, 2> range{};                           // first, last
    std::array<std::array<std::uint16_t, 2>, kMaxRanges> ranges{};  // range_count of them
    std::array<std::uint8_t, 6> spare{};
    std::uint32_t checksum = 0;  // over the bytes before it
};
static_assert(sizeof(PoolBytes) == 256);

[[nodiscard]] Header make_header(std::size_t pools, std::size_t flows);
// This program reads it.
[[nodiscard]] bool is_known(const Header& header);

[[nodiscard]] FlowBytes pack(const StateRecord& value);
// Empty state for anything that is not whole.
[[nodiscard]] StateRecord unpack(const FlowBytes& record);
// Of more than kMaxRanges ranges the first; a pool that fits in no record is left out.
[[nodiscard]] PoolBytes pack(const PoolPlace& value);
// Empty for anything that is not whole.
[[nodiscard]] std::optional<PoolPlace> unpack(const PoolBytes& record);

}  // namespace portcullis::relay::state_layout
