// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/demux.hpp"

#include <gtest/gtest.h>

#include <array>

namespace portcullis::relay {
namespace {

struct Case {
    const char* name;
    std::uint8_t first;
    std::uint8_t second;
    PacketKind want;
};

class Demux : public testing::TestWithParam<Case> {};

TEST_P(Demux, ByFirstBytes) {
    const std::array bytes{std::byte{GetParam().first}, std::byte{GetParam().second}};
    EXPECT_EQ(demux(bytes), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc7983Section7, Demux,
    testing::Values(
        Case{"StunFirst", 0, 1, PacketKind::Stun}, Case{"StunLast", 3, 0, PacketKind::Stun},
        Case{"Gap4", 4, 0, PacketKind::Unknown}, Case{"Gap15", 15, 0, PacketKind::Unknown},
        Case{"ZrtpFirst", 16, 0, PacketKind::Zrtp}, Case{"ZrtpLast", 19, 0, PacketKind::Zrtp},
        Case{"DtlsFirst", 20, 0, PacketKind::Dtls}, Case{"DtlsLast", 63, 0, PacketKind::Dtls},
        Case{"TurnFirst", 64, 0, PacketKind::TurnChannel},
        Case{"TurnLast", 79, 0, PacketKind::TurnChannel}, Case{"Gap80", 80, 0, PacketKind::Unknown},
        Case{"Gap127", 127, 0, PacketKind::Unknown}, Case{"RtpFirst", 128, 0, PacketKind::Rtp},
        Case{"RtpLast", 191, 127, PacketKind::Rtp}, Case{"Gap192", 192, 0, PacketKind::Unknown},
        Case{"Gap255", 255, 0, PacketKind::Unknown}),
    [](const auto& row) { return row.param.name; });

// RFC 5761 section 4: 192-223 in the second byte is RTCP.
INSTANTIATE_TEST_SUITE_P(Rfc5761Section4, Demux,
                         testing::Values(Case{"PcmaWithMarker", 0x80, 0x88, PacketKind::Rtp},
                                         Case{"Type63WithMarker", 0x80, 191, PacketKind::Rtp},
                                         Case{"First", 0x80, 192, PacketKind::Rtcp},
                                         Case{"SenderReport", 0x80, 200, PacketKind::Rtcp},
                                         Case{"Last", 0x80, 223, PacketKind::Rtcp},
                                         Case{"Type96WithMarker", 0x80, 224, PacketKind::Rtp}),
                         [](const auto& row) { return row.param.name; });

TEST(DemuxLength, TooShortToTell) {
    EXPECT_EQ(demux({}), PacketKind::Unknown);
    const std::array one{std::byte{0x80}};
    EXPECT_EQ(demux(one), PacketKind::Unknown);
}

}  // namespace
}  // namespace portcullis::relay
