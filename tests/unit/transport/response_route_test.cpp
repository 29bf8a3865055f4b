// SPDX-License-Identifier: BSD-2-Clause
// Where responses go: RFC 3261 section 18.2, RFC 3581 section 4.
#include "signaling/transport/response_route.hpp"

#include "tests/unit/transport/support.hpp"

namespace portcullis::transport::testing {
namespace {

struct RouteCase {
    const char* clause;
    const char* via;  // transport and sent-by with parameters
    TransportKind transport;
    const char* first;
    const char* fallback;  // nullptr: none
    const char* stamped;   // received and rport as printed in the response's Via, after the branch
};

class RouteTest : public ::testing::TestWithParam<RouteCase> {};

TEST_P(RouteTest, FollowsViaAndSource) {
    const auto& row = GetParam();
    Source source{{}, row.transport, local(5060), *Endpoint::parse("198.18.0.2:40000"), "core"};
    if (is_reliable(row.transport)) source.flow = {0, 1, 1};
    const auto request = message(request_text("1", {}, row.via));
    const ResponseRoute route = route_response(*request, source);
    EXPECT_EQ(route.first.remote.text(), row.first) << row.clause;
    EXPECT_EQ(route.first.flow, source.flow);
    EXPECT_EQ(route.first.interface, "core");
    ASSERT_EQ(route.fallback.has_value(), row.fallback != nullptr) << row.clause;
    if (route.fallback) {
        EXPECT_EQ(route.fallback->remote.text(), row.fallback) << row.clause;
        EXPECT_FALSE(route.fallback->flow);
    }
    const auto plain =
        sip::MessageBuilder::response(*request, 200, {}, {.to_tag = "t", .source = {}})
            .add("X-Kept", "yes")
            .body("text/plain", "body")
            .finish();
    const auto stamped = stamp_via(plain, source);
    const auto& via = stamped->essentials().top_via;
    const std::string got = "received=" + std::string(via.received) +
                            " rport=" + (via.rport ? std::to_string(*via.rport) : "");
    EXPECT_EQ(got, row.stamped) << row.clause;
    EXPECT_EQ(via.branch, "z9hG4bK1");
    EXPECT_EQ(stamped->header("X-Kept"), "yes");
    EXPECT_EQ(stamped->body(), "body");
    EXPECT_EQ(stamped->essentials().to_tag, "t");
    EXPECT_EQ(stamp_via(stamped, source), stamped) << "nothing more to do";
}

INSTANTIATE_TEST_SUITE_P(
    Vias, RouteTest,
    ::testing::Values(
        RouteCase{"18.2.2 sent-by is the source", "UDP 198.18.0.2:40000", TransportKind::Udp,
                  "198.18.0.2:40000", nullptr, "received= rport="},
        RouteCase{"18.2.2 port of the sent-by", "UDP 198.18.0.2:5080", TransportKind::Udp,
                  "198.18.0.2:5080", nullptr, "received= rport="},
        RouteCase{"18.2.2 default port", "UDP 198.18.0.2", TransportKind::Udp, "198.18.0.2:5060",
                  nullptr, "received= rport="},
        RouteCase{"18.2.1 another address", "UDP 10.0.0.1:5080", TransportKind::Udp,
                  "198.18.0.2:5080", nullptr, "received=198.18.0.2 rport="},
        RouteCase{"18.2.1 a name", "UDP pbx.example:5080", TransportKind::Udp, "198.18.0.2:5080",
                  nullptr, "received=198.18.0.2 rport="},
        RouteCase{"RFC 3581 4", "UDP 10.0.0.1:5080;rport", TransportKind::Udp, "198.18.0.2:40000",
                  nullptr, "received=198.18.0.2 rport=40000"},
        RouteCase{"RFC 3581 4, no NAT", "UDP 198.18.0.2:40000;rport", TransportKind::Udp,
                  "198.18.0.2:40000", nullptr, "received=198.18.0.2 rport=40000"},
        RouteCase{"a forged received and rport", "UDP 10.0.0.1;received=203.0.113.1;rport=1",
                  TransportKind::Udp, "198.18.0.2:40000", nullptr,
                  "received=198.18.0.2 rport=40000"},
        RouteCase{"maddr is not followed", "UDP 198.18.0.2;maddr=203.0.113.9", TransportKind::Udp,
                  "198.18.0.2:5060", nullptr, "received= rport="},
        RouteCase{"18.2.2 reliable", "TCP 10.0.0.1:5080", TransportKind::Tcp, "198.18.0.2:0",
                  "198.18.0.2:5080", "received=198.18.0.2 rport="},
        RouteCase{"18.2.2 reliable, default port", "TCP 198.18.0.2;rport", TransportKind::Tcp,
                  "198.18.0.2:0", "198.18.0.2:5060", "received=198.18.0.2 rport=40000"}));

}  // namespace
}  // namespace portcullis::transport::testing
