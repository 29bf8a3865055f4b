// SPDX-License-Identifier: BSD-2-Clause
// Who knows the names of a call but is not its peer: he changes nothing, and the call's story
// tells.
#include <nlohmann/json.hpp>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

class StrangerTest : public FlowTest {
 protected:
    static constexpr const char* kStranger = "198.18.0.99:5060";
    void from_stranger(const std::string& text) {
        receive(text, "core-v4", "198.18.0.1:5060", kStranger);
    }
    // The texts of the only call's events, a line each.
    [[nodiscard]] std::string story() const {
        std::string text;
        calls->for_each([&text](Call& call) {
            for (const auto& event : call.events()) text += event.text + '\n';
        });
        return text;
    }
    // The same of the calls that are over, by their records.
    [[nodiscard]] std::string told_afterwards() {
        std::string text;
        for (const auto& line : records()) {
            const auto id = nlohmann::json::parse(line).at("call_id").get<std::string>();
            const auto ended = writer->ended().find(CallManager::parse(id).value());
            EXPECT_TRUE(ended) << line;
            if (!ended) continue;
            EXPECT_EQ(ended->record, line);
            for (const auto& event : ended->story) text += event.text + '\n';
        }
        return text;
    }
    static void expect_in(const std::string& text, const char* part) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
    }
};

TEST_F(StrangerTest,
       ACancelFromAForeignAddressIsRefusedAndTheCallLives) {  // threats 27, design 8.7
    const auto text = invite();
    from_pbx(text);
    const auto to_b = last(to_carrier(), "INVITE");
    b_says(*to_b, 180);
    (void)to_pbx();
    from_stranger(cancel_of(text));
    const auto refusal = last(take(kStranger), "403");
    EXPECT_EQ(value(*refusal, sip::HeaderId::Warning), "399 portcullis \"not from this address\"");
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_TRUE(to_pbx().empty());
    EXPECT_EQ(core->counters().refused_foreign, 1U);
    expect_in(story(), "CANCEL from 198.18.0.99:5060 answered 403");
    from_pbx(cancel_of(text));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "487"), 1));
    (void)last(to_carrier(), "CANCEL");
}

TEST_F(StrangerTest, ACancelFromAnotherPortOfThePeerIsHeard) {
    const auto text = invite();
    from_pbx(text);
    b_says(*last(to_carrier(), "INVITE"), 180);
    receive(cancel_of(text), "core-v4", "198.18.0.1:5060", "198.18.0.2:5099");
    (void)last(to_carrier(), "CANCEL");
}

// 13.3.1.4, 14.1: the 2xx is repeated until its peer's own ACK, and what waits for that goes on.
TEST_F(StrangerTest, AnAckFromAForeignAddressAcknowledgesNothing) {
    from_pbx(invite());
    const auto to_b = last(to_carrier(), "INVITE");
    b_says(*to_b, 200, {.body = sdp("198.18.1.2", 6000)});
    (void)to_carrier();
    const auto ok = last(to_pbx(), "200");
    from_stranger(in_dialog("ACK", *ok, 1));
    EXPECT_EQ(core->counters().dropped_foreign, 1U);
    expect_in(story(), "ACK from 198.18.0.99:5060 not heard");
    from_carrier(in_dialog("INVITE", *to_b, 1, sdp("198.18.1.2", 6000, "a=sendonly\n"), true));
    EXPECT_EQ(count(to_pbx(), "INVITE"), 0U);
    advance(std::chrono::seconds(2));
    EXPECT_GE(count(to_pbx(), "200"), 1U) << "still repeated";
    a_acks(*ok);
    EXPECT_EQ(count(to_pbx(), "INVITE"), 1U) << "the peer's own ACK lets it through";
}

TEST_F(StrangerTest, WithoutThePeersOwnAckTheCallEnds) {
    from_pbx(invite());
    const auto to_b = last(to_carrier(), "INVITE");
    b_says(*to_b, 200, {.body = sdp("198.18.1.2", 6000)});
    from_stranger(in_dialog("ACK", *last(to_pbx(), "200"), 1));
    advance(std::chrono::seconds(33));
    from_pbx(respond(*last(to_pbx(), "BYE"), 200, "", ""));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
    expect_in(told_afterwards(), "ends: no ACK for the answer");
}

TEST_F(StrangerTest, WhatIsRefusedWithinACallIsInItsStory) {
    const auto call = establish();
    from_stranger(in_dialog("BYE", *call.ok_a, 2));
    expect_in(story(), "BYE from 198.18.0.99:5060 answered 403: not from this address");
    from_stranger(in_dialog("BYE", *call.ok_a, 3));
    const auto once = story();
    EXPECT_EQ(once.find("BYE from"), once.rfind("BYE from")) << "a flood leaves one line";
    from_pbx(in_dialog("OPTIONS", *call.ok_a, 5));
    from_pbx(in_dialog("INFO", *call.ok_a, 4));
    expect_in(story(), "INFO answered 500: CSeq is lower than before");
    from_pbx(with(in_dialog("INFO", *call.ok_a, 6), "Require: magic\n"));
    expect_in(story(), "INFO answered 420: an extension is required that is not supported");
}

TEST_F(StrangerTest, TheStorySaysWhyTheSourceIsOfItsTrunkAndOutlivesTheCall) {  // design 8.6
    const auto call = establish();
    expect_in(story(), "trunk pbx by ");
    end(call, 2);
    const auto told = told_afterwards();
    expect_in(told, "trunk pbx by ");
    expect_in(told, "call from pbx takes route");
    expect_in(told, "ends: hung up");
}

TEST_F(StrangerTest, ARefusedCallHasAStoryToo) {
    from_pbx(with(invite(), "Require: magic\n"));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "420"), 1));
    const auto told = told_afterwards();
    expect_in(told, "trunk pbx by ");
    expect_in(told, "INVITE answered 420: requires magic");
}

// RFC 3891 section 7: the carrier has seen the tags of the PBX's dialog.
class TakeoverTest : public StrangerTest, public testing::WithParamInterface<const char*> {};

TEST_P(TakeoverTest, NeedsAScopeThatHoldsTheReplacedLeg) {
    const std::string scope = GetParam();
    if (!scope.empty()) {
        const auto json = '"' + scope + '"';
        adjust({{"/trunks/1/session/replaces_scope", json.c_str()}});
    }
    const auto call = establish();
    auto text = invite("Replaces: call-1;to-tag=" + std::string(call.ok_a->essentials().to_tag) +
                           ";from-tag=pbx-tag\n",
                       "theft");
    for (auto at = text.find("198.18.0.2"); at != std::string::npos;
         at = text.find("198.18.0.2", at)) {
        text.replace(at, 10, "198.18.1.2");
    }
    from_carrier(text);
    const auto at_carrier = to_carrier();
    if (scope == "any") {
        (void)last(at_carrier, "INVITE");
        expect_in(story(), "an INVITE replaces leg a");
        return;
    }
    const auto refusal = last(at_carrier, "403");
    EXPECT_EQ(value(*refusal, sip::HeaderId::Warning),
              "399 portcullis \"that call may not be replaced from here\"");
    expect_in(story(), "INVITE with Replaces from carrier answered 403");
    EXPECT_TRUE(to_pbx().empty());
    EXPECT_EQ(calls->size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Scopes, TakeoverTest, testing::Values("", "trunk", "realm", "any"));

}  // namespace
}  // namespace portcullis::b2bua
