// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/rtp_packet.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/relay_media/bytes.hpp"

namespace portcullis::relay {
namespace {

const std::string kRest = "1234 00000140 deadbeef ";  // sequence, timestamp, SSRC

struct Case {
    const char* name;
    std::string packet;
    int header;   // bytes; -1: refused
    int payload;  // bytes
};

class RtpHeader : public testing::TestWithParam<Case> {};

TEST_P(RtpHeader, Lengths) {
    const auto bytes = hex(GetParam().packet);
    const auto packet = parse_rtp(bytes);
    ASSERT_EQ(packet.has_value(), GetParam().header >= 0);
    if (!packet) return;
    EXPECT_EQ(packet->header_length, GetParam().header);
    EXPECT_EQ(packet->payload_length, GetParam().payload);
    EXPECT_EQ(packet->sequence, 0x1234);
    EXPECT_EQ(packet->timestamp, 320U);
    EXPECT_EQ(packet->ssrc, 0xdeadbeefU);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc3550Section5, RtpHeader,
    testing::Values(Case{"Plain", "8008" + kRest + "d5d5d5d5", 12, 4},
                    Case{"NoPayload", "8008" + kRest, 12, 0},
                    Case{"ElevenBytes", "8008 1234 00000140 deadbe", -1, 0},
                    Case{"Version1", "4008" + kRest, -1, 0},
                    Case{"Version3", "c008" + kRest, -1, 0},
                    Case{"OneCsrc", "8108" + kRest + "00000001 d5", 16, 1},
                    Case{"CsrcsPastTheEnd", "8f08" + kRest + "00000001", -1, 0},
                    Case{"Extension", "9008" + kRest + "bede0001 10ff0000 d5d5", 20, 2},
                    Case{"EmptyExtension", "9008" + kRest + "bede0000 d5", 16, 1},
                    Case{"ExtensionPastTheEnd", "9008" + kRest + "bede0002 10ff0000", -1, 0},
                    Case{"ExtensionHeaderCut", "9008" + kRest + "bede00", -1, 0},
                    Case{"ExtensionLengthMax", "9008" + kRest + "bedeffff", -1, 0},
                    Case{"Padding", "a008" + kRest + "d5d5 0002", 12, 2},
                    Case{"OnlyPadding", "a008" + kRest + "000003", 12, 0},
                    Case{"PaddingZero", "a008" + kRest + "d5d50000", -1, 0},
                    Case{"PaddingIntoHeader", "a008" + kRest + "0004", -1, 0},
                    Case{"PaddingWithoutRoom", "a008" + kRest, -1, 0}),
    [](const auto& row) { return row.param.name; });

TEST(RtpFields, MarkerAndType) {
    const auto bytes = hex("80e5" + kRest);
    const auto packet = parse_rtp(bytes);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->marker);
    EXPECT_EQ(packet->payload_type, 101);
    const auto with_csrc = hex("8165" + kRest + "00000001");
    const auto csrc = parse_rtp(with_csrc);
    ASSERT_TRUE(csrc);
    EXPECT_FALSE(csrc->marker);
    EXPECT_EQ(csrc->payload_type, 101);
}

// RFC 3711 section 3.1: the padding of an SRTP packet is encrypted.
TEST(RtpFields, OpaquePaddingIsNotRead) {
    const auto bytes = hex("a008" + kRest + "ffffffff");
    EXPECT_FALSE(parse_rtp(bytes, Padding::Checked));
    const auto packet = parse_rtp(bytes, Padding::Opaque);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->payload_length, 4);
}

TEST(RtpFields, MoreThanUdpCanCarry) {
    std::vector<std::byte> bytes(65536);
    bytes[0] = std::byte{0x80};
    EXPECT_FALSE(parse_rtp(bytes));
}

}  // namespace
}  // namespace portcullis::relay
