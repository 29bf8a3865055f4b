// SPDX-License-Identifier: BSD-2-Clause
// Transfers: REFER carried out here, passed or refused; Replaces (RFC 3515, 3891, 5589).
#include <fmt/format.h>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;

class TransferTest : public FlowTest {
 protected:
    static std::string refer(const sip::Message& ours, int cseq, const std::string& to,
                             bool peer_called = false) {
        auto text = in_dialog("REFER", ours, cseq, {}, peer_called);
        const std::string contact =
            peer_called ? "Contact: <sip:b@198.18.1.2:5060>\n" : "Contact: <sip:1001@198.18.0.2>\n";
        return text.insert(text.find("Content-Length"),
                           contact + "Refer-To: " + to + "\nReferred-By: <sip:1001@canary.pbx>\n");
    }
    // The progress that the messages tell, as status codes.
    static std::vector<std::string> notified(const std::vector<sip::MessagePtr>& messages) {
        std::vector<std::string> lines;
        for (const auto& m : messages) {
            if (m->method() == sip::Method::Notify && m->is_request()) {
                lines.emplace_back(m->body().substr(0, m->body().find("\r\n")));
            }
        }
        return lines;
    }
    void answer_all(const std::vector<sip::MessagePtr>& messages, const std::string& method,
                    bool pbx) {
        for (const auto& m : messages) {
            if (!m->is_request() || m->method_text() != method) continue;
            const auto text = respond(*m, 200, "", "");
            pbx ? from_pbx(text) : from_carrier(text);
        }
    }
    // A second call of the PBX, up to its ACK.
    Established establish_second() {
        Established made;
        from_pbx(invite({}, "call-2"));
        made.invite_b = last(to_carrier(), "INVITE");
        from_carrier(respond(*made.invite_b, 200, "c-tag", "sip:c@198.18.1.2:5060",
                             sdp("198.18.1.2", 7000)));
        made.ok_a = last(to_pbx(), "200");
        (void)last(to_carrier(), "ACK");
        from_pbx(in_dialog("ACK", *made.ok_a, 1));
        return made;
    }
};

using Lines = std::vector<std::string>;

TEST_F(TransferTest, BlindTransferPutsTheNewPartyInTheReferrersPlace) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    auto at_pbx = to_pbx();
    (void)last(at_pbx, "202");
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 100 Trying"});
    answer_all(at_pbx, "NOTIFY", true);
    const auto invite_c = last(to_carrier(), "INVITE");
    EXPECT_EQ(invite_c->request_uri_text(), "sip:4930999@198.18.1.2:5060");
    EXPECT_EQ(invite_c->header(sip::HeaderId::ReferredBy), "<sip:1001@198.18.1.1>");
    EXPECT_EQ(invite_c->bytes().find("canary"), std::string_view::npos);
    EXPECT_NE(invite_c->essentials().call_id, call.invite_b->essentials().call_id);
    from_carrier(respond(*invite_c, 180, "c-tag", "sip:c@198.18.1.2:5060"));
    at_pbx = to_pbx();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 180 Ringing"});
    answer_all(at_pbx, "NOTIFY", true);
    from_carrier(
        respond(*invite_c, 200, "c-tag", "sip:c@198.18.1.2:5060", sdp("198.18.1.2", 7000)));
    auto at_carrier = to_carrier();
    (void)last(at_carrier, "ACK");
    at_pbx = to_pbx();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 200 OK"});
    EXPECT_EQ(last(at_pbx, "NOTIFY")->header(sip::HeaderId::SubscriptionState),
              "terminated;reason=noresource");
    answer_all(at_pbx, "NOTIFY", true);
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    (void)last(to_pbx(), "200");
    // B and C talk now: the relay links their legs, and either hangs up the other.
    const auto& install = std::get<relay_api::InstallSession>(relay.requests.back());
    EXPECT_EQ(install.legs.size(), 2U);
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    at_carrier = to_carrier();
    const auto bye = last(at_carrier, "BYE");
    EXPECT_EQ(bye->essentials().call_id, invite_c->essentials().call_id);
    from_carrier(respond(*bye, 200, "", ""));
    expect_nothing_left();
}

TEST_F(TransferTest, AHeldPartyIsResumedTowardsTheNewOne) {
    const auto call = establish();
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    from_carrier(respond(*last(to_carrier(), "INVITE"), 200, "b-tag", "sip:b@198.18.1.2:5060",
                         sdp("198.18.1.2", 6000, "a=recvonly\n")));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 2));
    (void)to_carrier();
    from_pbx(refer(*call.ok_a, 3, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    const auto invite_c = last(to_carrier(), "INVITE");
    EXPECT_EQ(invite_c->body().find("a=recvonly"), std::string_view::npos);
    EXPECT_NE(invite_c->body().find("a=sendrecv"), std::string_view::npos);
    from_carrier(
        respond(*invite_c, 200, "c-tag", "sip:c@198.18.1.2:5060", sdp("198.18.1.2", 7000)));
    const auto resume = last(to_carrier(), "INVITE");
    EXPECT_EQ(resume->essentials().call_id, call.invite_b->essentials().call_id);
    EXPECT_EQ(resume->body().find("a=sendonly"), std::string_view::npos);
    from_carrier(respond(*resume, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    (void)last(to_carrier(), "ACK");
    answer_all(to_pbx(), "NOTIFY", true);
    // The referrer does not hang up: it is hung up.
    advance(6s);
    answer_all(to_pbx(), "BYE", true);
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

TEST_F(TransferTest, ADeadTargetLeavesTheCallAsItWas) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    from_carrier(respond(*last(to_carrier(), "INVITE"), 486, "c-tag", ""));
    (void)last(to_carrier(), "ACK");
    const auto at_pbx = to_pbx();
    EXPECT_EQ(notified(at_pbx), Lines{"SIP/2.0 486 Busy Here"});
    answer_all(at_pbx, "NOTIFY", true);
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

TEST_F(TransferTest, TheReferrerMayLeaveBeforeTheAnswer) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    const auto invite_c = last(to_carrier(), "INVITE");
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    (void)last(to_pbx(), "200");
    EXPECT_TRUE(to_carrier().empty());
    from_carrier(
        respond(*invite_c, 200, "c-tag", "sip:c@198.18.1.2:5060", sdp("198.18.1.2", 7000)));
    (void)to_carrier();
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    answer_all(to_carrier(), "BYE", false);
    EXPECT_TRUE(to_pbx().empty());
    expect_nothing_left();
}

// The leg it would go to is about to be another's.
TEST_F(TransferTest, AnOfferDuringATransferIsAGlare) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    const auto invite_c = last(to_carrier(), "INVITE");
    from_carrier(in_dialog("INVITE", *call.invite_b, 1, sdp("198.18.1.2", 6002), true));
    (void)last(to_carrier(), "491");
    EXPECT_TRUE(to_pbx().empty());
    from_carrier(respond(*invite_c, 486, "c-tag", ""));
    answer_all(to_pbx(), "NOTIFY", true);
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    answer_all(to_carrier(), "BYE", false);
}

// RFC 3261 section 13.2.2.4: an ACK is repeated whenever the 2xx is.
TEST_F(TransferTest, AnAckDuringATransferLeavesItsTargets) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    const auto first = last(to_carrier(), "INVITE");
    from_pbx(in_dialog("ACK", *call.ok_a, 1));
    from_carrier(respond(*first, 503, "c-tag", ""));
    const auto second = last(take(kSecondGateway), "INVITE");
    EXPECT_EQ(second->request_uri_text(), "sip:4930999@198.18.1.3:5060");
    from_carrier(respond(*second, 200, "c-tag", "sip:c@198.18.1.3:5060", sdp("198.18.1.3", 7000)),
                 kSecondGateway);
    (void)last(take(kSecondGateway), "ACK");
    answer_all(to_pbx(), "NOTIFY", true);
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    (void)to_carrier();
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    b_says(*last(take(kSecondGateway), "BYE"), 200, Says(), kSecondGateway);
    expect_nothing_left();
}

// The PBX may call that number through a trunk of its own; the carrier, which refers, may not.
TEST_F(TransferTest, ARedirectionOfTheTargetIsJudgedByTheReferrersRights) {
    adjust({{"/trunks/2", R"({"name":"special","realm":"peer",
                              "gateways":[{"uri":"sip:198.18.1.9:5060"}]})"},
            {"/routes/2", R"({"name":"premium","priority":0,"trunks":["special"],
                              "match":{"trunk":"pbx","called_prefix":"0900"}})"},
            {"/routes/0/priority", "10"}});
    const auto call = establish();
    from_carrier(refer(*call.invite_b, 1, "<sip:1002@198.18.1.1>", true));
    answer_all(to_carrier(), "NOTIFY", false);
    const auto invite_c = last(to_pbx(), "INVITE");
    from_pbx(respond(*invite_c, 302, "c-tag", "sip:0900123@198.18.0.1"));
    const auto next = last(to_pbx(), "INVITE");
    EXPECT_EQ(next->request_uri_text(), "sip:0900123@198.18.0.2:5060");
    EXPECT_TRUE(take("198.18.1.9:5060").empty());
    from_pbx(respond(*next, 486, "c-tag", ""));
    (void)last(to_pbx(), "ACK");
    const auto at_carrier = to_carrier();
    EXPECT_EQ(notified(at_carrier), Lines{"SIP/2.0 486 Busy Here"});
    answer_all(at_carrier, "NOTIFY", false);
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

TEST_F(TransferTest, ATargetThatForksWithoutEndGetsNoMoreThanSixteenDialogs) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    const auto invite_c = last(to_carrier(), "INVITE");
    const auto before = calls->dialogs().size();
    for (int i = 0; i < 20; ++i) {
        from_carrier(respond(*invite_c, 180, fmt::format("fork-{}", i), "sip:c@198.18.1.2:5060"));
    }
    EXPECT_EQ(calls->dialogs().size(), before + 16);
    // One of them answers, and nothing is left of the others.
    from_carrier(
        respond(*invite_c, 200, "fork-15", "sip:c@198.18.1.2:5060", sdp("198.18.1.2", 7000)));
    (void)last(to_carrier(), "ACK");
    EXPECT_EQ(calls->dialogs().size(), before + 1);
    b_asks("BYE", *invite_c, 7, {}, {}, "fork-3");
    EXPECT_EQ(calls->size(), 1U);
    answer_all(to_pbx(), "NOTIFY", true);
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    (void)last(to_pbx(), "200");
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

TEST_F(TransferTest, TheReferrerLeftAndTheTargetIsBusy) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    const auto invite_c = last(to_carrier(), "INVITE");
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    (void)to_pbx();
    from_carrier(respond(*invite_c, 486, "c-tag", ""));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

TEST_F(TransferTest, ThePartyHangsUpWhileTheTargetRings) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "<sip:4930999@198.18.0.1>"));
    answer_all(to_pbx(), "NOTIFY", true);
    const auto invite_c = last(to_carrier(), "INVITE");
    from_carrier(respond(*invite_c, 180, "c-tag", "sip:c@198.18.1.2:5060"));
    answer_all(to_pbx(), "NOTIFY", true);
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    const auto at_carrier = to_carrier();
    from_carrier(respond(*last(at_carrier, "CANCEL"), 200, "", ""));
    from_carrier(respond(*invite_c, 487, "c-tag", ""));
    const auto at_pbx = to_pbx();
    answer_all(at_pbx, "NOTIFY", true);
    answer_all(at_pbx, "BYE", true);
    expect_nothing_left();
}

TEST_F(TransferTest, TheCalledSideTransfersToo) {
    const auto call = establish();
    from_carrier(refer(*call.invite_b, 1, "<sip:1002@198.18.1.1>", true));
    answer_all(to_carrier(), "NOTIFY", false);
    const auto invite_c = last(to_pbx(), "INVITE");
    EXPECT_EQ(invite_c->request_uri_text(), "sip:1002@198.18.0.2:5060");
    from_pbx(respond(*invite_c, 200, "c-tag", "sip:1002@198.18.0.2:5060", sdp("198.18.0.2", 7000)));
    (void)last(to_pbx(), "ACK");
    answer_all(to_carrier(), "NOTIFY", false);
    from_carrier(in_dialog("BYE", *call.invite_b, 2, {}, true));
    (void)last(to_carrier(), "200");
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    answer_all(to_pbx(), "BYE", true);
    expect_nothing_left();
}

struct RefusedRefer {
    const char* refer_to;
    const char* answer;  // to the REFER
    const char* told;    // in a NOTIFY, or empty
};
class RefusedReferTest : public TransferTest, public testing::WithParamInterface<RefusedRefer> {};

TEST_P(RefusedReferTest, LeavesTheCall) {
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, GetParam().refer_to));
    const auto at_pbx = to_pbx();
    (void)last(at_pbx, GetParam().answer);
    if (*GetParam().told != '\0') {
        EXPECT_EQ(notified(at_pbx).back(), GetParam().told);
    }
    answer_all(at_pbx, "NOTIFY", true);
    EXPECT_TRUE(to_carrier().empty());
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(
    Targets, RefusedReferTest,
    testing::Values(
        RefusedRefer{"<sip:4930999@203.0.113.9>", "202", "SIP/2.0 403 Forbidden"},  // threats 37
        RefusedRefer{"<tel:+4930999>", "400", ""},
        RefusedRefer{"<sip:1@198.18.0.1>, <sip:2@198.18.0.1>", "400", ""},  // RFC 3515 2.4.2
        RefusedRefer{"<sip:1@198.18.0.1;method=BYE>", "403", ""},
        RefusedRefer{"<sip:1@198.18.0.1?Replaces=no-such%3Bto-tag%3Da%3Bfrom-tag%3Db>", "202",
                     "SIP/2.0 481 Call/Transaction Does Not Exist"}));

TEST_F(TransferTest, AttendedTransferJoinsTheTwoFarEnds) {
    const auto one = establish();
    const auto two = establish_second();
    const auto replaces =
        fmt::format("call-2%3Bto-tag%3D{}%3Bfrom-tag%3Dpbx-tag", two.ok_a->essentials().to_tag);
    from_pbx(refer(*one.ok_a, 2, "<sip:4930124@198.18.0.1?Replaces=" + replaces + ">"));
    auto at_pbx = to_pbx();
    (void)last(at_pbx, "202");
    EXPECT_EQ(notified(at_pbx).back(), "SIP/2.0 200 OK");
    answer_all(at_pbx, "NOTIFY", true);
    // The other call's PBX leg is hung up by us; the first one's by the PBX.
    EXPECT_EQ(last(at_pbx, "BYE")->essentials().call_id, "call-2");
    answer_all(at_pbx, "BYE", true);
    from_pbx(in_dialog("BYE", *one.ok_a, 3));
    const auto offer = last(to_carrier(), "INVITE");
    EXPECT_EQ(offer->essentials().call_id, two.invite_b->essentials().call_id);
    EXPECT_EQ(offer->essentials().cseq.number, 2U);
    from_carrier(respond(*offer, 200, "c-tag", "sip:c@198.18.1.2:5060", sdp("198.18.1.2", 7000)));
    (void)last(to_carrier(), "ACK");
    EXPECT_EQ(calls->size(), 1U);
    from_carrier(in_dialog("BYE", *one.invite_b, 1, {}, true));
    const auto bye = last(to_carrier(), "BYE");
    EXPECT_EQ(bye->essentials().call_id, two.invite_b->essentials().call_id);
    from_carrier(respond(*bye, 200, "", ""));
    expect_nothing_left();
    EXPECT_EQ(records().size(), 2U);
}

TEST_F(TransferTest, AnInviteWithReplacesTakesTheLegsPlace) {
    const auto call = establish();
    const auto replaces = fmt::format("Replaces: call-1;to-tag={};from-tag=pbx-tag\n",
                                      call.ok_a->essentials().to_tag);
    from_pbx(invite(replaces + "Require: replaces\n", "call-3"));
    const auto offer = last(to_carrier(), "INVITE");
    EXPECT_EQ(offer->essentials().call_id, call.invite_b->essentials().call_id);
    from_carrier(respond(*offer, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    (void)last(to_carrier(), "ACK");
    const auto at_pbx = to_pbx();
    const auto ok = last(at_pbx, "200");
    EXPECT_EQ(ok->essentials().call_id, "call-3");
    EXPECT_FALSE(ok->essentials().to_tag.empty());
    EXPECT_EQ(last(at_pbx, "BYE")->essentials().call_id, "call-1");
    answer_all(at_pbx, "BYE", true);
    from_pbx(in_dialog("ACK", *ok, 1));
    from_pbx(in_dialog("BYE", *ok, 2));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

TEST_F(TransferTest, AReplacementThatIsRefusedLeavesTheCall) {
    const auto call = establish();
    const auto replaces = fmt::format("Replaces: call-1;to-tag={};from-tag=pbx-tag\n",
                                      call.ok_a->essentials().to_tag);
    from_pbx(invite(replaces, "call-3"));
    from_carrier(respond(*last(to_carrier(), "INVITE"), 488, "b-tag", ""));
    const auto at_pbx = to_pbx();
    const auto failure = last(at_pbx, "488");
    EXPECT_EQ(failure->essentials().call_id, "call-3");
    from_pbx(in_dialog("ACK", *failure, 1));
    (void)to_carrier();
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

struct BadReplaces {
    const char* header;
    const char* answer;
};
class BadReplacesTest : public TransferTest, public testing::WithParamInterface<BadReplaces> {};

TEST_P(BadReplacesTest, IsRefused) {  // RFC 3891 section 3
    from_pbx(invite(GetParam().header, "call-3"));
    const auto failure = last(to_pbx(), GetParam().answer);
    from_pbx(in_dialog("ACK", *failure, 1));
    EXPECT_TRUE(to_carrier().empty());
    expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(
    Headers, BadReplacesTest,
    testing::Values(
        BadReplaces{"Replaces: x;to-tag=a;from-tag=b\n", "481"},
        BadReplaces{"Replaces: x\n", "400"},
        BadReplaces{"Replaces: x;to-tag=a;from-tag=b\nReplaces: y;to-tag=a;from-tag=b\n", "400"},
        BadReplaces{"Join: x;to-tag=a;from-tag=b\n", "488"}));

TEST_F(TransferTest, AReferThatPassesIsAnsweredByTheOtherSide) {
    std::string document = kDocument;
    document.replace(document.find(R"({"name":"pbx","realm":"core",)"), 29,
                     R"({"name":"pbx","realm":"core","session":{"refer":"pass"},)");
    configure(document);
    const auto call = establish();
    from_pbx(refer(*call.ok_a, 2, "\"canary\" <sip:4930999@canary.pbx;canary=1>"));
    const auto passed = last(to_carrier(), "REFER");
    EXPECT_EQ(passed->header(sip::HeaderId::ReferTo), "<sip:4930999@198.18.1.1>");
    EXPECT_EQ(passed->bytes().find("canary"), std::string_view::npos);
    from_carrier(respond(*passed, 202, "b-tag", "sip:b@198.18.1.2:5060"));
    (void)last(to_pbx(), "202");
    auto notify = in_dialog("NOTIFY", *call.invite_b, 1, {}, true);
    const std::string body = "SIP/2.0 100 Trying\r\n";
    notify =
        notify.substr(0, notify.find("Content-Length")) +
        "Contact: <sip:b@198.18.1.2:5060>\nEvent: refer\nSubscription-State: active;expires=60\n"
        "Content-Type: message/sipfrag\n" +
        fmt::format("Content-Length: {}\n\n{}", body.size(), body);
    from_carrier(notify);
    const auto told = last(to_pbx(), "NOTIFY");
    EXPECT_EQ(told->body(), body);
    EXPECT_EQ(told->header(sip::HeaderId::Event), "refer");
    from_pbx(respond(*told, 200, "", ""));
    (void)last(to_carrier(), "200");
    from_pbx(in_dialog("BYE", *call.ok_a, 3));
    answer_all(to_carrier(), "BYE", false);
    expect_nothing_left();
}

}  // namespace
}  // namespace portcullis::b2bua
