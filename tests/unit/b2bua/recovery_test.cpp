// SPDX-License-Identifier: BSD-2-Clause
// A killed process and its successor: confirmed calls come back and can be ended from either side.
#include <nlohmann/json.hpp>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

class RecoveryTest : public FlowTest {
 protected:
    // The next process: nothing is kept but the checkpoint file and the peers' state.
    void restart(bool power_lost = false) {
        checkpoint::CheckpointStore copy;
        const auto path = directory / "killed";
        std::filesystem::copy_file(directory / "calls", path);
        ASSERT_TRUE(copy.open(path));
        transactions.reset();
        core.reset();
        calls.reset();
        std::vector<std::uint64_t> keys;
        checkpoints.for_each([&keys](std::uint64_t key, auto) { keys.push_back(key); });
        for (const auto key : keys) checkpoints.erase(key);
        wheel = shard::TimerWheel(clock.now());
        build();
        configure(kDocument);
        calls->recover(copy, power_lost);
        relay.answer();
    }
};

TEST_F(RecoveryTest, AConfirmedCallIsServedAgain) {
    const auto call = establish();
    restart();
    ASSERT_EQ(calls->size(), 1U);
    EXPECT_EQ(calls->counters().recovered, 1U);
    calls->for_each([](Call& recovered) {
        const auto desired = recovered.desired_media();
        ASSERT_EQ(desired.legs.size(), 2U);
        for (const auto& leg : desired.legs) EXPECT_GE(leg.streams.at(0).requested_port, 20000);
    });
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    const auto hold = last(to_carrier(), "INVITE");
    EXPECT_GT(hold->essentials().cseq.number, 100U);
    from_carrier(respond(*hold, 200, "b-tag", "sip:b@198.18.1.2:5060",
                         sdp("198.18.1.2", 6000, "a=recvonly\n")));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 2));
    (void)to_carrier();
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    from_pbx(respond(*last(to_pbx(), "BYE"), 200, "", ""));
    expect_nothing_left();
    const auto lines = records();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("\"a_trunk\":\"pbx\""), std::string::npos);
    EXPECT_NE(lines[0].find("\"a_sip_call_id\":\"call-1\""), std::string::npos);
}

// The time of day is set between the crash and the restart (threats 62).
class SteppedClockTest : public RecoveryTest, public testing::WithParamInterface<int> {};

TEST_P(SteppedClockTest, TheDurationIsThatOfTheSteadyClock) {
    adjust({{"/timers/max_call_duration_s", "600"}});
    const auto call = establish();
    advance(std::chrono::seconds(60));
    clock.step_wall(std::chrono::hours(GetParam()));
    restart();
    advance(std::chrono::seconds(30));
    ASSERT_EQ(calls->size(), 1U) << "not ended by the step";
    EXPECT_TRUE(to_pbx().empty());
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
    const auto lines = records();
    ASSERT_EQ(lines.size(), 1U);
    const auto record = nlohmann::json::parse(lines[0]);
    EXPECT_NEAR(record.at("duration_ms").get<double>(), 90000, 1000);
    EXPECT_NEAR(record.at("billable_ms").get<double>(), 90000, 1000);
}

TEST_P(SteppedClockTest, TheLongestDurationEndsTheCallInItsTime) {
    adjust({{"/timers/max_call_duration_s", "600"}});
    (void)establish();
    advance(std::chrono::seconds(60));
    clock.step_wall(std::chrono::hours(GetParam()));
    restart();
    advance(std::chrono::seconds(530));
    EXPECT_EQ(count(to_pbx(), "BYE"), 0U);
    advance(std::chrono::seconds(20));
    EXPECT_GE(count(to_pbx(), "BYE"), 1U);
}

INSTANTIATE_TEST_SUITE_P(Hours, SteppedClockTest, testing::Values(-1, 0, 1));

// After a boot only the time of day is left; a step back makes no negative duration.
TEST_F(RecoveryTest, AfterAPowerLossTheTimeOfDayHasToDo) {
    (void)establish();
    advance(std::chrono::seconds(60));
    clock.step_wall(std::chrono::hours(-1));
    restart(true);
    const auto lines = records();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_GE(nlohmann::json::parse(lines[0]).at("duration_ms").get<std::int64_t>(), 0);
}

TEST_F(RecoveryTest, AfterAPowerLossBothSidesHearBye) {
    (void)establish();
    restart(true);
    from_pbx(respond(*last(to_pbx(), "BYE"), 200, "", ""));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
    EXPECT_NE(records().at(0).find("power loss"), std::string::npos);
}

TEST_F(RecoveryTest, SessionTimersGoOn) {  // RFC 4028 section 10
    for (const bool answered : {true, false}) {
        const auto call = establish_with(
            std::string("Session-Expires: 300;refresher=uas\nSupported: timer\n") + kAllowUpdate,
            {});
        restart();
        advance(std::chrono::seconds(151));
        const auto refresh = last(to_pbx(), "UPDATE");
        EXPECT_EQ(value(*refresh, sip::HeaderId::SessionExpires), "300;refresher=uac");
        if (answered) {
            a_says(*refresh, 200, {.headers = "Session-Expires: 300;refresher=uac\n"});
            advance(std::chrono::seconds(140));
            EXPECT_TRUE(to_pbx().empty());
            end(call);
        } else {
            advance(std::chrono::seconds(33));
            b_says(*last(to_carrier(), "BYE"), 200);
            (void)to_pbx();
            expect_nothing_left();
        }
        std::filesystem::remove(directory / "killed");
    }
}

// Nothing of the set-up is left that a PRACK, a CANCEL or a repeated answer could stumble over.
TEST_F(RecoveryTest, MessagesOfTheSetupFindARecoveredCallUnmoved) {
    const auto call = establish();
    restart();
    a_asks("PRACK", *call.ok_a, 2, {}, "RAck: 1 1 INVITE\n");
    (void)last(to_pbx(), "481");
    b_asks("PRACK", *call.invite_b, 1, {}, "RAck: 1 1 INVITE\n");
    (void)last(to_carrier(), "481");
    b_says(*call.invite_b, 183, {.body = sdp("198.18.1.2", 6000)});
    b_says(*call.invite_b, 200, {.body = sdp("198.18.1.2", 6000)});
    from_pbx(cancel_of(invite()));
    EXPECT_EQ(calls->size(), 1U);
    (void)to_pbx();
    (void)to_carrier();
    end(call);
}

TEST_F(RecoveryTest, ACallThatWasNotAnsweredIsNotKept) {
    from_pbx(invite());
    from_carrier(respond(*last(to_carrier(), "INVITE"), 180, "b-tag", "sip:b@198.18.1.2:5060"));
    EXPECT_EQ(checkpoints.size(), 0U);
}

}  // namespace
}  // namespace portcullis::b2bua
