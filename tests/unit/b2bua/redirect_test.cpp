// SPDX-License-Identifier: BSD-2-Clause
// Redirections of a gateway: followed within policy, passed, or refused (RFC 3261 section 8.1.3.4).
#include <fmt/format.h>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

class RedirectTest : public FlowTest {
 protected:
    static std::string to(const std::string& uri, const std::string& params = {}) {
        return "Contact: <" + uri + ">" + params + "\n";
    }
    void redirects(const sip::Message& invite_b, const std::string& contacts, int code = 302) {
        Says says;
        says.headers = contacts;
        says.contact = {};
        b_says(invite_b, code, says);
        EXPECT_EQ(count(take_acks(), "ACK"), 1U);
    }
    // What the carrier got beside ACKs waits in `rest_`.
    std::vector<sip::MessagePtr> take_acks() {
        std::vector<sip::MessagePtr> acks;
        for (auto& m : to_carrier()) {
            (m->method() == sip::Method::Ack ? acks : rest_).push_back(std::move(m));
        }
        return acks;
    }
    sip::MessagePtr next_at_carrier() {
        const auto taken = std::exchange(rest_, {});
        return last(taken, "INVITE");
    }
    void expect_refused(const char* code) {
        a_acks(*last(to_pbx(), code));
        expect_nothing_left();
    }

    std::vector<sip::MessagePtr> rest_;
};

TEST_F(RedirectTest, ToAnotherGatewayOfTheRouteIsFollowed) {
    const auto first = call();
    redirects(*first, to("sip:4930777@198.18.1.3"));
    EXPECT_EQ(count(to_pbx(), "100"), 1U);
    const auto second = last(take(kSecondGateway), "INVITE");
    EXPECT_EQ(second->request_uri_text(), "sip:4930777@198.18.1.3:5060");
    EXPECT_NE(value(*second, HeaderId::CallId), value(*first, HeaderId::CallId));
    const Says answer{.body = sdp("198.18.1.3", 6000), .contact = "sip:b@198.18.1.3:5060"};
    b_says(*second, 200, answer, kSecondGateway);
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    from_pbx(in_dialog("BYE", *ok, 2));
    b_says(*last(take(kSecondGateway), "BYE"), 200, Says(), kSecondGateway);
    expect_nothing_left();
    EXPECT_NE(records().at(0).find("4930777"), std::string::npos);
}

TEST_F(RedirectTest, ToOurOwnAddressIsRoutedByItsNumber) {
    adjust({{"/trunks/2", R"({"name":"special","realm":"peer",
                              "gateways":[{"uri":"sip:198.18.1.9:5060"}]})"},
            {"/routes/2", R"({"name":"premium","priority":0,"trunks":["special"],
                              "match":{"trunk":"pbx","called_prefix":"0900"}})"},
            {"/routes/0/priority", "10"}});
    const auto first = call();
    redirects(*first, to("sip:0900123@198.18.1.1"));
    const auto second = last(take("198.18.1.9:5060"), "INVITE");
    EXPECT_EQ(second->request_uri_text(), "sip:0900123@198.18.1.9:5060");
    b_says(*second, 486, Says(), "198.18.1.9:5060");
    expect_refused("486");
}

struct StrangeCase {
    const char* name;
    const char* contact;
};
class StrangerTest : public RedirectTest, public testing::WithParamInterface<StrangeCase> {};

TEST_P(StrangerTest, IsNeverCalled) {
    const auto first = call();
    redirects(*first, GetParam().contact);
    EXPECT_TRUE(rest_.empty());
    expect_refused("480");
    (void)to_pbx();  // the refusal, repeated
    EXPECT_TRUE(transport.sent.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Contacts, StrangerTest,
    testing::Values(StrangeCase{"Host", "Contact: <sip:4930777@203.0.113.9>\n"},
                    StrangeCase{"Port", "Contact: <sip:4930777@198.18.1.3:6666>\n"},
                    StrangeCase{"Loopback", "Contact: <sip:4930777@127.0.0.1>\n"},
                    StrangeCase{"Tel", "Contact: <tel:+4930777>\n"},
                    StrangeCase{"Mail", "Contact: <mailto:a@example.com>\n"},
                    StrangeCase{"None", ""}),
    [](const auto& row) { return row.param.name; });

TEST_F(RedirectTest, TheBestOfSeveralContactsIsFirst) {  // RFC 3261 section 8.1.3.4
    const auto first = call();
    redirects(*first, to("sip:1@198.18.1.3", ";q=0.1") + to("sip:2@203.0.113.9", ";q=0.9") +
                          to("sip:3@198.18.1.3", ";q=0.5"));
    const auto best = last(take(kSecondGateway), "INVITE");
    EXPECT_EQ(best->request_uri_text(), "sip:3@198.18.1.3:5060");
    b_says(*best, 503, Says(), kSecondGateway);
    const auto next = last(take(kSecondGateway), "INVITE");
    EXPECT_EQ(next->request_uri_text(), "sip:1@198.18.1.3:5060");
    b_says(*next, 486, Says(), kSecondGateway);
    (void)take(kSecondGateway);
    expect_refused("486");
}

TEST_F(RedirectTest, ACircleIsLeft) {  // RFC 3261 section 8.1.3.4: no target twice
    auto invite_b = call();
    redirects(*invite_b, to("sip:5@198.18.1.2"));
    const auto five = next_at_carrier();
    EXPECT_EQ(five->request_uri_text(), "sip:5@198.18.1.2:5060");
    redirects(*five, to("sip:6@198.18.1.2"));
    const auto six = next_at_carrier();
    redirects(*six, to("sip:5@198.18.1.2"));
    EXPECT_TRUE(rest_.empty());
    expect_refused("480");
}

TEST_F(RedirectTest, ToItselfIsACircle) {
    const auto invite_b = call();
    redirects(*invite_b, to("sip:4930123@198.18.1.2"));
    EXPECT_TRUE(rest_.empty());
    expect_refused("480");
}

TEST_F(RedirectTest, OneAfterTheOtherIsBounded) {
    auto invite_b = call();
    for (int i = 0; i < 5; ++i) {
        redirects(*invite_b, to(fmt::format("sip:100{}@198.18.1.2", i)));
        invite_b = next_at_carrier();
    }
    redirects(*invite_b, to("sip:9999@198.18.1.2"));
    EXPECT_TRUE(rest_.empty());
    expect_refused("480");
}

TEST_F(RedirectTest, PassedItNamesOurAddress) {
    adjust({{"/trunks/1/session", R"({"redirect":"pass"})"}});
    const auto invite_b = call();
    redirects(*invite_b, to("sip:4930777@203.0.113.9", ";q=0.5") + to("sip:4930778@203.0.113.8"));
    const auto told = last(to_pbx(), "302");
    const auto contacts = told->values(HeaderId::Contact);
    ASSERT_EQ(contacts.size(), 2U);
    EXPECT_EQ(contacts[0], "<sip:4930778@198.18.0.1:5060>");
    EXPECT_EQ(contacts[1], "<sip:4930777@198.18.0.1:5060>;q=0.500");
    EXPECT_FALSE(contains(*told, "203.0.113"));
    a_acks(*told);
    expect_nothing_left();
}

TEST_F(RedirectTest, PassedWithoutATargetItIsARefusal) {
    adjust({{"/trunks/1/session", R"({"redirect":"pass"})"}});
    redirects(*call(), "Contact: <mailto:a@example.com>\n");
    expect_refused("480");
}

// 16.7 item 6: the best of all branches, when all have answered.
TEST_F(RedirectTest, PassedItWaitsForTheOtherBranches) {
    for (const int other : {486, 603, 200}) {
        adjust({{"/trunks/1/session", R"({"redirect":"pass"})"}, {"/routes/0/parallel", "true"}});
        const auto first = call();
        const auto second = last(take(kSecondGateway), "INVITE");
        (void)to_pbx();
        redirects(*first, to("sip:4930777@203.0.113.9"));
        EXPECT_TRUE(to_pbx().empty());
        EXPECT_TRUE(take(kSecondGateway).empty());
        const Says said{.body = other == 200 ? sdp("198.18.1.3", 6000) : "",
                        .contact = other == 200 ? "sip:b@198.18.1.3:5060" : ""};
        b_says(*second, other, said, kSecondGateway);
        const auto told = last(to_pbx(), other == 486 ? "302" : std::to_string(other));
        EXPECT_EQ(contains(*told, "Contact: <sip:4930777@198.18.0.1:5060>"), other == 486);
        a_acks(*told);
        (void)take(kSecondGateway);
        if (other == 200) {
            from_pbx(in_dialog("BYE", *told, 2));
            b_says(*last(take(kSecondGateway), "BYE"), 200, Says(), kSecondGateway);
        }
        expect_nothing_left();
    }
}

TEST_F(RedirectTest, FollowedInParallelItIsCalledWhileTheOtherRings) {
    adjust({{"/routes/0/parallel", "true"}});
    const auto first = call();
    const auto second = last(take(kSecondGateway), "INVITE");
    b_says(*second, 180, Says(), kSecondGateway);
    redirects(*first, to("sip:5@198.18.1.2"));
    const auto third = next_at_carrier();
    b_says(*second, 486, Says(), kSecondGateway);
    (void)take(kSecondGateway);
    b_says(*third, 404);
    (void)to_carrier();
    expect_refused("486");
}

// RFC 3515 section 2.4.4: a transfer fails by it as by another refusal.
TEST_F(RedirectTest, OfATransferItIsARefusal) {
    adjust({{"/trunks/1/session", R"({"redirect":"pass"})"}});
    const auto call = establish();
    (void)to_pbx();
    a_asks("REFER", *call.ok_a, 2, {},
           "Contact: <sip:1001@198.18.0.2>\nRefer-To: <sip:4930999@198.18.0.1>\n");
    a_says(*last(to_pbx(), "NOTIFY"), 200);
    redirects(*last(to_carrier(), "INVITE"), to("sip:4930777@203.0.113.9"));
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "BYE"), 0U);
    const auto told = last(at_pbx, "NOTIFY");
    EXPECT_TRUE(told->body().starts_with("SIP/2.0 480 "));
    a_says(*told, 200);
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

TEST_F(RedirectTest, RejectedItIsARefusal) {
    adjust({{"/trunks/1/session", R"({"redirect":"reject"})"}});
    redirects(*call(), to("sip:4930777@198.18.1.3"));
    EXPECT_TRUE(take(kSecondGateway).empty());
    expect_refused("480");
}

TEST_F(RedirectTest, OfAReinviteItIsARefusal) {  // RFC 3261 section 14.1
    const auto call = establish();
    a_asks("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto offer = last(to_carrier(), "INVITE");
    redirects(*offer, to("sip:4930777@198.18.1.3"), 301);
    a_acks(*last(to_pbx(), "488"), 2);
    EXPECT_TRUE(take(kSecondGateway).empty());
    end(call);
}

TEST_F(RedirectTest, AfterEarlyMediaTheNextGatewayHasItsOwnDialog) {
    const auto first = call();
    b_says(*first, 183, {.body = sdp("198.18.1.2", 6000)});
    const auto early = last(to_pbx(), "183");
    redirects(*first, to("sip:4930777@198.18.1.3"));
    const auto second = last(take(kSecondGateway), "INVITE");
    const Says ringing{.contact = "sip:b@198.18.1.3:5060"};
    b_says(*second, 180, ringing, kSecondGateway);
    EXPECT_NE(last(to_pbx(), "180")->essentials().to_tag, early->essentials().to_tag);
    b_says(*second, 486, Says(), kSecondGateway);
    expect_refused("486");
}

TEST_F(RedirectTest, WhileTheRelayWorksItWaitsItsTurn) {
    const auto first = call();
    relay.hold = true;
    b_says(*first, 183, {.body = sdp("198.18.1.2", 6000)});
    redirects(*first, to("sip:4930777@198.18.1.3"));
    EXPECT_TRUE(take(kSecondGateway).empty());
    relay.answer();
    EXPECT_TRUE(relay.idle());
    const auto second = last(take(kSecondGateway), "INVITE");
    b_says(*second, 486, Says(), kSecondGateway);
    relay.hold = false;
    relay.answer();
    expect_refused("486");
}

}  // namespace
}  // namespace portcullis::b2bua
