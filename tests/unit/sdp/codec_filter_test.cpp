// SPDX-License-Identifier: BSD-2-Clause
// Codec lists applied to descriptions.
#include "signaling/sdp/codec_filter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "signaling/sdp/parser.hpp"
#include "signaling/sdp/printer.hpp"

namespace portcullis::sdp {
namespace {

using Names = std::vector<std::string_view>;

const std::string kOffer =
    "v=0\r\no=- 1 1 IN IP4 198.18.0.2\r\nm=audio 4000 RTP/AVP 0 8 9 96 101 102 13\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 stereo=1\r\na=rtpmap:101 telephone-event/8000\r\n"
    "a=rtpmap:102 telephone-event/48000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
    "m=video 4002 RTP/AVP 34\r\n";

struct Case {
    const char* name;
    CodecRules rules;
    Names formats;  // of the audio line
    std::uint16_t port;
};
class CodecFilterTest : public testing::TestWithParam<Case> {};

TEST_P(CodecFilterTest, KeepsAndOrders) {
    auto session = parse_session(kOffer).value_or(SessionDescription{});
    ASSERT_EQ(session.media.size(), 2U);
    const auto emptied = filter_codecs(session, GetParam().rules);
    EXPECT_EQ(session.media[0].formats, GetParam().formats);
    EXPECT_EQ(session.media[0].port, GetParam().port);
    EXPECT_EQ(emptied, GetParam().port == 0 ? 1U : 0U);
    EXPECT_EQ(session.media[1].port, 4002) << "other media types are left alone";
    EXPECT_TRUE(parse_session(print_session(session)).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Lists, CodecFilterTest,
    testing::Values(
        Case{"no_rules", {}, {"0", "8", "9", "96", "101", "102", "13"}, 4000},
        Case{"allow", {.allow = {"PCMA", "pcmu"}}, {"0", "8", "101", "13"}, 4000},
        Case{"allow_keeps_events_of_its_clock", {.allow = {"opus"}}, {"96", "102"}, 4000},
        Case{"deny", {.deny = {"PCMU", "telephone-event"}}, {"8", "9", "96", "13"}, 4000},
        Case{"order", {.order = {"opus", "PCMA"}}, {"96", "8", "0", "9", "101", "102", "13"}, 4000},
        Case{"clock_rate", {.allow = {"opus/48000"}}, {"96", "102"}, 4000},
        Case{"wrong_clock_rate",
             {.allow = {"opus/16000"}},
             {"0", "8", "9", "96", "101", "102", "13"},
             0},
        Case{"nothing_left", {.allow = {"G729"}}, {"0", "8", "9", "96", "101", "102", "13"}, 0},
        Case{"other_media",
             {.media = "text", .allow = {"t140"}},
             {"0", "8", "9", "96", "101", "102", "13"},
             4000}),
    [](const auto& row) { return row.param.name; });

TEST(CodecFilter, RemovesTheLinesOfWhatItRemoves) {
    auto session = parse_session(kOffer).value_or(SessionDescription{});
    (void)filter_codecs(session, {.allow = {"PCMA"}});
    const auto printed = print_session(session);
    EXPECT_EQ(printed.find("opus"), std::string::npos);
    EXPECT_EQ(printed.find("fmtp:96"), std::string::npos);
    EXPECT_NE(printed.find("fmtp:101"), std::string::npos);
    EXPECT_NE(printed.find("ptime"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::sdp
