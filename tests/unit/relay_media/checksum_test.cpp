// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/checksum.hpp"

#include <gtest/gtest.h>

#include <random>
#include <span>

#include "tests/unit/relay_media/bytes.hpp"

namespace portcullis::relay {
namespace {

// RFC 1071 section 4.1, one word at a time: the judge.
std::uint16_t plain_checksum(std::span<const std::byte> bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        sum += std::to_integer<std::uint32_t>(bytes[i]) << 8;
        if (i + 1 < bytes.size()) sum += std::to_integer<std::uint32_t>(bytes[i + 1]);
    }
    while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

std::uint16_t stored(std::uint16_t memory_order) { return __builtin_bswap16(memory_order); }

TEST(Checksum, Rfc1071Example) {
    ChecksumSum sum;
    const auto bytes = hex("0001f203f4f5f6f7");
    sum.add(bytes.data(), bytes.size());
    EXPECT_EQ(stored(sum.folded()), 0xddf2);  // RFC 1071 section 3
}

TEST(Checksum, EveryLengthAgreesWithTheDefinition) {
    std::mt19937 random(7);
    for (std::size_t length = 0; length <= 200; ++length) {
        std::vector<std::byte> bytes(length);
        for (auto& b : bytes) b = static_cast<std::byte>(random());
        ChecksumSum sum;
        sum.add(bytes.data(), bytes.size());
        EXPECT_EQ(stored(sum.checksum()), plain_checksum(bytes)) << length;
    }
}

TEST(Checksum, LargestSumsFoldCompletely) {
    const std::vector<std::byte> bytes(65535, std::byte{0xff});
    ChecksumSum sum;
    sum.add(bytes.data(), bytes.size());
    EXPECT_EQ(stored(sum.checksum()), plain_checksum(bytes));
}

TEST(Checksum, PiecesEqualTheWhole) {
    const auto bytes = hex("45000073000040004011b861c0a80001c0a800c7");
    ChecksumSum sum;
    sum.add(bytes.data(), 12);
    sum.add(bytes.data() + 12, 8);
    EXPECT_EQ(sum.checksum(), 0);  // a header with its checksum in place
    ChecksumSum words;
    words.add_u16(0x4500);
    words.add_raw(__builtin_bswap16(0x0073));
    EXPECT_EQ(stored(words.folded()), 0x4573);
}

TEST(Checksum, UdpZeroIsSentAsAllOnes) {
    ChecksumSum sum;
    sum.add_u16(0xffff);
    EXPECT_EQ(sum.checksum(), 0);
    EXPECT_EQ(udp_checksum(sum), 0xffff);  // RFC 768
}

}  // namespace
}  // namespace portcullis::relay
