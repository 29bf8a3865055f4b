// SPDX-License-Identifier: BSD-2-Clause
// The field codec: round trips, version tolerance, and refusal of malformed bytes.
#include "common/base/field_codec.hpp"

#include <gtest/gtest.h>

#include "mediarelay/api/messages.hpp"

namespace portcullis {
namespace {

struct Old {
    std::uint32_t a = 0;
    std::string b;
    auto fields() { return std::tie(a, b); }
};
struct New {
    std::uint32_t a = 0;
    std::string b;
    std::vector<std::uint16_t> c{7};
    auto fields() { return std::tie(a, b, c); }
};

TEST(FieldCodec, SkipsFieldsOfANewerPeer) {
    const auto bytes = codec::to_bytes(New{.a = 1, .b = "x", .c = {1, 2}});
    const auto old = codec::from_bytes<Old>(bytes);
    ASSERT_TRUE(old);
    EXPECT_EQ(old->a, 1U);
    EXPECT_EQ(old->b, "x");
}

TEST(FieldCodec, DefaultsFieldsThatAnOlderPeerLacks) {
    const auto value = codec::from_bytes<New>(codec::to_bytes(Old{.a = 1, .b = "x"}));
    ASSERT_TRUE(value);
    EXPECT_EQ(value->c, std::vector<std::uint16_t>{7});
}

TEST(FieldCodec, RefusesEveryTruncation) {
    relay_api::InstallSession install;
    install.session = SessionId{42};
    install.legs.push_back({.leg = LegId{1}, .pool = "core", .streams = {{}}});
    install.legs[0].streams[0].rtp_remote = Endpoint::parse("198.18.0.2:4000");
    const auto bytes = codec::to_bytes(install);
    EXPECT_TRUE(codec::from_bytes<relay_api::InstallSession>(bytes));
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_FALSE(codec::from_bytes<relay_api::InstallSession>(std::span(bytes).first(cut)));
    }
}

// Elements without their fields: four bytes each on the wire, a whole struct each in memory.
TEST(FieldCodec, RefusesElementsThatGrowOutOfProportion) {
    ByteWriter writer;
    writer.write(std::uint32_t{1000});
    for (int i = 0; i < 1000; ++i) writer.write(std::uint32_t{0});
    EXPECT_FALSE(codec::from_bytes<std::vector<relay_api::StreamSpec>>(writer.bytes()));
    EXPECT_TRUE(codec::from_bytes<std::vector<std::string>>(writer.bytes())) << "empty strings";
    const std::vector<relay_api::StreamSpec> complete(1000);
    EXPECT_TRUE(codec::from_bytes<std::vector<relay_api::StreamSpec>>(codec::to_bytes(complete)));
}

TEST(FieldCodec, RefusesACountThatCannotFit) {
    ByteWriter writer;
    writer.write(std::uint32_t{8});
    writer.write(std::uint32_t{0xffffffff});
    writer.write(std::uint32_t{0});
    struct Holder {
        std::vector<std::uint64_t> values;
        auto fields() { return std::tie(values); }
    };
    EXPECT_FALSE(codec::from_bytes<Holder>(writer.bytes()));
}

TEST(FieldCodec, RefusesAnEnumeratorOutOfRange) {
    relay_api::StreamSpec stream;
    stream.latch = static_cast<relay_api::LatchPolicy>(9);
    EXPECT_FALSE(codec::from_bytes<relay_api::StreamSpec>(codec::to_bytes(stream)));
}

TEST(FieldCodec, CarriesEveryKindOfField) {
    relay_api::StreamStats stats;
    stats.leg = LegId{3};
    stats.rx_packets = 1ULL << 40;
    stats.rtp_latched = Endpoint::parse("[fd00::2]:4000");
    stats.first_packet_us = -5;
    const auto back = codec::from_bytes<relay_api::StreamStats>(codec::to_bytes(stats));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, stats);
}

}  // namespace
}  // namespace portcullis
