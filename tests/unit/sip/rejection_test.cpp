// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "signaling/sip/parser.hpp"
#include "signaling/sip/validate.hpp"
#include "tests/unit/sip/samples.hpp"

namespace portcullis::sip {
namespace {

// RFC 3261 sections 8.2.6 and 8.2.7.
TEST(Rejection, AnswersFromWhatIsLeftOfTheRequest) {
    auto text = samples::options("X-Nul: \x01\r\n");
    const auto judgement = judge_message(text);
    EXPECT_FALSE(judgement.accepted());
    EXPECT_EQ(judgement.error, make_error_code(Errc::ControlCharacter));
    ASSERT_TRUE(judgement.answerable());
    EXPECT_EQ(judgement.rejection->status, 400);
    const auto source = Endpoint::parse("192.0.2.99:5080");
    const auto response = make_rejection_response(*judgement.message, *judgement.rejection, source);
    ASSERT_TRUE(response);
    EXPECT_EQ((*response)->status_code(), 400);
    EXPECT_EQ((*response)->reason_phrase(), "Bad Request");
    EXPECT_EQ((*response)->header(HeaderId::Via),
              "SIP/2.0/UDP 192.0.2.21;branch=z9hG4bK1;received=192.0.2.99");
    EXPECT_EQ((*response)->essentials().call_id, "c1");
    EXPECT_FALSE((*response)->essentials().to_tag.empty());
    EXPECT_TRUE(parse_message(std::string((*response)->bytes())));

    EXPECT_EQ((*response)->header(HeaderId::Warning),
              "399 portcullis \"control character in header section\"");  // RFC 3261 20.43

    const auto second = judge_message(text);
    const auto again = make_rejection_response(*second.message, *second.rejection, source);
    EXPECT_EQ((*again)->bytes(), (*response)->bytes()) << "the same for every retransmission";
}

TEST(Rejection, StatusesOfTheErrors) {
    const std::pair<Errc, int> rows[] = {
        {Errc::UnsupportedVersion, 505}, {Errc::UriTooLong, 414},   {Errc::UnsupportedScheme, 416},
        {Errc::BodyTooLarge, 413},       {Errc::TooManyVias, 0},    {Errc::MessageTooLarge, 513},
        {Errc::LengthMismatch, 400},     {Errc::MissingLength, 400}};
    for (const auto& [code, status] : rows) {
        EXPECT_EQ(status_for(code), status);
        EXPECT_EQ(make_error_code(code).message(), warning_for(code).text());
    }
    EXPECT_STREQ(make_error_code(Errc::MalformedVia).category().name(), "sip");
}

TEST(Rejection, TagOfTheRequestStays) {
    const auto judgement = judge_message(
        "BYE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
        "To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 BYE\r\nMax-Forwards: 999\r\n\r\n");
    ASSERT_TRUE(judgement.answerable());
    const auto response = make_rejection_response(*judgement.message, *judgement.rejection);
    ASSERT_TRUE(response);
    EXPECT_EQ((*response)->header(HeaderId::To), "<sip:b@h>;tag=2");
}

// A valid request can be refused the same way, by whoever decides: 483, 501, 503.
TEST(Rejection, OfAValidRequest) {
    const auto request = *parse_message(samples::options());
    const auto response = make_rejection_response(*request, {483, {}});
    ASSERT_TRUE(response);
    EXPECT_EQ((*response)->status_code(), 483);
    EXPECT_EQ((*response)->reason_phrase(), "Too Many Hops");
}

// RFC 3261 sections 17.1.1.3 and 8.1.3: neither ACKs nor responses are answered.
TEST(Rejection, NeverOfAnAckOrAResponse) {
    const auto ack = *parse_message(
        "ACK sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
        "To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 ACK\r\n\r\n");
    EXPECT_FALSE(make_rejection_response(*ack, {400, {}}));
    const auto response =
        *parse_message("SIP/2.0 200 OK\r\n" + std::string(samples::kMandatory) + "\r\n");
    EXPECT_FALSE(make_rejection_response(*response, {400, {}}));
}

// A mismatch must not make an answer to an ACK of one to an INVITE.
TEST(Rejection, AckByItsRequestLine) {
    const auto judgement = judge_message(
        "ACK sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
        "To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n");
    EXPECT_EQ(judgement.error, make_error_code(Errc::MethodMismatch));
    EXPECT_FALSE(judgement.answerable());
    EXPECT_EQ(judgement.message, nullptr);
}

}  // namespace
}  // namespace portcullis::sip
