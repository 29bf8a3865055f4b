// SPDX-License-Identifier: BSD-2-Clause
// Session timers: each leg negotiates, refreshes and expires by itself (RFC 4028).
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

class SessionTimerTest : public FlowTest {
 protected:
    static std::string expires(const std::string& text) {
        return "Session-Expires: " + text + "\nRequire: timer\n";
    }
    static std::string asks(const std::string& text) {
        return "Session-Expires: " + text + "\nSupported: timer\n";
    }
    void end_both(const std::vector<sip::MessagePtr>& at_pbx,
                  const std::vector<sip::MessagePtr>& at_carrier) {
        a_says(*last(at_pbx, "BYE"), 200);
        b_says(*last(at_carrier, "BYE"), 200);
        expect_nothing_left();
    }
};

struct AnswerCase {
    const char* name;
    const char* session;  // of the trunk A comes from
    const char* asked;    // by A
    const char* expires;  // in our 2xx; empty: none
    bool require;
};
class SessionAnswerTest : public SessionTimerTest,
                          public testing::WithParamInterface<AnswerCase> {};

TEST_P(SessionAnswerTest, TheAnswerSaysWhoRefreshes) {  // RFC 4028 section 9, table 2
    const auto& row = GetParam();
    adjust({{"/trunks/0/session", row.session}});
    const auto call = establish_with(row.asked, "");
    EXPECT_EQ(value(*call.ok_a, HeaderId::SessionExpires), row.expires);
    EXPECT_EQ(call.ok_a->lists(HeaderId::Require, "timer"), row.require);
    end(call);
}

const char* const kTimerAccepted = R"({"session_timer":"accept"})";
const char* const kTimerOffered = R"({"session_timer":"offer","session_expires_s":600})";
INSTANTIATE_TEST_SUITE_P(
    Table2, SessionAnswerTest,
    testing::Values(
        AnswerCase{"None", kTimerAccepted, "", "", false},
        AnswerCase{"Off", R"({"session_timer":"off"})", "Session-Expires: 300\nSupported: timer\n",
                   "", false},
        AnswerCase{"TheyRefresh", kTimerAccepted,
                   "Session-Expires: 300;refresher=uac\nSupported: timer\n", "300;refresher=uac",
                   true},
        AnswerCase{"WeRefresh", kTimerAccepted,
                   "Session-Expires: 300;refresher=uas\nSupported: timer\n", "300;refresher=uas",
                   false},
        AnswerCase{"Unsaid", kTimerAccepted, "Session-Expires: 300\nSupported: timer\n",
                   "300;refresher=uac", true},
        // A proxy asked for it; A would not understand.
        AnswerCase{"Unsupported", kTimerAccepted, "Session-Expires: 300\n", "300;refresher=uas",
                   false},
        AnswerCase{"Shortened", kTimerAccepted, "Session-Expires: 7200\nSupported: timer\n",
                   "1800;refresher=uac", true},
        AnswerCase{"Offered", kTimerOffered, "Supported: timer\n", "600;refresher=uac", true},
        AnswerCase{"OfferedInVain", kTimerOffered, "", "600;refresher=uas", false}),
    [](const auto& row) { return row.param.name; });

TEST_F(SessionTimerTest, TooShortAnIntervalIs422) {  // RFC 4028 section 9
    adjust({{"/trunks/0/session", R"({"min_se_s":300})"}});
    from_pbx(invite(asks("120")));
    const auto refused = last(to_pbx(), "422");
    EXPECT_EQ(value(*refused, HeaderId::MinSe), "300");
    EXPECT_TRUE(to_carrier().empty());
    a_acks(*refused);
    // Who does not know the extension can not be told so.
    from_pbx(renumbered(invite("Session-Expires: 120\n"), 2));
    b_says(*last(to_carrier(), "INVITE"), 486);
    a_acks(*last(to_pbx(), "486"), 2);
    expect_nothing_left();
}

TEST_F(SessionTimerTest, A422OfTheFarSideIsHeeded) {  // RFC 4028 section 7.3
    adjust({{"/trunks/1/session", R"({"session_timer":"offer","session_expires_s":100})"}});
    const auto first = call();
    EXPECT_EQ(value(*first, HeaderId::SessionExpires), "100");
    EXPECT_TRUE(first->lists(HeaderId::Supported, "timer"));
    b_says(*first, 422, {.headers = "Min-SE: 600\n"});
    const auto at_carrier = to_carrier();
    const auto second = last(at_carrier, "INVITE");
    EXPECT_EQ(value(*second, HeaderId::CallId), value(*first, HeaderId::CallId));
    EXPECT_EQ(second->essentials().from_tag, first->essentials().from_tag);
    EXPECT_EQ(second->essentials().cseq.number, 2U);
    EXPECT_NE(second->essentials().top_via.branch, first->essentials().top_via.branch);
    EXPECT_EQ(value(*second, HeaderId::SessionExpires), "600");
    EXPECT_EQ(value(*second, HeaderId::MinSe), "600");
    EXPECT_EQ(second->body(), first->body());
    // The same again is no progress.
    b_says(*second, 422, {.headers = "Min-SE: 600\n"});
    a_acks(*last(to_pbx(), "500"));
    expect_nothing_left();
}

struct RefreshCase {
    const char* name;
    bool of_a;  // whose leg
    bool update;
};
class RefreshTest : public SessionTimerTest, public testing::WithParamInterface<RefreshCase> {
 protected:
    // A call of 300 s in which we refresh that leg.
    Established call_of_300() {
        const auto& row = GetParam();
        const std::string allow = row.update ? kAllowUpdate : "Allow: INVITE, ACK, BYE, CANCEL\n";
        if (row.of_a) return establish_with(asks("300;refresher=uas") + allow, allow);
        adjust({{"/trunks/1/session", R"({"session_timer":"offer","session_expires_s":300})"}});
        return establish_with(allow, expires("300;refresher=uac") + allow);
    }
    sip::MessagePtr refresh() {
        const auto at_pbx = to_pbx();
        const auto at_carrier = to_carrier();
        EXPECT_TRUE((GetParam().of_a ? at_carrier : at_pbx).empty());
        return last(GetParam().of_a ? at_pbx : at_carrier, GetParam().update ? "UPDATE" : "INVITE");
    }
    void says(const sip::Message& request, int code, const Says& rest = {}) {
        if (GetParam().of_a) {
            a_says(request, code, rest);
        } else {
            b_says(request, code, rest);
        }
    }
    [[nodiscard]] std::string answer() const {
        if (GetParam().update) return {};
        return GetParam().of_a ? sdp("198.18.0.2", 4000) : sdp("198.18.1.2", 6000);
    }
};

TEST_P(RefreshTest, ComesAtHalfTimeAndChangesNothing) {  // RFC 4028 section 10, 7.4
    const auto call = call_of_300();
    relay.requests.clear();
    for (int i = 0; i < 3; ++i) {
        advance(149s);
        EXPECT_TRUE(to_pbx().empty());
        EXPECT_TRUE(to_carrier().empty());
        advance(2s);
        const auto asked = refresh();
        EXPECT_EQ(value(*asked, HeaderId::SessionExpires), "300;refresher=uac");
        EXPECT_EQ(has_sdp(*asked), !GetParam().update);
        if (has_sdp(*asked)) {
            // The same description, version included (RFC 3264 section 8).
            const auto& known = GetParam().of_a ? call.ok_a : call.invite_b;
            EXPECT_EQ(asked->body(), known->body());
        }
        says(*asked, 200, {.body = answer(), .headers = expires("300;refresher=uac")});
        const auto acks = GetParam().of_a ? to_pbx() : to_carrier();
        EXPECT_EQ(count(acks, "ACK"), GetParam().update ? 0U : 1U);
    }
    EXPECT_TRUE(relay.requests.empty());
    end(call);
}

TEST_P(RefreshTest, IsTriedAgainAfterAGlareAndThenExpires) {  // RFC 4028 section 10
    const auto call = call_of_300();
    advance(151s);
    says(*refresh(), 491);
    (void)(GetParam().of_a ? to_pbx() : to_carrier());
    advance(11s);
    says(*refresh(), 500);
    (void)(GetParam().of_a ? to_pbx() : to_carrier());
    // A change of the far side goes through meanwhile.
    a_asks("INVITE", *call.ok_a, 5, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    b_says(*last(to_carrier(), "INVITE"), 200,
           {.body = sdp("198.18.1.2", 6000, "a=recvonly\n"),
            .headers = GetParam().of_a ? "" : expires("300;refresher=uac")});
    (void)to_carrier();
    a_acks(*last(to_pbx(), "200"), 5);
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

TEST_P(RefreshTest, OfAPeerThatHasLostTheDialogEndsTheCall) {  // RFC 5057, RFC 4028 section 10
    for (const int code : {481, 408}) {
        const auto call = call_of_300();
        advance(151s);
        says(*refresh(), code);
        const auto at_pbx = to_pbx();
        const auto at_carrier = to_carrier();
        // 12.2.1.2: BYE also to who says so.
        b_says(*last(at_carrier, "BYE"), GetParam().of_a ? 200 : 481);
        a_says(*last(at_pbx, "BYE"), GetParam().of_a ? 481 : 200);
        expect_nothing_left();
    }
}

TEST_P(RefreshTest, ThatIsTooShortIsRepeatedWithMore) {  // RFC 4028 section 7.3
    const auto call = call_of_300();
    advance(151s);
    says(*refresh(), 422, {.headers = "Min-SE: 900\n"});
    const auto again = refresh();
    EXPECT_EQ(value(*again, HeaderId::SessionExpires), "900;refresher=uac");
    EXPECT_EQ(value(*again, HeaderId::MinSe), "900");
    says(*again, 200, {.body = answer(), .headers = expires("900;refresher=uac")});
    (void)to_pbx();
    (void)to_carrier();
    advance(440s);
    EXPECT_TRUE(to_pbx().empty());
    EXPECT_TRUE(to_carrier().empty());
    end(call);
}

// A refused offer leaves the session, and what we say of it, as it was (RFC 3261 section 14.1).
TEST_P(RefreshTest, AfterARefusedOfferSaysWhatWasAgreed) {
    if (GetParam().update) GTEST_SKIP() << "says nothing of the session";
    const auto call = call_of_300();
    std::string refused;
    if (GetParam().of_a) {
        b_asks("INVITE", *call.invite_b, 5, sdp("198.18.1.2", 6000, "a=sendonly\n"));
        const auto asked = last(to_pbx(), "INVITE");
        refused = session_version(*asked);
        a_says(*asked, 488);
        (void)to_pbx();
        (void)last(to_carrier(), "488");
        from_carrier(in_dialog("ACK", *call.invite_b, 5, {}, true));
    } else {
        a_asks("INVITE", *call.ok_a, 5, sdp("198.18.0.2", 4000, "a=sendonly\n"));
        const auto asked = last(to_carrier(), "INVITE");
        refused = session_version(*asked);
        b_says(*asked, 488);
        (void)to_carrier();
        a_acks(*last(to_pbx(), "488"), 5);
    }
    advance(33s);
    (void)to_pbx();
    (void)to_carrier();
    advance(118s);
    const auto again = refresh();
    EXPECT_EQ(again->body(), (GetParam().of_a ? call.ok_a : call.invite_b)->body());
    EXPECT_NE(session_version(*again), refused);
    says(*again, 200, {.body = answer(), .headers = expires("300;refresher=uac")});
    (void)to_pbx();
    (void)to_carrier();
    // The number of the refused one names nothing else.
    a_asks("INVITE", *call.ok_a, 6, sdp("198.18.0.2", 4000, "a=inactive\n"));
    const auto held = last(to_carrier(), "INVITE");
    const auto next = std::to_string(std::stoi(refused) + 1);
    if (!GetParam().of_a) {
        EXPECT_EQ(session_version(*held), next);
    }
    b_says(*held, 200,
           {.body = sdp("198.18.1.2", 6000, "a=inactive\n"),
            .headers = GetParam().of_a ? "" : expires("300;refresher=uac")});
    (void)to_carrier();
    const auto ok = last(to_pbx(), "200");
    if (GetParam().of_a) {
        EXPECT_EQ(session_version(*ok), next);
    }
    a_acks(*ok, 6);
    end(call);
}

TEST_P(RefreshTest, CrossingAnOfferIsAGlare) {  // RFC 3261 section 14.2
    if (GetParam().update) GTEST_SKIP() << "without an offer nothing crosses";
    const auto call = call_of_300();
    advance(151s);
    const auto asked = refresh();
    a_asks("INVITE", *call.ok_a, 5, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    a_acks(*last(to_pbx(), "491"), 5);
    b_asks("INVITE", *call.invite_b, 5, sdp("198.18.1.2", 6000, "a=sendonly\n"));
    (void)last(to_carrier(), "491");
    from_carrier(in_dialog("ACK", *call.invite_b, 5, {}, true));
    says(*asked, 200, {.body = answer(), .headers = expires("300;refresher=uac")});
    (void)to_pbx();
    (void)to_carrier();
    a_asks("INVITE", *call.ok_a, 6, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    b_says(*last(to_carrier(), "INVITE"), 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    (void)to_carrier();
    a_acks(*last(to_pbx(), "200"), 6);
    end(call);
}

INSTANTIATE_TEST_SUITE_P(Legs, RefreshTest,
                         testing::Values(RefreshCase{"UpdateOfA", true, true},
                                         RefreshCase{"InviteOfA", true, false},
                                         RefreshCase{"UpdateOfB", false, true},
                                         RefreshCase{"InviteOfB", false, false}),
                         [](const auto& row) { return row.param.name; });

TEST_F(SessionTimerTest, ASilentRefresherEndsBothLegs) {  // RFC 4028 section 10
    const auto call = establish_with(asks("300;refresher=uac"), "");
    EXPECT_TRUE(call.ok_a->lists(HeaderId::Require, "timer"));
    advance(267s);
    EXPECT_TRUE(to_pbx().empty());
    advance(2s);
    end_both(to_pbx(), to_carrier());
    EXPECT_NE(records().at(0).find("expired"), std::string::npos);
}

TEST_F(SessionTimerTest, ThePeersRefreshCounts) {  // RFC 4028 section 9
    const auto call = establish_with(asks("300;refresher=uac"), "");
    for (int i = 0; i < 3; ++i) {
        advance(200s);
        a_asks("UPDATE", *call.ok_a, 2 + i, {}, asks("300;refresher=uac"));
        const auto refreshed = last(to_pbx(), "200");
        EXPECT_EQ(value(*refreshed, HeaderId::SessionExpires), "300;refresher=uac");
        EXPECT_TRUE(refreshed->lists(HeaderId::Require, "timer"));
    }
    EXPECT_TRUE(to_carrier().empty());
    a_asks("UPDATE", *call.ok_a, 9, {}, asks("60;refresher=uac"));
    EXPECT_EQ(value(*last(to_pbx(), "422"), HeaderId::MinSe), "90");
    // Without the header the timer is off (section 7.4).
    a_asks("UPDATE", *call.ok_a, 10, {}, "Supported: timer\n");
    (void)last(to_pbx(), "200");
    advance(600s);
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

TEST_F(SessionTimerTest, ARefreshByReinvitePassesAndIsAnsweredOnItsLeg) {  // RFC 4028 section 9
    const auto call = establish_with(asks("300;refresher=uac"), "");
    advance(140s);
    a_asks("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000), asks("300;refresher=uac"));
    const auto at_b = last(to_carrier(), "INVITE");
    EXPECT_FALSE(at_b->has(HeaderId::SessionExpires));  // that leg has no timer
    b_says(*at_b, 200, {.body = sdp("198.18.1.2", 6000)});
    const auto refreshed = last(to_pbx(), "200");
    EXPECT_EQ(value(*refreshed, HeaderId::SessionExpires), "300;refresher=uac");
    a_acks(*refreshed, 2);
    (void)to_carrier();
    advance(200s);
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

TEST_F(SessionTimerTest, ARefreshWithoutAnyResponseEndsTheCall) {
    const auto call = establish_with(asks("300;refresher=uas") + kAllowUpdate, "");
    advance(151s);
    (void)last(to_pbx(), "UPDATE");
    advance(33s);
    b_says(*last(to_carrier(), "BYE"), 200);
    a_says(*last(to_pbx(), "BYE"), 481);
    expect_nothing_left();
}

}  // namespace
}  // namespace portcullis::b2bua
