// SPDX-License-Identifier: BSD-2-Clause
// In-dialog requests: routing of 12.2.1.1, the ACK of 13.2.2.4, and what the caller adds.
#include "signaling/dialog/request_factory.hpp"

#include "tests/unit/dialog/samples.hpp"

namespace portcullis::dialog::testing {
namespace {

RequestParts parts() {
    return {.via = *sip::parse_via("SIP/2.0/UDP 198.18.1.1:5060;branch=z9hG4bKnew;rport"),
            .contact = "<sip:198.18.1.1:5060>",
            .headers = {{"Supported", "replaces"}, {"X-Extra", "1"}},
            .content_type = "application/sdp",
            .body = "v=0\r\n"};
}

Dialog made(const std::string& routes = {}) {
    return *Dialog::from_server(*request({.routes = routes}), *response(200));
}

struct RouteCase {
    const char* clause;
    std::string record_routes;
    std::string request_uri;
    std::vector<std::string_view> route;
    std::string next_hop;
};

class RouteTest : public ::testing::TestWithParam<RouteCase> {};

TEST_P(RouteTest, FollowsTheRouteSet) {
    const auto& row = GetParam();
    auto dialog = made(row.record_routes);
    EXPECT_EQ(dialog.next_hop(), row.next_hop) << row.clause;
    const auto bye = make_request(dialog, sip::Method::Bye, parts());
    EXPECT_EQ(bye->request_uri_text(), row.request_uri) << row.clause;
    EXPECT_EQ(bye->values(sip::HeaderId::Route), row.route) << row.clause;
    EXPECT_TRUE(sip::parse_message(std::string(bye->bytes()))) << bye->bytes();
}

INSTANTIATE_TEST_SUITE_P(
    Routes, RouteTest,
    ::testing::Values(
        RouteCase{"12.2.1.1 empty", "", "sip:a@198.18.0.2:5070", {}, "sip:a@198.18.0.2:5070"},
        RouteCase{"12.2.1.1 loose",
                  "Record-Route: <sip:p1.example;lr>, <sip:p2.example>\r\n",
                  "sip:a@198.18.0.2:5070",
                  {"<sip:p1.example;lr>", "<sip:p2.example>"},
                  "sip:p1.example;lr"},
        RouteCase{"12.2.1.1 strict",
                  "Record-Route: <sip:p1.example?x=1>, <sip:p2.example;lr>\r\n",
                  "sip:p1.example",
                  {"<sip:p2.example;lr>", "<sip:a@198.18.0.2:5070>"},
                  "sip:p1.example?x=1"},
        RouteCase{"12.2.1.1 strict alone",
                  "Record-Route: <sip:p1.example;maddr=192.0.2.1>\r\n",
                  "sip:p1.example;maddr=192.0.2.1",
                  {"<sip:a@198.18.0.2:5070>"},
                  "sip:p1.example;maddr=192.0.2.1"}));

TEST(RequestFactory, FillsInTheDialog) {
    auto dialog = made();
    const auto invite = make_request(dialog, sip::Method::Invite, parts());
    const auto& facts = invite->essentials();
    EXPECT_EQ(facts.call_id, "call-1");
    EXPECT_EQ(facts.from_tag, "to1") << "12.2.1.1: From is the local side";
    EXPECT_EQ(facts.to_tag, "from1");
    EXPECT_EQ(facts.from.uri_text, "sip:b@sbc.example;user=phone");
    EXPECT_EQ(facts.to.uri_text, "sip:a@pbx.example");
    EXPECT_EQ(facts.to.display_name, "\"Al, \\\"A\\\"\"");
    EXPECT_EQ(facts.cseq.number, dialog.state().local_cseq);
    EXPECT_EQ(facts.cseq.method, sip::Method::Invite);
    EXPECT_EQ(facts.top_via.branch, "z9hG4bKnew");
    EXPECT_EQ(facts.max_forwards, 70U);
    EXPECT_EQ(invite->header(sip::HeaderId::Contact), "<sip:198.18.1.1:5060>");
    EXPECT_EQ(invite->header("X-Extra"), "1");
    EXPECT_EQ(invite->header(sip::HeaderId::ContentType), "application/sdp");
    EXPECT_EQ(invite->body(), "v=0\r\n");
    const auto info = make_request(dialog, "NEWIDEA", parts());
    EXPECT_EQ(info->method_text(), "NEWIDEA");
    EXPECT_EQ(info->essentials().cseq.number, facts.cseq.number + 1);
}

TEST(RequestFactory, TheAckRepeatsTheNumberOfItsInvite) {
    auto dialog = made("Record-Route: <sip:p1.example;lr>\r\n");
    const auto invite = make_request(dialog, sip::Method::Invite, parts());
    (void)make_request(dialog, sip::Method::Info, parts());
    const auto before = dialog.state();
    const auto ack = make_ack(dialog, {.via = parts().via});
    EXPECT_EQ(ack->essentials().cseq.number, invite->essentials().cseq.number) << "13.2.2.4";
    EXPECT_EQ(ack->method(), sip::Method::Ack);
    EXPECT_EQ(ack->values(sip::HeaderId::Route).size(), 1U);
    EXPECT_FALSE(ack->has(sip::HeaderId::Contact));
    EXPECT_EQ(dialog.state(), before) << "an ACK takes no number";
    EXPECT_EQ(make_ack(dialog, {.via = parts().via}, 5)->essentials().cseq.number, 5U);
}

}  // namespace
}  // namespace portcullis::dialog::testing
