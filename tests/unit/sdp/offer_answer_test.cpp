// SPDX-License-Identifier: BSD-2-Clause
// The offer/answer states as a table (RFC 3264, RFC 6337).
#include "signaling/sdp/offer_answer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/field_codec.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"

namespace portcullis::sdp {
namespace {

using State = OfferAnswer::State;
enum class Event { LocalOffer, RemoteOffer, Answer, Rollback };

std::string text_with(const std::string& media_lines) {
    return "v=0\r\no=- 1 1 IN IP4 198.18.0.2\r\n" + media_lines;
}

SessionDescription with_media(const std::string& media_lines) {
    auto session = parse_session(text_with(media_lines));
    EXPECT_TRUE(session.has_value());
    return session.value_or(SessionDescription{});
}

const std::string kAudio = "m=audio 4000 RTP/AVP 0\r\n";
const std::string kVideo = "m=video 4002 RTP/AVP 34\r\n";
const std::string kNoAudio = "m=audio 0 RTP/AVP 0\r\n";
const std::string kNoVideo = "m=video 0 RTP/AVP 34\r\n";
const std::string kFax = "m=image 4000 udptl t38\r\n";

struct Step {
    Event event;
    std::string media;
    int errc;  // 0: accepted
    State after;
};
struct Case {
    const char* name;
    std::vector<Step> steps;
};
class OfferAnswerTest : public testing::TestWithParam<Case> {};

Status apply(OfferAnswer& state, const Step& step) {
    switch (step.event) {
        case Event::LocalOffer:
            return state.on_local_offer(shapes_written(text_with(step.media)));
        case Event::RemoteOffer:
            return state.on_remote_offer(with_media(step.media));
        case Event::Answer:
            return state.on_answer(with_media(step.media));
        case Event::Rollback:
            state.on_rollback();
            return {};
    }
    return {};
}

TEST_P(OfferAnswerTest, FollowsTheTable) {
    OfferAnswer state;
    int number = 0;
    for (const auto& step : GetParam().steps) {
        const auto status = apply(state, step);
        ++number;
        EXPECT_EQ(status ? 0 : status.error().code.value(), step.errc) << "step " << number;
        EXPECT_EQ(state.state(), step.after) << "step " << number;
    }
}

constexpr int kOk = 0;
constexpr int kGlare = static_cast<int>(Errc::Glare);
constexpr int kNoOffer = static_cast<int>(Errc::NoOffer);
constexpr int kAnswer = static_cast<int>(Errc::AnswerMismatch);
constexpr int kOffer = static_cast<int>(Errc::OfferMismatch);

INSTANTIATE_TEST_SUITE_P(
    Rfc3264, OfferAnswerTest,
    testing::Values(
        Case{"rfc3264_4_local_offer_answered",
             {{Event::LocalOffer, kAudio, kOk, State::OfferSent},
              {Event::Answer, kAudio, kOk, State::Stable}}},
        Case{"rfc3264_4_remote_offer_answered",
             {{Event::RemoteOffer, kAudio, kOk, State::OfferReceived},
              {Event::Answer, kAudio, kOk, State::Stable}}},
        Case{"rfc3264_4_glare_both_ways",
             {{Event::LocalOffer, kAudio, kOk, State::OfferSent},
              {Event::RemoteOffer, kAudio, kGlare, State::OfferSent},
              {Event::LocalOffer, kAudio, kGlare, State::OfferSent},
              {Event::Answer, kAudio, kOk, State::Stable},
              {Event::RemoteOffer, kAudio, kOk, State::OfferReceived},
              {Event::LocalOffer, kAudio, kGlare, State::OfferReceived}}},
        Case{"rfc3264_4_answer_without_offer", {{Event::Answer, kAudio, kNoOffer, State::Stable}}},
        Case{"rfc6337_3_4_rollback_keeps_the_session",
             {{Event::LocalOffer, kAudio, kOk, State::OfferSent},
              {Event::Answer, kAudio, kOk, State::Stable},
              {Event::LocalOffer, kAudio + kVideo, kOk, State::OfferSent},
              {Event::Rollback, "", kOk, State::Stable},
              {Event::RemoteOffer, kAudio, kOk, State::OfferReceived}}},
        Case{"rfc3264_6_answer_with_fewer_lines",
             {{Event::LocalOffer, kAudio + kVideo, kOk, State::OfferSent},
              {Event::Answer, kAudio, kAnswer, State::OfferSent},
              {Event::Answer, kAudio + kNoVideo, kOk, State::Stable}}},
        Case{"rfc3264_6_answer_with_more_lines",
             {{Event::LocalOffer, kAudio, kOk, State::OfferSent},
              {Event::Answer, kAudio + kVideo, kAnswer, State::OfferSent}}},
        Case{"rfc3264_6_answer_in_other_order",
             {{Event::LocalOffer, kAudio + kVideo, kOk, State::OfferSent},
              {Event::Answer, kVideo + kAudio, kAnswer, State::OfferSent}}},
        Case{"rfc3264_6_answer_changes_protocol",
             {{Event::LocalOffer, kAudio, kOk, State::OfferSent},
              {Event::Answer, "m=audio 4000 RTP/SAVP 0\r\n", kAnswer, State::OfferSent}}},
        Case{"rfc3264_6_rejected_line_may_say_anything",
             {{Event::LocalOffer, kAudio + kVideo, kOk, State::OfferSent},
              {Event::Answer, kAudio + "m=x 0 Y 1\r\n", kOk, State::Stable}}},
        Case{"rfc3264_6_answer_revives_rejected",
             {{Event::LocalOffer, kAudio + kNoVideo, kOk, State::OfferSent},
              {Event::Answer, kAudio + kVideo, kAnswer, State::OfferSent}}},
        Case{"rfc3264_8_lines_are_never_removed",
             {{Event::RemoteOffer, kAudio + kVideo, kOk, State::OfferReceived},
              {Event::Answer, kAudio + kNoVideo, kOk, State::Stable},
              {Event::RemoteOffer, kAudio, kOffer, State::Stable},
              {Event::RemoteOffer, kAudio + kNoVideo, kOk, State::OfferReceived}}},
        Case{"rfc3264_8_3_3_media_type_changes_in_place",
             {{Event::RemoteOffer, kAudio, kOk, State::OfferReceived},
              {Event::Answer, kAudio, kOk, State::Stable},
              {Event::RemoteOffer, kFax, kOk, State::OfferReceived},
              {Event::Answer, kFax, kOk, State::Stable}}},
        Case{"rfc3264_8_1_stream_added",
             {{Event::RemoteOffer, kNoAudio, kOk, State::OfferReceived},
              {Event::Answer, kNoAudio, kOk, State::Stable},
              {Event::LocalOffer, kAudio + kVideo, kOk, State::OfferSent},
              {Event::Answer, kAudio + kVideo, kOk, State::Stable}}}),
    [](const auto& row) { return row.param.name; });

TEST(OfferAnswer, EarlyAnswerLeavesTheOfferOutstanding) {
    OfferAnswer state;
    EXPECT_FALSE(state.check_early_answer(with_media(kAudio)));
    ASSERT_TRUE(state.on_local_offer(shapes_written(text_with(kAudio))));
    EXPECT_TRUE(state.check_early_answer(with_media(kAudio)));
    EXPECT_FALSE(state.check_early_answer(with_media(kAudio + kVideo)));
    EXPECT_EQ(state.state(), State::OfferSent);
    EXPECT_FALSE(state.established());
    EXPECT_TRUE(state.on_answer(with_media(kAudio)));
    EXPECT_TRUE(state.established());
}

TEST(OfferAnswer, SurvivesTheCheckpoint) {
    OfferAnswer state;
    ASSERT_TRUE(state.on_remote_offer(with_media(kAudio + kVideo)));
    ASSERT_TRUE(state.on_answer(with_media(kAudio + kNoVideo)));
    const auto bytes = codec::to_bytes(state);
    auto again = codec::from_bytes<OfferAnswer>(bytes);
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(again->established());
    EXPECT_EQ(again->agreed(), state.agreed());
    EXPECT_FALSE(again->on_remote_offer(with_media(kAudio)));
}

}  // namespace
}  // namespace portcullis::sdp
