// SPDX-License-Identifier: BSD-2-Clause
// Loops, spirals and hairpins (design 8.11, RFC 3261 section 16.3, threats 28), and bodies of
// several parts (RFC 5621).
#include <fmt/format.h>

#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;

class LoopTest : public Harness {
 protected:
    static std::string hop(int max_forwards, int n) {
        auto text = invite({}, fmt::format("loop-{}", n));
        const std::string hops = "Max-Forwards: 70";
        return text.replace(text.find(hops), hops.size(),
                            fmt::format("Max-Forwards: {}", max_forwards));
    }
};

TEST_F(LoopTest, ACallThatComesBackWithFewerHopsIsStopped) {
    for (int i = 0; i < 5; ++i) {
        from_pbx(hop(60 - i * 2, i));
        (void)last(to_carrier(), "INVITE");
        (void)to_pbx();
    }
    from_pbx(hop(50, 5));
    const auto refused = last(to_pbx(), "482");
    from_pbx(in_dialog("ACK", *refused, 1));
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_EQ(calls->counters().loops, 1U);
    // Another caller is not concerned.
    auto other = hop(49, 6);
    const std::string caller = "sip:1001@canary.pbx";
    from_pbx(other.replace(other.find(caller), caller.size(), "sip:1002@canary.pbx"));
    (void)last(to_carrier(), "INVITE");
    // After the window, or when those before are over, it is an ordinary call.
    advance(25s);
    (void)to_carrier();
    from_pbx(hop(50, 7));
    (void)last(to_carrier(), "INVITE");
}

TEST_F(LoopTest, ManyCallsBetweenTheSameNumbersAreNoLoop) {
    for (int i = 0; i < 50; ++i) {
        from_pbx(hop(70, i));
        (void)last(to_carrier(), "INVITE");
    }
    EXPECT_EQ(calls->counters().loops, 0U);
}

TEST_F(LoopTest, OurOwnInviteThatReturnsUnchangedIsRefused) {
    from_pbx(invite());
    const auto ours = last(to_carrier(), "INVITE");
    // A proxy of the carrier sends it back to us.
    std::string returned(ours->bytes());
    returned.insert(returned.find("Via:"), "Via: SIP/2.0/UDP 198.18.1.2:5060;branch=z9hG4bK-p\r\n");
    from_carrier(returned);
    (void)last(to_carrier(), "482");
    // To another number it is a spiral, which routes may want.
    std::string spiral(returned);
    for (const char* part : {"INVITE sip:4930123@", "branch=z9hG4bK-p"}) {
        const std::string text(part);
        const auto at = spiral.find(text);
        spiral.replace(at, text.size(), text[0] == 'I' ? "INVITE sip:1002@" : "branch=z9hG4bK-q");
    }
    from_carrier(spiral);
    EXPECT_EQ(last(to_pbx(), "INVITE")->request_uri_text(), "sip:1002@198.18.0.2:5060");
}

class BodyTest : public Harness {
 protected:
    static std::string mixed(const std::string& part_headers) {
        auto text = invite();
        const auto head = text.substr(0, text.find("Content-Type"));
        const std::string body = "--b1\r\nContent-Type: application/sdp\r\n\r\n" +
                                 std::string(
                                     "v=0\r\no=- 1 1 IN IP4 198.18.0.2\r\ns=-\r\n"
                                     "c=IN IP4 198.18.0.2\r\nt=0 0\r\n"
                                     "m=audio 4000 RTP/AVP 8\r\n") +
                                 "\r\n--b1\r\n" + part_headers + "\r\nISUP-IAM\r\n--b1--\r\n";
        return head +
               fmt::format(
                   "MIME-Version: 1.0\nContent-Type: multipart/mixed;boundary=b1\n"
                   "Content-Length: {}\n\n",
                   body.size()) +
               body;
    }
    static constexpr const char* kOptional =
        "Content-Type: application/isup;version=itu-t92+\r\n"
        "Content-Disposition: signal;handling=optional\r\n";
    static constexpr const char* kRequired = "Content-Type: application/isup\r\n";
};

TEST_F(BodyTest, OnlyTheDescriptionCrossesByDefault) {
    from_pbx(mixed(kOptional));
    const auto invite_b = last(to_carrier(), "INVITE");
    EXPECT_EQ(invite_b->header(sip::HeaderId::ContentType), "application/sdp");
    EXPECT_EQ(invite_b->body().find("ISUP"), std::string_view::npos);
    EXPECT_NE(invite_b->body().find("m=audio 2"), std::string_view::npos);
}

TEST_F(BodyTest, APartThatMustBeUnderstoodMayNotBeLost) {  // RFC 3261 20.11, RFC 5621 section 3
    from_pbx(mixed(kRequired));
    const auto refused = last(to_pbx(), "415");
    from_pbx(in_dialog("ACK", *refused, 1));
    expect_nothing_left();
}

TEST_F(BodyTest, PartsThatBothTrunksListGoAlong) {
    std::string document = kDocument;
    const std::string passes = R"("session":{"pass_body_parts":["application/isup"]},)";
    for (const char* trunk : {R"({"name":"pbx",)", R"({"name":"carrier",)"}) {
        const std::string text(trunk);
        document.insert(document.find(text) + text.size(), passes);
    }
    configure(document);
    from_pbx(mixed(kRequired));
    const auto invite_b = last(to_carrier(), "INVITE");
    EXPECT_NE(invite_b->header(sip::HeaderId::ContentType)->find("multipart/mixed"),
              std::string_view::npos);
    EXPECT_NE(invite_b->body().find("ISUP-IAM"), std::string_view::npos);
    EXPECT_NE(invite_b->body().find("m=audio 2"), std::string_view::npos);
    EXPECT_EQ(invite_b->body().find("198.18.0."), std::string_view::npos);
}

}  // namespace
}  // namespace portcullis::b2bua
