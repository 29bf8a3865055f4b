// SPDX-License-Identifier: BSD-2-Clause
// A call's identity headers by the trunks' settings: what the far side's INVITE says.
#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

class IdentityTest : public Harness {
 protected:
    // The lab with number rules on the way out, and the carrier's identity object.
    void set_carrier(const std::string& identity) {
        std::string text(kDocument);
        const auto replace = [&text](std::string_view what, const std::string& with) {
            const auto at = text.find(what);
            ASSERT_NE(at, std::string::npos);
            text.replace(at, what.size(), with);
        };
        replace(R"({"name":"carrier","realm":"peer",)",
                R"({"name":"carrier","realm":"peer","identity":)" + identity + ",");
        replace(R"({"name":"out","match":{"trunk":"pbx"},)",
                R"({"name":"out","match":{"trunk":"pbx"},"number_rules":["e164"],)");
        replace(R"("timers":)", R"("number_rules":[{"name":"e164","target":"calling",)"
                                R"("pattern":"1\\d+","prepend":"+49"}],"timers":)");
        configure(text);
    }

    sip::MessagePtr outgoing(const std::string& headers) {
        from_pbx(invite(headers));
        relay.answer();
        return last(to_carrier(), "INVITE");
    }
};

TEST_F(IdentityTest, ATrustedTrunkIsToldWithItsNumbers) {
    set_carrier(R"({"trust":"trusted","redirection":"history-info"})");
    const auto sent = outgoing(
        "P-Asserted-Identity: \"Alice\" <sip:1001@canary.pbx>\n"
        "Diversion: <sip:1002@canary.pbx>;reason=user-busy\n");
    ASSERT_NE(sent, nullptr);
    EXPECT_EQ(sent->header(sip::HeaderId::PAssertedIdentity), "\"Alice\" <sip:+491001@198.18.1.1>");
    EXPECT_FALSE(sent->has(sip::HeaderId::Diversion));
    const auto history = sent->values(sip::HeaderId::HistoryInfo);
    ASSERT_EQ(history.size(), 2U);
    EXPECT_EQ(history[0], "<sip:+491002@198.18.1.1>;index=1");
    EXPECT_EQ(history[1], "<sip:4930123@198.18.1.1;cause=486>;index=1.1;mp=1");
    EXPECT_EQ(sent->essentials().from.uri.user, "+491001");
    EXPECT_EQ(sent->bytes().find("canary"), std::string_view::npos);
}

// RFC 3323 section 4.1.1.3, RFC 3325 section 7.
TEST_F(IdentityTest, PrivacyIsAppliedTowardsAnUntrustedTrunk) {
    set_carrier("{}");
    const auto sent = outgoing("P-Asserted-Identity: <sip:1001@canary.pbx>\nPrivacy: id\n");
    ASSERT_NE(sent, nullptr);
    EXPECT_EQ(sent->essentials().from.uri_text, "sip:anonymous@anonymous.invalid");
    EXPECT_EQ(sent->essentials().from.display_text(), "Anonymous");
    EXPECT_FALSE(sent->has(sip::HeaderId::PAssertedIdentity));
    EXPECT_FALSE(sent->has(sip::HeaderId::Privacy));
    EXPECT_EQ(sent->bytes().find("1001"), std::string_view::npos);
}

// RFC 3323 section 5.
TEST_F(IdentityTest, CriticalPrivacyThatCannotBeGivenIsRefused) {
    from_pbx(invite("Privacy: moon;critical\n"));
    EXPECT_EQ(last(to_pbx(), "500")->status_code(), 500);
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_TRUE(relay.requests.empty());
}

}  // namespace
}  // namespace portcullis::b2bua
