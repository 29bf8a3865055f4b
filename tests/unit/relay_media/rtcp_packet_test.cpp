// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/rtcp_packet.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/relay_media/bytes.hpp"

namespace portcullis::relay {
namespace {

const std::string kSender =
    "11111111 83aa7e80 80000000 00000140 00000064 00003e80 ";  // SSRC, NTP, RTP, packets, octets
const std::string kBlock = "22222222 40fffffe 00010005 00000021 7e808000 00010000 ";
const std::string kSr = "80c80006 " + kSender;
const std::string kRr = "81c90007 11111111 " + kBlock;
const std::string kSdes = "81ca0003 11111111 0104 61626364 0000 ";
const std::string kBye = "81cb0001 11111111 ";

struct Case {
    const char* name;
    std::string datagram;
    bool valid;
};

class RtcpValidity : public testing::TestWithParam<Case> {};

TEST_P(RtcpValidity, IsAsExpected) {
    EXPECT_EQ(is_valid_rtcp(hex(GetParam().datagram)), GetParam().valid);
}

const auto kName = [](const auto& row) { return row.param.name; };

INSTANTIATE_TEST_SUITE_P(Rfc3550Section6, RtcpValidity,
                         testing::Values(Case{"Empty", "", false},
                                         Case{"ThreeBytes", "80c900", false},
                                         Case{"EmptyRr", "80c90001 11111111", true},
                                         Case{"SrAndSdes", kSr + kSdes, true},
                                         Case{"RrSdesBye", kRr + kSdes + kBye, true},
                                         Case{"Version1", "40c90001 11111111", false},
                                         Case{"SecondVersion3", kSr + "c1cb0001 11111111", false},
                                         Case{"LengthPastTheEnd", "80c90002 11111111", false},
                                         Case{"TrailingBytes", "80c90001 11111111 00", false},
                                         Case{"TypeOutside", "80e00001 11111111", false},
                                         Case{"SrTooShort", "80c80001 11111111", false},
                                         Case{"RrWithoutItsBlock", "81c90001 11111111", false},
                                         Case{"ByeWithoutItsSources", "82cb0001 11111111", false},
                                         Case{"AppWithoutName", "80cc0001 11111111", false}),
                         kName);

INSTANTIATE_TEST_SUITE_P(
    Rfc3550Section641Padding, RtcpValidity,
    testing::Values(Case{"InTheLast", kSr + "a0c90002 11111111 00000004", true},
                    Case{"InTheFirst", "a0c90002 11111111 00000004" + kSdes, false},
                    Case{"Zero", "a0c90002 11111111 00000000", false},
                    Case{"NotOfFour", "a0c90002 11111111 00000003", false},
                    Case{"MoreThanTheBody", "a0c90002 11111111 0000000c", false},
                    Case{"IntoTheReport", "a0c90002 11111111 00000008", false},
                    Case{"OfNoBody", "a0ca0000", false}),
    kName);

INSTANTIATE_TEST_SUITE_P(Rfc5506ReducedSize, RtcpValidity,
                         testing::Values(Case{"FeedbackAlone",
                                              "81cd0003 11111111 22222222 00010000", true},
                                         Case{"FeedbackCut", "81cd0001 11111111", false}),
                         kName);

TEST(RtcpWalkFields, SenderInfoAndReportBlock) {
    const auto bytes = hex("81c8000c " + kSender + kBlock + kSdes);
    RtcpWalk walk(bytes);
    const auto sr = walk.next();
    ASSERT_TRUE(sr);
    const auto info = sender_info(*sr);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->ssrc, 0x11111111U);
    EXPECT_EQ(info->ntp_time, 0x83aa7e8080000000U);
    EXPECT_EQ(info->rtp_time, 320U);
    EXPECT_EQ(info->packets, 100U);
    EXPECT_EQ(info->octets, 16000U);
    const auto block = report_block(*sr, 0);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->ssrc, 0x22222222U);
    EXPECT_EQ(block->fraction_lost, 0x40);
    EXPECT_EQ(block->cumulative_lost, -2);  // signed, 24 bits
    EXPECT_EQ(block->highest_sequence, 0x00010005U);
    EXPECT_EQ(block->jitter, 33U);
    EXPECT_FALSE(report_block(*sr, 1));
    const auto sdes = walk.next();
    ASSERT_TRUE(sdes);
    EXPECT_EQ(sdes->type, 202);
    EXPECT_FALSE(sender_info(*sdes));
    EXPECT_FALSE(report_block(*sdes, 0));
    EXPECT_FALSE(walk.next());
    EXPECT_TRUE(walk.ok());
}

TEST(RtcpWalkFields, StopsAtTheFirstFault) {
    const auto bytes = hex(kSr + "40c90001 11111111" + kBye);
    RtcpWalk walk(bytes);
    EXPECT_TRUE(walk.next());
    EXPECT_FALSE(walk.next());
    EXPECT_FALSE(walk.next());
    EXPECT_FALSE(walk.ok());
}

}  // namespace
}  // namespace portcullis::relay
