// SPDX-License-Identifier: BSD-2-Clause
// Who calls, as policy is told; what of a BYE crosses; and the story of what did not.
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using sip::HeaderId;

class CrossingTest : public FlowTest {
 protected:
    static std::string asserted(const std::string& number) {
        return "P-Asserted-Identity: <sip:" + number + "@canary.pbx>\n";
    }
    // The lines of the call's story that have `text` in them.
    std::vector<std::string> story(const std::string& text) {
        std::vector<std::string> found;
        calls->for_each([&](Call& call) {
            for (const auto& event : call.events()) {
                if (event.text.find(text) != std::string::npos) found.push_back(event.text);
            }
        });
        return found;
    }
};

// RFC 3325: the number that a trusted network vouches for, not what the phone says.
class CallerSourceTest : public CrossingTest {
 protected:
    // 7001 is told with another number.
    void use(const std::string& identity) {
        adjust({{"/trunks/0/identity", identity.c_str()},
                {"/number_rules", R"([{"name":"desk","target":"calling","pattern":"7001",
                                       "replace":"+497001"}])"},
                {"/routes/0/number_rules", R"(["desk"])"}});
    }
    std::string calling(const std::string& headers) {
        const auto sent = call(headers);
        const std::string user(sent->essentials().from.uri.user);
        b_says(*sent, 486);
        a_acks(*last(to_pbx(), "486"));
        expect_nothing_left();
        return user;
    }
};

TEST_F(CallerSourceTest, TheTrunkSaysWhoseNumberCounts) {
    use("{}");
    EXPECT_EQ(calling(asserted("7001")), "1001") << "From, unless it is told otherwise";
    use(R"({"caller_source":["asserted"]})");
    EXPECT_EQ(calling(asserted("7001")), "+497001");
    EXPECT_EQ(calling({}), "1001") << "From in the end";
    use(R"({"caller_source":["remote-party","preferred"]})");
    EXPECT_EQ(calling("Remote-Party-ID: <sip:7001@canary.pbx>;party=calling\n"), "+497001");
    EXPECT_EQ(calling("P-Preferred-Identity: <sip:7001@canary.pbx>\n"), "+497001");
    const auto records_of = records();
    ASSERT_EQ(records_of.size(), 5U);
    EXPECT_NE(records_of[1].find("\"7001\""), std::string::npos) << records_of[1];
}

TEST_F(CallerSourceTest, RoutesLookAtThatNumber) {
    adjust({{"/trunks/0/identity", R"({"caller_source":["asserted"]})"},
            {"/routes/0/match", R"({"trunk":"pbx","calling_pattern":"7.*"})"}});
    from_pbx(invite(asserted("7001")));
    const auto sent = last(to_carrier(), "INVITE");
    b_says(*sent, 486);
    a_acks(*last(to_pbx(), "486"));
    from_pbx(renumbered(invite({}, "call-2"), 2));
    EXPECT_EQ(count(to_pbx(), "404"), 1U);
}

// RFC 7433 section 4, RFC 3326: told at the end of the call, where the receiver may be told.
TEST_F(CrossingTest, AByeCarriesWhatMayPass) {
    const std::string said =
        "User-to-User: 00c8ab;encoding=hex\nReason: Q.850;cause=16;text=\"canary\"\n"
        "X-Secret: canary\nRetry-After: 5\n";
    for (const bool passes : {false, true}) {
        adjust({{"/trunks/1/identity", passes ? R"({"user_to_user":"pass"})" : "{}"},
                {"/trunks/0/identity", passes ? R"({"user_to_user":"pass"})" : "{}"}});
        for (const bool by_a : {true, false}) {
            const auto call = establish_with(kAllowUpdate, kAllowUpdate);
            if (by_a) {
                a_asks("BYE", *call.ok_a, 50, {}, said);
            } else {
                b_asks("BYE", *call.invite_b, 50, {}, said);
            }
            const auto bye = by_a ? last(to_carrier(), "BYE") : last(to_pbx(), "BYE");
            EXPECT_EQ(bye->has(HeaderId::UserToUser), passes) << by_a;
            EXPECT_EQ(value(*bye, HeaderId::Reason), "Q.850;cause=16") << by_a;
            EXPECT_FALSE(contains(*bye, "text=") || contains(*bye, "X-Secret"));
            EXPECT_FALSE(bye->has(HeaderId::RetryAfter));
            if (by_a) {
                b_says(*bye, 200);
            } else {
                a_says(*bye, 200);
            }
            (void)to_pbx();
            (void)to_carrier();
            expect_nothing_left();
        }
    }
}

// RFC 3326: as with BYE, so with CANCEL.
TEST_F(CrossingTest, ACancelSaysWhyAsFarAsTheReceiverMayBeTold) {
    const std::vector<std::pair<const char*, const char*>> rows{
        {"{}", "Q.850;cause=16"},
        {R"({"reason":"drop"})", ""},
        {R"({"reason":"text"})", "Q.850;cause=16;text=\"gone\""}};
    int number = 1;
    for (const auto& [identity, told] : rows) {
        adjust({{"/trunks/1/identity", identity}});
        const auto text = renumbered(invite({}, "cancel-" + std::to_string(number)), number);
        ++number;
        from_pbx(text);
        const auto sent = last(to_carrier(), "INVITE");
        b_says(*sent, 180);
        from_pbx(with(cancel_of(text), "Reason: Q.850;cause=16;text=\"gone\"\nX-Secret: x\n"));
        const auto cancel = last(to_carrier(), "CANCEL");
        EXPECT_EQ(value(*cancel, HeaderId::Reason), told) << identity;
        EXPECT_FALSE(contains(*cancel, "X-Secret"));
        b_says(*cancel, 200);
        b_says(*sent, 487);
        a_acks(*last(to_pbx(), "487"));
        (void)to_carrier();
    }
}

TEST_F(CrossingTest, TheStorySaysWhatDidNotCross) {
    adjust({{"/realms/0/trust", R"("untrusted")"}});
    const auto call = establish_with(asserted("7001"), kAllowUpdate);
    const auto lines = story("INVITE crosses");
    ASSERT_EQ(lines.size(), 2U) << "and its 2xx";
    EXPECT_NE(lines[0].find("P-Asserted-Identity removed: the sender is not trusted"),
              std::string::npos)
        << lines[0];
    EXPECT_NE(lines[0].find("X-Secret removed: it is not on the pass-list"), std::string::npos)
        << lines[0];
    end(call);
}

TEST_F(CrossingTest, TheStoryIsBounded) {
    adjust({{"/trunks/0/session", R"({"pass_in_dialog":["info"]})"},
            {"/trunks/1/session", R"({"pass_in_dialog":["info"]})"}});
    std::string many;
    for (int i = 0; i < 60; ++i) many += "X-Many-" + std::to_string(i) + ": some value\n";
    const auto call = establish_with(many, kAllowUpdate);
    for (int i = 0; i < 40; ++i) {
        a_asks("INFO", *call.ok_a, 10 + i, {}, many);
        b_says(*last(to_carrier(), "INFO"), 200);
    }
    const auto lines = story(" crosses: ");
    EXPECT_EQ(lines.size(), 8U);
    for (const auto& line : lines) EXPECT_LT(line.size(), 600U);
    EXPECT_NE(lines[0].find(" more"), std::string::npos) << lines[0];
    (void)to_pbx();
    end(call);
}

}  // namespace
}  // namespace portcullis::b2bua
