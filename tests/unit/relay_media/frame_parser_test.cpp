// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/frame_parser.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/relay_media/bytes.hpp"

namespace portcullis::relay {
namespace {

const std::string kMacs = "020000000001 020000000002 ";
const std::string kUdp = "1388 2710 000c 0000 80000001";  // 5000 -> 10000, 4 bytes of payload
const std::string kV4Tail = " 00000000 4011 0000 c6120002 c6120001 ";
const std::string kV4 = kMacs + "0800 45000020" + kV4Tail + kUdp;
const std::string kV6Addresses =
    "fd000018000000000000000000000002 fd000018000000000000000000000001 ";
const std::string kV6 = kMacs + "86dd 60000000 000c 11 40 " + kV6Addresses + kUdp;

// IPv4 with the given first word and the usual rest.
std::string v4(const std::string& word, const std::string& udp = kUdp) {
    return kMacs + "0800 " + word + kV4Tail + udp;
}
std::string v4_with(const std::string& fragment, const std::string& protocol) {
    return kMacs + "0800 45000020 0000" + fragment + " 40" + protocol + " 0000 c6120002 c6120001 " +
           kUdp;
}
std::string v6(const std::string& word, const std::string& length, const std::string& next) {
    return kMacs + "86dd " + word + length + next + " 40 " + kV6Addresses + kUdp;
}

struct Case {
    const char* name;
    std::string frame;
    FrameError want;
};

class FrameParser : public testing::TestWithParam<Case> {};

TEST_P(FrameParser, Error) {
    const auto frame = hex(GetParam().frame);
    EXPECT_EQ(parse_frame(frame.data(), frame.size()).error, GetParam().want);
}

const auto kName = [](const auto& row) { return row.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Ethernet, FrameParser,
    testing::Values(Case{"Empty", "", FrameError::Runt},
                    Case{"ThirteenBytes", "02000000000102000000000208", FrameError::Runt},
                    Case{"CutVlanTag", kMacs + "8100 0064", FrameError::Runt},
                    Case{"Arp", kMacs + "0806 0001", FrameError::NotIp},
                    Case{"TwoTags", kMacs + "8100 0064 8100 0065 0800", FrameError::NotIp}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Rfc791, FrameParser,
    testing::Values(Case{"Whole", kV4, FrameError::None},
                    Case{"CutHeader", kMacs + "0800 45000020 0000", FrameError::BadIpv4},
                    Case{"Version5", v4("55000020"), FrameError::BadIpv4},
                    Case{"HeaderLength16", v4("44000020"), FrameError::BadIpv4},
                    Case{"OptionsPastTheEnd", v4("4f000020"), FrameError::BadIpv4},
                    Case{"TotalPastTheFrame", v4("45000021"), FrameError::BadIpv4},
                    Case{"TotalBelowHeader", v4("45000013"), FrameError::BadIpv4},
                    Case{"FirstFragment", v4_with("2000", "11"), FrameError::Ipv4Fragment},
                    Case{"LaterFragment", v4_with("0001", "11"), FrameError::Ipv4Fragment},
                    Case{"DontFragment", v4_with("4000", "11"), FrameError::None},
                    Case{"Tcp", v4_with("0000", "06"), FrameError::NotUdp}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Rfc8200, FrameParser,
    testing::Values(Case{"Whole", kV6, FrameError::None},
                    Case{"CutHeader", kMacs + "86dd 60000000 000c 11 40 fd00", FrameError::BadIpv6},
                    Case{"Version4", v6("40000000", "000c", "11"), FrameError::BadIpv6},
                    Case{"PastTheFrame", v6("60000000", "000d", "11"), FrameError::BadIpv6},
                    Case{"HopByHop", v6("60000000", "000c", "00"), FrameError::Ipv6Extension},
                    Case{"DestinationOptions", v6("60000000", "000c", "3c"),
                         FrameError::Ipv6Extension},
                    Case{"Fragment", v6("60000000", "000c", "2c"), FrameError::Ipv6Fragment},
                    Case{"Icmp", v6("60000000", "000c", "3a"), FrameError::NotUdp}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Rfc768, FrameParser,
    testing::Values(
        Case{"LengthBelowHeader", v4("45000020", "1388 2710 0007 0000 80000001"),
             FrameError::BadUdp},
        Case{"LengthPastIp", v4("45000020", "1388 2710 000d 0000 80000001"), FrameError::BadUdp},
        Case{"Zero", v4("45000020", "1388 2710 0000 0000 80000001"), FrameError::BadUdp},
        Case{"CutHeader", v4("4500001b", "1388 2710 0008 00"), FrameError::BadUdp}),
    kName);

TEST(FrameParserFields, Ipv4WithOptionsVlanAndTrailer) {
    // Header length 24; the frame carries two bytes more than IP says.
    const auto frame =
        hex(kMacs + "8100 a064 0800 46000024" + kV4Tail + "01010101 " + kUdp + "ffff");
    const FrameView view = parse_frame(frame.data(), frame.size());
    EXPECT_EQ(view.error, FrameError::None);
    EXPECT_EQ(view.vlan, 100);
    EXPECT_EQ(view.ip_offset, 18);
    EXPECT_EQ(view.payload_offset, 18 + 24 + 8);
    EXPECT_EQ(view.payload_length, 4);
    EXPECT_EQ(view.source_port, 5000);
    EXPECT_EQ(view.destination_port, 10000);
    EXPECT_EQ(load_u32(frame.data() + view.source_address_offset()), 0xc6120002);
    EXPECT_EQ(load_u32(frame.data() + view.destination_address_offset()), 0xc6120001);
}

TEST(FrameParserFields, Ipv6) {
    const auto frame = hex(kV6);
    const FrameView view = parse_frame(frame.data(), frame.size());
    EXPECT_TRUE(view.is_v6);
    EXPECT_EQ(view.payload_offset, 14 + 40 + 8);
    EXPECT_EQ(load_u8(frame.data() + view.source_address_offset() + 15), 2);
    EXPECT_EQ(load_u8(frame.data() + view.destination_address_offset() + 15), 1);
}

// Every prefix of a good frame is refused, and read only within its length (ASan is the judge).
TEST(FrameParserFields, EveryCut) {
    for (const std::string& text : {kV4, kV6}) {
        const auto whole = hex(text);
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const std::vector<std::byte> cut(whole.begin(),
                                             whole.begin() + static_cast<std::ptrdiff_t>(length));
            EXPECT_NE(parse_frame(cut.data(), cut.size()).error, FrameError::None) << length;
        }
    }
}

}  // namespace
}  // namespace portcullis::relay
