// SPDX-License-Identifier: BSD-2-Clause
// UPDATE of either side, before and after the answer, and what it crosses (RFC 3311).
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

const char* const kReliable183 =
    "Require: 100rel\nRSeq: 1\nAllow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\n";

class UpdateTest : public FlowTest {
 protected:
    Established connected() { return establish_with(kAllowUpdate, kAllowUpdate); }

    // A call whose early dialogs have an agreed session on either side.
    struct Early {
        sip::MessagePtr invite_b;
        sip::MessagePtr progress;  // A's
        sip::MessagePtr prack;     // B's
    };
    Early early(const std::string& b_headers = kReliable183) {
        Early made;
        made.invite_b = call(kSupports100rel);
        b_says(*made.invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = b_headers});
        made.progress = last(to_pbx(), "183");
        made.prack = last(to_carrier(), "PRACK");
        b_says(*made.prack, 200);
        a_pracks(*made.progress, 2);
        (void)last(to_pbx(), "200");
        return made;
    }
    void answer_and_end(const sip::Message& invite_b) {
        b_says(invite_b, 200);
        const auto ok = last(to_pbx(), "200");
        EXPECT_FALSE(has_sdp(*ok));
        (void)last(to_carrier(), "ACK");
        a_acks(*ok);
        end({nullptr, ok});
    }
    void expect_retry_after(const sip::Message& refused) {  // 0 to 10 s
        const auto seconds = value(refused, HeaderId::RetryAfter);
        ASSERT_FALSE(seconds.empty());
        EXPECT_LE(std::stoi(seconds), 10);
    }
};

TEST_F(UpdateTest, CrossesFromEitherSideAfterTheAnswer) {  // RFC 3311 section 5.1
    const auto call = connected();
    a_asks("UPDATE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto at_b = last(to_carrier(), "UPDATE");
    EXPECT_TRUE(contains(*at_b, "a=sendonly"));
    EXPECT_TRUE(at_b->has(HeaderId::Contact));
    b_says(*at_b, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    const auto answered = last(to_pbx(), "200");
    EXPECT_TRUE(contains(*answered, "a=recvonly"));
    EXPECT_TRUE(answered->has(HeaderId::Contact));
    EXPECT_TRUE(to_carrier().empty());  // no ACK for UPDATE

    b_asks("UPDATE", *call.invite_b, 1, sdp("198.18.1.2", 6500));
    const auto at_a = last(to_pbx(), "UPDATE");
    EXPECT_TRUE(contains(*at_a, "m=audio 2"));
    a_says(*at_a, 200, {.body = sdp("198.18.0.2", 4000)});
    EXPECT_TRUE(has_sdp(*last(to_carrier(), "200")));
    end(call);
}

TEST_F(UpdateTest, CrossesFromEitherSideBeforeTheAnswer) {  // RFC 3311 section 5.1
    const auto made = early();
    a_asks("UPDATE", *made.progress, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto at_b = last(to_carrier(), "UPDATE");
    EXPECT_TRUE(contains(*at_b, "a=sendonly"));
    b_says(*at_b, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    EXPECT_TRUE(contains(*last(to_pbx(), "200"), "a=recvonly"));
    b_asks("UPDATE", *made.invite_b, 1, sdp("198.18.1.2", 6600));
    const auto at_a = last(to_pbx(), "UPDATE");
    EXPECT_EQ(at_a->essentials().from_tag, made.progress->essentials().to_tag);
    a_says(*at_a, 200, {.body = sdp("198.18.0.2", 4000)});
    EXPECT_TRUE(has_sdp(*last(to_carrier(), "200")));
    answer_and_end(*made.invite_b);
}

TEST_F(UpdateTest, TowardsAPeerWithoutItBecomesAReinvite) {  // RFC 3311 section 5.1
    const auto call = establish_with(kAllowUpdate, kAllowPlain);
    a_asks("UPDATE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto offer = last(to_carrier(), "INVITE");
    b_says(*offer, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    (void)last(to_carrier(), "ACK");
    const auto answered = last(to_pbx(), "200");
    EXPECT_EQ(answered->method(), sip::Method::Update);
    end(call);
}

TEST_F(UpdateTest, BeforeTheAnswerAPeerWithoutItMeansRefusal) {  // RFC 6337 section 2.1
    const auto made = early("Require: 100rel\nRSeq: 1\nAllow: INVITE, ACK, BYE, CANCEL, PRACK\n");
    a_asks("UPDATE", *made.progress, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    (void)last(to_pbx(), "488");
    EXPECT_TRUE(to_carrier().empty());
    answer_and_end(*made.invite_b);
}

TEST_F(UpdateTest, WithoutABodyItStaysOnItsLeg) {  // RFC 3311 section 5.2
    const auto made = early();
    a_asks("UPDATE", *made.progress, 3);
    const auto refreshed = last(to_pbx(), "200");
    EXPECT_TRUE(refreshed->has(HeaderId::Contact));
    b_asks("UPDATE", *made.invite_b, 1);
    (void)last(to_carrier(), "200");
    EXPECT_TRUE(to_pbx().empty());
    b_says(*made.invite_b, 200);
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    (void)to_carrier();
    a_asks("UPDATE", *ok, 4);
    (void)last(to_pbx(), "200");
    EXPECT_TRUE(to_carrier().empty());
    end({nullptr, ok});
}

TEST_F(UpdateTest, AnOfferBeforeTheFirstAnswerIsRefused) {  // RFC 3311 section 5.2
    const auto invite_b = call(kSupports100rel);
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6000), .headers = kAllowUpdate});
    const auto progress = last(to_pbx(), "183");
    // A's own offer has no answer that counts: 500. Ours to B has none either: 491.
    a_asks("UPDATE", *progress, 2, sdp("198.18.0.2", 4000));
    expect_retry_after(*last(to_pbx(), "500"));
    b_asks("UPDATE", *invite_b, 1, sdp("198.18.1.2", 6000));
    (void)last(to_carrier(), "491");
    b_says(*invite_b, 200, {.body = sdp("198.18.1.2", 6000)});
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    (void)to_carrier();
    end({nullptr, ok});
}

TEST_F(UpdateTest, AReinviteBeforeTheAnswerIsRefused) {  // RFC 3261 section 14.2
    const auto made = early();
    a_asks("INVITE", *made.progress, 3, sdp("198.18.0.2", 4000));
    const auto refused = last(to_pbx(), "500");
    expect_retry_after(*refused);
    a_acks(*refused, 3);
    b_asks("INVITE", *made.invite_b, 1, sdp("198.18.1.2", 6000));
    (void)last(to_carrier(), "491");
    from_carrier(in_dialog("ACK", *made.invite_b, 1, {}, true));
    answer_and_end(*made.invite_b);
}

struct GlareCase {
    const char* first;  // from A, on its way to B
    const char* second;
    bool second_from_a;
    int answer;
};
class UpdateGlareTest : public UpdateTest, public testing::WithParamInterface<GlareCase> {};

TEST_P(UpdateGlareTest, OneOfferAtATime) {  // RFC 3261 section 14.2, RFC 3311 section 5.2
    const auto& row = GetParam();
    const auto call = connected();
    a_asks(row.first, *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto offer = last(to_carrier(), row.first);
    if (row.second_from_a) {
        a_asks(row.second, *call.ok_a, 3, sdp("198.18.0.2", 4000, "a=inactive\n"));
    } else {
        b_asks(row.second, *call.invite_b, 1, sdp("198.18.1.2", 6000, "a=inactive\n"));
    }
    const auto refused =
        last(row.second_from_a ? to_pbx() : to_carrier(), std::to_string(row.answer));
    if (row.answer == 500) expect_retry_after(*refused);
    if (std::string_view(row.second) == "INVITE") {
        if (row.second_from_a) {
            a_acks(*refused, 3);
        } else {
            from_carrier(in_dialog("ACK", *call.invite_b, 1, {}, true));
        }
    }
    b_says(*offer, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    const auto answered = last(to_pbx(), "200");
    EXPECT_TRUE(contains(*answered, "a=recvonly"));
    if (std::string_view(row.first) == "INVITE") a_acks(*answered, 2);
    (void)to_carrier();
    // Nothing of it is left: the next offer goes through.
    a_asks("UPDATE", *call.ok_a, 4, sdp("198.18.0.2", 4000));
    b_says(*last(to_carrier(), "UPDATE"), 200, {.body = sdp("198.18.1.2", 6000)});
    EXPECT_TRUE(has_sdp(*last(to_pbx(), "200")));
    end(call);
}

INSTANTIATE_TEST_SUITE_P(Crossings, UpdateGlareTest,
                         testing::Values(GlareCase{"UPDATE", "UPDATE", false, 491},
                                         GlareCase{"UPDATE", "UPDATE", true, 500},
                                         GlareCase{"UPDATE", "INVITE", false, 491},
                                         GlareCase{"UPDATE", "INVITE", true, 500},
                                         GlareCase{"INVITE", "UPDATE", false, 491},
                                         GlareCase{"INVITE", "UPDATE", true, 500},
                                         GlareCase{"INVITE", "INVITE", false, 491},
                                         GlareCase{"INVITE", "INVITE", true, 500}));

class ParkedTest : public UpdateTest {
 protected:
    // B offers before A has acknowledged its INVITE's 2xx.
    Established parked() {
        Established made;
        made.invite_b = call(kAllowUpdate);
        b_says(*made.invite_b, 200, {.body = sdp("198.18.1.2", 6000), .headers = kAllowUpdate});
        made.ok_a = last(to_pbx(), "200");
        (void)to_carrier();
        b_asks("INVITE", *made.invite_b, 1, sdp("198.18.1.2", 6500));
        EXPECT_EQ(count(to_pbx(), "INVITE"), 0U);
        return made;
    }
};

TEST_F(ParkedTest, AnOfferWaitsForTheOtherSidesAck) {  // RFC 3261 section 14.1
    const auto made = parked();
    EXPECT_EQ(count(to_carrier(), "491"), 0U);
    a_acks(*made.ok_a);
    const auto offer = last(to_pbx(), "INVITE");
    a_says(*offer, 200, {.body = sdp("198.18.0.2", 4000)});
    EXPECT_TRUE(has_sdp(*last(to_carrier(), "200")));
    from_carrier(in_dialog("ACK", *made.invite_b, 1, {}, true));
    (void)to_pbx();
    end(made);
}

TEST_F(ParkedTest, OthersFindItInTheirWay) {  // RFC 3261 section 14.2, RFC 3311 section 5.2
    const auto made = parked();
    b_asks("UPDATE", *made.invite_b, 2, sdp("198.18.1.2", 6600));
    expect_retry_after(*last(to_carrier(), "500"));
    a_asks("UPDATE", *made.ok_a, 2, sdp("198.18.0.2", 4400));
    (void)last(to_pbx(), "491");
    a_acks(*made.ok_a);
    a_says(*last(to_pbx(), "INVITE"), 488);
    (void)last(to_carrier(), "488");
    from_carrier(in_dialog("ACK", *made.invite_b, 1, {}, true));
    (void)to_pbx();
    end(made);
}

TEST_F(ParkedTest, CanBeCancelled) {  // RFC 3261 section 9.2
    const auto made = parked();
    auto cancel = in_dialog("CANCEL", *made.invite_b, 1, {}, true);
    const std::string theirs = "branch=z9hG4bK-CANCEL-1-b";
    cancel.replace(cancel.find(theirs), theirs.size(), "branch=z9hG4bK-INVITE-1-b");
    from_carrier(cancel);
    (void)last(to_carrier(), "487");
    from_carrier(in_dialog("ACK", *made.invite_b, 1, {}, true));
    a_acks(*made.ok_a);
    EXPECT_EQ(count(to_pbx(), "INVITE"), 0U);
    end(made);
}

TEST_F(ParkedTest, EndsWithTheCall) {
    for (const bool silent : {false, true}) {
        const auto made = parked();
        if (silent) {
            advance(33s);  // A never acknowledges
            a_says(*last(to_pbx(), "BYE"), 200);
        } else {
            from_pbx(in_dialog("BYE", *made.ok_a, 2));
        }
        const auto at_carrier = to_carrier();
        (void)last(at_carrier, "487");
        from_carrier(in_dialog("ACK", *made.invite_b, 1, {}, true));
        b_says(*last(at_carrier, "BYE"), 200);
        (void)to_pbx();
        expect_nothing_left();
    }
}

struct FailCase {
    int code;  // 0: silence
    int told;
    bool call_lives;
};
class UpdateFailTest : public UpdateTest, public testing::WithParamInterface<FailCase> {};

TEST_P(UpdateFailTest, AfterTheAnswer) {  // RFC 3261 section 12.2.1.2, RFC 5057
    const auto& row = GetParam();
    const auto call = connected();
    a_asks("UPDATE", *call.ok_a, 2, sdp("198.18.0.2", 4444));
    const auto offer = last(to_carrier(), "UPDATE");
    if (row.code != 0) {
        b_says(*offer, row.code);
    } else {
        advance(33s);
    }
    const auto at_pbx = to_pbx();
    (void)last(at_pbx, std::to_string(row.told));
    if (row.call_lives) {
        end(call);
        return;
    }
    a_says(*last(at_pbx, "BYE"), 200);
    expect_nothing_left();
}

TEST_P(UpdateFailTest, BeforeTheAnswerTheCallGoesOn) {
    const auto& row = GetParam();
    const auto made = early();
    a_asks("UPDATE", *made.progress, 3, sdp("198.18.0.2", 4444));
    const auto offer = last(to_carrier(), "UPDATE");
    if (row.code != 0) {
        b_says(*offer, row.code);
    } else {
        advance(33s);
    }
    (void)last(to_pbx(), std::to_string(row.told));
    (void)to_carrier();
    answer_and_end(*made.invite_b);
}

INSTANTIATE_TEST_SUITE_P(Codes, UpdateFailTest,
                         testing::Values(FailCase{488, 488, true}, FailCase{491, 491, true},
                                         FailCase{500, 500, true}, FailCase{504, 504, true},
                                         FailCase{405, 488, true}, FailCase{481, 500, false},
                                         FailCase{0, 408, false}));

TEST_F(UpdateTest, ANewContactIsWhereTheByeGoes) {  // RFC 3311 section 5.1
    const auto call = connected();
    auto moved = in_dialog("UPDATE", *call.invite_b, 1, {}, true);
    from_carrier(with(moved, "Contact: <sip:b@198.18.1.77:5070>\n"));
    (void)last(to_carrier(), "200");
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    const auto bye = last(take("198.18.1.77:5070"), "BYE");
    EXPECT_EQ(bye->request_uri_text(), "sip:b@198.18.1.77:5070");
    b_says(*bye, 200);
    expect_nothing_left();
}

TEST_F(UpdateTest, ARefusedOneMovesNothing) {  // RFC 3261 section 12.2.2
    const auto call = connected();
    a_asks("UPDATE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto offer = last(to_carrier(), "UPDATE");
    auto moved = in_dialog("UPDATE", *call.invite_b, 1, sdp("198.18.1.2", 6000), true);
    from_carrier(with(moved, "Contact: <sip:b@198.18.1.77:5070>\n"));
    (void)last(to_carrier(), "491");
    b_says(*offer, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    (void)to_pbx();
    end(call);
}

TEST_F(UpdateTest, A2xxDuringAnUpdateOfAWaitsForIt) {  // RFC 6337 section 3.1
    const auto made = early();
    a_asks("UPDATE", *made.progress, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto offer = last(to_carrier(), "UPDATE");
    b_says(*made.invite_b, 200);
    EXPECT_EQ(count(to_carrier(), "ACK"), 1U);
    EXPECT_TRUE(to_pbx().empty());
    b_says(*offer, 200, {.body = sdp("198.18.1.2", 6000, "a=recvonly\n")});
    const auto at_pbx = to_pbx();
    ASSERT_EQ(at_pbx.size(), 2U);
    EXPECT_EQ(at_pbx[0]->method(), sip::Method::Update);
    EXPECT_TRUE(contains(*at_pbx[0], "a=recvonly"));
    EXPECT_EQ(at_pbx[1]->method(), sip::Method::Invite);
    a_acks(*at_pbx[1]);
    a_asks("UPDATE", *at_pbx[1], 4, sdp("198.18.0.2", 4000));
    b_says(*last(to_carrier(), "UPDATE"), 200, {.body = sdp("198.18.1.2", 6000)});
    EXPECT_TRUE(has_sdp(*last(to_pbx(), "200")));
    end({nullptr, at_pbx[1]});
}

TEST_F(UpdateTest, A2xxDuringAnUpdateOfBWaitsForIt) {
    for (const int code : {200, 488}) {
        const auto made = early();
        b_asks("UPDATE", *made.invite_b, 1, sdp("198.18.1.2", 6600));
        const auto offer = last(to_pbx(), "UPDATE");
        b_says(*made.invite_b, 200);
        EXPECT_TRUE(to_pbx().empty());
        a_says(*offer, code, {.body = code == 200 ? sdp("198.18.0.2", 4000) : ""});
        (void)last(to_carrier(), std::to_string(code));
        const auto ok = last(to_pbx(), "200");
        a_acks(*ok);
        end({nullptr, ok});
    }
}

TEST_F(UpdateTest, CancelDuringAnUpdateEndsEverything) {
    const auto made = early();
    a_asks("UPDATE", *made.progress, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    const auto offer = last(to_carrier(), "UPDATE");
    from_pbx(cancel_of(invite()));
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "487"), 2U);  // of the UPDATE, and of the INVITE
    for (const auto& m : at_pbx) {
        if (m->status_code() == 487 && m->method() == sip::Method::Invite) a_acks(*m);
    }
    b_says(*last(to_carrier(), "CANCEL"), 200);
    b_says(*offer, 200, {.body = sdp("198.18.1.2", 6000)});
    b_says(*made.invite_b, 487);
    expect_nothing_left();
}

TEST_F(UpdateTest, AnUpdateOfALosingForkIsAnswered) {  // RFC 3261 section 13.2.2.4
    const auto made = early();
    b_says(*made.invite_b, 180, {.tag = "fork-2", .headers = kAllowUpdate});
    (void)to_pbx();
    a_asks("UPDATE", *made.progress, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
    (void)last(to_carrier(), "UPDATE");
    b_says(*made.invite_b, 200, {.tag = "fork-2", .body = sdp("198.18.1.2", 6200)});
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "487"), 1U);
    const auto ok = last(at_pbx, "200");
    EXPECT_TRUE(has_sdp(*ok));
    a_acks(*ok);
    (void)to_carrier();
    end({nullptr, ok});
}

TEST_F(UpdateTest, WhileTheRelayWorksEverythingWaitsItsTurn) {  // design 8.3
    const auto call = connected();
    relay.hold = true;
    a_asks("UPDATE", *call.ok_a, 2, sdp("198.18.0.2", 4444));
    b_asks("UPDATE", *call.invite_b, 1, sdp("198.18.1.2", 6666));
    from_carrier(in_dialog("BYE", *call.invite_b, 2, {}, true));
    EXPECT_TRUE(to_carrier().empty());
    relay.hold = false;
    relay.answer();
    const auto at_carrier = to_carrier();
    EXPECT_EQ(count(at_carrier, "UPDATE"), 1U);
    EXPECT_EQ(count(at_carrier, "491"), 1U);
    EXPECT_EQ(count(at_carrier, "200"), 1U);
    const auto at_pbx = to_pbx();
    EXPECT_EQ(count(at_pbx, "487"), 1U);
    a_says(*last(at_pbx, "BYE"), 200);
    expect_nothing_left();
}

}  // namespace
}  // namespace portcullis::b2bua
