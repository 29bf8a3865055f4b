// SPDX-License-Identifier: BSD-2-Clause
// What parses, what does not and on which line, and that printing gives back what was read.
#include "signaling/sdp/parser.hpp"

#include <gtest/gtest.h>

#include <string>

#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/printer.hpp"

namespace portcullis::sdp {
namespace {

const std::string kHead = "v=0\r\no=alice 2890844526 2890844526 IN IP4 198.18.0.2\r\n";

struct Bad {
    const char* name;
    std::string body;
    Errc errc;
    const char* detail;  // begins with
};

class BadSdpTest : public testing::TestWithParam<Bad> {};

TEST_P(BadSdpTest, IsRefusedWithTheLine) {
    const auto parsed = parse_session(GetParam().body);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().code, make_error_code(GetParam().errc)) << parsed.error().text();
    EXPECT_TRUE(parsed.error().detail.starts_with(GetParam().detail)) << parsed.error().detail;
}

std::string media_line(const std::string& rest) { return kHead + "s=-\r\nm=" + rest + "\r\n"; }

std::string repeated(const std::string& line, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += line;
    return out;
}

INSTANTIATE_TEST_SUITE_P(
    Rfc8866, BadSdpTest,
    testing::Values(
        Bad{"empty", "", Errc::Syntax, "line 0"}, Bad{"version", "v=1\r\n", Errc::Syntax, "line 1"},
        Bad{"no_version", "o=- 1 1 IN IP4 1.2.3.4\r\n", Errc::Syntax, "line 1"},
        Bad{"no_origin", "v=0\r\ns=-\r\n", Errc::Syntax, "line 2"},
        Bad{"only_version", "v=0\r\n", Errc::Syntax, "line 1"},
        Bad{"origin_short", "v=0\r\no=- 1 1 IN IP4\r\n", Errc::Syntax, "line 2"},
        Bad{"origin_long", "v=0\r\no=- 1 1 IN IP4 1.2.3.4 x\r\n", Errc::Syntax, "line 2"},
        Bad{"origin_twice", kHead + "o=- 1 1 IN IP4 1.2.3.4\r\n", Errc::Syntax, "line 3"},
        Bad{"unknown_type", kHead + "y=1\r\n", Errc::Syntax, "line 3"},
        Bad{"session_type_in_media", media_line("audio 1 RTP/AVP 0") + "t=0 0\r\n", Errc::Syntax,
            "line 5"},
        Bad{"no_equals", kHead + "s-\r\n", Errc::Syntax, "line 3"},
        Bad{"short_line", kHead + "s\r\n", Errc::Syntax, "line 3"},
        Bad{"space_before_equals", kHead + "s =-\r\n", Errc::Syntax, "line 3"},
        Bad{"blank_inside", kHead + "\r\ns=-\r\n", Errc::Syntax, "line 3"},
        Bad{"nul", kHead + std::string("s=a\0b\r\n", 7), Errc::Syntax, "line 3: NUL"},
        Bad{"nul_in_fmtp",
            media_line("audio 1 RTP/AVP 96") + std::string("a=fmtp:96 a\0=1\r\n", 16), Errc::Syntax,
            "line 5: NUL"},
        Bad{"bare_cr", kHead + "s=a\rb\r\n", Errc::Syntax, "line 3: bare CR"},
        Bad{"port_65536", media_line("audio 65536 RTP/AVP 0"), Errc::Syntax, "line 4: bad port"},
        Bad{"port_2_32", media_line("audio 4294967296 RTP/AVP 0"), Errc::Syntax,
            "line 4: bad port"},
        Bad{"port_huge", media_line("audio 99999999999999999999999 RTP/AVP 0"), Errc::Syntax,
            "line 4: bad port"},
        Bad{"port_negative", media_line("audio -1 RTP/AVP 0"), Errc::Syntax, "line 4: bad port"},
        Bad{"port_word", media_line("audio x RTP/AVP 0"), Errc::Syntax, "line 4: bad port"},
        Bad{"port_count_zero", media_line("audio 1/0 RTP/AVP 0"), Errc::Syntax, "line 4: bad port"},
        Bad{"port_count_empty", media_line("audio 1/ RTP/AVP 0"), Errc::Syntax, "line 4: bad port"},
        Bad{"media_short", media_line("audio 1"), Errc::Syntax, "line 4"},
        Bad{"no_formats", media_line("audio 1 RTP/AVP"), Errc::Syntax, "line 4"},
        Bad{"payload_type_128", media_line("audio 1 RTP/AVP 128"), Errc::Syntax, "line 4"},
        Bad{"payload_type_2_32", media_line("audio 1 RTP/AVP 4294967296"), Errc::Syntax, "line 4"},
        Bad{"payload_type_word", media_line("audio 1 RTP/SAVPF pcmu"), Errc::Syntax, "line 4"},
        Bad{"media_not_ascii", media_line("aud\xc3\xado 1 RTP/AVP 0"), Errc::Syntax, "line 4"},
        Bad{"connection_network", kHead + "c=OUT IP4 1.2.3.4\r\n", Errc::Syntax, "line 3: bad c="},
        Bad{"connection_family", kHead + "c=IN IP4 fd00::1\r\n", Errc::Syntax, "line 3: bad c="},
        Bad{"connection_family6", kHead + "c=IN IP6 1.2.3.4\r\n", Errc::Syntax, "line 3: bad c="},
        Bad{"connection_empty", kHead + "c=IN IP4 \r\n", Errc::Syntax, "line 3: bad c="},
        Bad{"connection_junk", kHead + "c=IN IP4 <script>\r\n", Errc::Syntax, "line 3: bad c="},
        Bad{"bandwidth", kHead + "b=AS:-1\r\n", Errc::Syntax, "line 3: bad b="},
        Bad{"bandwidth_huge", kHead + "b=AS:99999999999999999999999\r\n", Errc::Syntax,
            "line 3: bad b="},
        Bad{"time", kHead + "t=0\r\n", Errc::Syntax, "line 3: bad t="},
        Bad{"time_huge", kHead + "t=0 99999999999999999999999\r\n", Errc::Syntax, "line 3: bad t="},
        Bad{"attribute_empty", kHead + "a=\r\n", Errc::Syntax, "line 3"},
        Bad{"line_huge",
            media_line("audio 1 RTP/AVP 96") + "a=fmtp:96 " + std::string(5000, 'x') + "\r\n",
            Errc::TooLarge, "line 5"},
        Bad{"body_huge", kHead + repeated("a=x\r\n", 20000), Errc::TooLarge, "body"},
        Bad{"lines", kHead + repeated("a=x\r\n", 2047), Errc::TooLarge, "line 2049"},
        Bad{"media", kHead + repeated("m=audio 1 RTP/AVP 0\r\n", 33), Errc::TooLarge, "line 35"},
        Bad{"formats", media_line("audio 1 RTP/AVP" + repeated(" 0", 129)), Errc::TooLarge,
            "line 4"}),
    [](const auto& row) { return row.param.name; });

struct Good {
    const char* name;
    std::string body;
    std::size_t media;
};
class GoodSdpTest : public testing::TestWithParam<Good> {};

TEST_P(GoodSdpTest, ParsesAndPrintsTheSame) {
    const auto parsed = parse_session(GetParam().body);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().text();
    EXPECT_EQ(parsed->media.size(), GetParam().media);
    const auto printed = print_session(*parsed);
    const auto again = parse_session(printed);
    ASSERT_TRUE(again.has_value()) << again.error().text();
    EXPECT_EQ(*again, *parsed);
    EXPECT_EQ(print_session(*again), printed);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc8866, GoodSdpTest,
    testing::Values(
        Good{"lf_only", "v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nt=0 0\nm=audio 1 RTP/AVP 0\n", 1},
        Good{"no_last_line_end", "v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 1 RTP/AVP 0", 1},
        Good{"blank_end", kHead + "s=-\r\n\r\n\r\n", 0}, Good{"no_s_no_t", kHead, 0},
        Good{"connection_after_attributes", kHead + "a=x\r\nc=IN IP4 1.2.3.4\r\n", 0},
        Good{"utf8_subject", kHead + "s=Gr\xc3\xbc\xc3\x9f Gott\r\n", 0},
        Good{"origin_any_ids", "v=0\r\no=\xc3\xa9 x 99999999999999999999999 IN IP4 host\r\n", 0},
        Good{"host_name", kHead + "c=IN IP4 media.example.com\r\n", 0},
        Good{"multicast_ttl", kHead + "c=IN IP4 224.2.1.1/127/3\r\n", 0},
        Good{"rejected_without_formats", media_line("audio 0 RTP/AVP"), 1},
        Good{"port_65535", media_line("audio 65535/2 RTP/AVP 127"), 1},
        Good{"fax", media_line("image 5000 udptl t38"), 1},
        Good{"tabs_and_spaces", media_line("audio  5000\tRTP/AVP 0  8"), 1},
        Good{"repeat_and_zone", kHead + "t=1 2\r\nr=7d 1h 0 25h\r\nz=1 -1h\r\n", 0},
        Good{"crypto_lines", media_line("audio 1 RTP/SAVP 0") + repeated("a=crypto:1 x y\r\n", 500),
             1}),
    [](const auto& row) { return row.param.name; });

TEST(SdpPrint, KeepsOrderAndUnknownAttributes) {
    const std::string body =
        "v=0\r\no=- 1 2 IN IP6 fd00::1\r\ns= \r\nb=X-YZ:128\r\nc=IN IP6 fd00::1\r\nt=0 0\r\n"
        "a=z-unknown:1\r\na=b\r\nm=audio 5000/2 RTP/AVP 0 101\r\na=fmtp:101 0-15\r\n"
        "a=rtpmap:101 telephone-event/8000\r\nk=clear:x\r\nm=video 0 RTP/AVP 96\r\n";
    const auto parsed = parse_session(body);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().text();
    EXPECT_EQ(print_session(*parsed), body);
}

}  // namespace
}  // namespace portcullis::sdp
